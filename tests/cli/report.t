#!/bin/bash
# report: the article, author's notes, edited drafts, failures.
. "$(dirname "$0")/lib.sh"

W=$T/w
m() { "$MARTLET" -C "$W" -o report.home=japan "$@"; }

# The sensors get their labels and regions in SQL: this file is about the
# report only.
"$MARTLET" init --timezone UTC "$W" 2>/dev/null
{
	echo time,sensor,source,protocol,port
	for month in 04 05 06; do
		for day in $(seq -w 1 30); do
			for n in 1 2 "${month#0}"; do
				echo "2013-$month-${day}T0$n:00:00Z,s1,203.0.113.$n,tcp,2$n"
			done
			echo "2013-$month-${day}T12:00:00Z,groucho-2,203.0.113.9,icmp,0"
		done
	done
} >"$T/packets.csv"
m import "$T/packets.csv" >/dev/null 2>&1
sqlite3 "$W/sensors.db" "
	INSERT OR REPLACE INTO region VALUES
		('japan','Japan','日本',1), ('europe','Europe','欧州',2);
	UPDATE sensor SET region='japan', label='Japan #1' WHERE id='s1';
	UPDATE sensor SET region='europe', label='groucho-2' WHERE id='groucho-2';
	DELETE FROM region WHERE id NOT IN ('japan','europe');"
O=$W/out/2013Q2
N=$W/notes/2013Q2

status "a report is made" 0 m report 2013Q2
is "report prints what it wrote" "$(sort "$T/out")" "$(printf '%s\n' \
	"$O"/{data/fig-1.csv,data/table-1.csv,fig-1.svg,report.en.html,report.en.md,report.json} | sort)"
like "the title names the quarter" "$(head -1 "$O/report.en.md")" \
	'^# Report Overflow \(Apr-Jun 2013\)$'
is "report.json is TLP:CLEAR" "$(jq -r '.tlp + " " + .schema' "$O/report.json")" \
	"TLP:CLEAR martlet/report/1"
is "report.json has both sides of every month" \
	"$(jq '.months | length' "$O/report.json")" 6
is "ICMP has no port in Table 1" \
	"$(jq -c '[.sensors[] | .services[0]]' "$O/report.json")" '["21/TCP","ICMP"]'
is "a label that is the identifier is not published" \
	"$(jq -c '[.sensors[].label]' "$O/report.json")" '["Japan #1","Europe #1"]'
unlike "no identifier of a sensor is published" \
	"$(cat "$O"/report.* "$O"/data/*)" '\bs[12]\b[^-]'
is "public files can be read by everybody" \
	"$(stat -c %a "$O"/report.* "$O"/data/* | sort -u)" 644
is "three stubs for notes are made" "$(ls "$N" | tr '\n' ' ')" \
	"closing.en.md intro.en.md topic-1.en.md "
unlike "the stubs publish nothing" "$(cat "$O/report.en.md")" 'yours|topic of this'

cp -r "$O" "$T/first"
status "a second run" 0 m report 2013Q2
ok "the same input gives the same bytes" diff -r "$O" "$T/first"

printf '{{! mine }}\n## My topic\n\nIn {{words.range}}.\n' >"$N/topic-1.en.md"
printf '## Second\n' >"$N/topic-2.en.md"
cp "$N/topic-1.en.md" "$T/note"
status "a report with notes" 0 m report 2013Q2
is "topics appear in order of their names" \
	"$(grep -n '^## \(My topic\|Second\)' "$O/report.en.md" | cut -d: -f2 | tr '\n' ';')" \
	"## My topic;## Second;"
like "notes are templates too" "$(cat "$O/report.en.md")" '^In Apr-Jun 2013\.$'
ok "a note is never changed" cmp "$N/topic-1.en.md" "$T/note"

echo "Edited by hand." >>"$O/report.en.md"
cp "$O/report.en.md" "$T/edited"
status "a report over an edited draft" 0 m report 2013Q2
ok "the edited draft is kept" cmp "$O/report.en.md" "$T/edited"
like "the page is made of the edited draft" "$(cat "$O/report.en.html")" \
	'^Edited by hand'
