#!/bin/bash
# services PERIOD and show ADDRESS: what answered, and everything about one.
. "$(dirname "$0")/lib.sh"

export MARTLET_NOW=2025-09-30T12:00:00Z
W=$T/ws
"$MARTLET" init "$W" 2>/dev/null
m() { "$MARTLET" -C "$W" "$@"; }

traffic="INSERT INTO traffic (day, sensor, source, protocol, port, signature,
	packets, first_seen, last_seen, source_port) VALUES"
sqlite3 -bail "$W/sensors.db" <<S
INSERT INTO region VALUES ('home','Japan','日本',1);
INSERT INTO sensor VALUES ('a','Japan #1','home','JP'),('b','Japan #2','home','JP');
$traffic ('2025-09-28','a','203.104.1.1',6,23,'mirai',5,1759039200,1759039260,1),
 ('2025-09-29','b','203.104.1.1',6,23,'mirai',4,1759125600,1759125660,1),
 ('2025-09-29','b','203.104.1.1',17,53,'',1,1759125600,1759125600,1),
 ('2025-09-29','a','203.104.1.20',6,23,'',1,1759125600,1759125600,1),
 ('2025-06-29','a','203.104.1.3',6,23,'',1,1751180400,1751180400,1),
 ('2025-06-29','a','203.104.1.1',6,23,'',1,1751180400,1751180400,1),
 ('2025-09-29','a','2400:4050:1::1',6,23,'',7,1759125600,1759125600,1);
INSERT INTO source_origin VALUES ('203.104.1.1',0,9999999999,'JP',64500,'Example Net');
S

status "services before any scan fails" 1 m services 2025Q3
like "and says what to do" "$(cat "$T/err")" "martlet scan"
status "show before any scan works" 0 m show 203.104.1.1
like "and shows what the sensors saw" "$(cat "$T/out")" '^23/TCP +mirai +9 +2 +2 '

