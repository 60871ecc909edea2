#!/bin/bash
# A scan that was killed at fifty moments ends as one that was left alone, and
# asks again only what was in flight or answered just before (DESIGN 7).
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
sleep 1
calm=$(wc -l <"$T/record")

# The moments lie within two seconds of each start, so that each run has
# probes in flight; a run that had ended before is not counted.
kills=0
broken=0
runs=$((50 / (SLOWER > 1 ? 2 : 1)))
while [ $kills -lt $runs ] && [ $((tries = ${tries:-0} + 1)) -le 80 ]; do
	began=$(date +%s%3N)
	"$MARTLET" -C "$T/killed" scan "$PERIOD" >/dev/null 2>&1 &
	pid=$!
	sleep "$((RANDOM % 2)).$((100 + RANDOM % 900))"
	now=$(date +%s%3N)
	kill -9 "$pid" 2>/dev/null && kills=$((kills + 1))
	wait "$pid" 2>/dev/null
	echo "$began $now" >>"$T/kills"
	[ "$(sqlite3 "$T/killed/martlet.db" 'PRAGMA integrity_check')" = ok ] || broken=$((broken + 1))
	left=$("$MARTLET" -C "$T/killed" scan "$PERIOD" --dry-run --json 2>/dev/null | jq .probes)
	[ "${left:-1}" != 0 ] || break
done
echo "# killed $kills times, $left probes left"
ok "it was killed at $runs moments" test "$kills" -ge $runs
is "the case database is whole after each" "$broken" 0
status "the last scan ends well" 0 "$MARTLET" -C "$T/killed" scan "$PERIOD"
is "its results are those of the undisturbed scan" \
	"$(steady_services "$T/killed" | cksum)" "$(steady_services "$T/calm" | cksum)"
diff <(steady_services "$T/calm") <(steady_services "$T/killed") | head -30 | sed 's/^/# /'
places() { sqlite3 "$T/$1/martlet.db" 'SELECT a.text, port, count(*) FROM probe JOIN address a ON a.id = address GROUP BY 1, 2 ORDER BY 1, 2'; }
is "every address and port is stored once, as there" "$(places killed | cksum)" "$(places calm | cksum)"

# A probe is over when the laboratory has seen the end of all connections
# that the undisturbed scan made for it. What was over 100 ms before a kill
# must not be asked again, and each kill lets a probe begin once more.
cat >"$T/repeats" <<'PERL'
use strict; use warnings;
my ($kills, $calm, $record) = @ARGV;
open my $k, '<', $kills or die; my @runs = map { [split] } <$k>;
push @runs, [$runs[-1][1], 9e15];
open my $r, '<', $record or die;
my (%usual, %seen, $open, $again);
while (<$r>) {
	next unless /"event":"close".*"address":"([^"]+)","port":(\d+).*"wall_ms":(\d+),"duration_ms":(\d+)/;
	my $place = "$1 $2";
	if ($. <= $calm) { $usual{$place}++; next }
	my ($run) = grep { $3 < $runs[$_][1] + 50 } 0 .. $#runs;
	push @{$seen{$place}{$run}}, $3 + $4;
}
for my $place (sort keys %seen) {
	my @in = sort { $a <=> $b } keys %{$seen{$place}};
	$again += $#in;
	for my $run (@in[0 .. $#in - 1]) {
		my @ends = @{$seen{$place}{$run}};
		next if @ends < ($usual{$place} // 1) || grep { $_ >= $runs[$run][1] - 100 } @ends;
		print "$place was over in run $run, ", $runs[$run][1] - (sort { $b <=> $a } @ends)[0], " ms before its end\n";
	}
	for my $run (@in) {
		my $n = @{$seen{$place}{$run}};
		print "$place had $n connections in run $run\n" if $n > ($usual{$place} // 1);
	}
}
print STDERR "# $again probes were begun again\n";
PERL
stop_lab
is "nothing is asked again but what was in flight or just answered" \
	"$(perl "$T/repeats" "$T/kills" "$calm" "$T/record")" ""
is "the pace was kept over the kills" "$(audit_times "$T/killed" | "$TOP/tests/lab/judge-pace" 300 60 30)" ""
done_testing
