#!/bin/bash
# sources PERIOD: who was seen, and why each is or is not a target.
. "$(dirname "$0")/lib.sh"

export MARTLET_NOW=2025-09-30T12:00:00Z
W=$T/ws
"$MARTLET" init "$W" 2>/dev/null
m() { "$MARTLET" -C "$W" "$@"; }

# tcp DAY SENSOR SOURCE PACKETS [SIGNATURE] [PROTOCOL] [PORT]
row() {
	local at
	at=$(date -u -d "$1 06:00" +%s)
	echo "INSERT INTO traffic (day, sensor, source, protocol, port," \
		"signature, packets, first_seen, last_seen, source_port)" \
		"VALUES ('$1', '$2', '$3', ${6:-6}, ${7:-23}, '${5:-}', $4," \
		"$at, $((at + 60)), 40000);"
}
{
	cat <<-'S'
	BEGIN;
	INSERT INTO region VALUES ('home','Japan','日本',1),('far','Overseas','海外',2);
	INSERT INTO sensor VALUES ('a','Japan #1','home','JP'),
	 ('b','Japan #2','home','JP'),('c','Overseas #1','far','US');
	S
	# a target, on two sensors, the way it came also by UDP
	row 2025-09-28 a 203.104.1.1 5 mirai
	row 2025-09-29 b 203.104.1.1 4 mirai 6 8080
	row 2025-09-29 b 203.104.1.1 1 '' 17 53
	# one more by two days of one sensor, seen last quarter too
	row 2025-09-27 a 203.104.1.2 2
	row 2025-09-28 a 203.104.1.2 2
	row 2025-06-28 a 203.104.1.2 2
	row 2025-09-28 a 203.104.1.3 9            # one sensor, one day
	row 2025-09-28 a 203.104.1.4 1; row 2025-09-28 b 203.104.1.4 1
	row 2025-09-28 a 203.104.1.5 9 backscatter
	row 2025-09-28 b 203.104.1.5 9 backscatter
	row 2025-09-28 a 203.104.1.6 9 '' 17 53; row 2025-09-28 b 203.104.1.6 9 '' 17 53
	row 2025-09-28 a 203.104.1.7 9; row 2025-09-28 b 203.104.1.7 9
	row 2025-08-01 a 203.104.1.8 9; row 2025-08-02 b 203.104.1.8 9
	row 2025-09-28 a 8.8.8.8 9; row 2025-09-28 b 8.8.8.8 9
	row 2025-09-28 a 71.6.135.131 9; row 2025-09-28 b 71.6.135.131 9
	row 2025-09-28 a 192.168.7.7 9; row 2025-09-28 b 192.168.7.7 9
	row 2025-09-28 a 2400:4050:1::1 9 masscan; row 2025-09-28 b 2400:4050:1::1 9 masscan
	row 2025-09-28 a 2400:4050:1::2 9; row 2025-09-28 b 2400:4050:1::2 9
	row 2025-09-28 a 127.8.0.1 9; row 2025-09-28 b 127.8.0.1 9
	row 2025-09-28 a 127.8.0.2 9; row 2025-09-28 b 127.8.0.2 9
	# the origins that the sensor network knew
	for i in 203.104.1.1 203.104.1.2 203.104.1.3 203.104.1.4 203.104.1.5 \
		203.104.1.6 203.104.1.7 203.104.1.8 127.8.0.1 \
		2400:4050:1::1 2400:4050:1::2; do
		echo "INSERT INTO source_origin VALUES ('$i',0,9999999999,'JP',64500,'Example Net, Inc.');"
	done
	echo "INSERT INTO source_origin VALUES ('8.8.8.8',0,9999999999,'US',64501,'=Far');"
	echo "INSERT INTO source_origin VALUES ('127.8.0.2',0,9999999999,'KR',64501,'Far');"
	echo "COMMIT;"
} >"$T/rows.sql"
sqlite3 -bail "$W/sensors.db" <"$T/rows.sql"
printf '203.104.1.7 # asked us\n' >"$W/opt-out.txt"

reasons() { jq -r '.sources[] | "\(.address) \(.reason)"'; }

