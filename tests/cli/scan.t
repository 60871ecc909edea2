#!/bin/bash
# The scan command as a user runs it: when it refuses, what a dry run says,
# how it stops and goes on. What it finds is judged in scan-lab.t.
. "$(dirname "$0")/laboratory.sh"
own_network "$@"
. "$(dirname "$0")/lib.sh"
own_network_up

W=$T/w
"$MARTLET" init "$W" 2>/dev/null
cat >>"$W/martlet.conf" <<END
scope.laboratory = 127.20.0.0/16
scope.ports = 21,22,23,80,443,8888
pace.overall = 2000
pace.per_address = 100
pace.per_network = 300
pace.per_as = 2000
pace.open_per_address = 20
pace.pause_ms = 0
pace.per_address_day = 0
probe.timeout_ms = 3000
END
start_lab || exit 1
mkdir "$T/sample"
"$TOP/tests/lab/sample-quarter" --lab "$LAB" "$T/sample" >/dev/null 2>&1
"$MARTLET" -C "$W" sensors add --file "$T/sample/sensors.csv" 2>/dev/null
"$MARTLET" -C "$W" import "$T/sample/packets.csv" 2>/dev/null
PERIOD=$(date -u -d '91 days ago' +%F)..$(date -u +%F)
M=("$MARTLET" -C "$W")

# Who asks must be known.
status "without an organisation nothing is asked" 1 "${M[@]}" scan "$PERIOD"
like "the message names the setting" "$(cat "$T/err")" 'who.organisation'
cat >>"$W/martlet.conf" <<END
who.organisation = Example CSIRT
who.url = https://csirt.example/probing
who.contact = probing@csirt.example
who.expires = $(date -u -d '+60 days' +%F)
END
for day in 2020-01-01 "$(date -u -d '+2 years' +%F)" soon; do
	status "an expiry of $day is refused" 1 \
		"${M[@]}" -o who.expires="$day" scan "$PERIOD"
	like "the message names it" "$(cat "$T/err")" 'who.expires'
done
[ -s "$T/record" ] && asked=yes || asked=no
is "nobody was asked so far" "$asked" no

# A stopped clock would make old sources fresh.
status "with MARTLET_NOW nothing is asked outside of a laboratory" 1 \
	env MARTLET_NOW=2025-01-01T00:00:00Z \
	"${M[@]}" -o scope.laboratory= scan "$PERIOD"
like "the message names it" "$(cat "$T/err")" 'MARTLET_NOW is set'
status "a dry run may have another time" 0 \
	env MARTLET_NOW=2025-01-01T00:00:00Z \
	"${M[@]}" -o scope.laboratory= scan "$PERIOD" --dry-run

# Wrong usage.
status "no period is wrong usage" 2 "${M[@]}" scan
status "a broken period is wrong usage" 2 "${M[@]}" scan 2025Q9
status "a broken shard is wrong usage" 2 "${M[@]}" scan "$PERIOD" --shard 3/2

for wrong in '--ports ssh' '--ports 80-22' '--ports=' '--country Japan' '--country J1' '--limit 0'; do
	# shellcheck disable=SC2086
	status "$wrong is wrong usage" 2 "${M[@]}" scan "$PERIOD" $wrong
done

status "a sandbox that is neither on nor off is refused" 1 \
	"${M[@]}" -o scan.sandbox=perhaps scan "$PERIOD"
like "the message names it" "$(cat "$T/err")" 'scan.sandbox is yes or no'
[ -s "$T/record" ] && asked=yes || asked=no
is "and nobody is asked" "$asked" no
rm -f "$W"/martlet.db* "$W/audit.log"

# A dry run.
status "a dry run succeeds" 0 "${M[@]}" scan "$PERIOD" --dry-run --json
probes=$(jq .probes "$T/out")
targets=$(jq .targets "$T/out")
is "six ports of each target" "$probes" $((6 * targets))
is "no case database was made" "$(ls "$W" | grep -c martlet.db)" 0
is "no audit log was made" "$(ls "$W" | grep -c audit.log)" 0
status "--limit takes that many addresses" 0 \
	"${M[@]}" scan "$PERIOD" --dry-run --json --limit 3
is "three of them" "$(jq .hosts\|length "$T/out")" 3
sum=0
for i in 1 2 3; do
	"${M[@]}" scan "$PERIOD" --dry-run --json --shard $i/3 >"$T/s$i"
	sum=$((sum + $(jq .probes "$T/s$i")))
done
is "three shards make the whole" "$sum" "$probes"
is "no address is in two" "$(jq -r '.hosts[].address' "$T"/s? | sort | uniq -d)" ""

status "a port that is not in ports.csv is wrong usage" 2 \
	"${M[@]}" scan "$PERIOD" --ports 80,9100
like "and named" "$(cat "$T/err")" '9100'

