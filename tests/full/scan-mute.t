#!/bin/bash
# Ten thousand hosts that accept and never speak cost little, and an
# interruption ends a scan that has two thousand of them open at once.
. "$(dirname "$0")/../cli/laboratory.sh"
own_network "$@"
. "$(dirname "$0")/../cli/lib.sh"
own_network_up
[ "$LAB_NETWORK" = own ] || skip_all "no network namespace: every address would be somebody else's too"

count=$((10000 / SLOWER))
open=$((2000 / SLOWER))
start_crowd $count --mute || { echo "Bail out! the laboratory does not start"; exit 1; }
crowd_workspace "$T/ws" $count 80 >"$T/made" 2>&1 <<END || { sed 's/^/# /' "$T/made"; echo "Bail out! no workspace"; exit 1; }
pace.overall = 10000000
pace.per_address = 10000000
pace.per_network = 10000000
pace.per_as = 10000000
pace.open_per_address = 1000
pace.pause_ms = 0
probe.open_max = $open
END

# At the default times each takes seventeen seconds, so these are all open.
"$MARTLET" -C "$T/ws" scan "$PERIOD" >"$T/out" 2>"$T/err" &
scan=$!
for _ in $(seq 600); do
	[ "$(grep -c '"open"' "$T/record")" -ge $open ] && break
	sleep 0.05
done
sockets=$(find "/proc/$scan/fd" -lname 'socket:*' | wc -l)
began=$(date +%s%N)
kill -INT $scan
peak $scan
took=$((($(date +%s%N) - began) / 1000000))
echo "# $sockets sockets open, ended in $took ms"
is "an interrupted scan ends with 1" $STATUS 1
ok "it had its $open connections open" test "$sockets" -ge $open
ok "it ends within two seconds" test "$took" -lt 2000
like "with a summary" "$(cat "$T/out")" '^interrupted: 0 of '
is "the case database is whole" "$(sqlite3 "$T/ws/martlet.db" 'PRAGMA integrity_check')" ok

started=$SECONDS
"$MARTLET" -C "$T/ws" -o probe.banner_wait_ms=1000 -o probe.timeout_ms=2000 \
	scan "$PERIOD" >"$T/out" 2>"$T/err" &
peak $!
is "the next scan ends well" $STATUS 0
echo "# $((SECONDS - started)) s, at most $PEAK KiB"
ok "it ends by its own limits" test $((SECONDS - started)) -lt 120
is "every host is found silent" "$(crowd_stored "$T/ws" | cut -d'|' -f3 | sort | uniq -c | tr -s ' ')" " $count silent"
if [ $SLOWER = 1 ]; then
	ok "memory stays under 200 MB" test "$PEAK" -lt 204800
else
	skip "memory stays under 200 MB" "sanitizers keep what was freed"
fi
done_testing