status "sources works" 0 m sources 2025Q3 --json
cp "$T/out" "$T/all.json"
is "every source has the first reason that applies, by numeric address" \
	"$(reasons <"$T/all.json")" "8.8.8.8 country-out-of-scope
71.6.135.131 research-scanner
127.8.0.1 special-purpose
127.8.0.2 special-purpose
192.168.7.7 special-purpose
203.104.1.1 target
203.104.1.2 target
203.104.1.3 one-sensor-one-day
203.104.1.4 too-few-packets
203.104.1.5 backscatter-only
203.104.1.6 no-tcp
203.104.1.7 opt-out
203.104.1.8 too-old
2400:4050:1::1 target
2400:4050:1::2 target"
is "a source has its numbers, ports, marks and origin" \
	"$(jq -c '.sources[] | select(.address == "203.104.1.1")' "$T/all.json")" \
	'{"address":"203.104.1.1","packets":10,"sensors":2,"days":2,"ports":[{"port":23,"transport":"TCP","service":"23/TCP","packets":5},{"port":53,"transport":"UDP","service":"53/UDP","packets":1},{"port":8080,"transport":"TCP","service":"8080/TCP","packets":4}],"first_seen":"2025-09-28T06:00:00Z","last_seen":"2025-09-29T06:01:00Z","signatures":["mirai"],"country":"JP","asn":64500,"as_name":"Example Net, Inc.","origin":{"database":"sensor database","date":"2025-09-29","aged":false},"as_origin":{"database":"sensor database","date":"2025-09-29","aged":false},"target":true,"reason":"target"}'
is "the document says what it is" \
	"$(jq -r '[.schema, .period, (.tool_version | type)] | join(" ")' "$T/all.json")" \
	"martlet/sources/1 2025Q3 string"
is "target is true for targets alone" \
	"$(jq '[.sources[] | select(.target != (.reason == "target"))] | length' "$T/all.json")" 0
is "a place from an old database is marked" \
	"$(jq -c '.sources[] | select(.address == "71.6.135.131") | [.origin.aged, (.origin.date < "2025")]' "$T/all.json")" \
	'[true,true]'

like "the summary counts reasons on standard error" "$(m sources 2025Q3 2>&1 >/dev/null)" \
	'15 sources in 2025Q3, 4 of them targets'
like "each reason on a line" "$(m sources 2025Q3 2>&1 >/dev/null)" ' 3 special-purpose'
like "the summary counts all when few are shown" \
	"$(m sources 2025Q3 --top 2 2>&1 >/dev/null)" \
	'^15 sources in 2025Q3, 4 of them targets'
like "and says how many are shown" \
	"$(m sources 2025Q3 --top 2 2>&1 >/dev/null)" \
	'^2 of the 15 sources are shown'
unlike "but not when all are" "$(m sources 2025Q3 2>&1 >/dev/null)" 'shown'
like "people see the number of an AS too" "$(m sources 2025Q3 2>/dev/null)" \
	'AS64500 Example Net, Inc\.'
like "the summary counts IPv6 by /64" "$(m sources 2025Q3 2>&1 >/dev/null)" \
	'2 sources are IPv6, in 1 networks of /64'
like "the table is for people" "$(m sources 2025Q3 2>/dev/null | head -1)" \
	'^ADDRESS +PACKETS +SENSORS .*REASON'

is "--new leaves out who was there in the period before" \
	"$(m sources 2025Q3 --new --json 2>/dev/null | jq '[.sources[].address] | [length, (index("203.104.1.2") == null)]' -c)" '[14,true]'
is "--country" "$(m sources 2025Q3 --country us --json 2>/dev/null | jq -r '.sources[].address' | head -1)" 8.8.8.8
is "--signature" "$(m sources 2025Q3 --signature mirai --json 2>/dev/null | jq -r '.sources[].address')" 203.104.1.1
is "--signature none" "$(m sources 2025Q3 --signature none --json 2>/dev/null | jq '[.sources[].address] | index("2400:4050:1::1")')" null
is "--top takes those with most packets" "$(m sources 2025Q3 --top 2 --json 2>/dev/null | jq -c '[.sources[].packets]')" '[18,18]'
is "CSV has a row for each and runs no formula" \
	"$(m sources 2025Q3 --csv 2>/dev/null | tr -d '\r' | sed -n '1p;/^8.8.8.8,/p')" \
	"address,packets,sensors,days,ports,first_seen,last_seen,signatures,country,asn,as_name,origin_database,origin_date,target,reason
