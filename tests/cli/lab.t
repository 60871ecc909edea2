#!/bin/bash
# The laboratory itself: it judges the scanner, so it must be right.
. "$(dirname "$0")/laboratory.sh"
own_network "$@"
. "$(dirname "$0")/lib.sh"
own_network_up
cd "$TOP" || exit 1

lab_json=$TOP/tests/lab/lab.json
"$LAB" --description "$lab_json" --expected >"$T/expected.json"
"$LAB" --description "$lab_json" --expected --ipv6 >"$T/expected6.json"
"$LAB" --description "$lab_json" --list >"$T/list"

ok "at least forty addresses are sources" \
	test "$(awk -F'\t' '$3 == "source"' "$T/list" | wc -l)" -ge 40
is "nine sites have the same three services on the same ports" \
	"$(jq -r '[.[] | select(.group == "site")] | group_by(.address) |
		map(map("\(.port)/\(.is)") | join(" ")) | "\(length) \(unique | join(";"))"' "$T/expected.json")" \
	"9 8888/recorder 10443/router 18181/controller"
is "nine different prefectures are in the titles of their routers" \
	"$(jq '[.[] | select(.group == "site" and .is == "router") | .title] | unique | length' "$T/expected.json")" 9
is "both families have the same devices" \
	"$(jq -c 'map([.device, .port, .is, .protocol])' "$T/expected.json")" \
	"$(jq -c 'map([.device, .port, .is, .protocol])' "$T/expected6.json")"
is "every service says what a scanner should find" \
	"$(jq '[.[] | select(has("outcome") | not)] | length' "$T/expected.json")" 0
status "an unknown option is wrong usage" 64 "$LAB" --no-such
echo '{"devices": [{"name": "x", "at": "1.1", "services": [{"port": 1, "is": "nothing"}]}]}' >"$T/bad.json"
status "a service that is not described is an error" 1 "$LAB" --description "$T/bad.json" --list

cat >"$T/ask" <<'PERL'
use strict; use warnings; use IO::Socket::INET;
# ask ADDRESS PORT TEXT: prints what comes until the peer closes or 3 s pass.
my ($address, $port, $text) = @ARGV;
my $s = IO::Socket::INET->new(PeerAddr => $address, PeerPort => $port, Timeout => 3) or exit 9;
print $s $text; $s->flush;
local $SIG{ALRM} = sub { exit 0 }; alarm 3;
binmode STDOUT; $| = 1;
print $_ while sysread $s, $_, 4096;
PERL
ask() { perl "$T/ask" "$@"; }
https() {
	printf 'GET / HTTP/1.0\r\n\r\nConnection: close\r\n\r\n' |
		timeout 5 openssl s_client -quiet -connect "$1" 2>/dev/null
}
get=$'GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'

start_lab || { echo "Bail out! the laboratory does not start"; exit 1; }
like "the recorder names itself" "$(ask 127.20.1.10 8888 "$get")" "^Server: DNVRS-Webs"
like "the recorder sends visitors to its log-in page by script" \
	"$(ask 127.20.1.10 8888 "$get")" "location.href = '/doc/page/login.asp'"
like "the controller redirects" "$(ask 127.20.2.10 18181 "$get")" "^Location: /onos/ui/login.html"
like "one router declares Shift_JIS" "$(https 127.20.8.10:10443 | iconv -f SHIFT_JIS -t UTF-8)" \
	"charset=Shift_JIS"
like "its title is Shift_JIS" "$(https 127.20.8.10:10443 | iconv -f SHIFT_JIS -t UTF-8)" \
	"<title>RTX830 \[宮城\]"
nine=$(https 127.20.9.10:10443 | iconv -f SHIFT_JIS -t UTF-8)
like "another has Shift_JIS in its title" "$nine" "<title>RTX830 \[広島\]"
unlike "and does not declare it" "$nine" "charset"
like "SSH identifies itself" "$(ask 127.20.24.13 22 $'SSH-2.0-test\r\n' | tr -d '\0')" "^SSH-2.0-OpenSSH_9.2p1"
like "the slow telnet speaks in the end" "$(ask 127.20.47.15 8000 '' | tr -cd 'a-z: ')" "login: "
is "a port that nobody plays refuses" "$(ask 127.20.120.10 80 "$get"; echo $?)" 9
is "RTSP gives the sequence number back" \
	"$(ask 127.20.42.10 554 $'OPTIONS * RTSP/1.0\r\nCSeq: 77\r\n\r\n' | tr -d '\r' | sed -n 2p)" "CSeq: 77"
is "a reset is a reset" "$(ask 127.20.104.12 80 '' | wc -c)" 0
status "it ends when it is told to" 0 stop_lab

is "the record has an end for every beginning" \
	"$(jq -s '[.[] | select(.event == "open")] | length' "$T/record")" \
	"$(jq -s '[.[] | select(.event == "close")] | length' "$T/record")"
is "the record has what was asked, byte for byte" \
	"$(jq -r 'select(.event == "close" and .port == 18181) | .received_b64' "$T/record" | base64 -d | cksum)" \
	"$(printf %s "$get" | cksum)"
is "the record says who reset" \
	"$(jq -r 'select(.event == "close" and .device == "hostile-reset") | .ended' "$T/record")" lab-reset
is "the record counts what was said" \
	"$(jq -r 'select(.event == "close" and .device == "hostile-reset") | .sent' "$T/record")" 0

rm -f "$T/ready" "$T/child"
bash -c '"$1" --description "$2" --ready-file "$3/ready" --time-limit 60 & echo $! >"$3/child"
	until [ -s "$3/ready" ]; do sleep 0.05; done' _ "$LAB" "$lab_json" "$T"
for _ in $(seq 100); do
	kill -0 "$(cat "$T/child")" 2>/dev/null || break
	sleep 0.05
done
ok "it ends with its parent" bash -c '! kill -0 "$1" 2>/dev/null' _ "$(cat "$T/child")"

mkdir "$T/a" "$T/b"
export MARTLET_NOW=2026-01-31T12:00:00Z
for d in a b; do tests/lab/sample-quarter --lab "$LAB" "$T/$d" || echo "# failed"; done
ok "the sample quarter is the same twice" cmp "$T/a/packets.csv" "$T/b/packets.csv"
is "its last packet is not after now" \
	"$(sed 1d "$T/a/packets.csv" | cut -d, -f1 | sort | awk -v now="$MARTLET_NOW" '$0 > now' | wc -l)" 0
is "every source device is in it, seen in the last three days by two sensors" \
	"$(awk -F, '$3 ~ /^127\.20\./ && $1 > "2026-01-28T12" {if (!s[$3 "," $2]++) n[$3]++} END {for (a in n) if (n[a] >= 2) print a}' "$T/a/packets.csv" | sort |
		comm -12 - <(awk -F'\t' '$3 == "source" {print $1}' "$T/list" | sort) | wc -l)" \
	"$(awk -F'\t' '$3 == "source"' "$T/list" | wc -l)"
done_testing
