#!/bin/bash
# name PAGE-CLASS: the analyst names a kind of page once, and what was
# scanned already is recognised without asking anybody.
. "$(dirname "$0")/lib.sh"

W=$T/ws
"$MARTLET" init "$W" 2>/dev/null
m() { "$MARTLET" -C "$W" "$@"; }
db() { sqlite3 -bail -cmd '.timeout 5000' "$W/martlet.db" "$@"; }

status "without a scan there is nothing to name" 1 m name p2-0 --vendor A
like "and it says what to do" "$(cat "$T/err")" "martlet scan"
status "but a list, which is empty" 0 m name --list --unnamed

# page ID ADDRESS PORT FILE [IDENTITY]: as an older martlet stored it.
n=0
page() {
	n=$((n + 1))
	echo "INSERT OR IGNORE INTO address (text) VALUES ('$1');
		INSERT INTO probe (id, scan, address, port, transport, observed_ms, lag, outcome)
		SELECT $n, 1, id, $2, 'TCP', 1759136400000 + $n, 60, 'answered' FROM address WHERE text = '$1';
		INSERT INTO service (probe, protocol, truncated, http_status, http_path, http_headers, body, page_class)
		VALUES ($n, 'http', 0, 200, '/', CAST('HTTP/1.1 200 OK' || char(13,10) || '$4' || char(13,10) || char(13,10) AS BLOB),
		CAST(readfile('$3') AS BLOB), '0123456789abcdef0123456789abcdef');"
}
ui() { # TITLE LABEL ROWS
	echo "<html><head><title>$1</title><script src=/js/ptzcontrol.js?v=$3></script>
		<link rel=stylesheet href=/css/playback.css></head><body><h1>$2</h1>
		<ul>$(for i in $(seq "$3"); do echo "<li>$i</li>"; done)</ul>
		<form action=/dologin method=post><input name=loginuser><input name=loginpw type=password></form></body></html>"
}
ui 'Recorder "A" <&> ]]> {x}' 'Log in' 2 >"$T/a"
ui '録画' 'ログイン' 5 >"$T/b"
# What XML, a terminal and a file of ours must not see.
ui "$(printf 'b\001\033[31m\xef\xbf\xbf\xe2\x80\xae\xff --><x>')" x 0 >"$T/c"
echo '<html><body><div id=thermostat><form><input name=setpoint><input name=hysteresis></form></div></body></html>' >"$T/d"
{
	cat "$TOP/data/casefile/schema.sql"
	echo "PRAGMA user_version = $(grep -o 'CASEFILE_VERSION [0-9]*' "$TOP/data/casefile/casefile_internal.h" | cut -d' ' -f2);
		INSERT INTO prober VALUES (1,'p','here'); INSERT INTO scan VALUES (1,1,'2025Q3',1759136400000,1759136500000,0);"
	page 192.0.2.1 80 "$T/a" 'X: y'
	page 192.0.2.2 80 "$T/b" 'X: y'
	page 192.0.2.2 8080 "$T/b" 'X: y'
	page 2001:db8::3 8888 "$T/c" 'Server: nginx/1.22.1'
	page 192.0.2.4 80 "$T/d" 'X: y'
} | sqlite3 -bail "$W/martlet.db"

status "a class of an older martlet is not named" 1 m name 0123456789abcdef0123456789abcdef --vendor A
like "but can be made anew" "$(cat "$T/err")" 'fingerprint apply'
status "what is stored is looked at again" 0 m fingerprint apply
like "and it says what changed" "$(cat "$T/out")" '^5 services looked at again: 1 are recognised as something else, 5 have'
is "each got a class of today" "$(db "SELECT count(*), count(DISTINCT page_class) FROM service WHERE page_class LIKE 'p2-%'")" "5|2"
is "and what its software tells" "$(db "SELECT product FROM identity")" nginx
status "a second time" 0 m fingerprint apply --json
is "nothing changes" "$(jq -c '[.services, .recognised_anew, .classed_anew]' "$T/out")" '[5,0,0]'

status "the classes worth a name are listed" 0 m name --list --unnamed
cp "$T/out" "$T/table"
class=$(db "SELECT page_class FROM service WHERE probe = 1")
other=$(db "SELECT page_class FROM service WHERE probe = 5")
is "that of most addresses first" "$(awk 'NR > 1 {print $1, $(NF > 8 ? 3 : 2)}' "$T/table" | sed 's/ nginx//')" "$class 3
$other 1"
is "no byte of a peer reaches the terminal as it is" \
	"$(LC_ALL=C grep -c "[$(printf '\001-\010\013-\037\177')]" "$T/table")" 0
m name --list --unnamed --json >"$T/json" 2>/dev/null
is "as JSON with an example" "$(jq -c '.page_classes[1] | [.page_class, .addresses, .unnamed, .address, .port]' "$T/json")" \
	"[\"$other\",1,1,\"192.0.2.4\",80]"
is "as CSV" "$(m name --list --unnamed --csv 2>/dev/null | sed -n 3p | cut -d, -f1-4)" "$other,,1,1"