ok "an unchanged draft is not written beside it" test ! -e "$O/report.en.md.new"
for file in "$N/topic-1.en.md" "$O/report.en.md"; do
	cp "$file" "$T/clean"
	printf '\x93\xfa\x96\x7b\n' >>"$file"
	status "$(basename "$file") in Shift_JIS is refused" 1 m report 2013Q2
	like "  and its line is named" "$(cat "$T/err")" \
		"$(basename "$file"):$(wc -l <"$file"): this line is not UTF-8"
	cp "$T/clean" "$file"
done
cp "$N/topic-1.en.md" "$T/clean"
printf '\xef\xbb\xbf## With a mark\n' >"$N/topic-1.en.md"
rm "$O/report.en.md"
status "a note may begin with a byte order mark" 0 m report 2013Q2
like "which hides no heading" "$(cat "$O/report.en.md")" '^## With a mark'
cp "$T/clean" "$N/topic-1.en.md"
cp "$T/edited" "$O/report.en.md"
m report 2013Q2 >/dev/null 2>&1
rm -f "$O/report.en.md.new"
cp "$O/report.en.md" "$T/clean"
echo "It came from 8.8.8.8." >>"$O/report.en.md"
status "an address in an edited draft is refused" 3 m report 2013Q2
like "the line to change is named" "$(cat "$T/err")" \
	"report\.en\.md:$(wc -l <"$O/report.en.md"): "
like "and counted once" "$(cat "$T/err")" 'published: 1 thing that'
cp "$T/clean" "$O/report.en.md"
printf '## Third\n' >"$N/topic-3.en.md"
status "a report with new notes over an edited draft" 0 m report 2013Q2
ok "the edited draft is still kept" cmp "$O/report.en.md" "$T/edited"
like "the new draft is beside it" "$(cat "$O/report.en.md.new")" '^## Third'
like "report says so" "$(cat "$T/err")" 'report.en.md.* was edited by hand'
mv "$O/report.en.md.new" "$O/report.en.md"
status "the new draft can be taken" 0 m report 2013Q2
like "and the page follows" "$(cat "$O/report.en.html")" 'Third'

rm -rf "$T/before"; cp -r "$O" "$T/before"
printf 'one\ntwo\n\nseen from 198.18.7.8 only\n' >"$N/topic-3.en.md"
status "an address in a note stops the report" 3 m report 2013Q2
like "its file, line and kind are named" "$(cat "$T/err")" \
	'notes/2013Q2/topic-3.en.md:4: IPv4 address:'
unlike "the address is not repeated" "$(cat "$T/out" "$T/err")" '198\.18\.7'
ok "nothing was published" diff -r "$O" "$T/before"
printf 'as 192.0.2.1 or 2001:db8::1 would\n' >"$N/topic-3.en.md"
status "documentation addresses may be used" 0 m report 2013Q2

printf 'the sensor Groucho-2 was quiet\n' >"$N/topic-3.en.md"
status "so does what a sensor is called inside" 3 m report 2013Q2
like "it is named as such" "$(cat "$T/err")" 'topic-3.en.md:1: name of a sensor'
printf 'the sensor Japan #1 was quiet\n' >"$N/topic-3.en.md"
status "its label is public" 0 m report 2013Q2
printf 'a\0b' >"$N/topic-3.en.md"
status "a note with a zero byte is not cut in silence" 1 m report 2013Q2
like "it is named" "$(cat "$T/err")" 'topic-3.en.md: there is a zero byte'

printf 'a\n{{#open}}\n' >"$N/topic-3.en.md"
status "a broken note fails" 1 m report 2013Q2
like "its file and line are named" "$(cat "$T/err")" \
	"topic-3.en.md:2: 'open' is opened and not closed"
rm "$N/topic-3.en.md"

