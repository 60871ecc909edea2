#!/bin/bash
# The service in hard times: killed, opted out of, expired, cut off, with a
# large sensor database, for many looks, under a service manager.
. "$(dirname "$0")/../cli/laboratory.sh"
own_network "$@"
. "$(dirname "$0")/../cli/lib.sh"
own_network_up

start_crowd 120 || { echo "Bail out! the laboratory does not start"; exit 1; }
settings="pace.overall = 60
pace.per_address = 20
pace.per_network = 60
pace.per_as = 60
pace.pause_ms = 0
probe.banner_wait_ms = 100
probe.timeout_ms = 3000
watch.look_s = 1
watch.metrics_file = watch.prom"
new_workspace() {
	W=$T/$1
	crowd_workspace "$W" "$2" 80,2121,5900 <<<"$settings" >"$T/made" 2>&1 ||
		{ sed 's/^/# /' "$T/made"; echo "Bail out! no workspace"; exit 1; }
	M=("$MARTLET" -C "$W")
}
stored() { sqlite3 -cmd '.timeout 5000' "$W/martlet.db" 'SELECT count(*) FROM probe' 2>/dev/null || echo 0; }
metric() { awk -v n="martlet_watch_$1" '$1 == n {print $2}' "$W/watch.prom" 2>/dev/null; }
until_true() {
	for _ in $(seq 1200); do
		"$@" && return 0
		sleep 0.05
	done
	return 1
}
has_stored() { [ "$(stored)" -ge "$1" ]; }
has_said() { [ "$(grep -c -- "$1" "$T/log")" -ge "${2:-1}" ]; }
metric_reaches() { [ "$(metric "$1")" -ge "$2" ] 2>/dev/null; }
start_watch() {
	"$@" >"$T/out" 2>"$T/log" &
	watch=$!
	cleanup_pids+=("$watch")
}
# stop_watch: sets TOOK (ms) and STATUS.
stop_watch() {
	local begin
	begin=$(date +%s%N)
	kill "-${1:-TERM}" $watch
	wait $watch 2>/dev/null
	STATUS=$?
	TOOK=$((($(date +%s%N) - begin) / 1000000))
}
# more NAME FROM TO: sources FROM..TO of the crowd, seen a minute ago.
more() {
	"$LAB" --population 120 --list | sed -n "$2,$3p" |
		awk -v t=$(($(date +%s) - 60)) 'BEGIN {print "time,sensor,source,protocol,port,packets,country,asn,as_name"}
			{for (i = 0; i < 2; i++) print t "," (i ? "a" : "b") "," $1 ",tcp,23,5,JP,64500,Example"}' >"$T/$1.csv"
	"${M[@]}" import "$T/$1.csv" >/dev/null 2>&1
}

# --- killed while the sensor database grows
new_workspace killed 60
start_watch "${M[@]}" watch
for i in 1 2 3 4; do
	until_true has_stored $((i * 25))
	more "grow$i" $((60 + (i - 1) * 15 + 1)) $((60 + i * 15))
	stop_watch KILL
	is "after kill $i the case database is whole" "$(sqlite3 "$W/martlet.db" 'PRAGMA integrity_check')" ok
	start_watch "${M[@]}" watch
done
ok "at last all are asked" until_true has_stored 360
sleep 2
is "each once, as the laboratory has it" "$(crowd_stored "$W" | cksum)" \
	"$("$LAB" --population 120 --expected | grep -E '\|(80|2121|5900)\|' | sort | cksum)"
stop_watch
is "it ends well" $STATUS 0
is "the pace was kept, also across the kills" \
	"$(audit_times "$W" | "$TOP/tests/lab/judge-pace" 60 60 20)" ""

# --- an opt-out
new_workspace opt-out 60
start_watch "${M[@]}" watch
until_true has_stored 20
"${M[@]}" opt-out add 127.100.0.0/27 --asked-by test --verified test >/dev/null 2>&1
since=$(date +%s%3N)
until_true has_stored 90
sleep 3
stop_watch
is "nobody who opted out is asked a second later" "$(audit_times "$W" |
	awk -v s=$((since + 1000)) '$1 > s {split($2, p, "."); if (p[3] == 0 && p[4] < 32) print}')" ""
ok "others are" [ "$(audit_times "$W" | awk -v s=$((since + 1000)) '$1 > s' | wc -l)" -gt 10 ]

# --- who.expires passes
if [ "$SLOWER" -gt 1 ]; then
	skip "an expiry that passes" "the sanitizer will not be preloaded"
