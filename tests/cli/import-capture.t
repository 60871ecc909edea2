# import: pcap and pcapng, by a private map of what the sensors have.
. "$(dirname "$0")/lib.sh"

W=$T/w
DB=$W/sensors.db
m() { "$MARTLET" -C "$W" "$@"; }
sql() { sqlite3 "$DB" "$1"; }
dump() { sqlite3 "$DB" .dump; }
make_workspace() {
	rm -rf "$W"
	"$MARTLET" init "$W" 2>/dev/null
}
packets() { perl -e 'require shift; eval $ARGV[0]; die $@ if $@;' \
	"$TOP/tests/cli/packets.pl" "$@"; }
cd "$T" || exit 1
make_workspace
empty=$(dump)

# --- what counts, and what does not
cat >map <<'EOM'
sensor,prefix
alpha,192.0.2.0/28
alpha,2001:db8:a::/64
beta,192.0.2.16
EOM
chmod 600 map
packets 'my $t = 1700000000;
my @f = map { [$t++, $_] }
	eth(syn("198.51.100.7", "192.0.2.1", 4000, 23)),
	eth(syn("198.51.100.7", "192.0.2.2", 4001, 23)),      # one key with it
	eth(syn("198.51.100.7", "192.0.2.16", 4002, 23), 100),
	eth(syn("198.51.100.7", "192.0.2.17", 4002, 23)),     # nobody
	eth(syn("192.0.2.16", "198.51.100.7", 23, 4002)),     # its answer
	eth(ip("198.51.100.8", "192.0.2.1", 17, udp(53, 123)), 100, 200),
	eth(ip("2001:db8::9", "2001:db8:a::1", 6, tcp(5000, 443, 2))),
	eth(ip("198.51.100.9", "192.0.2.1", 1, "\x08\0\0\0\0\0\0\0")),
	("\2" x 12) . "\x08\x06" . ("\0" x 28),                # ARP
	eth(ip("198.51.100.8", "192.0.2.1", 17, udp(53, 123), 9, 3)),
	substr(eth(syn("198.51.100.7", "192.0.2.1", 4000, 23)), 0, 36),
	eth("\x41" . "\0" x 30);
save("a.pcap", pcap(1, @f));
$BIG = 1; $NANO = 1; save("big.pcap", pcap(1, @f));
save("a.pcapng", pcapng([1], @f));
'
status "a capture is imported" 0 m import --sensor-map map a.pcap
is "the result tells what was read, what counts, and why the rest does not" \
	"$(cat out)" "import 1: 6 packets of 12 read, 2023-11-14 to 2023-11-14; dropped: 1 not-to-a-sensor, 1 from-a-sensor, 1 not-ip, 1 malformed, 1 cut-short, 1 later-fragment, from a.pcap"
wanted='alpha|198.51.100.7|6|23||2|1700000000|1700000001|4001
alpha|198.51.100.8|17|123||1|1700000005|1700000005|53
alpha|198.51.100.9|1|0||1|1700000007|1700000007|0
alpha|2001:db8::9|6|443||1|1700000006|1700000006|5000
beta|198.51.100.7|6|23||1|1700000002|1700000002|4002'
rows() { sql "SELECT sensor, source, protocol, port, signature, packets,
	first_seen, last_seen, source_port FROM traffic"; }
is "packets are added up by what they are" "$(rows)" "$wanted"
is "no address of a sensor is in the database" \
	"$(strings -a "$DB" | grep -c -e '192\.0\.2\.' -e 2001:db8:a)" 0
unlike "nor in a message" "$(cat out err)" '192\.0\.2\.[0-9]|2001:db8:a'
one=$(dump)
status "the same capture again changes nothing" 0 m import --sensor-map map a.pcap
zstd -q a.pcap
status "nor compressed" 0 m import --sensor-map map a.pcap.zst
status "nor from standard input" 0 \
	sh -c "gzip -c a.pcap | '$MARTLET' -C '$W' import --sensor-map map -"
is "the database is as it was" "$(dump)" "$one"
m import --undo 1 2>/dev/null
is "taking it back leaves nothing" "$(dump)" "$empty"
for f in big.pcap a.pcapng; do
	m import --sensor-map map $f >/dev/null 2>&1
	is "$f gives the same rows" "$(rows)" "$wanted"
	m import --undo 1 2>/dev/null
done
m import --json --sensor-map map a.pcapng 2>/dev/null >j.json
is "JSON has the same numbers" \
	"$(jq -c '.imports[0] | [.read, .packets, .skipped, .dropped["not-ip"],
		.dropped["from-a-sensor"]]' j.json)" '[12,6,6,1,1]'
