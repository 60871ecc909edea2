#!/bin/bash
# The service as an operator meets it: new sources, the cool-down, reloads,
# a sensor database that goes and comes, the metrics, how it ends.
. "$(dirname "$0")/laboratory.sh"
own_network "$@"
. "$(dirname "$0")/lib.sh"
own_network_up

start_crowd 11 || { echo "Bail out! the laboratory does not start"; exit 1; }
W=$T/w
crowd_workspace "$W" 3 80,2121,5900 >"$T/made" 2>&1 <<END || { sed 's/^/# /' "$T/made"; echo "Bail out! no workspace"; exit 1; }
pace.overall = 40
probe.banner_wait_ms = 100
probe.timeout_ms = 3000
pace.per_address = 20
pace.per_network = 60
pace.per_as = 60
pace.pause_ms = 0
watch.look_s = 1
watch.metrics_file = watch.prom
END
M=("$MARTLET" -C "$W")
stored() { sqlite3 -cmd '.timeout 5000' "$W/martlet.db" 'SELECT count(*) FROM probe' 2>/dev/null || echo 0; }
# metric NAME: its value now.
metric() { awk -v n="martlet_watch_$1" '$1 == n {print $2}' "$W/watch.prom" 2>/dev/null; }
# until_true COMMAND...: waits, generously.
until_true() {
	for _ in $(seq 600); do
		"$@" && return 0
		sleep 0.05
	done
	return 1
}
has_stored() { [ "$(stored)" -ge "$1" ]; }
has_said() { [ "$(grep -c -- "$1" "$T/log")" -ge "${2:-1}" ]; }
has_heard() { perl -MMIME::Base64 -ne 'print decode_base64($1) if /"received_b64":"([^"]*)"/' "$T/record" | grep -aq -- "$1"; }
metric_reaches() { [ "$(metric "$1")" -ge "$2" ] 2>/dev/null; }

# When it refuses.
status "without a contact nothing is watched" 1 "${M[@]}" -o who.contact= watch
like "the message names the setting" "$(cat "$T/err")" 'watch needs who.contact'
status "nor past the date" 1 "${M[@]}" -o who.expires=2020-01-01 watch
status "nor with a stopped clock outside of a laboratory" 1 \
	env MARTLET_NOW=2025-01-01T00:00:00Z "${M[@]}" -o scope.laboratory= watch
like "the message names it" "$(cat "$T/err")" 'MARTLET_NOW is set: watch'
status "a broken shard is wrong usage" 2 "${M[@]}" watch --shard 3/2
status "a broken list of ports is refused" 1 "${M[@]}" -o scope.ports=ssh watch
is "and nobody was asked" "$([ -s "$T/record" ] && echo yes || echo no)" no

# One look, as from a timer.
status "one look and what it finds due" 0 "${M[@]}" watch --once
is "three ports of three targets were asked" "$(stored)" 9
is "what was found is stored as the laboratory has it" "$(crowd_stored "$W")" \
	"$("$LAB" --population 3 --expected | grep -E '\|(80|2121|5900)\|' | sort)"

if unshare -n true 2>/dev/null; then
	cp -r "$W" "$T/alone"
	status "with nobody to be reached one look fails" 1 unshare -n \
		"$MARTLET" -C "$T/alone" -o watch.cooldown_hours=0 -o scope.ports= -o pace.overall=10000 \
		-o pace.per_address=10000 -o pace.per_network=10000 -o pace.per_as=10000 watch --once
	like "and says why" "$(cat "$T/err")" 'could not open the last 200 connections'
else
	skip "with nobody to be reached one look fails" "no network namespaces here"
fi

# A service.
"${M[@]}" watch >"$T/out" 2>"$T/log" &
watch=$!
cleanup_pids+=("$watch")
ok "it looks" until_true metric_reaches 'looks_total{result="done"}' 2
is "and asks nobody before the cool-down is over" "$(stored)" 9
status "a scan beside it is refused" 1 "${M[@]}" scan "$PERIOD"
like "and told who probes" "$(cat "$T/err")" "process $watch: martlet watch"
is "an analyst can read meanwhile" \
	"$("${M[@]}" services "$PERIOD" --json | jq '.services | length')" 9

