#!/bin/bash
# Hostile ports cost neither time nor memory, and do not lead astray.
. "$(dirname "$0")/../cli/laboratory.sh"
own_network "$@"
. "$(dirname "$0")/../cli/lib.sh"
own_network_up

start_lab || { echo "Bail out! the laboratory does not start"; exit 1; }
lab_workspace "$T/ws" >"$T/made" 2>&1 <<END || { sed 's/^/# /' "$T/made"; echo "Bail out! no workspace"; exit 1; }
pace.overall = 2000
pace.per_address = 200
pace.per_network = 600
pace.per_as = 2000
pace.open_per_address = 20
pace.pause_ms = 0
probe.timeout_ms = 5000
END

# The most memory that it ever had, as the kernel counts it. Sanitizers keep
# what was freed, so the bound is for the plain build.
"$MARTLET" -C "$T/ws" scan "$PERIOD" >"$T/out" 2>"$T/err" &
pid=$!
peak=0
started=$SECONDS
while kill -0 "$pid" 2>/dev/null; do
	now=$(awk '/^VmHWM/ {print $2}' "/proc/$pid/status" 2>/dev/null)
	[ "${now:-0}" -le "$peak" ] || peak=$now
	sleep 0.05
done
wait "$pid"
is "the scan of every port of every device ends well" $? 0
echo "# $((SECONDS - started)) s, at most $peak KiB"
ok "it ends by its own limits, not by the laboratory's" test $((SECONDS - started)) -lt 120
if [[ $BUILD == */asan* ]]; then
	skip "memory stays under 200 MB" "sanitizers keep what was freed"
else
	ok "memory stays under 200 MB" test "$peak" -lt 204800
fi
stop_lab
"$LAB" --description "$TOP/tests/lab/lab.json" --expected >"$T/expected"
"$MARTLET" -C "$T/ws" services "$PERIOD" --json >"$T/services"
"$TOP/tests/lab/judge" "$T/expected" "$T/services" "$T/record" https://csirt.example/probing >"$T/judged"
is "every device is found as it is, hostile ones too" "$(cat "$T/judged")" ""
done_testing