m import --undo 1 2>/dev/null

# --- link types, several in one file
packets 'my $p = syn("198.51.100.7", "192.0.2.1", 4000, 23);
my $cooked = "\0\0\0\1\0\6" . "\1" x 8 . "\x08\0" . $p;
my $cooked2 = "\x08\0" . "\0" x 18 . $p;
my @f = ([1700000000, eth($p), 0], [1700000000, $p, 1],
	[1700000000, $cooked, 2], [1700000000, $cooked2, 3],
	[1700000000, "\2\0\0\0$p", 4], [1700000000, "\0\0\0\2$p", 5],
	[1700000000, $p, 6]);
save("links.pcapng", pcapng([1, 101, 113, 276, 0, 108, 105], @f));
my @links = (1, 101, 113, 276, 0, 108);
save("link$links[$_].pcap", pcap($links[$_], $f[$_])) for 0 .. 5;
save("wifi.pcap", pcap(105, $f[0]));
save("none.pcap", pcap(1));'
status "a capture of several link types is imported" 0 \
	m import --sensor-map map links.pcapng
like "and tells the packets of one that is not read" "$(cat out)" \
	': 6 packets of 7 read.*; dropped: 1 link-type,'
for l in 1 101 113 276 0 108; do
	m import --sensor-map map link$l.pcap >/dev/null 2>&1
done
is "and so is each for itself" "$(sql "SELECT packets FROM traffic")" 12
status "a capture of an unknown link type is told" 0 m import --sensor-map map wifi.pcap
like "with its reason" "$(cat err)" 'none of its 1 packets counts'
like "for each kind" "$(cat err)" '1 link-type'
status "a capture without packets is told" 0 m import --sensor-map map none.pcap
like "as empty" "$(cat err)" 'no rows in it'

# --- whose tool it was, by source and flow
make_workspace
packets 'my @p;
my $s = "192.0.2.1";
push @p, syn("198.51.100.1", $s, 4000, 23, number($s)) for 1 .. 3;  # Mirai
push @p, syn("198.51.100.2", $s, 4000, 80, 5, 54321);               # one of one
push @p, syn("198.51.100.3", $s, 4000, 80, 5, 54321);               # one of two
push @p, syn("198.51.100.3", $s, 4000, 80, 5, 1);
push @p, masscan("198.51.100.4", $s, 61000, $_, 77) for 1 .. 5;
push @p, ip("198.51.100.4", $s, 6, tcp(61000, 3, 4)), # its kernel resets
	ip("198.51.100.5", $s, 47, "\0" x 8),
	ip("198.51.100.6", $s, 6, tcp(443, 5555, 18)), # SYN-ACK of a victim
	ip("198.51.100.6", $s, 6, tcp(443, 5556, 4)),  # RST of it
	ip("198.51.100.6", $s, 1, "\3\3" . "\0" x 6 . ip($s, "198.51.100.6", 6, tcp(5557, 443, 2))),
	ip("198.51.100.7", $s, 6, tcp(61000, 22, 2)),
	ip("198.51.100.7", $s, 6, tcp(61000, 22, 4)),  # of its own flow
	ip("198.51.100.7", $s, 6, tcp(22, 9999, 18)),  # of another: a victim too
	ip("198.51.100.7", $s, 1, "\3\3" . "\0" x 6 . ip($s, "198.51.100.7", 6, tcp(22, 61000, 18)));
