#!/bin/bash
# The audit log: set aside in mid-scan, counted by the pace of the next run,
# and searched by the audit command.
. "$(dirname "$0")/laboratory.sh"
own_network "$@"
. "$(dirname "$0")/lib.sh"
own_network_up

W=$T/w
M=("$MARTLET" -C "$W")
start_lab || exit 1
lab_workspace "$W" 2>"$T/err" <<END
scope.ports = 21,22,23,80,443
pace.overall = 500
pace.per_address = 20
pace.per_network = 500
pace.pause_ms = 0
pace.open_per_address = 4
probe.banner_wait_ms = 300
probe.timeout_ms = 2000
probe.connect_timeout_ms = 1000
audit.rotate_mb = 0.005
END
status "without a log nothing is found" 0 "${M[@]}" audit --json
is "and that is an empty list" "$(jq -c .connections "$T/out")" '[]'

status "a scan sets its log aside on the way" 0 "${M[@]}" scan "$PERIOD" --json
ok "several times" test -e "$W/audit.log.3"
is "all of them are private" "$(stat -c %a "$W"/audit.log* | sort -u)" 600
is "no line is torn" "$(cat "$W"/audit.log* | grep -Evc '^[0-9T:.-]+Z (open|end) [0-9a-f]+-[0-9]+ .*(why|ms)=')" 0
cat $(ls -v "$W"/audit.log.*) "$W/audit.log" >"$T/whole"
is "what is written stays in order" "$(cut -d' ' -f1 "$T/whole" | sort -c 2>&1)" ""
opened=$(grep -c ' open ' "$T/whole")
"${M[@]}" audit --json >"$T/all" 2>/dev/null
is "audit finds every connection of all files" "$(jq '.connections | length' "$T/all")" "$opened"
is "each with its end, though that is in another file" \
	"$(jq '[.connections[] | select(.outcome)] | length' "$T/all")" "$(grep -c ' end ' "$T/whole")"
record_times | cut -d' ' -f2 | sort -u >"$T/asked"
is "what the laboratory got is in it" \
	"$(jq -r '.connections[].address' "$T/all" | sort -u | comm -13 - "$T/asked" | wc -l)" 0
ok "the laboratory got something" test -s "$T/asked"
is "CSV has the same rows" "$("${M[@]}" audit --csv 2>/dev/null | tail -n +2 | wc -l)" "$opened"

