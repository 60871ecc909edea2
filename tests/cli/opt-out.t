#!/bin/bash
# The opt-out command: the plain file stays what people wrote, and who asked
# is on record. That a running scan obeys is tested in scope.t.
. "$(dirname "$0")/lib.sh"

W=$T/w
"$MARTLET" init "$W" 2>/dev/null
M=("$MARTLET" -C "$W")
export MARTLET_NOW=2026-11-21T10:00:00Z
add() { "${M[@]}" opt-out add "$@"; }

# Wrong usage changes nothing.
i=0
while IFS='|' read -r name line; do
	eval "words=($line)"
	status "refused: $name" 2 "${M[@]}" opt-out "${words[@]}"
	i=$((i + 1))
done <<'END'
no action|
an unknown action|drop 192.0.2.1
add without prefix|add --asked-by a --verified b
add without who|add 192.0.2.1 --verified b
add with a blank who|add 192.0.2.1 --asked-by ' ' --verified b
add without how|add 192.0.2.1 --asked-by a
bits after the length|add 192.0.2.1/24 --asked-by a --verified b
a host name|add host.example --asked-by a --verified b
a date that is none|add 192.0.2.1 --asked-by a --verified b --until 2027-02-30
a date that is past|add 192.0.2.1 --asked-by a --verified b --until 2026-11-20
two lines of text|add 192.0.2.1 --asked-by $'a\n192.0.2.0/24' --verified b
text that is not UTF-8|add 192.0.2.1 --asked-by $'\xff' --verified b
remove without reason|remove 192.0.2.1
two forms at once|list --json --csv
a reason to add|add 192.0.2.1 --asked-by a --verified b --reason c
a list of who asked|list --asked-by a
END
is "all of these were tried" "$i" 16
is "no list was made" "$(ls "$W" | grep -c opt-out)" 0

# Lines by hand, with CRLF, a comment and no newline at the end.
printf '# our list\r\n192.0.2.0/24 # phoned\r\n\n  2001:db8::7\n198.51.100.4' >"$W/opt-out.txt"
chmod 640 "$W/opt-out.txt"
cp "$W/opt-out.txt" "$T/by-hand"
status "add" 0 add 203.0.113.0/24 --asked-by '=NOC, "Example"' --verified 'mail from the whois contact' --until 2026-12-01 --note '+81 3 0000 0000'
like "it says that a scan obeys" "$(cat "$T/err")" "203.0.113.0/24 is on the list"
is "what was there stays, byte for byte" \
	"$(head -c "$(stat -c %s "$T/by-hand")" "$W/opt-out.txt" | sha256sum)" "$(sha256sum <"$T/by-hand")"
is "the new line stands alone" "$(tail -1 "$W/opt-out.txt")" \
	"203.0.113.0/24 # added 2026-11-21 until 2026-12-01, see opt-out.csv"
is "the list keeps its mode" "$(stat -c %a "$W/opt-out.txt")" 640
is "the register is private" "$(stat -c %a "$W/opt-out.csv")" 600
is "nothing else is left behind" "$(ls "$W" | grep -c 'tmp\|lock')" 0
"${M[@]}" opt-out list --json >"$T/list"
is "list has all, by address" "$(jq -c '[.opt_outs[].prefix]' "$T/list")" \
	'["192.0.2.0/24","198.51.100.4/32","203.0.113.0/24","2001:db8::7/128"]'
is "who asked comes back as it was given" \
	"$(jq -r '.opt_outs[2] | .asked_by, .verified, .note, .until, .recorded, .due' "$T/list" | paste -sd'|')" \
	'=NOC, "Example"|mail from the whois contact|+81 3 0000 0000|2026-12-01|2026-11-21T10:00:00Z|false'
is "a line by hand has its comment and no record" \
	"$(jq -c '.opt_outs[0] | [.comment, .recorded, .asked_by]' "$T/list")" '["phoned",null,null]'
unlike "a formula is harmless in the register" "$(cat "$W/opt-out.csv")" '(^|,)"?[=+]'
like "the table says what is by hand" "$("${M[@]}" opt-out list)" '^192\.0\.2\.0/24 +by hand'
is "CSV has a header and four rows" "$("${M[@]}" opt-out list --csv | wc -l)" 5

# Twice is once on the list, twice on record.
status "add again" 0 add 203.0.113.0/24 --asked-by B --verified phone
is "one line" "$(grep -c '^203' "$W/opt-out.txt")" 1
is "two records" "$("${M[@]}" opt-out list --json | jq '.history | length')" 2
is "the last record counts" "$("${M[@]}" opt-out list --json | jq -r '.opt_outs[2].asked_by')" B

