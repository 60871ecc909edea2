#!/bin/bash
# 250 addresses with a web page on an unusual listed port, against nmap -sV
# -T4: wall time, and how many are named as the laboratory's file has them.
. "$(dirname "$0")/bench.bash"

command -v nmap >/dev/null || { echo "SKIPPED: nmap.sh: nmap is not installed"; exit 0; }
count=250
port=18181
# The laboratory's own devices with a web page and a name, one after the
# other, on the first addresses.
jq --argjson port $port --argjson n $count '
	[.services | to_entries[] | select(.value.kind == "http" and (.value.tls | not) and
		.value.expect.outcome == "answered" and (.value.expect | .vendor or .product)) | .key] as $kinds |
	.devices = [range($n) | {name: "web-\(.)", at: "\(. / 256 | floor).\(. % 256)",
		vars: {place: "tky"}, services: [{port: $port, is: $kinds[. % ($kinds | length)]}]}]' \
	"$TOP/tests/lab/lab.json" >"$T/lab.json" || fail "no description"
"$LAB" --description "$T/lab.json" --expected >"$T/expected" || fail "the description is wrong"
"$LAB" --description "$T/lab.json" --record "$T/record" --ready-file "$T/ready" \
	--time-limit 600 2>"$T/lab.err" &
pids+=($!)
for _ in $(seq 200); do
	[ -s "$T/ready" ] && break
	sleep 0.05
done
[ -s "$T/ready" ] || fail "the laboratory does not start: $(cat "$T/lab.err")"
workspace "$T/ws" $count <<END
scope.ports = $port
END
jq -r '.[].address' "$T/expected" >"$T/targets"

"$BUILD/bench/bench_measure" "$T/m" nmap -sV -T4 -Pn -n -p $port -iL "$T/targets" -oX "$T/nmap.xml" \
	>/dev/null 2>"$T/err" || fail "nmap: $(cat "$T/err")"
cat "$T/m" >"$T/nmap.runs"
# nmap has other names for some vendors: either vendor or product anywhere in
# its answer counts, with the version where one is told.
nmap_right=$(perl -MJSON::PP -e '
	my ($e, $x) = map { local $/; open my $f, "<", $_ or die; scalar <$f> } @ARGV;
	my %said = map { /addr="([\d.]+)"/ ? ($1 => $_) : () } $x =~ /<host\b.*?<\/host>/gs;
	my $right = 0;
	for my $d (@{decode_json($e)}) {
		my ($s) = ($said{$d->{address}} // "") =~ /(<service\b.*?<\/port>)/s;
		my $says = sub { defined $d->{$_[0]} && index(lc($s // ""), lc $d->{$_[0]}) >= 0 };
		$right++ if ($says->("vendor") || $says->("product")) && (!defined $d->{version} || $says->("version"));
	}
	print $right' "$T/expected" "$T/nmap.xml")
for wait in 300 2000; do
	for _ in $(seq "$RUNS"); do
		scan "wait-$wait" "$T/ws" -o probe.banner_wait_ms=$wait
	done
	"$MARTLET" -C "$T/scanned" services "$PERIOD" --json >"$T/services" 2>/dev/null
	: >"$T/nothing"
	right=$((count - $("$TOP/tests/lab/judge" "$T/expected" "$T/services" "$T/nothing" |
		grep -E ' (vendor|product|version) |no service|outcome' | cut -d' ' -f2 | sort -u | wc -l)))
	aim=$([ $wait = 300 ] && echo 100 || echo 20)
	awk -v w=$wait -v s="$(median "wait-$wait" 1)" -v n="$(median nmap 1)" -v aim="$aim" \
		-v right=$right -v theirs="$nmap_right" -v c=$count 'BEGIN {
		printf "against nmap, banner wait %d ms: %.1f times less wall time (%.2f s against %.1f s; aim %d: %s); %d of %d right, nmap %d (no verdict: the terse errors of the laboratory mislead nmap)\n",
			w, n / s, s, n, aim, (n / s >= aim) ? "reached" : "MISSED", right, c, theirs}'
done
