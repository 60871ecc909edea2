#!/bin/bash
# Many answers of 100 MB at once: probe.memory_max_mb bounds what the scan
# takes and changes nothing in what it finds.
. "$(dirname "$0")/laboratory.sh"
own_network "$@"
. "$(dirname "$0")/lib.sh"
own_network_up

count=200
jq -n --argjson n $count '{
 services: {
  plain: {kind: "http", pages: {"*": {length: 104857600, body: ["<html><head><title>Plain</title></head><body>"], repeat: "<p>and so on</p>\n"}}},
  tls: {kind: "http", tls: {subject: "CN=x"}, pages: {"*": {length: "none", body: ["<html><head><title>Behind TLS</title></head><body>"], repeat: "<p>and so on</p>\n"}}},
  headers: {kind: "http", pages: {"*": {repeat_header: "X-Filler: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}}},
  good: {kind: "http", pages: {"/": {body: ["<html><head><title>Good</title></head></html>"]}}}},
 devices: [range($n) | {name: "d\(.)", at: "\(. + 1).10", services: [
  {port: 80, is: "plain"}, {port: 443, is: "tls"}, {port: 8080, is: "headers"}, {port: 8081, is: "good"}]}]}' >"$T/lab.json"
"$LAB" --description "$T/lab.json" --ready-file "$T/ready" --time-limit 300 2>"$T/lab.err" &
cleanup_pids+=($!)
for _ in $(seq 600); do [ -s "$T/ready" ] && break; sleep 0.05; done

W=$T/w
"$MARTLET" init "$W" 2>/dev/null
cat >>"$W/martlet.conf" <<END
who.organisation = Test CSIRT
who.url = https://csirt.example/probing
who.contact = probing@csirt.example
who.expires = $(date -u -d '+90 days' +%F)
scope.laboratory = 127.20.0.0/16
scope.ports = 80,443,8080,8081
probe.banner_wait_ms = 0
probe.timeout_ms = 120000
pace.overall = 100000
pace.per_address = 100000
pace.per_network = 100000
pace.per_as = 100000
pace.open_per_address = 4
pace.pause_ms = 0
END
printf 'id,label,region,country\na,Japan #1,japan,JP\nb,Japan #2,japan,JP\n' >"$T/sensors.csv"
{
	echo time,sensor,source,protocol,port,packets,country
	for i in $(seq $count); do
		for s in a b; do echo "$(date -u -d '2 hours ago' +%FT%TZ),$s,127.20.$i.10,tcp,23,5,JP"; done
	done
} >"$T/packets.csv"
"$MARTLET" -C "$W" sensors add --file "$T/sensors.csv" 2>/dev/null
"$MARTLET" -C "$W" import "$T/packets.csv" 2>/dev/null
PERIOD=$(date -u -d '1 day ago' +%F)..$(date -u +%F)

# scan NAME MEGABYTES: anew; its peak is $PEAK, in KiB.
scan() {
	local name=$1 max=$2

	rm -f "$W/martlet.db"*
	"$MARTLET" -C "$W" -o probe.memory_max_mb="$max" scan "$PERIOD" >"$T/out" 2>"$T/err" &
	peak $!
	is "$name ends well" $STATUS 0
	sqlite3 "$W/martlet.db" "SELECT a.text, port, outcome, title, truncated, length(body) > 200000, http_status
		FROM probe p JOIN address a ON a.id = p.address LEFT JOIN service s ON s.probe = p.id ORDER BY 1, 2" >"$T/$name"
	echo "# $name: at most $PEAK KiB; $(head -1 "$T/out")"
}

scan bounded 16
bounded=$PEAK
scan free 100000
is "each port of each address has its answer" "$(wc -l <"$T/free")" $((4 * count))
is "of four kinds" "$(cut -d'|' -f2- "$T/free" | LC_ALL=C sort | uniq -c | sed 's/^ *//')" \
	"$count 443|too-big|Behind TLS|1|1|200
$count 8080|too-big||1|0|200
$count 8081|answered|Good|0|0|200
$count 80|too-big|Plain|1|1|200"
is "the bound changes none" "$(diff "$T/free" "$T/bounded" | head -10)" ""
if [ "$SLOWER" = 1 ]; then
	ok "and is kept, with what the program itself needs" test "$bounded" -lt $(((16 + 40) * 1024))
	ok "without it more is needed" test "$PEAK" -gt $(((16 + 40) * 1024))
else
	skip "and is kept" "sanitizers keep what was freed"
	skip "without it more is needed" "sanitizers keep what was freed"
fi
done_testing
