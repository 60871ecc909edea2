#!/bin/bash
# martlet fingerprint: examples verified, lines matched.
. "$(dirname "$0")/lib.sh"

status "our own fingerprints are right" 0 "$MARTLET" fingerprint verify
like "and it says how many" "$(cat "$T/out")" '^([0-9]+) of \1 examples right'

like "and where its examples are from" "$(cat "$T/out")" '^examples: [0-9]+ observed, [0-9]+ documented, [0-9]+ derived, 0 unsaid'
status "as JSON" 0 "$MARTLET" fingerprint verify --attack --json
is "with the same numbers" \
	"$(jq -c '[(.kinds | add) == .total, .right == .total, .kinds.unsaid, .attack.texts == 60 * .total, .attack.slowest_ms > 0]' "$T/out")" \
	'[true,true,0,true,true]'

mkdir "$T/bad"
cat >"$T/bad/probe.xml" <<'END'
<?xml version='1.0'?>
<fingerprints matches="probe">
  <fingerprint pattern="^probe (\d)$">
    <description>a probe</description>
    <example service.version="2">probe 1</example>
    <example>probe x&#x9b;</example>
    <param pos="1" name="service.version"/>
    <param pos="0" name="service.cpe23" value="cpe:/a:v:p:{service.version}"/>
  </fingerprint>
</fingerprints>
END
status "wrong examples are found" 3 "$MARTLET" fingerprint verify "$T/bad"
like "with file and line" "$(cat "$T/out")" 'bad/probe.xml:5: a probe: service.version is .1., its example wants .2.'
like "each of them" "$(cat "$T/out")" 'bad/probe.xml:6: a probe: the example does not match'
like "and the sum" "$(cat "$T/out")" '^0 of 2 examples right'
status "as JSON too" 3 "$MARTLET" fingerprint verify --json "$T/bad"
is "with its numbers" "$(jq -c '[.right, .total, .failures[0].line, .fingerprints]' "$T/out")" '[0,2,5,1]'

mkdir "$T/strict"
cat >"$T/strict/martlet_probe.xml" <<'END'
<?xml version='1.0'?>
<fingerprints matches="probe">
  <fingerprint pattern="^probe (\w+)*;$">
    <description>a probe</description>
    <example>probe a;</example>
  </fingerprint>
  <fingerprint pattern="^other (\w+x?)+;$">
    <description>another</description>
    <example _source="made up for this test" _kind="derived">other a;</example>
  </fingerprint>
</fingerprints>
END
status "our own files need more" 3 "$MARTLET" fingerprint verify "$T/strict"
is "each example a source, and patterns that cannot be stalled" \
	"$(sed 's/^[^:]*martlet_probe.xml:\([0-9]*\): \(.*\)/\1 \2/; s/ [0-9]* steps.*/ STEPS/' "$T/out")" \
	"5 a probe: the example has no _source
7 another: a text made of its example takes the pattern over STEPS
1 of 2 examples right (1 files, 2 fingerprints, 0 of them without an example)
examples: 0 observed, 0 documented, 1 derived, 1 unsaid"
mv "$T/strict/martlet_probe.xml" "$T/strict/probe.xml"
status "files of others do not" 0 "$MARTLET" fingerprint verify "$T/strict"
status "but when it is asked for" 3 "$MARTLET" fingerprint verify --strict "$T/strict"
status "attacks are tried when it is asked for" 0 "$MARTLET" fingerprint verify --attack "$T/strict"
like "and told" "$(cat "$T/out")" \
	'^120 attacks: slowest decision [0-9.]+ ms \(.*/probe.xml:[0-9]+\), a pattern given up in [1-9][0-9]*$'

match() { "$MARTLET" fingerprint match "$@" 2>&1; }
is "a line is matched" \
	"$(echo 'nginx/1.22.1' | match --key http_header.server | jq -c '[.matched, .params["service.version"], .params["service.cpe23"]]')" \
	'["nginx","1.22.1","cpe:2.3:a:f5:nginx:1.22.1:*:*:*:*:*:*:*"]'
is "what nobody knows is null" "$(echo 'x y z' | match --key http_header.server)" '{"matched":null}'
is "each line has one answer, an empty one too" \
	"$(printf 'nginx\n\nYAMAHA-RT' | match --key http_header.server | jq -c '.matched')" \
	$'"nginx"\nnull\n"Yamaha router"'
is "bytes that are no text are no trouble" "$(printf 'a\000b\377\n' | match --key http_header.server)" '{"matched":null}'
is "a pattern that is given up is said" \
	"$(printf 'other %02000d,;\nother a;\n' 0 | match --key probe --fingerprints "$T/strict" | jq -c .)" \
	$'{"matched":null,"limit_hit":true}\n{"matched":"another","params":{"service.protocol":"","fingerprint_db":"probe"}}'
is "another directory replaces ours" \
	"$(echo 'probe 7' | match --key probe --fingerprints "$T/bad" | jq -r '.params["service.version"]')" 7
is "no input, no output" "$(match --key http_header.server </dev/null)" ''

status "a workspace is made" 0 "$MARTLET" init "$T/ws"
echo "fingerprints.paths = $T/bad" >>"$T/ws/martlet.conf"
is "a workspace adds its directories" \
	"$(echo 'probe 7' | "$MARTLET" -C "$T/ws" fingerprint match --key probe | jq -r .matched)" "a probe"

status "a key that nobody has is wrong usage" 2 "$MARTLET" fingerprint match --key nothing </dev/null
like "and the message says what a key is" "$(cat "$T/err")" "no file of fingerprints has the key 'nothing'"
status "no verb is wrong usage" 2 "$MARTLET" fingerprint
status "match without a key is wrong usage" 2 "$MARTLET" fingerprint match
status "a missing directory fails" 1 "$MARTLET" fingerprint verify "$T/none"
like "and it is named" "$(cat "$T/err")" "cannot read the fingerprints in '.*none': No such file"
mkdir "$T/empty"
status "a directory without fingerprints fails" 1 "$MARTLET" fingerprint verify "$T/empty"
echo '<fingerprints><fingerprint>' >"$T/empty/a.xml"
status "a file that is not XML fails" 1 "$MARTLET" fingerprint verify "$T/empty"
like "with its place" "$(cat "$T/err")" "empty/a.xml:[0-9]+: "
status "results that cannot be written fail" 1 bash -c "echo nginx | '$MARTLET' fingerprint match --key http_header.server >/dev/full"

recog=$SHARED/data/recog/xml
if [ -d "$recog" ]; then
	status "Recog's examples are right" 0 "$MARTLET" fingerprint verify "$recog"
	like "all of them" "$(cat "$T/out")" '^7525 of 7525 examples right'
	is "without a word of where theirs are from" "$(wc -l <"$T/out")" 1
else
	echo "SKIP: no $recog: Recog's own examples are not tried" >&2
	skip "Recog's examples are right" "no $recog"
	skip "all of them" "no $recog"
	skip "without a word of where theirs are from" "no $recog"
fi
done_testing