save("tools.pcap", pcap(101, map { [1700000000, $_] } @p));'
status "marks are found" 0 m import --sensor-map map tools.pcap
is "as they are defined" "$(sql "SELECT source, protocol, port, signature,
	packets FROM traffic")" '198.51.100.1|6|23|mirai|3
198.51.100.2|6|80|zmap|1
198.51.100.3|6|80||2
198.51.100.4|6|1|masscan|1
198.51.100.4|6|2|masscan|1
198.51.100.4|6|3||1
198.51.100.4|6|3|masscan|1
198.51.100.4|6|4|masscan|1
198.51.100.4|6|5|masscan|1
198.51.100.5|47|0|gre|1
198.51.100.6|1|0|backscatter|1
198.51.100.6|6|5555|backscatter|1
198.51.100.6|6|5556|backscatter|1
198.51.100.7|1|0||1
198.51.100.7|6|22||2
198.51.100.7|6|9999|backscatter|1'
reason() {
	MARTLET_NOW=2023-11-15T00:00:00Z "$MARTLET" -C "$W" \
		-o triage.min_packets=1 -o triage.min_sensors=1 \
		-o scope.countries=JP -o scope.laboratory=198.51.100.0/24 \
		sources 2023Q4 --json 2>/dev/null |
		jq -r --arg a "$1" '.sources[] | select(.address == $a).reason'
}
is "a victim is no target" "$(reason 198.51.100.6)" backscatter-only
unlike "a scanner with a few such packets stays one" \
	"$(reason 198.51.100.7)" backscatter

# --- sums on the disk change nothing
packets 'my @f;
for my $i (0 .. 59999) {
	my $s = sprintf "%d.%d.%d.9", 11 + $i % 7, $i % 251, $i % 241;
	push @f, [1700000000 + $i, syn($s, "192.0.2." . $i % 16, $i % 9, $i % 5000, 1, $i % 3 ? 54321 : 5)];
}
save("many.pcap", pcap(101, @f));'
make_workspace
m import --sensor-map map many.pcap >/dev/null 2>&1
whole=$(rows | md5sum)
make_workspace
"$MARTLET" -C "$W" -o import.memory_mb=1 import --sensor-map map many.pcap \
	>out 2>err
like "memory has a least bound" "$(cat err)" 'import.memory_mb'
"$MARTLET" -C "$W" -o import.memory_mb=8 import --sensor-map map many.pcap \
	>out 2>err
is "with less memory the rows are the same" "$(rows | md5sum)" "$whole"
is "no file is left" "$(ls "$W")" 'martlet.conf
sensors.db'

# --- the map
make_workspace
chmod 640 map
status "a map that others can read is refused" 1 m import --sensor-map map a.pcapng
like "with what to do" "$(cat err)" 'chmod 600'
chmod 600 map
status "a capture without a map is refused" 1 m import a.pcapng
like "with what to do" "$(cat err)" 'needs --sensor-map FILE'
status "a map that is not there is told" 1 m import --sensor-map nomap a.pcapng
wrong() { # NAME LINE PATTERN
	printf 'sensor,prefix\nalpha,192.0.2.0/28\n%s\n' "$2" >wrongmap
	chmod 600 wrongmap
	status "a map with $1 is refused" 1 m import --sensor-map wrongmap a.pcapng
	like "$1: the line is told" "$(cat err)" "$3"
	unlike "$1: but no address" "$(cat err)" '192\.0\.2'
}
wrong "a wrong prefix" 'beta,192.0.2.77/28' 'wrongmap:3: the prefix'
wrong "an address for a name" '192.0.2.99,192.0.2.99' 'wrongmap:3: the sensor is given'
wrong "one prefix twice" 'beta,192.0.2.0/28' "one prefix to 'alpha' and again to 'beta'"
status "CSV by another name is refused" 1 m import --format pcap --sensor-map map map
like "as no capture" "$(cat err)" 'this is no capture'
is "nothing of all this was stored" "$(dump)" "$empty"
status "the format must be known" 2 m import --format tcpdump a.pcapng

