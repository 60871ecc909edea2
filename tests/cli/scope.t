#!/bin/bash
# The scope and the pace of a real scan, judged by what the laboratory got:
# who opts out while it runs is asked no more, and no second of it has more
# connections than a level allows.
. "$(dirname "$0")/laboratory.sh"
own_network "$@"
. "$(dirname "$0")/lib.sh"
own_network_up

W=$T/w
"$MARTLET" init "$W" 2>/dev/null
cat >>"$W/martlet.conf" <<END
scope.laboratory = 127.20.0.0/16
scope.ports = 21,22,23,80,443,8888
pace.overall = 25
pace.per_address = 2
pace.per_network = 3
pace.open_per_address = 2
pace.pause_ms = 300
probe.banner_wait_ms = 300
probe.timeout_ms = 2000
who.organisation = Example CSIRT
who.url = https://csirt.example/probing
who.contact = probing@csirt.example
who.expires = $(date -u -d '+60 days' +%F)
END
start_lab || exit 1
mkdir "$T/sample"
"$TOP/tests/lab/sample-quarter" --lab "$LAB" "$T/sample" >/dev/null 2>&1
"$MARTLET" -C "$W" sensors add --file "$T/sample/sensors.csv" 2>/dev/null
"$MARTLET" -C "$W" import "$T/sample/packets.csv" >/dev/null 2>&1
PERIOD=$(date -u -d '91 days ago' +%F)..$(date -u +%F)
M=("$MARTLET" -C "$W")
"${M[@]}" sources "$PERIOD" --json 2>/dev/null |
	jq -r '.sources[] | select(.target) | .address' | sort >"$T/targets"
first=$(head -1 "$T/targets")
echo "$first # asked us before" >"$W/opt-out.txt"

"${M[@]}" scan "$PERIOD" --json >"$T/scan.json" 2>"$T/scan.err" &
scan=$!
cleanup_pids+=("$scan")
for _ in $(seq 200); do
	[ "$(grep -c '"open"' "$T/record")" -ge 15 ] && break
	sleep 0.05
done
# Everybody else asks, too. The list may be looked at 200 ms later, and what
# was admitted by then is connected at most 100 ms after.
"${M[@]}" opt-out add 127.20.0.0/16 --asked-by "everybody" --verified "a test" 2>/dev/null
closed=$(($(date +%s%3N) + 1000))
wait "$scan"
is "the scan ends by itself" $? 0
stop_lab

is "the line by hand is still there" "$(head -1 "$W/opt-out.txt")" \
	"$first # asked us before"

opens() { jq -c 'select(.event == "open")' "$T/record"; }
ok "it had begun" test "$(opens | wc -l)" -ge 15
is "who had opted out was never asked" \
	"$(opens | jq -r .address | grep -cx "$first")" 0
is "who opts out while it runs is asked no more" \
	"$(opens | jq -r "select(.wall_ms > $closed) | .address" | wc -l)" 0
opens | jq -r .address | sort -u >"$T/asked"
is "only targets were asked" "$(comm -13 "$T/targets" "$T/asked" | wc -l)" 0
ok "some were not, because the gate closed" \
	test "$(wc -l <"$T/asked")" -lt "$(wc -l <"$T/targets")"

# The audit has every connection, the refused ones as well. worst REGEX: the
# most connections within a second that have the same text where the address
# matches; a fiftieth of the second is for the clocks and the load.
worst() {
	perl -MTime::Local=timegm -ne '
		BEGIN { $regex = shift }
		next unless /^(\d+)-(\d+)-(\d+)T(\d+):(\d+):(\d+)\.(\d+)Z open .* to=(\S+) /;
		my $ms = timegm($6, $5, $4, $3, $2 - 1, $1) * 1000 + $7;
		my ($key) = $8 =~ /$regex/;
		my $t = $times{$key} //= [];
		push @$t, $ms;
		shift @$t while $t->[0] <= $ms - 980;
		$most = @$t if @$t > ($most // 0);
		END { print $most }' "$1" "$W/audit.log"
}
ok "the audit has connections that were refused, too" \
	test "$(grep -c ' open ' "$W/audit.log")" -gt "$(opens | wc -l)"
within() { test "$1" -ge "$2" && test "$1" -le "$3"; }
ok "no second has more than pace.overall, and it is used" \
	within "$(worst '^()')" 15 25
ok "nor more than pace.per_network for one network" \
	within "$(worst '^(.*)\.')" 2 3
ok "nor more than pace.per_address for one address" \
	within "$(worst '^(.*)$')" 1 2
done_testing