{
	cat "$TOP/data/casefile/schema.sql"
	cat <<'S'
PRAGMA user_version = 2;
INSERT INTO prober VALUES (1,'p','here');
INSERT INTO address VALUES (1,'203.104.1.1'),(2,'203.104.1.20'),(3,'203.104.1.3'),(4,'2400:4050:1::1'),(5,'203.104.1.9');
INSERT INTO scan VALUES (1,1,'2025Q3',1759136400000,1759136500000,0);
INSERT INTO scan VALUES (2,1,'2025Q2',1751180500000,1751180600000,0);
INSERT INTO probe (id, scan, address, port, transport, observed_ms, lag, outcome) VALUES
 (1,1,1,8888,'TCP',1759136400000,10740,'answered'),
 (2,1,1,10443,'TCP',1759136401000,10741,'answered'),
 (3,1,1,22,'TCP',1759136402000,10742,'answered'),
 (4,1,1,80,'TCP',1759136403000,10743,'refused'),
 (5,1,2,23,'TCP',1759136404000,NULL,'answered'),
 (6,1,4,443,'TCP',1759136405000,10745,'tls-too-old'),
 (7,1,5,80,'TCP',1759136406000,10746,'answered'),
 (8,2,3,80,'TCP',1751180500000,100,'answered'),
 (9,2,1,80,'TCP',1751180501000,101,'answered');
INSERT INTO certificate VALUES (1,'aa','bb','CN=router,O=x','CN=router,O=x','router.example','01',1700000000,1800000000);
INSERT INTO service (probe, protocol, truncated, stack) VALUES (8,'http',0,NULL),(9,'http',0,NULL);
INSERT INTO service (probe, protocol, truncated, banner, http_status, http_path, http_headers, body, charset, title, title_raw, server, realm, cookies, forms, page_class, favicon_md5, favicon_sha256, favicon_mmh3, stack) VALUES
 (1,'http',0,NULL,200,'/login',CAST('Server: DVR' || char(13,10) || 'X: ' || char(27) || '[2J' AS BLOB),x'3c3e','CP932','録画' || char(27) || '[31m',x'985e89e6','DVR','r',NULL,'/login user pass','0123456789abcdef','d41d','e3b0',-123,'ts,sack,ws,scale=7,mss=1460'),
 (7,'http',0,NULL,200,'/',NULL,NULL,NULL,'elsewhere',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO service (probe, protocol, truncated, banner, certificate, tls_version, stack) VALUES
 (2,'https',0,NULL,1,'TLSv1.2','-,-,-,scale=0,mss=1414'),
 (3,'ssh',0,CAST('SSH-2.0-x' || char(13,10) AS BLOB),NULL,NULL,'ts,sack,ws,scale=7,mss=1460'),
 (5,'telnet',1,x'fffb011b5b324a0d0a6c6f67696e3a20e280ae00',NULL,NULL,NULL),
 (6,'unknown',0,NULL,NULL,NULL,NULL);
INSERT INTO identity VALUES
 (1,'Hikvision','DVR','1.2','recorder',NULL,0.9,'x.xml: recorder'),
 (2,'Yamaha','RTX830',NULL,'router','cpe:2.3:h:yamaha:rtx830:-:*:*:*:*:*:*:*',1.0,'x.xml: router');
INSERT INTO claim VALUES
 (1,0,'Axis','M1','camera',0.7,'y.xml: camera','html_title'),
 (6,0,'Hikvision',NULL,'recorder',0.8,'a.xml: a','http_path'),
 (6,1,'Yamaha','RTX','router',0.7,'b.xml: b','html_title'),
 (6,2,'Axis' || char(27) || '[2J',NULL,'camera',0.6,'c.xml: c','body');
S
} | sqlite3 -bail "$W/martlet.db"

status "services works" 0 m services 2025Q3 --json
cp "$T/out" "$T/all.json"
is "open ports of the period's sources, by numeric address, then port" \
	"$(jq -r '.services[] | "\(.address) \(.port) \(.protocol) \(.outcome)"' "$T/all.json")" \
	"203.104.1.1 22 ssh answered
203.104.1.1 8888 http answered
203.104.1.1 10443 https answered
203.104.1.20 23 telnet answered
2400:4050:1::1 443 unknown tls-too-old"
is "one service has all that section 15 says" \
	"$(jq -c '.services[1]' "$T/all.json")" \
	'{"address":"203.104.1.1","port":8888,"transport":"TCP","protocol":"http","outcome":"answered","observed":"2025-09-29T09:00:00Z","lag_seconds":10740,"stale":false,"identity":{"vendor":"Hikvision","product":"DVR","version":"1.2","device_type":"recorder","cpe":null,"certainty":0.9,"fingerprint":"x.xml: recorder","contradictions":[{"vendor":"Axis","product":"M1","device_type":"camera","certainty":0.7,"fingerprint":"y.xml: camera","evidence":"html_title"}]},"machine":1,"title":"録画\u001b[31m","title_b64":"mF6J5g==","server":"DVR","realm":"r","favicon":{"md5":"d41d","sha256":"e3b0","mmh3":-123},"page_class":"0123456789abcdef","charset":"CP932","certificate":null,"stack":"ts,sack,ws,scale=7,mss=1460","clock_http_seconds":null,"clock_tls_seconds":null,"hostname":null,"banner":null,"banner_b64":null}'
is "two stacks or two makers are two machines" \
	"$(jq -c '[.services[] | select(.address == "203.104.1.1") | .machine]' "$T/all.json")" '[1,1,2]'
is "a certificate has its facts" "$(jq -c '.services[2].certificate' "$T/all.json")" \
	'{"subject":"CN=router,O=x","issuer":"CN=router,O=x","spki_sha256":"bb","not_before":"2023-11-14T22:13:20Z","not_after":"2027-01-15T08:00:00Z"}'
is "a banner is kept byte by byte" \
	"$(jq -r '.services[3].banner_b64' "$T/all.json" | base64 -d | od -An -tx1 | tr -d ' \n')" \
	fffb011b5b324a0d0a6c6f67696e3a20e280ae00
ok "JSON is UTF-8" iconv -f UTF-8 -t UTF-8 "$T/all.json"
is "an earlier period has what was probed for it" \
	"$(m services 2025Q2 --json 2>/dev/null | jq -r '.services[] | "\(.address) \(.port)"')" \
	"203.104.1.1 80
203.104.1.3 80"

hostile() { LC_ALL=C grep -c "[$(printf '\001-\010\013-\037\177')]" || true; }
m services 2025Q3 >"$T/table" 2>/dev/null
is "no byte of a peer reaches the terminal as it is" "$(hostile <"$T/table")" 0
is "nor a character that turns text around" "$(grep -c "$(printf '\u202e')" "$T/table")" 0
like "the table names what was recognised" "$(cat "$T/table")" \
	'^203.104.1.1 +8888 +http +answered +Hikvision DVR 1.2 +recorder +録画\\x1b\[31m .* 2 h$'
is "CSV has a row for each" "$(m services 2025Q3 --csv 2>/dev/null | grep -c '^[2]')" 5

status "show works" 0 m show 203.104.1.1
cp "$T/out" "$T/show"
m show 2400:4050:1::1 >"$T/show6" 2>/dev/null
is "show escapes what contradicts" "$(hostile <"$T/show6")" 0
is "show escapes, too" "$(hostile <"$T/show")" 0
like "show has the evidence" "$(tr '\n' '|' <"$T/show")" \
	'8888/TCP http, answered, machine 1.*Hikvision DVR 1.2.*forms +/login user pass.*icon mmh3 +-123.*headers +Server: DVR\| +X: \\x1b\[2J'
like "show has what contradicts it" "$(cat "$T/show")" \
	'^ +contradicted +Axis M1, camera, 0.70 \(y.xml: camera, of html_title\)$'
like "of three vendors show believes none" "$(tr '\n' '|' <"$T/show6")" \
	'identity +contradictory: 3 vendors.* claims to be +Hikvision, recorder, 0.80 \(a.xml: a, of http_path\)\|.*Yamaha RTX, router.*Axis.*\[2J, camera'
like "show has certificate and banner" "$(tr '\n' '|' <"$T/show")" \
	'banner +SSH-2.0-x\|.*cert subject +CN=router,O=x'
like "show says how long after its last packet" "$(cat "$T/show")" \
	'^ +observed +2025-09-29T09:00:00Z, 2 h after its last packet'
like "show says where it was" "$(cat "$T/show")" '^ +as +64500 Example Net \(sensor database\)$'
like "and marks a database of another time" "$(m show 2400:4050:1::1 2>/dev/null)" \
	'^ +country +JP \(libloc-database of .*, more than 90 days apart\)$'
is "show as JSON has sightings, sensors and evidence" \
	"$(m show 203.104.1.1 --json 2>/dev/null | jq -c '[.packets, [.traffic[] | [.service, .signature, .packets]], [.sensors[].label], [.services[].port], .services[1].forms, .services[1].body_b64, .country]')" \
	'[11,[["23/TCP","mirai",9],["23/TCP",null,1],["53/UDP",null,1]],["Japan #1","Japan #2"],[22,8888,10443],"/login user pass","PD4=","JP"]'
is "an address is read in any spelling" \
	"$(m show 2400:4050:0001:0::1 --json 2>/dev/null | jq -c '[.address, .packets, (.services | length)]')" '["2400:4050:1::1",7,1]'
status "an address that nobody saw is no error" 0 m show 198.51.100.7
like "and says so" "$(tr '\n' '|' <"$T/out")" 'Seen by the sensors: never.*Open ports: none known'

status "no address is wrong usage" 2 m show
status "a name is no address" 2 m show example.org
status "no period is wrong usage" 2 m services
status "a wrong period is wrong usage" 2 m services 2025Q0
status "two formats are wrong usage" 2 m services 2025Q3 --json --csv
chmod a-w "$W/martlet.db" "$W"
status "readers work on read-only media" 0 m services 2025Q3
chmod u+w "$W" "$W/martlet.db"
echo "no database" >"$W/martlet.db"
status "a broken case database fails" 1 m services 2025Q3
done_testing
