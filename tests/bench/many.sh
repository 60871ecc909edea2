#!/bin/bash
# 10,000 addresses with 20 ports and more in the laboratory's address space,
# pace off: memory, open descriptors, exact results.
. "$(dirname "$0")/bench.bash"

describe=("$LAB" --description "$TOP/tests/lab/lab.json")
count=10000
"${describe[@]}" --expected >"$T/expected"
ports=$(jq -r '[.[] | select(.outcome) | .port] + [81, 3000, 9443] | unique | join(",")' "$T/expected")
"$LAB" --description "$TOP/tests/lab/lab.json" --record "$T/record" \
	--ready-file "$T/ready" --time-limit 400 2>"$T/lab.err" &
pids+=($!)
lab=$!
for _ in $(seq 600); do
	[ -s "$T/ready" ] && break
	sleep 0.05
done
[ -s "$T/ready" ] || fail "the laboratory does not start: $(cat "$T/lab.err")"
workspace "$T/ws" $count <<END
scope.ports = $ports
probe.timeout_ms = 6000
END
# Devices further up in the laboratory's address space belong to it as well.
"${describe[@]}" --list | awk -F'\t' -v day="$(date -u -d yesterday +%F)" 'BEGIN {
	print "time,sensor,source,protocol,port,packets,country"}
	$3 == "source" {split($1, a, ".")
	if (a[3] * 256 + a[4] >= '$count') for (s = 1; s < 3; s++)
		printf "%sT13:00:00Z,s%d,%s,tcp,23,5,JP\n", day, s, $1}' >"$T/more.csv"
[ "$(wc -l <"$T/more.csv")" = 1 ] ||
	"$MARTLET" -C "$T/ws" import "$T/more.csv" >/dev/null 2>&1 || fail "no more sources"
"${describe[@]}" --list | awk -F'\t' '$4 == "opt-out" || $3 != "source" {print $1}' >>"$T/ws/opt-out.txt"
targets=$("$MARTLET" -C "$T/ws" sources "$PERIOD" --json 2>/dev/null | jq '[.sources[] | select(.target)] | length')
wanted=$((targets * $(tr , '\n' <<<"$ports" | wc -l)))
scan scan "$T/ws"
kill $lab
wait $lab
stored "SELECT count(*) FROM probe" $wanted
stored "SELECT count(*) FROM (SELECT DISTINCT address, port FROM probe)" $wanted
"$MARTLET" -C "$T/scanned" services "$PERIOD" --json >"$T/services" 2>/dev/null
"$TOP/tests/lab/judge" "$T/expected" "$T/services" "$T/record" https://csirt.example/probing >"$T/judged"
listening=$(jq '[.[] | select(.outcome)] | length' "$T/expected")
closed=$(sqlite3 "$T/scanned/martlet.db" "SELECT count(*) FROM probe WHERE outcome = 'refused'")
sed 's/^/  wrong: /' "$T/judged"
awk -v n=$wanted -v t="$targets" -v s="$(median scan 1)" -v cpu="$(median scan 2)" -v m="$(median scan 3)" -v f="$(median scan 4)" \
	-v wrong="$(wc -l <"$T/judged")" -v closed="$closed" -v listening="$listening" 'BEGIN {
	printf "many addresses: %d addresses, %d probes in %.1f s (CPU %.1f s), peak memory %.0f MB (aim 150: %s), %d sockets left open (aim 0: %s), %d wrong of %d, %d closed (aim all exact: %s)\n",
		t, n, s, cpu, m, (m < 150) ? "reached" : "MISSED", f, (f == 0) ? "reached" : "MISSED", wrong, listening, closed,
		(wrong == 0) ? "reached" : "MISSED"}'
