# import: files that were cut, flipped and given wrong lengths: what stands
# before the damage is kept, and the place is named. The files are made from
# fixed seeds; under the sanitized build nothing may be read that is not there.
. "$(dirname "$0")/lib.sh"

W=$T/w
"$MARTLET" init "$W" 2>/dev/null
cd "$T" || exit 1
printf 'sensor,prefix\nalpha,192.0.2.0/24\n' >map
chmod 600 map

# Writes NAME, the least and the most packets that are to be kept, and what
# the message must name, to the file "expected".
perl -e 'require shift; srand 20261121;
my @frames = map { [1700000000 + $_, eth(syn("198.51.100." . $_ % 200,
	"192.0.2." . $_ % 250, 4000 + $_, $_ % 7, $_), $_ % 3 ? () : 5)] } 1 .. 60;
my (@offsets, %whole);
sub note {
	my ($name, $content, $least, $most, $named) = @_;
	save($name, $content);
	print join("\t", $name, $least, $most, $named), "\n";
}
for my $kind ("pcap", "pcapng") {
	my $make = sub { $kind eq "pcap" ? pcap(1, @_) : pcapng([1], @_) };
	# Where each record begins, and the end.
	my @at = map { length $make->(@frames[0 .. $_ - 1]) } 0 .. 60;
	my $whole = $make->(@frames);
	for my $n (1 .. 40) {
		my $k = 1 + int rand 59;
		my $cut = $at[$k] + 1 + int rand($at[$k + 1] - $at[$k] - 1);
		note("cut$n.$kind", substr($whole, 0, $cut), $k, $k,
			"the file is cut off at byte $at[$k], behind packet $k");
	}
	for my $n (1 .. 20) { # an impossible length
		my $k = 1 + int rand 59;
		my $bad = $whole;
		substr($bad, $at[$k] + ($kind eq "pcap" ? 8 : 4), 4) =
			pack "V", 0x7fff0000 + int rand 65536;
		note("length$n.$kind", $bad, $k, $k,
			"claims .* at byte $at[$k], behind packet $k|" .
			"an impossible length at byte $at[$k]");
	}
	for my $n (1 .. 30) { # one to three bits
		my ($bad, $first) = ($whole, 60);
		for (0 .. int rand 3) {
			my $byte = $at[0] + int rand(length($whole) - $at[0]);
			vec($bad, $byte * 8 + int rand 8, 1) ^= 1;
			my $k = grep { $at[$_] <= $byte } 1 .. 59;
			$first = $k if $k < $first;
		}
		note("flip$n.$kind", $bad, $first, 60, "");
	}
	for my $n (1 .. 6) { # a header that is not one
		my $bad = $whole;
		vec($bad, $n * 17 % 32, 1) ^= 1;
		note("header$n.$kind", $bad, 0, 0, "header$n.$kind");
	}
}
# Whatever bytes: nothing can be kept of them.
note("noise$_.pcap", pack("V", 0xa1b2c3d4) . join("", map { chr int rand 256 }
	1 .. 500), 0, 500, "noise$_.pcap") for 1 .. 8;
save("whole.pcap", pcap(1, @frames));
# Logs: a damaged line costs itself, and is named.
my @flows = map { my $n = $_; [1700000000 + $n, "C$n", "198.51.100." . $n % 200,
	4000 + $n, "192.0.2." . $n % 250, $n % 7, "tcp", "S0", "S", 1] } 1 .. 40;
