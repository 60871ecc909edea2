# Packets and captures made by hand, for tests: perl -e 'require ...'. It
# shares no code with the readers that it feeds.
use strict;
use warnings;
use Socket qw(inet_pton AF_INET AF_INET6);

# tcp(SPORT, DPORT, FLAGS, SEQ), udp(SPORT, DPORT, DATA)
sub tcp { pack('nnNNCCnnn', $_[0], $_[1], $_[3] // 1, 0, 0x50, $_[2], 1024, 0, 0) }
sub udp { my $d = $_[2] // ''; pack('nnnn', $_[0], $_[1], 8 + length $d, 0) . $d }

# ip(FROM, TO, PROTOCOL, PAYLOAD, ID, FRAGMENT): of the addresses' version
sub ip {
    my ($from, $to, $protocol, $payload, $id, $fragment) = @_;
    return pack('NnCC', 0x60000000, length $payload, $protocol, 64) .
        inet_pton(AF_INET6, $from) . inet_pton(AF_INET6, $to) . $payload if $from =~ /:/;
    return pack('CCnnnCCn', 0x45, 0, 20 + length $payload, $id // 7, $fragment // 0,
        64, $protocol, 0) . inet_pton(AF_INET, $from) . inet_pton(AF_INET, $to) . $payload;
}
sub syn { ip($_[0], $_[1], 6, tcp($_[2], $_[3], 2, $_[4]), $_[5]) }
sub number { unpack 'N', inet_pton(AF_INET, $_[0]) }
sub masscan {
    my ($from, $to, $sport, $dport, $seq) = @_;
    return syn($from, $to, $sport, $dport, $seq, (number($to) ^ $dport ^ $seq) & 0xffff);
}

# eth(PACKET, TAGS...): a frame, with VLAN tags.
sub eth {
    my ($packet, @tags) = @_;
    my $type = pack 'n', ord($packet) >> 4 == 6 ? 0x86dd : 0x0800;
    return ("\2" x 12) . join('', map { pack 'nn', 0x8100, $_ } @tags) . $type . $packet;
}

# pcap(LINK, FRAMES...): each [SECONDS, BYTES]; $main::BIG, $main::NANO.
our ($BIG, $NANO) = (0, 0);
sub pcap {
    my ($link, @frames) = @_;
    my ($L, $S) = $BIG ? ('N', 'n') : ('V', 'v');
    my $out = pack "$L$S${S}$L$L$L$L", $NANO ? 0xa1b23c4d : 0xa1b2c3d4, 2, 4, 0, 0, 65535, $link;
    $out .= pack("$L$L$L$L", $_->[0], 5, length $_->[1], length $_->[1]) . $_->[1] for @frames;
    return $out;
}
sub block {
    my ($type, $body) = @_;
    $body .= "\0" x (-length($body) & 3);
    return pack('VV', $type, 12 + length $body) . $body . pack('V', 12 + length $body);
}
# pcapng([LINKS...], FRAMES...): each [SECONDS, BYTES, INTERFACE]
sub pcapng {
    my ($links, @frames) = @_;
    my $out = block(0x0a0d0d0a, pack 'VvvVV', 0x1a2b3c4d, 1, 0, 0xffffffff, 0xffffffff);
    $out .= block(1, pack 'vvV', $_, 0, 65535) for @$links;
    for (@frames) {
        my $t = $_->[0] * 1000000;
        $out .= block(6, pack('VVVVV', $_->[2] // 0, $t >> 32, $t & 0xffffffff,
            length $_->[1], length $_->[1]) . $_->[1]);
    }
    return $out;
}
sub save {
    my ($path, $content) = @_;
    open my $f, '>:raw', $path or die "$path: $!";
    print $f $content;
    close $f or die "$path: $!";
}
1;
