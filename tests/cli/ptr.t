#!/bin/bash
# scan --ptr: names on request, from a name server of this test on loopback.
. "$(dirname "$0")/laboratory.sh"
own_network "$@"
. "$(dirname "$0")/lib.sh"
own_network_up
pkg-config --exists libcares || skip_all "this build has no c-ares"

# What it answers depends on the third byte of the address, 127.20.N.10.
cat >"$T/resolver" <<'END'
use strict; use warnings; use IO::Socket::INET; use IO::Select;
my ($dir) = @ARGV;
my $udp = IO::Socket::INET->new(Proto => 'udp', LocalAddr => '127.0.0.1') or die;
my $tcp = IO::Socket::INET->new(Proto => 'tcp', LocalAddr => '127.0.0.1', LocalPort => $udp->sockport, Listen => 5) or die;
open my $p, '>', "$dir/port.new"; print $p $udp->sockport; close $p;
rename "$dir/port.new", "$dir/port";
sub name { join('', map { chr(length) . $_ } split(/\./, $_[0])) . "\0" }
sub row { my ($owner, $type, $data) = @_; $owner . pack('n n N n', $type, 1, 60, length $data) . $data }
sub answer {
	my ($q, $by) = @_;
	my $at = 12; my @labels;
	while (my $n = ord substr($q, $at, 1)) { push @labels, substr($q, $at + 1, $n); $at += $n + 1 }
	my $question = substr($q, 12, $at + 5 - 12);
	my $type = unpack 'n', substr($q, $at + 1, 2);
	open my $log, '>>', "$dir/asked"; print $log "$by $type ", join('.', @labels), "\n"; close $log;
	my $n = @labels == 6 ? $labels[1] : 0;
	my ($flags, @rows) = (0x8180);
	my $ptr = sub { row("\xc0\x0c", 12, $_[0]) };
	if (-e "$dir/silent" || $n == 4) { return }
	elsif ($n == 1) { @rows = $ptr->(name('gate-1.example.net')) }
	elsif ($n == 2) { $flags |= 3 }
	elsif ($n == 3) { $flags |= 2 }
	elsif ($n == 5) { if ($by eq 'udp') { $flags |= 0x200 } else { @rows = $ptr->(name('by-tcp.example.net')) } }
	elsif ($n == 6) { @rows = $ptr->("\6\e[2J\n\xff" . ("\x3f" . "a" x 63) x 3 . "\x27" . "b" x 39 . "\0") }
	elsif ($n == 7) { @rows = map { $ptr->(name("n$_.example")) } reverse 10 .. 39 }
	elsif ($n == 8) { @rows = (row("\xc0\x0c", 5, name('8.0-25.example.net')), row(name('8.0-25.example.net'), 12, name('classless.example.net')),
		row(name('other.example.net'), 12, name('not-asked-for.example.net'))) }
	elsif ($n == 9) { @rows = $ptr->(pack 'n', 0xc000 | 12 + length($question) + 12) }
	elsif (@labels == 34) { @rows = $ptr->(name('six.example.net')) }
	elsif ($n == 21) { return substr($q, 0, 2) . "\x81\x80\0\1\xff\xff\0\0\0\0$question\xc0" }
	else { @rows = $ptr->(name('host.example')) }
	return substr($q, 0, 2) . pack('n n n n n', $flags, 1, scalar @rows, 0, 0) . $question . join '', @rows;
}
my $wait = IO::Select->new($udp, $tcp);
while (1) {
	for my $s ($wait->can_read) {
		if ($s == $udp) {
			defined $udp->recv(my $q, 4096) or next;
			my $a = answer($q, 'udp');
			$udp->send($a) if defined $a;
			next;
		}
		my $c = $tcp->accept or next;
		$c->read(my $len, 2); $c->read(my $q, unpack 'n', $len);
		my $a = answer($q, 'tcp');
		print $c pack('n', length $a) . $a;
		close $c;
	}
}
END
perl "$T/resolver" "$T" &
cleanup_pids+=($!)
for _ in $(seq 100); do [ -s "$T/port" ] && break; sleep 0.05; done
RESOLVER=127.0.0.1:$(cat "$T/port")
asked() { [ ! -e "$T/asked" ] || cat "$T/asked"; }

start_lab || exit 1
W=$T/w
lab_workspace "$W" 2>"$T/err" <<END
scope.ports = 8888
probe.banner_wait_ms = 0
pace.pause_ms = 0
pace.overall = 10000
pace.per_as = 10000
ptr.resolver = $RESOLVER
ptr.per_second = 1000
END
m() { "$MARTLET" -C "$W" "$@"; }
sql() { sqlite3 -separator ' ' "$W/martlet.db" "$1"; }
names() { sql "SELECT answer, coalesce(name, '-') FROM hostname h JOIN address a ON a.id = h.address WHERE a.text = '127.20.$1.10' ORDER BY h.id"; }

status "a scan without --ptr is done" 0 m scan "$PERIOD"
is "and asks no name server" "$(asked)" ""
unlike "nor speaks of names" "$(cat "$T/out")" names
echo 127.20.25.0/24 >>"$W/opt-out.txt"
status "--ptr where nothing else is due is done" 0 m scan "$PERIOD" --ptr
like "and says what it found" "$(cat "$T/out")" '^  names: [1-9][0-9]* found, 1 without, 4 failed, 0 known before'
is "it asks for PTR records and for no address of a name" "$(asked | awk '$2 != 12')" ""
is "only of targets" "$(asked | awk '{print $3}' | sort -u | wc -l)" \
	"$(sql "SELECT count(DISTINCT address) FROM hostname")"
