#!/bin/bash
# A scan of the laboratory, judged by what the laboratory plays and recorded.
. "$(dirname "$0")/laboratory.sh"
own_network "$@"
. "$(dirname "$0")/lib.sh"
own_network_up

describe=("$LAB" --description "$TOP/tests/lab/lab.json")
"${describe[@]}" --expected >"$T/expected"
start_lab || { echo "Bail out! the laboratory does not start"; exit 1; }
lab_workspace "$T/ws" >"$T/made" 2>&1 <<END || { sed 's/^/# /' "$T/made"; echo "Bail out! no workspace"; exit 1; }
scope.ports = $(lab_ports)
pace.overall = 300
pace.per_address = 10
pace.per_network = 25
pace.per_as = 300
pace.open_per_address = 4
pace.pause_ms = 0
probe.timeout_ms = 6000
END

status "the scan ends well" 0 "$MARTLET" -C "$T/ws" scan "$PERIOD"
status "its results are listed" 0 "$MARTLET" -C "$T/ws" services "$PERIOD" --json
cp "$T/out" "$T/services"
before=$(grep -c open "$T/record")
status "a second scan ends well" 0 "$MARTLET" -C "$T/ws" scan "$PERIOD"
is "and connects to nobody, as all is known" "$(grep -c open "$T/record")" "$before"
stop_lab

"$TOP/tests/lab/judge" "$T/expected" "$T/services" "$T/record" https://csirt.example/probing >"$T/judged"
while read -r device; do
	is "$device is found as it is" "$(grep "^$device " "$T/judged")" ""
done < <("${describe[@]}" --list | cut -f2)
is "no service is invented" "$(grep '^scope:' "$T/judged")" ""
is "nothing is sent but what may be sent, by somebody who is named" "$(grep '^sent:' "$T/judged")" ""

is "the pace is kept by the laboratory's record" "$(record_times | "$TOP/tests/lab/judge-pace" 300 25 10)" ""
is "the pace is kept by the audit, closed ports too" "$(audit_times "$T/ws" | "$TOP/tests/lab/judge-pace" 300 25 10)" ""
is "every connection of the record is in the audit" \
	"$(jq -r 'select(.event == "open") | "\(.address) \(.port)"' "$T/record" | sort)" \
	"$(awk '/ open /{for (i = 1; i <= NF; i++) {if (sub(/^to=/, "", $i)) a = $i; if (sub(/^port=/, "", $i)) p = $i}; print a, p}' "$T/ws/audit.log" | sort |
		grep -Fxf <(jq -r 'select(.event == "open") | "\(.address) \(.port)"' "$T/record" | sort -u))"
is "no more than the permitted connections are open to one address" \
	"$(jq -r 'if .event == "open" then [.ms, 1, .address] else [.ms + .duration_ms, -1, .address] end | @tsv' "$T/record" |
		sort -n -k1,1 -k2,2 | awk '{n[$3] += $2; if (n[$3] > 4) print $3}' | sort -u)" ""
done_testing
