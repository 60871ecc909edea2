#!/bin/bash
# probing.txt (RFC 9511, RFC 9116) and the page that explains the probing.
. "$(dirname "$0")/lib.sh"

W=$T/w
"$MARTLET" init "$W" 2>/dev/null
export MARTLET_NOW=2026-11-21T10:00:00Z
M=("$MARTLET" -C "$W")
who=(-o "who.organisation=A & <B> CSIRT" -o who.url=https://csirt.example:8443/probing?x#y
	-o who.contact=probing@csirt.example -o who.expires=2027-03-31)
make() { "${M[@]}" "${who[@]}" "$@" probing-txt --out "$T/site"; }
txt=$T/site/.well-known/probing.txt

# It refuses where the scan would.
for missing in organisation url contact expires; do
	status "without who.$missing there is none" 1 make -o "who.$missing="
	like "which is said" "$(cat "$T/err")" "who\.$missing"
done
status "past its expiry there is none" 1 make -o who.expires=2026-11-20
status "nor with an expiry over a year ahead" 1 make -o who.expires=2028-01-01
is "nothing was written by all these" "$(ls "$T/site" 2>/dev/null | wc -l)" 0

status "probing.txt is made" 0 make
is "the fields and their order (RFC 9511 section 2)" "$(cat "$txt")" \
	"Canonical: https://csirt.example:8443/.well-known/probing.txt
Contact: mailto:probing@csirt.example
Expires: 2027-03-31T23:59:59Z
Preferred-Languages: en
Description: A & <B> CSIRT asks addresses that scanned its sensors what they are: read-only, no log-in, slowly. See https://csirt.example:8443/probing?x#y"
ok "everybody may read it" test "$(stat -c %a "$txt")" = 644
status "on its last day as well" 0 env MARTLET_NOW=2027-03-31T23:00:00Z "${M[@]}" "${who[@]}" probing-txt --out "$T/site"
ok "which is not past yet" test "$(date -d "$(sed -n 's/^Expires: //p' "$txt")" +%s)" -gt "$(date -d 2027-03-31T23:00:00Z +%s)"
status "without --out" 0 "${M[@]}" "${who[@]}" probing-txt
ok "it is in out/probing" test -s "$W/out/probing/.well-known/probing.txt"

# field NAME SETTING WANTED...: the values of the field.
field() { sed -n "s/^$1: //p" "$txt" | paste -sd'|'; }
while IFS='|' read -r setting wanted; do
	status "contact $setting" 0 make -o "who.contact=$setting"
	is "becomes ${wanted//,/|}" "$(field Contact)" "${wanted//,/|}"
done <<'END'
a@b.example|mailto:a@b.example
a&b%c?d@b.example|mailto:a%26b%25c%3Fd@b.example
mailto:a@b.example|mailto:a@b.example
https://csirt.example/contact|https://csirt.example/contact
+81 3-1234-5678|tel:+813-1234-5678
tel:+1-201-555-0123|tel:+1-201-555-0123
a@b.example, https://b.example/c|mailto:a@b.example,https://b.example/c
END
while read -r setting; do
	status "contact refused: $setting" 1 make -o "who.contact=$setting"
	like "with the setting" "$(cat "$T/err")" 'who\.contact'
done <<'END'
the front desk
http://csirt.example/contact
javascript:alert(1)
a@b@c
@csirt.example
mailto:
https://
03-1234-5678
https://csirt.example/a b
END
status "languages" 0 make -o who.languages=en,ja,pt-BR
is "are in one field" "$(field Preferred-Languages)" "en, ja, pt-BR"
status "none are no field" 0 make -o who.languages=
is "at all" "$(grep -c Languages "$txt")" 0
for bad in e ja_JP 日本語 en- englishlanguage; do
	status "no language: $bad" 1 make -o "who.languages=$bad"
done
status "canonical of several hosts" 0 make -o who.canonical=https://p1.example/.well-known/probing.txt,https://p2.example/.well-known/probing.txt
is "has a line each" "$(field Canonical)" "https://p1.example/.well-known/probing.txt|https://p2.example/.well-known/probing.txt"
status "canonical is https" 1 make -o who.canonical=http://p1.example/.well-known/probing.txt
status "a description of one's own" 0 make -o who.description='Wir fragen höflich'
is "is one line" "$(field Description)" "Wir fragen höflich"
status "a line end in a setting makes no field" 0 make -o who.description=$'x\nContact: mailto:evil@x.example\r\nExpires: 2099-01-01'
is "of its own" "$(grep -Ec '^(Contact|Expires)' "$txt")" 2

# The pages.
make -o pace.per_address=0.25 -o scope.countries=JP,TW -o scope.ports=22,80 -o 'who.contact=o"><script>@x.example' >"$T/list" 2>/dev/null
is "three files are named" "$(sed "s|$T/site/||" "$T/list" | paste -sd' ')" ".well-known/probing.txt probing.en.html probing.ja.html"
for lang in en ja; do
	page=$T/site/probing.$lang.html
	ok "$lang: it is well-formed" xmllint --html --noout "$page"
	is "$lang: the parser has nothing to say" \
		"$(xmllint --html --noout "$page" 2>&1 | grep -v 'Tag \(main\|header\|time\) invalid' | grep -c error)" 0
	is "$lang: it says its language" "$(grep -c "<html lang=\"$lang\">" "$page")" 1
	unlike "$lang: no script, no handler, nothing from elsewhere" "$(cat "$page")" '<script|javascript:| on[a-z]+=|<img|<link|src='
	like "$lang: who, escaped" "$(cat "$page")" 'A &amp; &lt;B&gt; CSIRT'
	like "$lang: how to opt out" "$(cat "$page")" '<a href="mailto:o%22%3E%3Cscript%3E@x\.example">'
	like "$lang: the pace" "$(cat "$page")" '0\.25'
	like "$lang: the countries" "$(cat "$page")" 'JP,TW'
	is "$lang: just the ports of scope.ports" "$(grep -o '<th scope="row">[0-9]*' "$page" | grep -o '[0-9]*$' | paste -sd,)" 22,80
	like "$lang: until when" "$(cat "$page")" '<time>2027-03-31</time>'
	unlike "$lang: nothing is left to fill" "$(cat "$page")" '\{\{|\}\}'
done
make >/dev/null 2>&1
is "all ports without scope.ports" "$(grep -c '<th scope="row">' "$T/site/probing.en.html")" \
	"$(grep -c '^[0-9]' "$TOP/data/reference/ports.csv")"
like "without countries it says so" "$(cat "$T/site/probing.en.html")" 'that our sensors are at home in'
like "a budget is told" "$(cat "$T/site/probing.en.html")" '300 to one address'
make -o pace.per_address_day=0 >/dev/null 2>&1
unlike "none is not" "$(cat "$T/site/probing.en.html")" 'to one address.in a day|0 to one address in'

# A template of one's own.
mkdir -p "$W/templates/en"
echo '{{who.organisation}}{{#scope.countries}} no{{who.nobody}}{{/scope.countries}}' >"$W/templates/en/probing.html"
status "the workspace's template comes first" 0 make
is "and is filled" "$(cat "$T/site/probing.en.html")" 'A &amp; &lt;B&gt; CSIRT'
for bad in '{{who.nobody}}' '{{who.url' '{{}}' '{{^who.url}} x'; do
	echo "$bad" >"$W/templates/en/probing.html"
	status "a wrong template: $bad" 1 make
	like "is named" "$(cat "$T/err")" 'templates/en/probing\.html'
done
status "nowhere to write" 1 "${M[@]}" "${who[@]}" probing-txt --out /proc/none
done_testing