elif ! cc -shared -fPIC -O1 -o "$T/clock_shift.so" "$TOP/tests/full/clock_shift.c"; then
	skip "an expiry that passes" "no compiler"
else
	new_workspace expiry 60
	echo 0 >"$W/shift"
	sed -i '/^who.expires/d' "$W/martlet.conf"
	cp "$W/martlet.conf" "$T/undated.conf"
	echo "who.expires = $(date -u -d '+1 day' +%F)" >>"$W/martlet.conf"
	echo "watch.cooldown_hours = 24" | tee -a "$T/undated.conf" >>"$W/martlet.conf"
	start_watch env LD_PRELOAD="$T/clock_shift.so" CLOCK_SHIFT="$W/shift" "${M[@]}" watch
	until_true has_stored 20
	echo $((2 * 86400)) >"$W/shift"
	ok "a date that passes is noticed" until_true has_said 'who.expires is past'
	before=$(wc -l <"$T/record")
	until_true metric_reaches probing 0
	sleep 4
	asked=$(grep -c '"event":"open"' <(tail -n +$((before + 1)) "$T/record"))
	ok "and nobody is asked any more ($asked)" [ "$asked" -le 1 ]
	ok "it still runs" kill -0 $watch
	is "and says so once" "$(grep -c 'who.expires is past' "$T/log")" 1
	kill -HUP $watch
	ok "a reload without a later date changes nothing" until_true has_said 'going on with'
	at=$(stored)
	cp "$T/undated.conf" "$W/martlet.conf"
	echo "who.expires = $(date -u -d '+60 days' +%F)" >>"$W/martlet.conf"
	kill -HUP $watch
	ok "with a later date it goes on" until_true has_stored $((at + 10))
	stop_watch
	is "the case database has a row for each day" "$(sqlite3 "$W/martlet.db" 'SELECT count(*) FROM scan')" 2
	is "each of its own" "$(sqlite3 "$W/martlet.db" 'SELECT DISTINCT period FROM scan' | wc -l)" 2
	rm -f "$W"/martlet.db*
	echo 0 >"$W/shift"
	env LD_PRELOAD="$T/clock_shift.so" CLOCK_SHIFT="$W/shift" "${M[@]}" -o pace.overall=5 \
		-o who.expires="$(date -u -d '+1 day' +%F)" scan "$PERIOD" >"$T/out" 2>"$T/err" &
	scan=$!
	until_true has_stored 5
	echo $((2 * 86400)) >"$W/shift"
	wait $scan
	is "a scan ends when the date passes" $? 1
	like "it says why" "$(cat "$T/err")" 'who.expires is past'
	like "with a summary" "$(cat "$T/out")" '^interrupted'
fi

# --- a machine that is cut off
if [ "$LAB_NETWORK" = own ] && ip route add unreachable 127.100.0.0/18 table local 2>/dev/null; then
	new_workspace cut-off 120
	sed -i 's/^pace.overall.*/pace.overall = 1000/; s/^pace.per_network.*/pace.per_network = 1000/; s/^pace.per_as.*/pace.per_as = 1000/' "$W/martlet.conf"
	start_watch "${M[@]}" watch
	ok "a machine that is cut off is noticed" until_true has_said 'could not open the last'
	sleep 3
	ok "it does not mark all there is" [ "$(stored)" -lt 300 ]
	ok "and waits" kill -0 $watch
	stop_watch
	ok "within two seconds ($TOOK ms)" [ "$TOOK" -lt 2000 ]
	ip route del unreachable 127.100.0.0/18 table local
else
	skip "a machine that is cut off" "no network of its own"
fi

# --- a large sensor database
new_workspace large 3
sqlite3 "$W/sensors.db" "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 199999)
	INSERT INTO traffic (day, sensor, source, protocol, port, signature, packets, first_seen, last_seen, source_port)
	SELECT date('now'), 'a', '10.' || (i / 65536) || '.' || (i / 256 % 256) || '.' || (i % 256), 6, p.value, '', 3,
		unixepoch('now', 'start of day'), unixepoch('now', 'start of day'), 0
	FROM n, json_each('[22,23,80,81,443,2323,5555,8080,8081,8443]') p"
