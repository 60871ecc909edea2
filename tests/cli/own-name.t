#!/bin/bash
# The scan warns when the reverse name of its own address does not lead to
# who it says it is. The resolver is one of this test, on loopback.
. "$(dirname "$0")/laboratory.sh"
own_network "$@"
. "$(dirname "$0")/lib.sh"
own_network_up

cat >"$T/resolver" <<'END'
use strict; use warnings; use IO::Socket::INET;
my ($dir) = @ARGV;
my $s = IO::Socket::INET->new(Proto => 'udp', LocalAddr => '127.0.0.1') or die;
open my $p, '>', "$dir/port.new"; print $p $s->sockport; close $p;
rename "$dir/port.new", "$dir/port";
sub name { join('', map { chr(length) . $_ } split(/\./, $_[0])) . "\0" }
while (defined $s->recv(my $q, 4096)) {
	open my $m, '<', "$dir/mode"; my ($mode, @names) = split ' ', <$m>; close $m;
	my $at = 12; my @labels;
	while (my $n = ord substr($q, $at, 1)) { push @labels, substr($q, $at + 1, $n); $at += $n + 1 }
	my $question = substr($q, 12, $at + 5 - 12);
	open my $log, '>>', "$dir/asked"; print $log join('.', @labels), "\n"; close $log;
	next if $mode eq 'silent';
	if ($mode eq 'garbage') { $s->send(substr($q, 0, 2) . "\x84\0\0\1\xff\xff\0\0\0\0$question\xc0"); next }
	my $flags = $mode eq 'nxdomain' ? 0x8403 : $mode eq 'fail' ? 0x8402 : 0x8400;
	my $rows = '';
	for (@names) {
		my $data = $mode eq 'loop' ? pack('n', 0xc000 | length($q) + 12) : $mode eq 'raw' ? "\4\e[2J\0" : name($_);
		$rows .= pack('n n n N n', 0xc00c, 12, 1, 60, length $data) . $data;
	}
	$s->send(substr($q, 0, 2) . pack('n n n n n', $flags, 1, scalar @names, 0, 0) . $question . $rows);
}
END
echo silent >"$T/mode"
perl "$T/resolver" "$T" &
cleanup_pids+=($!)
for _ in $(seq 100); do [ -s "$T/port" ] && break; sleep 0.05; done

W=$T/w
start_lab || exit 1
lab_workspace "$W" 2>"$T/err" <<END
scope.ports = 80
probe.banner_wait_ms = 0
who.resolver = 127.0.0.1:$(cat "$T/port")
END

# scan MODE [OPTION...]: one target anew; its messages are in $T/err.
scan() {
	echo "$1" >"$T/mode"
	shift
	rm -f "$W/martlet.db"* "$T/asked"
	"$MARTLET" -C "$W" -o who.check_ptr=yes "$@" scan "$PERIOD" --limit 1 >"$T/out" 2>"$T/err"
}

scan "name csirt.example"
is "the reverse name of the sending address is asked for" "$(cat "$T/asked")" "$(
	"$MARTLET" -C "$W" audit --csv 2>/dev/null | sed -n '2s/.*,\([0-9.]*\),[^,]*$/\1/p' |
		awk -F. '{print $4 "." $3 "." $2 "." $1 ".in-addr.arpa"}')"
unlike "no warning when it is the host of who.url" "$(cat "$T/err")" 'reverse name'
like "and the scan was made" "$(cat "$T/out")" '^done: 1 of 1'
scan "name CSIRT.Example"
unlike "upper and lower case are the same" "$(cat "$T/err")" 'reverse name'
scan "name probe1.csirt.example" -o who.canonical=https://csirt.example/x,https://probe1.csirt.example/.well-known/probing.txt
unlike "a host of who.canonical is right, too" "$(cat "$T/err")" 'reverse name'
scan "name other.example csirt.example"
unlike "one of two names is enough" "$(cat "$T/err")" 'reverse name'
while IFS='|' read -r name mode wanted; do
	scan "$mode"
	like "warned of $name" "$(cat "$T/err")" "$wanted"
	like "and the scan was made even so" "$(cat "$T/out")" '^done: 1 of 1'
done <<'END'
another host|name other.example|is 'other\.example': neither
a host below|name x.csirt.example|is 'x\.csirt\.example': neither
a host that begins so|name csirt.example.evil.example|neither
no name|nxdomain|has no reverse name
a name without PTR|name|has no reverse name
a resolver that fails|fail|no resolver says
a resolver that is silent|silent|no resolver says
an answer that is nonsense|garbage x|no resolver says
a name that points to itself|loop x|no resolver says
control characters|raw x|neither
END
unlike "none of which reach the terminal" "$(cat "$T/err")" $'\e'
scan "name other.example" -o who.check_ptr=auto
ok "in a laboratory nobody is asked by default" test ! -e "$T/asked"
scan "name other.example" -o who.check_ptr=auto -o who.check_ptr=no
ok "nor with no" test ! -e "$T/asked"
"$MARTLET" -C "$W" -o who.check_ptr=yes scan "$PERIOD" --dry-run >/dev/null 2>&1
ok "nor in a dry run" test ! -e "$T/asked"
scan "name x" -o who.check_ptr=maybe
like "another word is refused" "$(cat "$T/err")" 'who\.check_ptr is yes, no or auto'
for bad in localhost 127.0.0.1: 127.0.0.1:0 127.0.0.1:70000 999.1.1.1 ::1; do
	scan "name x" -o "who.resolver=$bad"
	like "no resolver: $bad" "$(cat "$T/err")" 'who\.resolver'
done
done_testing