# New sources, in an order that is neither theirs nor that of the file.
"$LAB" --population 11 --list | tail -8 |
	awk 'BEGIN {print "time,sensor,source,protocol,port,packets,country,asn,as_name"; now = '"$(date +%s)"'}
		{t = now - 60 - (NR * 5 % 8) * 300; for (i = 0; i < 2; i++)
			print t "," (i ? "a" : "b") "," $1 ",tcp,23,5,JP,64500,Example"
			print t, $1 >"'"$T/seen"'"}' >"$T/new.csv"
status "an import works beside it" 0 "${M[@]}" import "$T/new.csv"
ok "new sources are asked" until_true has_stored 33
sort -rn "$T/seen" | head -4 | cut -d' ' -f2 | sort >"$T/first.wanted"
tail -n +10 <(grep -o ' open .* to=[^ ]*' "$W/audit.log" | sed 's/.*to=//') | awk '!seen[$0]++' | head -4 | sort >"$T/first.got"
is "those seen last come first" "$(cat "$T/first.got")" "$(cat "$T/first.wanted")"
is "the lag of each probe is stored" "$(sqlite3 "$W/martlet.db" \
	'SELECT count(*) FROM probe WHERE id > 9 AND lag BETWEEN 60 AND 2400')" 24

# Reloads.
cp "$W/martlet.conf" "$T/good.conf"
echo "nonsense = 1" >>"$W/martlet.conf"
kill -HUP $watch
ok "a wrong configuration is refused" until_true has_said 'going on with the configuration as it was'
like "and its line named" "$(cat "$T/log")" "martlet.conf:[0-9]+: there is no setting 'nonsense'"
sed 's/^who.expires.*/who.expires = 2020-01-01/' "$T/good.conf" >"$W/martlet.conf"
kill -HUP $watch
ok "so is a date that is past" until_true has_said 'going on with' 2
cp "$T/good.conf" "$W/martlet.conf"
{ echo "sensors.database = sqlite:/elsewhere.db"; } >>"$W/martlet.conf"
kill -HUP $watch
ok "so is a file that its sandbox denies" until_true has_said 'may not open' 1
is "nobody was asked twice so far" "$(stored)" 33
cp "$T/good.conf" "$W/martlet.conf"
printf 'watch.cooldown_hours = 0\nwho.url = https://csirt.example/moved\n' >>"$W/martlet.conf"
kill -HUP $watch
ok "a right one is taken" until_true has_said 'the configuration was read again'
ok "without a cool-down all are asked again" until_true has_stored 40
ok "by who asks now" until_true has_heard 'User-Agent: [^ ]* (+https://csirt.example/moved;'
cp "$T/good.conf" "$W/martlet.conf"
kill -HUP $watch
ok "and reloads are counted" until_true metric_reaches 'reloads_total{result="done"}' 2
is "as those that failed are" "$(metric 'reloads_total{result="failed"}')" 3

# A sensor database that is not there for a while.
mv "$W/sensors.db" "$T/away.db"
ok "a missing sensor database does not end it" until_true metric_reaches 'looks_total{result="failed"}' 3
is "it is said once" "$(grep -c 'cannot open the sensor database' "$T/log")" 1
echo "this is no database" >"$W/sensors.db"
ok "nor does a broken one" until_true has_said 'is not an SQLite database'
mv "$T/away.db" "$W/sensors.db"
ok "it goes on when it can" until_true has_said 'the sensor database can be read again'

# What Prometheus reads.
is "the metrics are in the text format" "$(grep -vE '^# (HELP [a-z_]+ [^\\]+|TYPE [a-z_]+ (counter|gauge|histogram))$|^[a-z_]+(\{[a-z]+="[^"\\]+"\})? [0-9]+(\.[0-9]+)?$' "$W/watch.prom")" ""
unlike "no address is in them" "$(cat "$W/watch.prom")" '127\.'
is "others may read them" "$(stat -c %a "$W/watch.prom")" 644

begin=$(date +%s%N)
kill -TERM $watch
wait $watch
is "SIGTERM ends it well" $? 0
took=$((($(date +%s%N) - begin) / 1000000))
ok "within two seconds ($took ms)" [ "$took" -lt 2000 ]
like "with a summary" "$(cat "$T/log")" '^ended after [0-9]+ probes'
is "the metrics say that it ended" "$(metric up)" 0
is "every row of its scans is closed" "$(sqlite3 "$W/martlet.db" 'SELECT count(*) FROM scan WHERE ended_ms IS NULL')" 0
ok "the process that looked is gone" until_true eval '! pgrep -f -- "$W watch"'
done_testing
