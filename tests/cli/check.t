#!/bin/bash
# check: the leak gate and the lint over files and periods.
. "$(dirname "$0")/lib.sh"

W=$T/w
m() { "$MARTLET" -C "$W" "$@"; }
"$MARTLET" init --timezone UTC "$W" 2>/dev/null

printf 'fine\nno address here: 192.0.2.1\n' >"$T/good.md"
status "a clean file passes" 0 m check "$T/good.md"
is "and prints nothing" "$(cat "$T/out")" ""

printf 'one\ntwo 8%%2e8.8.8\n' >"$T/bad.txt"
status "an encoded address is found" 3 m check "$T/bad.txt"
is "with file, line and kind" "$(cut -d: -f2,3 "$T/out")" "2: IPv4 address"
status "one bad file of two is enough" 3 m check "$T/good.md" "$T/bad.txt"

status "check --json" 3 m check --json "$T/bad.txt"
is "is one document" \
	"$(jq -c '[.schema, .files, (.faults[0] | .line, .kind)]' "$T/out")" \
	'["martlet/check/1",1,2,"IPv4 address"]'
unlike "without the secret" "$(cat "$T/out")" '8\.8\.8'

printf '| Rank | A |\n| --- | --- |\n| #1 | 443/TCP |\n| #2 | 443/TCP |\n\nsee Table 3\n' >"$T/faults.md"
status "faults of an article are found" 3 m check "$T/faults.md"
like "a port twice" "$(cat "$T/out")" ':4: lint: 443/TCP is twice'
like "a table that is not there" "$(cat "$T/out")" ':6: lint: Table 3'

O=$W/out/2013Q2
mkdir -p "$O/data" "$W/notes/2013Q2"
echo fine >"$O/report.en.md"
status "a period passes" 0 m check 2013Q2
for place in notes/2013Q2/intro.en.md out/2013Q2/fig-1.svg \
	out/2013Q2/report.json out/2013Q2/data/x.csv out/2013Q2/other.txt; do
	echo '<a title="2001:4860:4860::8888">' >"$W/$place"
	status "an address in $place is found" 3 m check 2013Q2
	like "and $place is named" "$(cat "$T/out")" "$place:1: IPv6 address"
	rm "$W/$place"
done
echo 8.8.8.8 >"$O/contacts.csv"
chmod 0600 "$O/contacts.csv"
status "internal files (0600) may have addresses" 0 m check 2013Q2
echo 8.8.8.8 >"$O/report.en.md"
chmod 0600 "$O/report.en.md"
status "a report is public whatever its mode" 3 m check 2013Q2

status "a period without a report fails" 1 m check 2012Q1
like "and says what to do" "$(cat "$T/err")" "martlet report 2012Q1"
status "what is neither file nor period fails" 1 m check nonsense
status "nothing to check is wrong usage" 2 m check
done_testing