# A date that passed takes nobody off.
add 203.0.113.0/24 --asked-by C --verified phone --until 2026-12-01 2>/dev/null
is "an entry becomes due" \
	"$(MARTLET_NOW=2026-12-02T00:00:00Z "${M[@]}" opt-out list --due --csv | cut -d, -f1 | tail -1)" 203.0.113.0/24
is "not on its last day" \
	"$(MARTLET_NOW=2026-12-01T23:59:59Z "${M[@]}" opt-out list --due --csv | wc -l)" 1

# Removal.
status "remove" 0 "${M[@]}" opt-out remove 192.0.2.0/24 --reason 'address block was sold'
like "the line is a comment now, with its words" "$(cat "$W/opt-out.txt")" \
	'^# removed 2026-11-21: 192\.0\.2\.0/24 # phoned'
is "all other lines are untouched" \
	"$(grep -v '^# removed' "$W/opt-out.txt" | head -4 | tail -3 | sha256sum)" \
	"$(tail -n +3 "$T/by-hand" | sed '$a\' | cat - <(tail -1 "$W/opt-out.txt") | head -3 | sha256sum)"
is "the list has it no more" "$("${M[@]}" opt-out list --json | jq -c '[.opt_outs[].prefix] | index("192.0.2.0/24")')" null
is "the reason is on record" "$("${M[@]}" opt-out list --history --csv | tail -1 | cut -d, -f2,3,7 | tr -d '\r')" \
	"remove,192.0.2.0/24,address block was sold"
status "what is not on the list cannot be removed" 1 "${M[@]}" opt-out remove 192.0.2.0/24 --reason x
status "nor a part of a prefix" 1 "${M[@]}" opt-out remove 203.0.113.9 --reason x
like "which is said" "$(cat "$T/err")" '203\.0\.113\.9/32 is still not probed: it is in 203\.0\.113\.0/24'
status "/32 and the address alone are the same" 0 "${M[@]}" opt-out remove 198.51.100.4/32 --reason x

# Two at once lose nothing.
for n in $(seq 20); do add "198.51.100.$n" --asked-by "N$n" --verified x 2>/dev/null & done
wait
is "twenty at once are all on the list" "$(grep -c '^198\.51\.100\.' "$W/opt-out.txt")" 20
is "and on record" "$("${M[@]}" opt-out list --json | jq '[.history[] | select(.asked_by // "" | startswith("N"))] | length')" 20

# A link stays a link.
mkdir "$T/etc"
mv "$W/opt-out.txt" "$T/etc/list"
ln -s "$T/etc/list" "$W/opt-out.txt"
add 192.0.2.77 --asked-by L --verified x 2>/dev/null
ok "the link is still one" test -L "$W/opt-out.txt"
ok "the file behind it has the line" grep -q '^192\.0\.2\.77/32' "$T/etc/list"
rm "$W/opt-out.txt"
status "a list that vanished is not begun anew" 1 add 192.0.2.78 --asked-by L --verified x
ok "it is still not there" test ! -e "$W/opt-out.txt"
cp "$T/etc/list" "$W/opt-out.txt"
status "nor one that the configuration names" 1 "$MARTLET" -C "$W" -o scope.opt_out=other.txt opt-out add 192.0.2.78 --asked-by L --verified x
: >"$W/other"
status "another name works" 0 "$MARTLET" -C "$W" -o scope.opt_out=other opt-out add 192.0.2.78 --asked-by L --verified x
ok "its register stands beside it" test -s "$W/other.csv"

# Files that somebody broke.
printf 'not an address\n' >>"$W/opt-out.txt"
status "add still closes the gate" 0 add 192.0.2.79 --asked-by L --verified x
like "and says that the gate refuses everybody" "$(cat "$T/err")" 'nobody at all is probed'
status "list fails" 1 "${M[@]}" opt-out list
like "naming the line" "$(cat "$T/err")" "opt-out.txt:[0-9]+: 'not an address'"
like "but shows the rest" "$(cat "$T/out")" '^192\.0\.2\.79/32'
sed -i '/^not an/d' "$W/opt-out.txt"
printf '2026-11-21T00:00:00Z,ad' >>"$W/opt-out.csv"
status "a register with half a row is complained about" 1 "${M[@]}" opt-out list
like "with its line" "$(cat "$T/err")" 'opt-out.csv:[0-9]+: 2 cells'
like "the list is shown even so" "$(cat "$T/out")" '^192\.0\.2\.79/32 +by hand'
status "add goes on" 0 add 192.0.2.80 --asked-by L --verified x
is "the half row joins no other" "$(tail -2 "$W/opt-out.csv" | head -1)" '2026-11-21T00:00:00Z,ad'
printf 'a\0b\n' >"$W/opt-out.txt"
status "a NUL byte: refused" 1 add 192.0.2.81 --asked-by L --verified x
is "and the file is left" "$(od -An -c "$W/opt-out.txt" | tr -s ' ')" ' a \0 b \n'
done_testing