is "two million rows" "$(sqlite3 "$W/sensors.db" 'SELECT count(*) >= 2000000 FROM traffic')" 1
for wait in 0.3 1 2; do
	start_watch "${M[@]}" watch
	until_true has_said watching
	sleep "$wait"
	stop_watch
	is "SIGTERM during a long look ends it well" $STATUS 0
	ok "within two seconds ($TOOK ms)" [ "$TOOK" -lt 2000 ]
	ok "its looks are over, too" until_true eval '! pgrep -f -- "$W watch"'
done
start_watch "${M[@]}" watch
until_true has_said watching
kill -HUP $watch
ok "a reload does not wait for a look" until_true has_said 'the configuration was read again'
is "which was not over then" "$(metric 'looks_total{result="done"}')" 0
ok "the look is finished in the end" until_true metric_reaches 'looks_total{result="done"}' 1
echo "# a look at two million rows took $(metric last_look_duration_seconds) s"
is "and counts why sources are refused" "$(metric 'refused_sources{reason="special-purpose"}')" 200000
ok "the three targets are asked" until_true has_stored 9
stop_watch

# --- many looks and reloads
new_workspace many 120
start_watch "${M[@]}" watch
until_true has_stored 360
rss() { cat "/proc/$watch/status" "/proc/$(pgrep -P $watch)/status" | awk '/^VmRSS/ {n += $2} END {print n}'; }
churn() {
	for _ in $(seq "$1"); do
		local n
		n=$(grep -c 'was read again' "$T/log")
		kill -HUP $watch
		until_true has_said 'was read again' $((n + 1))
	done
}
churn 10
first=$(rss)
files=$(ls /proc/$watch/fd | wc -l)
churn 60
last=$(rss)
echo "# after $(metric 'looks_total{result="done"}') looks: $first KiB, then $last KiB"
if [ "$SLOWER" -gt 1 ]; then
	skip "memory does not grow" "a sanitizer keeps what is freed"
else
	ok "memory does not grow" [ $((last - first)) -lt 3000 ]
fi
is "no descriptor is lost" "$(ls /proc/$watch/fd | wc -l)" "$files"
is "and nobody is asked twice" "$(stored)" 360
stop_watch

# --- a database server
. "$TOP/tests/cli/engines.sh"
if bin=$(postgresql_bin) && new_workspace server 3 && make_postgresql "$bin" && run_postgresql "$bin" &&
	fill_postgresql watched "$W/sensors.db"; then
	start_watch "${M[@]}" -o sensors.database="$(pg_url watched)" watch
	ok "sources of a PostgreSQL server are asked" until_true has_stored 9
	stop_server "$PG_PID" >/dev/null 2>&1
	ok "a server that is gone does not end it" until_true metric_reaches 'looks_total{result="failed"}' 2
	run_postgresql "$bin"
	ok "it goes on when that is back" until_true has_said 'can be read again'
	stop_watch
	is "it ends well" $STATUS 0
	stop_server "$PG_PID" >/dev/null 2>&1
else
	skip "a database server" "no PostgreSQL here"
fi

# --- a service manager
new_workspace managed 3
perl -MSocket -e 'socket(my $s, AF_UNIX, SOCK_DGRAM, 0); bind($s, sockaddr_un($ARGV[0])) or die; $| = 1;
	while (defined recv($s, my $m, 4096, 0)) { $m =~ s/\n/ /g; print "$m\n" }' "$T/notify" >"$T/heard" &
cleanup_pids+=($!)
until_true test -S "$T/notify"
start_watch env NOTIFY_SOCKET="$T/notify" WATCHDOG_USEC=1000000 "${M[@]}" watch
until_true has_stored 9
kill -HUP $watch
until_true grep -q RELOADING "$T/heard"
until_true eval '[ "$(grep -c "^WATCHDOG=1" "$T/heard")" -ge 4 ]'
until_true grep -q 'STATUS=3 targets.*9 services' "$T/heard"
stop_watch
until_true grep -q STOPPING "$T/heard"
is "it hears what sd_notify(3) says, in this order" \
	"$(grep -vE '^(STATUS|WATCHDOG)=' "$T/heard" | sed 's/USEC=[0-9]\{5,\}$/USEC=N/')" \
	"$(printf 'READY=1\nRELOADING=1 MONOTONIC_USEC=N\nREADY=1\nSTOPPING=1')"
like "with a status that says how it goes" "$(grep STATUS "$T/heard")" \
	'^STATUS=3 targets among [0-9]+ sources, 0 waiting, 0 being asked, 0 open; 9 probes, 9 services, lag [0-9]+ (s|min|h [0-9]+ min); looked 20..-..-..T..:..:..Z$'
done_testing