# The filters, each against a count by grep.
one=$(head -1 "$T/asked")
count() { "${M[@]}" audit "$@" --json 2>/dev/null | jq '.connections | length'; }
is "--address" "$(count --address "$one")" "$(grep -c " to=${one//./\\.} " "$T/whole")"
is "--network" "$(count --network "${one%.*}.0/24")" "$(grep -c " to=${one%.*}\." "$T/whole")"
is "--port" "$(count --port 22)" "$(grep -c ' port=22 ' "$T/whole")"
is "--outcome" "$(count --outcome refused)" "$(grep -c ' outcome=refused ' "$T/whole")"
is "--address and --port together" "$(count --address "$one" --port 80)" \
	"$(grep " to=${one//./\\.} " "$T/whole" | grep -c ' port=80 ')"
middle=$(sed -n "$(($(wc -l <"$T/whole") / 2))p" "$T/whole" | cut -c1-19)
is "--since and --until share all between them" \
	$(($(count --since "${middle}Z") + $(count --until "${middle}Z"))) "$opened"
is "--since counts the second itself" "$(count --since "${middle}Z")" \
	"$(awk -v m="$middle" '$2 == "open" && substr($1, 1, 19) >= m' "$T/whole" | wc -l)"
is "a day counts whole" "$(count --until "$(date -u +%F)")" "$opened"
is "tomorrow has none" "$(count --since "$(date -u -d '+2 days' +%F)")" 0

# A scan that goes on counts what stands in the files set aside.
sed -i 's/^pace.per_address_day.*/pace.per_address_day = 3/' "$W/martlet.conf"
rm -f "$W/martlet.db"*
status "a new scan with a budget of three a day" 0 "${M[@]}" scan "$PERIOD" --json
is "starts no connection to whom had three" "$(jq .done "$T/out")" 0
is "and says so" "$(jq '.spent > 0' "$T/out")" true

# Killed at any moment, the renaming included, it loses no line.
sed -i 's/^pace.per_address_day.*/pace.per_address_day = 0/' "$W/martlet.conf"
opens_before=$(jq -c 'select(.event == "open")' "$T/record" | wc -l)
for n in 1 2 3 4 5 6; do
	rm -f "$W/martlet.db"*
	"${M[@]}" scan "$PERIOD" >/dev/null 2>&1 &
	scan=$!
	cleanup_pids+=("$scan")
	sleep "0.$((n * 13 % 10))5"
	kill -9 "$scan"
	wait "$scan" 2>/dev/null
done
jq -r 'select(.event == "open") | "\(.address) \(.port)"' "$T/record" | sort >"$T/got"
ok "the killed scans had begun" test "$(wc -l <"$T/got")" -gt "$opens_before"
"${M[@]}" audit --json 2>/dev/null >"$T/all"
is "every connection that the laboratory got is in the log" \
	"$(jq -r '.connections[] | "\(.address) \(.port)"' "$T/all" | sort | comm -13 - "$T/got" | wc -l)" 0
is "no id stands for two" "$(jq -r '.connections[].id' "$T/all" | sort | uniq -d | wc -l)" 0
is "the numbers of the files have no gap" \
	"$(ls "$W" | sed -n 's/^audit\.log\.//p' | sort -n | paste -sd,)" \
	"$(seq "$(ls "$W" | grep -c '^audit\.log\.')" | paste -sd,)"

# Killed: one connection without an end, and half a line.
printf '2026-11-20T10:00:00.000Z open a1-1 prober=p from=- to=192.0.2.7 port=80 why=probe\n2026-11-20T10:00:00.500Z open a1-2 prober=p from=- to=192.0.2.8 po' >>"$W/audit.log"
status "a torn line is no failure" 0 "${M[@]}" audit --address 192.0.2.7 --csv
like "it is told of" "$(cat "$T/err")" '[0-9]+ of [0-9]+ lines .* audit\.log: byte [0-9]+'
like "what has no end is unfinished" "$(cat "$T/out")" '^2026-11-20T10:00:00\.000Z,192\.0\.2\.7,80,unfinished,'
is "and found as that" "$(count --network 192.0.2.0/24 --outcome unfinished)" 1

# A hostile file.
{
	printf '2026-11-20T10:00:00.000Z open a2-1 prober==cmd from=- to=192.0.2.9 port=80 why=\e[31m,"x"\xff\n'
	head -c 100000 /dev/urandom
	head -c 3000000 /dev/zero
} >"$W/audit.log.99"
status "noise is no failure" 0 "${M[@]}" audit --address 192.0.2.9
unlike "no control character reaches the terminal" "$(cat "$T/out")" $'\e'
status "JSON is valid even so" 0 "${M[@]}" audit --address 192.0.2.9 --json
is "and has U+FFFD" "$(jq -r '.connections[0].why' "$T/out" | grep -c $'\xef\xbf\xbd')" 1
unlike "a formula in CSV is harmless" "$("${M[@]}" audit --address 192.0.2.9 --csv 2>/dev/null)" '(^|,)"?='

# The clock was set back by 40 minutes while many lines were written.
perl -e 'printf "2026-11-20T10:%02d:00.000Z open a3-%d prober=p from=- to=198.51.100.7 port=80 why=probe\n",
	$_ <= 2000 ? 50 : 10, $_ for 1 .. 8000' \
	>"$W/audit.log.100"
is "a clock that was set back hides no connection" \
	"$(count --network 198.51.100.0/24 --since 2026-11-20T10:45:00Z)" 2000

while IFS='|' read -r name line; do
	eval "words=($line)"
	status "wrong usage: $name" 2 "${M[@]}" audit "${words[@]}"
done <<'END'
a prefix as address|--address 192.0.2.0/24
bits after the length|--network 192.0.2.1/24
a name|--address host.example
two places|--address 192.0.2.1 --network 192.0.2.0/24
a time that is none|--since yesterday
a port that is none|--port 65536
two forms|--json --csv
an outcome that is none|--outcome answred
an end before the begin|--since 2026-12-01 --until 2026-11-01
END
status "a log that cannot be read fails" 1 bash -c 'rm "$1/audit.log.99" && mkdir "$1/audit.log.99" && "$2" -C "$1" audit' - "$W" "$MARTLET"
like "and is named" "$(cat "$T/err")" 'audit\.log\.99'
done_testing
