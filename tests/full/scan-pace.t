#!/bin/bash
# More than ten thousand connections, by two shards that are interrupted,
# killed and started again: no second of the laboratory's record has more of
# them than a level allows. And a network that opts out is asked no more.
. "$(dirname "$0")/../cli/laboratory.sh"
own_network "$@"
. "$(dirname "$0")/../cli/lib.sh"
own_network_up
[ "$LAB_NETWORK" = own ] || skip_all "no network namespace: every address would be somebody else's too"

count=$((SLOWER > 1 ? 1000 : 2600))
# All addresses are of one AS, as their sensors have it.
overall=$((SLOWER > 1 ? 180 : 360)) per_as=$((SLOWER > 1 ? 150 : 300))
start_crowd $count || { echo "Bail out! the laboratory does not start"; exit 1; }
for ws in one two; do
	crowd_workspace "$T/$ws" $count 21,25,80,8080,8888 >"$T/made" 2>&1 <<-END || { sed 's/^/# /' "$T/made"; echo "Bail out! no workspace"; exit 1; }
	pace.overall = $overall
	pace.per_address = 10
	pace.per_network = 40
	pace.per_as = $per_as
	pace.open_per_address = 2
	pace.pause_ms = 50
	probe.banner_wait_ms = 300
	probe.timeout_ms = 2000
	END
done

# shard DIR I: until it ends by itself, with two rude ends on the way.
shard() {
	local signal
	for signal in INT KILL; do
		"$MARTLET" -C "$1" scan "$PERIOD" --shard "$2/2" >/dev/null 2>&1 &
		sleep "$3"
		kill -$signal $!
		wait $! 2>/dev/null
	done
	"$MARTLET" -C "$1" scan "$PERIOD" --shard "$2/2" >"$1/out" 2>"$1/err"
}
began=$SECONDS
shard "$T/one" 1 5.3 &
one=$!
shard "$T/two" 2 7.7 &
two=$!

# A network opts out of both shards while they run at full pace.
sleep 12
for ws in one two; do
	echo "127.100.0.0/24 # asked us to stop" >"$T/$ws/.new"
	cat "$T/$ws/opt-out.txt" >>"$T/$ws/.new" 2>/dev/null
	mv "$T/$ws/.new" "$T/$ws/opt-out.txt"
done
closed=$(($(date +%s%3N) + 1000))
wait $one
is "the first shard ends well" $? 0
wait $two
is "the second shard ends well" $? 0
stop_lab
opens() { jq -r 'select(.event == "open") | '"$1" "$T/record"; }
connections=$(opens .port | wc -l)
echo "# $connections connections in $((SECONDS - began)) s"
[ $SLOWER != 1 ] || ok "there were more than ten thousand connections" test "$connections" -gt 10000
is "no second has more than pace.per_as, pace.per_network, pace.per_address allow" \
	"$(record_times | "$TOP/tests/lab/judge-pace" $per_as 40 10)" ""
busiest=$(record_times | "$TOP/tests/lab/judge-pace" $((per_as / 2)) 40 10 | sed -n 's/^overall all: \([0-9]*\).*/\1/p')
echo "# $busiest connections in the busiest second, $per_as allowed"
ok "and the pace is used" test "${busiest:-0}" -gt $((per_as / 2))
is "who opts out is asked no more a second later" \
	"$(opens "select(.wall_ms > $closed) | .address" | grep -c '^127\.100\.0\.')" 0
ok "but was before" test "$(opens .address | grep -c '^127\.100\.0\.')" -gt 0
ok "and others were later" test "$(opens "select(.wall_ms > $closed) | .address" | wc -l)" -gt 100
networks() { sqlite3 "$T/$1/martlet.db" "SELECT DISTINCT rtrim(text, '0123456789') FROM address a JOIN probe p ON p.address = a.id" | sort; }
is "no network is in both shards" "$(comm -12 <(networks one) <(networks two))" ""
{ crowd_stored "$T/one"; crowd_stored "$T/two"; } | grep -v '^127\.100\.0\.' | sort >"$T/stored"
"$LAB" --population $count --expected | grep -E '\|(21|25|80|8080|8888)\|' | grep -v '^127\.100\.0\.' | sort >"$T/expected"
is "both together found every other address and port as it is" "$(diff "$T/expected" "$T/stored" | head -20)" ""
done_testing
