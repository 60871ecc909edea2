#!/bin/bash
# A scan that was killed again and again ends as one that was left alone.
. "$(dirname "$0")/../cli/laboratory.sh"
own_network "$@"
. "$(dirname "$0")/../cli/lib.sh"
own_network_up

start_lab || { echo "Bail out! the laboratory does not start"; exit 1; }
settings="scope.ports = $(lab_ports)
pace.overall = 300
pace.per_address = 30
pace.per_network = 60
pace.per_as = 300
pace.open_per_address = 10
pace.pause_ms = 0
probe.timeout_ms = 6000"
for ws in calm killed; do
	lab_workspace "$T/$ws" <<<"$settings" >"$T/made" 2>&1 ||
		{ sed 's/^/# /' "$T/made"; echo "Bail out! no workspace"; exit 1; }
done
status "an undisturbed scan ends well" 0 "$MARTLET" -C "$T/calm" scan "$PERIOD"
calm=$(grep -c '"open"' "$T/record")

kills=0
for pause in 0.05 0.3 0.7 1.1 1.6 2.3 3.1; do
	"$MARTLET" -C "$T/killed" scan "$PERIOD" >/dev/null 2>&1 &
	pid=$!
	sleep "$pause"
	kill -9 "$pid" 2>/dev/null && kills=$((kills + 1))
	wait "$pid" 2>/dev/null
done
echo "# killed $kills times"
ok "it was killed in the middle at least three times" test "$kills" -ge 3
"$MARTLET" -C "$T/killed" services "$PERIOD" --json 2>/dev/null |
	jq -r '.services[] | "\(.address) \(.port)"' | sort >"$T/stored"
lines=$(wc -l <"$T/record")
status "the last scan ends well" 0 "$MARTLET" -C "$T/killed" scan "$PERIOD"
is "its results are those of the undisturbed scan" \
	"$(steady_services "$T/killed" | cksum)" "$(steady_services "$T/calm" | cksum)"
diff <(steady_services "$T/calm") <(steady_services "$T/killed") | head -30 | sed 's/^/# /'
both=$(grep -c '"open"' "$T/record")
echo "# $calm connections undisturbed, $((both - calm)) with kills"
ok "something was stored before the last kill" test -s "$T/stored"
is "what was stored is not asked again" \
	"$(tail -n +$((lines + 1)) "$T/record" | jq -r 'select(.event == "open") | "\(.address) \(.port)"' | sort -u | comm -12 - "$T/stored")" ""
is "the pace was kept over the kills" "$(audit_times "$T/killed" | "$TOP/tests/lab/judge-pace" 300 60 30)" ""
is "the case database is whole" "$(sqlite3 "$T/killed/martlet.db" 'PRAGMA integrity_check')" ok
stop_lab
done_testing
