# import: logs of flows (Zeek, Suricata) and DShield's lines.
. "$(dirname "$0")/lib.sh"

W=$T/w
DB=$W/sensors.db
m() { "$MARTLET" -C "$W" "$@"; }
sql() { sqlite3 "$DB" "$1"; }
rows() { sql "SELECT sensor, source, protocol, port, signature, packets,
	first_seen, source_port FROM traffic"; }
make_workspace() {
	rm -rf "$W"
	"$MARTLET" init "$W" 2>/dev/null
}
cd "$T" || exit 1
make_workspace
empty=$(sqlite3 "$DB" .dump)
printf 'sensor,prefix\nalpha,192.0.2.0/28\nbeta,2001:db8:a::/64\n' >map
chmod 600 map

# --- Zeek: each line is a flow; who answers is a victim
tab() { printf '%s\n' "$@" | tr ' ' '\t'; }
{
	printf '#separator \\x09\n'
	tab '#set_separator ,' '#empty_field (empty)' '#unset_field -' '#path conn' \
		'#fields ts uid id.orig_h id.orig_p id.resp_h id.resp_p proto conn_state history orig_pkts resp_pkts' \
		'1700000000.25 C1 198.51.100.7 4000 192.0.2.1 23 tcp S0 S 3 0' \
		'1700000001.25 C2 198.51.100.7 4001 192.0.2.2 23 tcp REJ Sr 1 1' \
		'1700000002.25 C3 198.51.100.8 53 192.0.2.1 123 udp S0 D - -' \
		'1700000003.25 C4 198.51.100.9 3 192.0.2.1 3 icmp OTH - 1 0' \
		'1700000004.25 C5 198.51.100.9 8 192.0.2.1 0 icmp OTH - 1 0' \
		'1700000005.25 C6 2001:db8::9 5000 2001:db8:a::1 443 tcp S0 S 2 0' \
		'1700000006.25 C7 198.51.100.6 443 192.0.2.3 5555 tcp OTH H 2 0' \
		'1700000007.25 C8 192.0.2.3 5556 198.51.100.6 443 tcp SHR ^h 0 4' \
		'1700000008.25 C9 198.51.100.6 443 192.0.2.3 5557 tcp OTH R 1 0' \
		'1700000009.25 Ca 192.0.2.3 40000 198.51.100.6 80 tcp SF ShAdDaFf 5 5' \
		'1700000010.25 Cb 198.51.100.7 4000 203.0.113.1 23 tcp S0 S 3 0' \
		'1700000011.25 Cc 198.51.100.7 4000 192.0.2.1 23 tcp S0 S 3' \
		'1700000012.25 Cd 198.51.100.7 4000 192.0.2.999 23 tcp S0 S 3 0' \
		'#close 2023-11-14-23-00-00'
} >conn.log
status "a Zeek log is imported" 0 m import --sensor-map map conn.log
is "the result counts flows" "$(cat out)" \
	"import 1: 9 flows of 13 read, 2023-11-14 to 2023-11-14; dropped: 2 broken, 1 not-to-a-sensor, 1 from-a-sensor, from conn.log"
like "broken lines are named" "$(cat err)" \
	'1 row skipped: not as many cells as #fields: line 18$'
like "a wrong address is not shown" "$(cat err)" \
	'1 row skipped: an address is none: line 19$'
wanted='alpha|198.51.100.6|6|5555|backscatter|1|1700000006|443
alpha|198.51.100.6|6|5556|backscatter|1|1700000007|443
alpha|198.51.100.6|6|5557|backscatter|1|1700000008|443
alpha|198.51.100.7|6|23||2|1700000000|4001
alpha|198.51.100.8|17|123||1|1700000002|53
alpha|198.51.100.9|1|0||1|1700000004|0
alpha|198.51.100.9|1|0|backscatter|1|1700000003|0
beta|2001:db8::9|6|443||1|1700000005|5000'
is "each flow is one, and an answer is backscatter" "$(rows)" "$wanted"
is "the unit is stored" "$(m sensors --json | jq -r .unit)" flows
is "no address of a sensor is in the database" \
	"$(strings -a "$DB" | grep -c -e '192\.0\.2\.' -e 2001:db8:a)" 0
echo 'time,sensor,source,protocol,port
1700000000,alpha,198.51.100.1,tcp,23' >packets.csv
status "packets are not mixed with flows" 1 m import packets.csv
like "and the message says why" "$(cat err)" 'counts flows.*packets.*never mixed'
status "rows that are flows are" 0 m import --count flows packets.csv
m import --undo 2 2>/dev/null
m import --undo 1 2>/dev/null
is "taking back leaves an empty database that counts packets" \
	"$(sqlite3 "$DB" .dump)" "$empty"

status "packets of flows can be counted" 0 \
	m import --count packets --sensor-map map conn.log
is "then they are" "$(rows | cut -d'|' -f 2-6 | head -4)" \
	'198.51.100.6|6|5555|backscatter|2
198.51.100.6|6|5556|backscatter|4
198.51.100.6|6|5557|backscatter|1
198.51.100.7|6|23||4'
like "a flow that does not tell them is told" "$(cat err)" \
	'the number of packets is not told: line 9$'
status "flows are not mixed with packets" 1 \
	m import --sensor-map map --count flows packets.csv
make_workspace

# --- the same as JSON
awk -F'\t' '/^#fields/ { for (i = 2; i <= NF; i++) name[i - 1] = $i; n = NF - 1 }
	!/^#/ { printf "{"; for (i = 1; i <= n; i++) if ($i != "" && $i != "-")
		printf "%s\"%s\":%s", (i > 1 ? "," : ""), name[i],
			($i ~ /^[0-9.]+$/ && name[i] !~ /_h$/ ? $i : "\"" $i "\"")
		print "}" }' conn.log >conn.json
