#!/usr/bin/perl
# cut-proxy.pl LISTEN TARGET BYTES: passes connections on, and breaks each one
# after so many bytes of the server's (0: never). LISTEN and TARGET are paths
# of sockets or ADDRESS:PORT. Ends by SIGTERM.
use strict;
use warnings;
use IO::Select;
use IO::Socket::INET;
use IO::Socket::UNIX;

my ($listen, $target, $cut) = @ARGV;

my $server = $listen =~ m{^/}
    ? IO::Socket::UNIX->new(Local => $listen, Listen => 5)
    : IO::Socket::INET->new(LocalAddr => $listen, Listen => 5, ReuseAddr => 1);
die "cannot listen on $listen: $!\n" unless $server;
$SIG{CHLD} = 'IGNORE';
while (my $client = $server->accept) {
	next if fork;
	my $peer = $target =~ m{^/}
	    ? IO::Socket::UNIX->new(Peer => $target)
	    : IO::Socket::INET->new(PeerAddr => $target);
	exit 1 unless $peer;
	my ($select, $passed) = (IO::Select->new($client, $peer), 0);
	while (1) {
		for my $from ($select->can_read) {
			my $n = sysread($from, my $bytes, 65536);
			exit 0 unless $n;
			if ($from == $peer && $cut) {
				$bytes = substr($bytes, 0, $cut - $passed);
				$passed += length $bytes;
			}
			my $to = $from == $peer ? $client : $peer;
			for (my $at = 0; $at < length $bytes;) {
				my $w = syswrite($to, $bytes, length($bytes) - $at, $at);
				exit 0 unless $w;
				$at += $w;
			}
			exit 0 if $cut && $passed >= $cut;
		}
	}
}
