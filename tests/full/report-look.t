#!/bin/bash
# What readers see: the page in headless Chromium, light and dark, on a
# screen 320 pixels wide, and printed.
. "$(dirname "$0")/../cli/lib.sh"
command -v chromium >/dev/null || skip_all "no chromium"

W=$T/w
"$MARTLET" init --timezone UTC "$W" 2>/dev/null
{
	echo time,sensor,source,protocol,port
	for month in 01 02 03 04 05 06; do
		for day in $(seq -w 1 28); do
			echo "2013-$month-${day}T0${month#0}:00:00Z,s1,203.0.113.1,tcp,23"
			echo "2013-$month-${day}T12:00:00Z,s2,203.0.113.9,icmp,0"
		done
	done
} >"$T/packets.csv"
"$MARTLET" -C "$W" import "$T/packets.csv" >/dev/null 2>&1
printf '## One\n\ntext\n\n## Two\n\ntext\n\n## Three\n\ntext\n' >"$T/topics"
"$MARTLET" -C "$W" report 2013Q2 --lang en,ja >/dev/null 2>&1
cp "$T/topics" "$W/notes/2013Q2/topic-1.en.md"
"$MARTLET" -C "$W" report 2013Q2 >/dev/null 2>&1
mkdir -p "$W/notes/2013"
"$MARTLET" -C "$W" report 2013 >/dev/null 2>&1
PAGE=$W/out/2013Q2/report.en.html

browse() {
	timeout 120 chromium --headless --no-sandbox --disable-gpu \
		--no-first-run --disable-background-networking \
		--disable-component-update --disable-sync --hide-scrollbars \
		--user-data-dir="$T/profile" "$@" 2>"$T/chromium.err"
}

# The mean brightness (0 to 255) of a PNG as Chromium writes it.
cat >"$T/brightness.pl" <<'PERL'
use strict; use warnings; use Compress::Zlib;
local $/; open my $in, '<:raw', $ARGV[0] or die; my $png = <$in>;
my ($w, $h, $depth, $kind) = unpack 'x16 N N C C', $png;
my ($at, $data, $n) = (8, '', $kind == 6 ? 4 : 3);
while ($at < length $png) {
	my ($len, $type) = unpack "x$at N a4", $png;
	$data .= substr $png, $at + 8, $len if $type eq 'IDAT';
	$at += $len + 12;
}
my $raw = uncompress($data); my ($sum, $count) = (0, 0);
my @before = (0) x ($w * $n);
for my $y (0 .. $h - 1) {
	my ($filter, @row) = unpack 'C*', substr $raw, $y * ($w * $n + 1), $w * $n + 1;
	for my $i (0 .. $#row) {
		my $a = $i >= $n ? $row[$i - $n] : 0; my $b = $before[$i];
		my $c = $i >= $n ? $before[$i - $n] : 0;
		my $p = $a + $b - $c;
		my ($pa, $pb, $pc) = (abs($p - $a), abs($p - $b), abs($p - $c));
		my $add = (0, $a, $b, int(($a + $b) / 2),
		    $pa <= $pb && $pa <= $pc ? $a : $pb <= $pc ? $b : $c)[$filter];
		$row[$i] = ($row[$i] + $add) & 255;
		$sum += $row[$i], $count++ if $i % $n < 3;
	}
	@before = @row;
}
printf "%d\n", $sum / $count;
PERL

shot() { # NAME URL WIDTH,HEIGHT [OPTION]
	browse --screenshot="$T/$1.png" --window-size="$3" ${4:+"$4"} "file://$2"
	perl "$T/brightness.pl" "$T/$1.png"
}
between() { [ "$1" -gt "$2" ] && [ "$1" -lt "$3" ]; }

light=$(shot light "$PAGE" 700,1200)
dark=$(shot dark "$PAGE" 700,1200 --blink-settings=preferredColorScheme=0)
ok "the light page is light ($light)" between "$light" 215 254
ok "the dark page is dark ($dark)" between "$dark" 15 75
figure=$(shot figure "$W/out/2013Q2/fig-1.svg" 360,300)
ok "the figure draws by itself ($figure)" between "$figure" 120 250

# How wide the document is in a frame of 320 pixels, and what it contains.
measure() {
	cat >"$T/frame.html" <<HTML
<body><iframe id=f width=320 height=900 style="border:0" src="file://$1"></iframe>
<script>onload = () => { const d = document.getElementById('f').contentDocument;
const svg = d.querySelector('figure svg').getBoundingClientRect();
const overflow = [...d.querySelectorAll('p,h1,h2,figure,figcaption,nav')].filter(
	e => e.getBoundingClientRect().right > 321).length;
document.body.textContent = ['scroll', d.documentElement.scrollWidth, 'overflow', overflow,
	'svg', Math.round(svg.width), 'text', (12 * svg.width /
	d.querySelector('figure svg').viewBox.baseVal.width).toFixed(1)].join(' '); }
</script>
HTML
	browse --allow-file-access-from-files --virtual-time-budget=5000 \
		--dump-dom "file://$T/frame.html" | grep -o 'scroll [0-9].*' | head -1
}
narrow=$(measure "$PAGE")
like "nothing is wider than a screen of 320 pixels ($narrow)" "$narrow" \
	'^scroll 3[012][0-9] overflow 0'
like "and the figure's text stays readable" "$narrow" 'text (9\.[5-9]|1[0-9]\.)'
year=$(measure "$W/out/2013/report.en.html")
like "twelve months scroll inside the figure ($year)" "$year" \
	'^scroll 3[012][0-9] overflow 0 svg 7[0-9]+ text (9\.[5-9]|1[0-9]\.)'

browse --dump-dom "file://$PAGE" >"$T/dom"
is "the browser finds one figure with a drawing" \
	"$(grep -c '<svg [^>]*role="img"' "$T/dom")" 1
is "no script and nothing external is on the page" \
	"$(grep -Ec '<script|<link|src=' "$T/dom")" 0
unlike "the browser refused nothing" "$(cat "$T/chromium.err")" \
	'Content Security Policy|Refused to'

browse --no-pdf-header-footer --print-to-pdf="$T/page.pdf" "file://$PAGE"
like "the page prints" "$(head -c 5 "$T/page.pdf")" '^%PDF-'
done_testing