status "a Zeek log in JSON is imported" 0 m import --sensor-map map conn.json
is "and gives the same" "$(rows)" "$(sed 's/^alpha|198.51.100.7|6|23||2|1700000000|4001/alpha|198.51.100.7|6|23||3|1700000000|4000/' <<<"$wanted")"
make_workspace
sed '1s/1700000000.25/"2023-11-14T22:13:20.25Z"/' conn.json |
	gzip >iso.json.gz
m import --sensor-map map iso.json.gz >/dev/null 2>&1
is "with ISO times too" "$(sql "SELECT MIN(first_seen) FROM traffic")" 1700000000
make_workspace
tab '#path dns' '#fields ts' '1' | sed '1i #separator \\x09' >dns.log
status "another log of Zeek is refused" 1 m import --sensor-map map dns.log
like "by its name" "$(cat err)" 'not conn.log'
status "a log without a map or sensor is refused" 1 m import conn.log
like "with what to do" "$(cat err)" 'needs --sensor-map FILE'
status "--sensor takes all as seen by one" 0 m import --sensor gamma conn.log
is "whatever its addresses" "$(sql "SELECT sensor, SUM(packets) FROM traffic")" \
	'gamma|11'
make_workspace

# --- Suricata
eve() { # SECOND SRC SPORT DST DPORT PROTO FLAGS TOSERVER TOCLIENT MORE
	printf '{"timestamp":"2023-11-14T23:00:00.1+0000","event_type":"flow","src_ip":"%s","src_port":%s,"dest_ip":"%s","dest_port":%s,"proto":"%s","flow":{"pkts_toserver":%s,"pkts_toclient":%s,"start":"2023-11-14T22:13:%s.123456+0000"},"tcp":{"tcp_flags_ts":"%s","tcp_flags_tc":"%s"}%s}\n' \
		"$2" "$3" "$4" "$5" "$6" "$8" "$9" "$1" "$7" "${11:-00}" "${10:-}"
}
{
	eve 20 198.51.100.7 4000 192.0.2.1 23 TCP 02 3 0
	eve 21 198.51.100.7 4001 192.0.2.2 23 TCP 1b 9 7
	echo '{"timestamp":"2023-11-14T23:00:00.1+0000","event_type":"alert"}'
	eve 22 198.51.100.6 443 192.0.2.3 5555 TCP 12 1 0
	eve 23 198.51.100.6 443 192.0.2.3 5556 TCP 04 1 0
	eve 24 198.51.100.9 0 192.0.2.1 0 ICMP '' 1 0 ',"icmp_type":3,"icmp_code":1'
	eve 25 2001:db8::9 0 2001:db8:a::1 0 IPv6-ICMP '' 1 0 ',"icmp_type":128,"icmp_code":0'
	eve 26 192.0.2.3 40000 198.51.100.6 80 TCP 1b 5 5
	echo '{"event_type":"flow","broken'
} >eve.json
status "Suricata's flow events are imported" 0 m import --sensor-map map eve.json
is "the result tells what else was there" "$(cat out)" \
	"import 1: 6 flows of 9 read, 2023-11-14 to 2023-11-14; dropped: 1 broken, 1 from-a-sensor, 1 other-event, from eve.json"