my @names = qw(ts uid id.orig_h id.orig_p id.resp_h id.resp_p proto conn_state history orig_pkts);
my $head = "#separator \\x09\n#unset_field\t-\n#path\tconn\n#fields\t" . join("\t", @names) . "\n";
my %logs = (
	"tsv" => sub { join "\t", @{$_[0]} },
	"json" => sub { my $f = shift; "{" . join(",", map { "\"$names[$_]\":" .
		($f->[$_] =~ /^[0-9]+$/ ? $f->[$_] : "\"$f->[$_]\"") } 0 .. $#names) . "}" },
	"eve" => sub { my $f = shift; sprintf q({"timestamp":"2023-11-14T22:13:%02d.0+0000","event_type":"flow",) .
		q("src_ip":"%s","src_port":%d,"dest_ip":"%s","dest_port":%d,"proto":"TCP",) .
		q("flow":{"pkts_toserver":1,"pkts_toclient":0},"tcp":{"tcp_flags_ts":"02"}}),
		$f->[0] % 60, @$f[2 .. 5] },
);
for my $kind (sort keys %logs) {
	my @lines = map { $logs{$kind}->($_) . "\n" } @flows;
	my $begin = $kind eq "tsv" ? $head : "";
	my $first = $kind eq "tsv" ? 4 : 0;
	for my $n (1 .. 8) { # cut within a line, before its last cell
		my $k = 1 + int rand 38;
		note("cut$n.$kind", $begin . join("", @lines[0 .. $k - 1]) .
			substr($lines[$k], 0, 5 + int rand 20), $k, $k,
			"line " . ($first + $k + 1) . "\$");
	}
	for my $n (1 .. 8) { # noise in place of a line
		my $k = 1 + int rand 38;
		my @bad = @lines;
		$bad[$k] = join("", map { chr int rand 256 } 1 .. 40) =~ tr/\n#{//dr . "\n";
		note("noise$n.$kind", $begin . join("", @bad), 39, 39,
			"line " . ($first + $k + 1) . "\$");
	}
	for my $n (1 .. 8) {
		my $bad = $begin . join "", @lines;
		vec($bad, (length($begin) + 200 + int rand(length($bad) - length($begin) - 200)) * 8 + int rand 8, 1) ^= 1;
		note("flip$n.$kind", $bad, 38, 41, "");
	}
}
' "$TOP/tests/cli/packets.pl" >expected
gzip -k whole.pcap
zstd -q whole.pcap
for n in 1 2 3 4 5 6 7 8; do
	for z in gz zst; do
		head -c $((n * 80 + 60)) whole.pcap.$z >packed$n.pcap.$z
		printf 'packed%s.pcap.%s\t0\t59\tthe (gzip|zstd) data is cut off at byte\n' \
			$n $z >>expected
	done
done
is "files were made" "$([ "$(wc -l <expected)" -ge 200 ] && echo enough)" enough

# One run for all: it ends with an error because of those without a packet.
cut -f 1 expected | xargs "$MARTLET" -C "$W" import --json --count packets \
	--sensor-map map \
	>j.json 2>messages
is "the program survives all of them" "$?" 123
unlike "no sanitizer speaks" "$(cat messages)" 'Sanitizer|runtime error'
jq -r '.imports[] | [.file, .packets, .damage // ""] | @tsv' j.json >got
perl -e 'open my $g, "<", "got"; my %got;
while (<$g>) { chomp; my ($f, $n, $d) = split /\t/; $got{$f} = [$n, $d] }
open my $m, "<", "messages"; my $messages = join "", <$m>;
open my $e, "<", "expected";
while (<$e>) {
	chomp;
	my ($f, $least, $most, $named) = split /\t/;
	my ($n, $damage) = @{$got{$f} // [0, ""]};
	print "$f: $n packets, not $least to $most\n" if $n < $least || $n > $most;
	# A file of which nothing is kept is told on standard error.
	my $text = $n > 0 && $damage ne "" ? $damage : join "\n", grep { /\Q$f\E/ } split /\n/, $messages;
	print "$f: \"$text\" does not name $named\n"
		if $named ne "" && $text !~ /$named/ && ($n > 0 || $text !~ /cut off|damaged/);
	print "$f: nothing is said of it\n" if $n == 0 && $text eq "";
}' >wrong
is "what stands before each damage is kept, and its place is named" \
	"$(head -5 wrong)" ""
is "what is kept is in the database, once" \
	"$(sqlite3 "$W/sensors.db" 'SELECT SUM(packets) FROM traffic')" \
	"$(jq '[.imports[] | select(.same_as == null) | .packets] | add' j.json)"
is "the database is sound" \
	"$(sqlite3 "$W/sensors.db" 'PRAGMA integrity_check')" ok
for id in $(sqlite3 "$W/sensors.db" 'SELECT id FROM import' | head -40); do
	"$MARTLET" -C "$W" import --undo "$id" 2>/dev/null || echo "$id"
done >undone
is "each can be taken back" "$(cat undone)" ""
done_testing