status "a class that is not there" 1 m name "${class%?}" --vendor A
like "is an error with what was meant" "$(cat "$T/err")" "did you mean $class"
status "a device type that is not there" 2 m name "$class" --vendor A --device toaster
like "lists those that are" "$(cat "$T/err")" 'recorder, camera, router'
status "no name is wrong usage" 2 m name "$class" --device recorder
status "nor is a class without anything" 2 m name "$class"
status "two things at once are wrong usage" 2 m name "$class" --remove --vendor A
status "braces are wrong usage" 2 m name "$class" --vendor 'A {hw.product}'
status "more than a line is wrong usage" 2 m name "$class" --vendor "$(printf 'A\nB')"
ok "nothing of this wrote a file" test ! -e "$W/fingerprints/named.xml"

status "a class is named" 0 m name "$class" --vendor '朝日 & <Söhne> "X"' --product "NVR-8 'II'" --version 3.1 --device recorder
like "and it says how many are recognised" "$(cat "$T/err")" '4 of 4 stored services'
is "the file belongs to its owner" "$(stat -c %a "$W/fingerprints/named.xml")" 600
ok "it is XML" xmllint --noout "$W/fingerprints/named.xml"
is "its example says what it was and where it is from" \
	"$(xmllint --xpath 'concat(//example/@_kind, " ", //example, " ", starts-with(//example/@_source, "page seen at 3 addresses"))' "$W/fingerprints/named.xml")" \
	"observed $class true"
unlike "and no address" "$(cat "$W/fingerprints/named.xml")" '192\.0|2001:db8'
status "it verifies" 0 m fingerprint verify "$W/fingerprints"
is "what was stored is recognised" \
	"$(db "SELECT group_concat(probe), vendor, product, version, device_type, certainty FROM identity GROUP BY vendor")" \
	"1,2,3,4|朝日 & <Söhne> \"X\"|NVR-8 'II'|3.1|recorder|1.0"
is "the class left the list" "$(m name --list --unnamed --json 2>/dev/null | jq -c '[.page_classes[].page_class]')" "[\"$other\"]"
is "and is in the other" "$(m name --list --json 2>/dev/null | jq -c '.page_classes[] | [.page_class, .vendor, .product, .version, .device_type, .addresses]')" \
	"[\"$class\",\"朝日 & <Söhne> \\\"X\\\"\",\"NVR-8 'II'\",\"3.1\",\"recorder\",3]"
is "fingerprint match knows it" "$(echo "$class" | m fingerprint match --key page_class 2>/dev/null | jq -r '.params["hw.product"]')" "NVR-8 'II'"

status "a name is replaced" 0 m name "$class" --vendor Kite --product Cam --device camera
like "and it says what it was" "$(cat "$T/err")" "$class was 朝日 & <Söhne> \"X\" NVR-8 'II' before"
is "by the new one alone" "$(db "SELECT count(*), vendor, version, device_type FROM identity GROUP BY vendor")" "4|Kite||camera"
status "software has a name without a device" 0 m name "$other" --product Thermo
is "too" "$(db "SELECT product, ifnull(device_type, '-') FROM identity WHERE probe = 5")" "Thermo|-"

# Beside a writer that keeps the database: it waits its turn.
(printf 'BEGIN IMMEDIATE;\n'; sleep 1; printf 'COMMIT;\n') | sqlite3 "$W/martlet.db" &
status "a name waits for who writes" 0 m name "$class" --vendor Kite --product Cam2 --device camera
wait
is "and is stored" "$(db "SELECT DISTINCT product FROM identity WHERE vendor = 'Kite'")" Cam2

unlike "nobody is warned" "$(cat "$T/err")" 'vendors until now'
db "UPDATE identity SET vendor = 'Osprey' WHERE probe = 2"
status "a class that was of two vendors" 0 m name "$class" --vendor Kite --product Cam2 --device camera
like "is named with a warning" "$(cat "$T/err")" 'devices of 2 vendors until now'
status "a name is taken back" 0 m name "$class" --remove
is "and what was known before is back" "$(db "SELECT probe, product FROM identity ORDER BY probe")" "4|nginx
5|Thermo"
status "a second time there is none" 1 m name "$class" --remove
like "and it says so" "$(cat "$T/err")" 'has no name'

cp "$W/fingerprints/named.xml" "$T/kept"
sed -i 's/pattern="^p2-/pattern="^x.*p2-/' "$W/fingerprints/named.xml"
cp "$W/fingerprints/named.xml" "$T/changed"
status "a file changed by hand is not overwritten" 1 m name "$class" --vendor A
like "and the line is named" "$(cat "$T/err")" 'named.xml., line [0-9]+: this is no fingerprint'
ok "nor touched" cmp "$T/changed" "$W/fingerprints/named.xml"
echo '<fingerprints' >"$W/fingerprints/named.xml"
status "nor one that is broken" 1 m name "$class" --vendor A
cp "$T/kept" "$W/fingerprints/named.xml"

# What was forgotten keeps what had been read out of it.
db "UPDATE service SET body = NULL, http_headers = NULL WHERE probe = 1"
status "what has no evidence any more" 0 m fingerprint apply
is "is left as it is" "$(db "SELECT title IS NOT NULL, page_class = '$class' FROM service WHERE probe = 1")" "1|1"
done_testing