like "and the broken line" "$(cat err)" 'no JSON object: line 9$'
is "flows are as in Zeek's log" "$(rows)" \
	'alpha|198.51.100.6|6|5555|backscatter|1|1700000002|443
alpha|198.51.100.6|6|5556|backscatter|1|1700000003|443
alpha|198.51.100.7|6|23||2|1700000000|4001
alpha|198.51.100.9|1|0|backscatter|1|1700000004|0
beta|2001:db8::9|58|0||1|1700000005|0'
make_workspace
m import --sensor-map map --count packets eve.json >/dev/null 2>&1
is "packets of Suricata's flows can be counted" \
	"$(sql "SELECT packets FROM traffic WHERE port = 23")" 12
make_workspace

# --- DShield
{
	printf '2023-11-15 07:13:20 +09:00\t123\t4\t198.51.100.7\t4000\t192.0.2.1\t23\tTCP\tS\n'
	printf '2023-11-14 22:13:21 +0000,123,1,198.51.100.6,443,192.0.2.3,5555,6,SA\n'
	printf '2023-11-14 22:13:22,123,2,198.51.100.8,53,192.0.2.1,123,UDP\n'
	printf '2023-11-14 22:13:22,123,0,198.51.100.8,53,192.0.2.1,123,UDP\n'
} >dshield.txt
status "DShield's lines are imported" 0 m import --format dshield --sensor-map map dshield.txt
is "they are packets" "$(rows)" \
	'alpha|198.51.100.6|6|5555|backscatter|1|1700000001|443
alpha|198.51.100.7|6|23||4|1700000000|4000
alpha|198.51.100.8|17|123||2|1700000002|53'
is "the unit is packets" "$(m sensors --json | jq -r .unit)" packets
like "a line without a number of packets is told" "$(cat err)" \
	'not 1 or more: line 4$'

# --- a public log
L=$SHARED/data/sensors/iot23-34-1.zeek.conn.log.zst
if [ ! -e "$L" ]; then
	echo "skipped: there is no $L" >&2
	skip "a public log of Zeek" "there is no $L"
	done_testing
	exit
fi
make_workspace
m import --sensor home "$L" >out 2>err
is "IoT-23: each of 23,145 flows counts" \
	"$(sql "SELECT SUM(packets) FROM traffic")" 23145
is "IoT-23: by port as the log has them" \
	"$(sql "SELECT port, SUM(packets) FROM traffic WHERE protocol = 6
		GROUP BY port ORDER BY 2 DESC, 1 LIMIT 5")" \
	"$(zstd -dc "$L" | awk -F'\t' '!/^#/ && $7 == "tcp" { print $6 }' |
		sort | uniq -c | sort -k1,1nr -k2,2n | head -5 |
		awk '{ print $2 "|" $1 }')"
done_testing
