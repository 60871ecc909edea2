#!/bin/bash
# A capture of 5 million packets (380 MB; 10,000 sources, 12 sensors, one day)
# to rows on disk, against a loop that reads it with libpcap and does nothing
# else, and against nfpcapd, which makes flows of it. One run of each after
# the other, so that each had the same machine; wall time.
. "$(dirname "$0")/bench.bash"

PACKETS=${PACKETS:-5000000}
"$BUILD/bench/bench_traffic" pcap "$PACKETS" >"$T/in.pcap" || fail "no capture"
awk 'BEGIN {print "sensor,prefix"; for (i = 0; i < 12; i++) printf "s%d,192.0.2.%d/28\n", i, i * 16}' >"$T/map"
chmod 600 "$T/map"
cat "$T/in.pcap" >/dev/null

for _ in $(seq "$RUNS"); do
	"$BUILD/bench/bench_measure" "$T/m" "$BUILD/bench/bench_traffic" loop "$T/in.pcap" >/dev/null || fail "libpcap"
	cat "$T/m" >>"$T/loop.runs"
	rm -rf "$T/w"
	"$MARTLET" init "$T/w" 2>/dev/null || fail "no workspace"
	"$BUILD/bench/bench_measure" "$T/m" "$MARTLET" -C "$T/w" import --sensor-map "$T/map" "$T/in.pcap" \
		>/dev/null 2>&1 || fail "the import fails"
	cat "$T/m" >>"$T/import.runs"
	got=$(sqlite3 "$T/w/sensors.db" 'SELECT SUM(packets) FROM traffic')
	[ "$got" = "$PACKETS" ] || fail "$got packets, not $PACKETS"
	command -v nfpcapd >/dev/null || continue
	rm -rf "$T/flows"
	mkdir "$T/flows"
	"$BUILD/bench/bench_measure" "$T/m" nfpcapd -r "$T/in.pcap" -w "$T/flows" >/dev/null 2>&1 || fail "nfpcapd"
	cat "$T/m" >>"$T/nfpcapd.runs"
done

# ratio NAME REFERENCE FACTOR AIM UNIT: of the rates, the median of the pairs.
ratio() {
	paste "$T/import.runs" "$T/$2.runs" | awk -v f="$3" '{printf "%.2f\n", f * $5 / $1}' >"$T/$2.ratio.runs"
	echo "$1: $(median "$2.ratio" 1)$5 (pairs: $(paste -sd' ' "$T/$2.ratio.runs");" \
		"CPU $(median import 2) s against $(median "$2" 2) s; aim $4$5: $(verdict "$(median "$2.ratio" 1)" "$4"))"
}
echo "$PACKETS packets, $(sqlite3 "$T/w/sensors.db" 'SELECT COUNT(*) FROM traffic') rows:" \
	"$(median import 1) s, $(median import 3) MB of memory"
ratio "capture to rows on disk against a bare libpcap loop" loop 100 25 " %"
if [ -s "$T/nfpcapd.runs" ]; then
	ratio "capture to rows on disk against nfpcapd" nfpcapd 1 7 "x"
else
	echo "SKIPPED: nfpcapd is not here (Debian: nfdump)"
fi