# An interruption, a second scan beside the first, and what goes on.
"${M[@]}" -o pace.overall=60 scan "$PERIOD" >"$T/first" 2>"$T/first.err" &
scan=$!
stored() { sqlite3 -cmd '.timeout 5000' "$W/martlet.db" 'SELECT count(*) FROM probe' 2>/dev/null || echo 0; }
# until_stored N: waits, generously, for more than so many probes.
until_stored() {
	for _ in $(seq 600); do
		[ "$(stored)" -gt "$1" ] && return 0
		sleep 0.05
	done
	return 1
}
ok "a scan is under way" until_stored 60
like "the scanning process can gain no privileges" \
	"$(cat /proc/$scan/status)" '^NoNewPrivs:[[:space:]]+1$'
if [ -z "${BUILD##*asan*}" ]; then
	like "a sanitized build says what its sandbox lacks" \
		"$(cat "$T/first.err")" 'this build has no seccomp'
elif pkg-config --exists libseccomp; then
	like "and makes only calls that a scan needs" \
		"$(cat /proc/$scan/status)" '^Seccomp:[[:space:]]+2$'
else
	skip "and makes only calls that a scan needs" "no libseccomp here"
fi
status "a second scan is refused" 1 "${M[@]}" scan "$PERIOD"
like "and told who scans" "$(cat "$T/err")" "process $scan"
begin=$(date +%s%N)
kill -INT $scan
wait $scan
is "an interrupted scan ends with 1" $? 1
took=$((($(date +%s%N) - begin) / 1000000))
ok "within two seconds ($took ms)" [ "$took" -lt 2000 ]
like "with a summary" "$(cat "$T/first")" '^interrupted: [0-9]+ of '
first=$(sed -n 's/^interrupted: \([0-9]*\) of.*/\1/p' "$T/first")
ok "something was asked" [ "$first" -gt 0 ]
is "what was answered is stored" "$(stored)" "$first"

"${M[@]}" -o pace.overall=60 scan "$PERIOD" >/dev/null 2>&1 &
scan=$!
ok "a second run went on before it was killed" until_stored $((first + 60))
kill -KILL $scan
wait $scan 2>/dev/null
second=$(stored)
is "the database is whole" "$(sqlite3 "$W/martlet.db" 'PRAGMA integrity_check')" ok
# The environment has no say in it.
mkdir "$T/home"
echo "default login a password b" >"$T/home/.netrc"
status "the third run ends the work" 0 env http_proxy=http://127.0.0.1:9/ \
	https_proxy=http://127.0.0.1:9/ ALL_PROXY=socks5h://127.0.0.1:9 \
	HOME="$T/home" CURL_HOME="$T/home" NETRC="$T/home/.netrc" \
	SSLKEYLOGFILE="$T/keys" "${M[@]}" scan "$PERIOD" --json
ok "no keys were written down" [ ! -e "$T/keys" ]
is "it asked the rest" "$(jq .done "$T/out")" $((probes - second))
is "every place is stored once" "$(sqlite3 "$W/martlet.db" \
	'SELECT count(*), count(DISTINCT address || ":" || port) FROM probe')" \
	"$probes|$probes"
status "a fourth run has nothing to ask" 0 "${M[@]}" scan "$PERIOD"
like "and says so" "$(cat "$T/err")" "nothing left to ask.* $probes probes answered"
is "each run ended or was killed" "$(sqlite3 "$W/martlet.db" \
	'SELECT count(*), count(ended_ms) FROM scan')" '3|2'

# Without the opt-out list nobody is asked, and that is no success.
none=("${M[@]}" -o scope.opt_out="$T/list" -o pace.overall=5 scan "$PERIOD" --ports 8080)
mkfifo "$T/list"
status "a pipe for a list is not waited for" 1 timeout 60 "${none[@]}"
like "and named" "$(cat "$T/err")" "list' is not a file"
rm "$T/list"
echo "# nobody" >"$T/list"
before=$(grep -c ' open ' "$W/audit.log")
"${none[@]}" >"$T/out" 2>"$T/err" &
scan=$!
for _ in $(seq 600); do
	[ "$(grep -c ' open ' "$W/audit.log")" -gt "$before" ] && break
	sleep 0.05
done
rm "$T/list"
wait $scan
is "a scan that loses its list fails" $? 1
like "and says what to do" "$(cat "$T/err")" 'mend it, then run the same command again'

# The audit log.
is "the audit log is private" "$(stat -c %a "$W/audit.log")" 600
opened=$(grep -c ' open ' "$W/audit.log")
ended=$(grep -c ' end ' "$W/audit.log")
ok "only the killed run left connections without an end" \
	[ $((opened - ended)) -ge 0 -a $((opened - ended)) -lt 150 ]
stop_lab
connections=$(jq -s 'map(select(.event == "open")) | length' "$T/record")
ok "every connection that the laboratory got is in the audit log" \
	[ "$connections" -le "$opened" ]
is "a budget of a day outlives the process" "$("${M[@]}" \
	-o pace.per_address_day=1 -o triage.max_age_days=30 \
	scan "$PERIOD" --ports 81 --json 2>/dev/null | jq .spent)" "$targets"
is "nobody was sent a password" "$(grep -ci authorization "$T/record")" 0
is "nobody without IPv4 laboratory address was asked" \
	"$(grep ' open ' "$W/audit.log" | grep -vc ' to=127\.20\.')" 0
done_testing