# --- public captures
P=$SHARED/data/pcap
if [ ! -d "$P" ]; then
	echo "skipped: public captures are not at $P" >&2
	skip "public captures" "$P is not there"
	done_testing
	exit
fi
cat >public <<'EOM'
sensor,prefix
masscan,198.124.152.15
reflected,10.10.10.10
world,0.0.0.0/0
EOM
chmod 600 public
count() { sql "SELECT COALESCE(SUM(packets), 0) FROM traffic WHERE $1"; }
sources() { # PERIOD NOW
	MARTLET_NOW=$2 "$MARTLET" -C "$W" -o triage.min_packets=1 \
		-o scope.countries="${3:-}" sources "$1" --json 2>/dev/null
}
make_workspace
m import --sensor-map public "$P/esnet-masscan-tcp.pcap" >/dev/null 2>&1
is "masscan: 1,001 of 1,001 SYNs have its mark" \
	"$(count "signature = 'masscan'")" 1001
is "masscan: its host's four RSTs are no backscatter" \
	"$(count "signature = ''") $(count "signature = 'backscatter'")" "4 0"

make_workspace
m import --sensor-map public "$P/slips-test7-iot-malware.pcap" >/dev/null 2>&1
is "the infected device: no mark of Mirai" "$(count "signature = 'mirai'")" 0
is "the infected device: 634 SYNs and what follows are a scanner's" \
	"$(sources 2018Q1 2018-03-10T00:00:00Z | jq -r '.sources[] |
		select(.address == "192.168.2.16") |
		.reason, (.signatures | index("backscatter") != null)')" \
	'special-purpose
true'
like "the infected device: its ports are scanned ones" \
	"$(sql "SELECT DISTINCT port FROM traffic WHERE source = '192.168.2.16'
		AND protocol = 6 AND signature = ''" | tr '\n' ' ')" \
	'^23 .*2323 .*8080 .*9527'

make_workspace
m import --sensor-map public "$P/stopddos-synack-reflection.pcap.zst" >/dev/null 2>&1
sources 2021Q2 2021-06-06T00:00:00Z "$(echo {A..Z}{A..Z} | tr ' ' ,)" >r.json
is "reflection: 7,055 sources" "$(jq '.sources | length' r.json)" 7055
sql "SELECT source FROM traffic GROUP BY source HAVING
	MIN(signature) = 'backscatter' AND MAX(signature) = 'backscatter'" |
	sort >only
is "reflection: 7,037 sources sent SYN-ACK, RST and ICMP errors only" \
	"$(wc -l <only)" 7037
is "reflection: and are victims" "$(jq -r '.sources[] |
	select(.reason == "backscatter-only").address' r.json | sort |
	diff - only)" ""
sqlite3 "$DB" "SELECT DISTINCT source FROM traffic WHERE signature =
	'backscatter'" | sort >victims
is "reflection: no victim becomes a target" \
	"$(jq -r '.sources[] | select(.target).address' r.json | sort |
		comm -12 - victims)" ""

make_workspace
m import --sensor-map public "$P/stopddos-synflood-spoofed.pcap.zst" >/dev/null 2>&1
MARTLET_NOW=2021-04-29T00:00:00Z m sources 2021Q2 >out 2>err
like "spoofed flood: 37,623 sources" "$(cat err)" \
	'^37623 sources in 2021Q2, 0 of them targets'
like "spoofed flood: with the reason why not one is asked" "$(cat err)" \
	'^ *37623 too-few-packets'
done_testing