unlike "and not of those who opted out since" "$(asked)" '\.25\.20\.127\.in-addr'
unlike "nor of those who did before" "$(asked)" "$(awk '/^127/ {split($1, a, /[.]/); print a[4] "\\." a[3] "\\.20\\.127"}' "$W/opt-out.txt" | head -1)"
is "a name is stored" "$(names 1)" "found gate-1.example.net"
is "that there is none, too" "$(names 2)" "none -"
is "SERVFAIL is a failure" "$(names 3)" "failed -"
is "so is no answer" "$(names 4)" "failed -"
is "a truncated answer is had by TCP" "$(names 5)" "found by-tcp.example.net"
is "control characters are escaped" "$(names 6 | cut -c1-34)" 'found \027[2J\010\255.aaaaaaaaaaaa'
is "of many names the first are kept" "$(names 7 | tr '\n' ' ')" \
	"found n10.example found n11.example found n12.example found n13.example "
is "aliases are followed" "$(names 8)" "found classless.example.net"
is "a compression loop is a failure" "$(names 9)" "failed -"
is "so is an answer that ends early" "$(names 21)" "failed -"
ok "the time of each is stored" test "$(sql "SELECT count(*) FROM hostname WHERE abs(looked_up_ms / 1000 - $(date +%s)) > 300")" = 0
m services "$PERIOD" --json >"$T/services" 2>/dev/null
hostname() { jq -r ".services[] | select(.address == \"127.20.$1.10\") | .hostname" "$T/services" | sort -u; }
is "services --json shows it" "$(hostname 1)" gate-1.example.net
is "and null without one" "$(hostname 2)" null
like "show, too" "$(m show 127.20.1.10)" 'host name +gate-1\.example\.net'
is "with nothing that a terminal obeys" "$(m show 127.20.6.10 | LC_ALL=C tr -d '\n\t -~' | LC_ALL=C grep -c "$(printf '\033')")" 0

: >"$T/asked"
status "a second run is done" 0 m scan "$PERIOD" --ptr --json
is "it asks only where there was no answer" "$(asked | awk '{print $3}' | sort -u | tr '\n' ' ')" \
	"10.21.20.127.in-addr.arpa 10.3.20.127.in-addr.arpa 10.4.20.127.in-addr.arpa 10.9.20.127.in-addr.arpa "
is "and says so" "$(jq -c '.names | [.found, .none, .given_up]' "$T/out")" '[0,0,false]'

# Probes and names together, and the fresh start of the next tests.
anew() { rm -f "$W"/martlet.db* "$T/asked"; }
anew
status "probes and names at once" 0 m scan "$PERIOD" --ptr --limit 20
is "every host has both" "$(sql "SELECT count(DISTINCT h.address) FROM hostname h JOIN probe p ON p.address = h.address")" 20

anew
status "no name server: the scan is done" 0 m -o ptr.resolver=127.0.0.1:9 scan "$PERIOD" --ptr
like "and says so" "$(cat "$T/err")" 'no name server answers'
like "at the end, too" "$(cat "$T/out")" 'names: 0 found.* no name server answers'
is "the probes are all there" "$(sql "SELECT count(*) FROM service")" \
	"$(jq '[.services[] | select(.address | startswith("127.20.25.") | not)] | length' "$T/services")"
status "a wrong setting is an error" 1 m -o ptr.resolver=nobody.example scan "$PERIOD" --ptr
like "with what to do" "$(cat "$T/err")" 'ptr.resolver.*not an address'
for sandbox in yes no; do
	anew
	m -o scan.sandbox=$sandbox scan "$PERIOD" --ptr --limit 3 >/dev/null 2>"$T/err"
	is "with scan.sandbox=$sandbox it works" "$(sql "SELECT count(DISTINCT address) FROM hostname")" 3
done

# SIGINT while answers are out.
anew
touch "$T/silent"
"$MARTLET" -C "$W" scan "$PERIOD" --ptr >"$T/out" 2>"$T/err" &
pid=$!
for _ in $(seq 200); do [ -s "$T/asked" ] && break; sleep 0.05; done
before=$(date +%s%N)
kill -INT "$pid"
wait "$pid"
ok "SIGINT ends it soon" test $(($(date +%s%N) - before)) -lt 2000000000
like "with a summary" "$(cat "$T/out")" '^interrupted'
rm "$T/silent"

W=$T/six
lab_workspace "$W" ipv6 2>"$T/err" <<END
scope.ports = 8888
ptr.resolver = $RESOLVER
END
stop_lab
rm -f "$T/asked"
start_lab --ipv6 2>/dev/null
status "IPv6 sources" 0 m scan "$PERIOD" --ptr --limit 2
like "are asked for in ip6.arpa" "$(asked)" '^udp 12 0\.1\.(0\.){18}[0-9]\.0\.0\.0\.0\.2\.0\.0\.0\.0\.d\.f\.ip6\.arpa$'
is "and named" "$(sql "SELECT DISTINCT name FROM hostname")" six.example.net
stop_lab >/dev/null
done_testing