mkdir -p "$T/share"
cp -r "$TOP/data" "$TOP/templates" "$T/share/"
printf 'x\ny {{>nothing}}\n' >"$T/share/templates/en/blocks.md"
printf '\n{{>nothing}}\n' >>"$T/share/templates/en/report.md"
status "a template that is not there fails" 1 \
	env MARTLET_SHARE="$T/share" "$MARTLET" -C "$W" report 2013Q2
like "it is named" "$(cat "$T/err")" "templates/en/nothing.md"
printf '{\n"title": 1,\n' >"$T/share/templates/en/words.json"
status "broken words fail" 1 \
	env MARTLET_SHARE="$T/share" "$MARTLET" -C "$W" report 2013Q2
like "their file and line are named" "$(cat "$T/err")" 'words.json:[0-9]+: '

mkdir -p "$W/templates/en"
printf '# Own {{words.range}}\n\n{{>blocks}}\n' >"$W/templates/en/report.md"
rm "$O/report.en.md"
status "a workspace's own template is found first" 0 m report 2013Q2
is "and is used" "$(head -1 "$O/report.en.md")" "# Own Apr-Jun 2013"
printf '{{#a}}\n{{/b}}' >"$W/templates/en/report.md"
status "a broken template fails" 1 m report 2013Q2
like "its file and line are named" "$(cat "$T/err")" \
	"$W/templates/en/report.md:2: 'b' is closed and 'a' is open"
rm -r "$W/templates" "$O/report.en.md"
m report 2013Q2 >/dev/null 2>&1

status "an empty period fails" 1 m report 2019Q1
like "and says why" "$(cat "$T/err")" 'nothing to report for 2019Q1'
ok "and leaves no files" test ! -e "$W/out/2019Q1"
status "an unknown language fails" 1 m report 2013Q2 --lang xx
like "and says which" "$(cat "$T/err")" "no templates for the language 'xx'"
ok "and makes no notes for it" test ! -e "$N/intro.xx.md"
status "a language that is no word is wrong usage" 2 m report 2013Q2 --lang ../x
status "no period is wrong usage" 2 m report
status "a wrong period is wrong usage" 2 m report 2013Q9
status "report.table is checked" 1 m -o report.table=both report 2013Q2
status "Table 1 can have sensors as rows" 0 m -o report.table=rows report 2013Q2
like "and has" "$(cat "$O/report.en.md")" '^\| Japan #1 \| 21/TCP \|'
status "a workspace is needed" 1 "$MARTLET" -C "$T" report 2013Q2

# Whoever fills the sensor database may write anything into it.
cp "$W/sensors.db" "$T/sensors.db"
sqlite3 "$W/sensors.db" "UPDATE region SET name_en = 'J<b>' || char(7, 10, 8238)
	|| '| {{title}}' WHERE id = 'japan'"
status "hostile names of regions do no harm" 0 m report 2013Q2
unlike "neither in the files" "$(cat "$O"/report.en.html "$O"/fig-1.svg)" \
	$'<b>|\a|\u202e'
like "nor as templates" "$(cat "$O/report.en.html")" 'J&lt;b&gt;  \| \{\{title'
cp "$T/sensors.db" "$W/sensors.db"

status "two languages at once" 0 m report 2013Q2 --lang en,ja
like "the Japanese title" "$(head -1 "$O/report.ja.md")" \
	'^# Report Overflow（2013年4～6月）$'
like "regions of sensors in Japanese" "$(cat "$O/report.ja.md")" \
	'^\| 順位 \| 日本 #1 \| 欧州 #1 \|'
like "the Japanese figure has its own file" "$(cat "$O/fig-1.ja.svg")" '海外'
like "the page says its language" "$(cat "$O/report.ja.html")" '<html lang="ja">'
like "the caption is the table's" "$(cat "$O/report.ja.html")" \
	'<caption id="table-1-caption">表1：'
is "data files are written once" "$(grep -c report.json "$T/out")" 1
status "both pass the check" 0 m check 2013Q2

rm -rf "$W/out/2013Q2"; mv "$W/out" "$W/out.away"; : >"$W/out"
status "a place that cannot be written fails" 1 m report 2013Q2
like "and is named" "$(cat "$T/err")" "$W/out"
done_testing