8.8.8.8,18,2,1,23/TCP,2025-09-28T06:00:00Z,2025-09-28T06:01:00Z,,US,64501,\"'=Far\",sensor database,,false,country-out-of-scope"

lab="-o scope.laboratory=127.8.0.0/16"
# shellcheck disable=SC2086
is "a laboratory probes its own, by the other rules too" \
	"$(m $lab sources 2025Q3 --json 2>/dev/null | reasons | grep -E '^127|203.104.1.[12] ')" \
	"127.8.0.1 target
127.8.0.2 country-out-of-scope
203.104.1.1 outside-laboratory
203.104.1.2 outside-laboratory"
is "scope.countries replaces the countries of the home region" \
	"$(m -o scope.countries=us sources 2025Q3 --json 2>/dev/null | jq -r '.sources[] | select(.target) | .address')" 8.8.8.8
is "report.home chooses the home region" \
	"$(m -o report.home=far sources 2025Q3 --json 2>/dev/null | jq -r '.sources[] | select(.target) | .address')" 8.8.8.8

# A forged flood: thousands of sources, a packet each, in half a minute.
{
	echo "BEGIN;"
	for i in $(seq 0 4999); do
		echo "INSERT INTO traffic (day, sensor, source, protocol, port, signature, packets, first_seen, last_seen, source_port) VALUES ('2025-09-29','a','203.$((104 + i / 2500)).$((10 + i / 250 % 10)).$((i % 250))',6,80,'',1,1759140000,1759140000,1024);"
	done
	echo "COMMIT;"
} >"$T/flood.sql"
sqlite3 -bail "$W/sensors.db" <"$T/flood.sql"
is "a forged flood makes no target" \
	"$(m -o scope.countries=JP,AU,NZ,US sources 2025-09-29..2025-09-29 --json 2>/dev/null | jq -c '[(.sources | length >= 5000), ([.sources[] | select(.target)] | length)]')" \
	'[true,0]'
is "nor does it with the lowest bounds but one" \
	"$(m -o triage.min_packets=1 sources 2025-09-29..2025-09-29 --json 2>/dev/null | jq '[.sources[] | select(.target)] | length')" 0

status "no period is wrong usage" 2 m sources
status "a wrong period is wrong usage" 2 m sources 2025Q9
status "a wrong signature is wrong usage" 2 m sources 2025Q3 --signature nmap
status "a wrong number is wrong usage" 2 m sources 2025Q3 --top 0
status "two formats are wrong usage" 2 m sources 2025Q3 --json --csv
printf '203.104.1.7\nnobody\n' >"$W/opt-out.txt"
status "a broken opt-out list fails" 1 m sources 2025Q3
like "and is named with its line" "$(cat "$T/err")" "opt-out.txt:2: 'nobody' is not"
rm "$W/opt-out.txt"
status "a location database that was named must be there" 1 \
	m -o reference.location=/nonexistent.db sources 2025Q3
like "and what to do is said" "$(cat "$T/err")" "libloc-database"
cp "$W/sensors.db" "$T/sensors.db"
sqlite3 "$T/sensors.db" "ALTER TABLE traffic RENAME TO kept;
	CREATE VIEW traffic AS WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c)
	SELECT * FROM kept WHERE (SELECT count(*) FROM c) > 0"
status "a view that never ends is left after sensors.timeout_s" 1 timeout 100 \
	"$MARTLET" -C "$W" -o sensors.database="sqlite:$T/sensors.db" -o sensors.timeout_s=1 sources 2025Q3
like "which is named" "$(cat "$T/err")" 'longer than sensors.timeout_s \(1 s\)'
mv "$W/sensors.db" "$W/gone.db"
status "without a sensor database it fails" 1 m sources 2025Q3
done_testing
