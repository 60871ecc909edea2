#!/bin/bash
# Several probing hosts: shards that are cut exactly, and their case databases
# merged into what one host would have found.
. "$(dirname "$0")/laboratory.sh"
own_network "$@"
. "$(dirname "$0")/lib.sh"
own_network_up

count=300 # more than one /24
ports=$("$LAB" --population 1 --expected | cut -d'|' -f2 | head -3 | paste -sd,)
start_crowd $count || { echo "Bail out! the laboratory does not start"; exit 1; }
for w in whole one two both; do
	crowd_workspace "$T/$w" $count "$ports" >"$T/made" 2>&1 <<-END || { sed 's/^/# /' "$T/made"; echo "Bail out! no workspace"; exit 1; }
		pace.overall = 100000
		pace.per_address = 1000
		pace.per_network = 100000
		pace.per_as = 100000
		pace.open_per_address = 20
		pace.pause_ms = 0
		probe.banner_wait_ms = 300
	END
done
merge() { "$MARTLET" -C "$T/$1" merge "${@:2}"; }
sql() { sqlite3 "$T/$1/martlet.db" "$2"; }
rows() { sql "$1" 'SELECT (SELECT count(*) FROM prober), (SELECT count(*) FROM scan),
	(SELECT count(*) FROM address), (SELECT count(*) FROM probe),
	(SELECT count(*) FROM service), (SELECT count(*) FROM identity),
	(SELECT count(*) FROM certificate), (SELECT count(*) FROM claim)'; }

status "one host scans all" 0 "$MARTLET" -C "$T/whole" scan "$PERIOD"
status "one of two scans its shard" 0 "$MARTLET" -C "$T/one" scan "$PERIOD" --shard 1/2
status "the other scans the other" 0 "$MARTLET" -C "$T/two" scan "$PERIOD" --shard 2/2
ok "each has some" [ "$(sql one 'SELECT 1 FROM probe LIMIT 1')$(sql two 'SELECT 1 FROM probe LIMIT 1')" = 11 ]
is "no address is in both" "$(sort <(sql one 'SELECT text FROM address') <(sql two 'SELECT text FROM address') | uniq -d)" ""
stop_lab

claimed=$(sql two 'SELECT a.text FROM service s JOIN probe p ON p.id = s.probe JOIN address a ON a.id = p.address LIMIT 1')
for which in whole two; do
	sql $which "INSERT INTO claim SELECT p.id, n.value, 'Vendor ' || n.value, NULL, 'camera', 0.5, 'file: x', 'body'
		FROM probe p JOIN service s ON s.probe = p.id JOIN address a ON a.id = p.address, json_each('[0, 1]') n
		WHERE a.text = '$claimed' ORDER BY p.port LIMIT 2"
done
before=$(sha256sum <"$T/one/martlet.db")
status "both are merged" 0 merge both "$T/one/martlet.db" "$T/two/martlet.db" --json
is "every probe came over" "$(jq '[.merged[].probes] | add' "$T/out")" "$(sql whole 'SELECT count(*) FROM probe')"
is "the merged file is as it was" "$(sha256sum <"$T/one/martlet.db")" "$before"
crowd_stored "$T/whole" >"$T/wanted"
crowd_stored "$T/both" >"$T/got"
ok "something was found" [ -s "$T/wanted" ]
ok "together they are one whole scan: none lost, none twice" diff "$T/wanted" "$T/got"
known() { "$MARTLET" -C "$T/$1" services "$PERIOD" --json |
	jq -S '[.services[] | del(.observed, .lag_seconds, .stack, .id)]'; }
ok "services and identities, too" diff <(known whole) <(known both)
is "with what contradicts them" \
	"$(known both | jq -c '[.[].identity.contradictions[].vendor]')" '["Vendor 0","Vendor 1"]'
is "each observation knows who made it" \
	"$(sql both 'SELECT DISTINCT r.name FROM probe p JOIN scan c ON c.id = p.scan JOIN prober r ON r.id = c.prober ORDER BY 1')" \
	"$(sort <(sql one 'SELECT name FROM prober') <(sql two 'SELECT name FROM prober'))"

first=$(rows both)
status "merging again ends well" 0 merge both "$T/two/martlet.db" "$T/one/martlet.db"
is "and changes nothing" "$(rows both)" "$first"
status "a merged one merges back" 0 merge one "$T/both/martlet.db"
is "into the same" "$(crowd_stored "$T/one" | cmp - "$T/wanted" && sql one 'SELECT count(*) FROM probe')" "$(wc -l <"$T/wanted")"
is "the own prober stays the own" "$(sql one 'SELECT name FROM prober ORDER BY id LIMIT 1')" "$(sql both "SELECT r.name FROM prober r WHERE r.name = '$(sql one 'SELECT name FROM prober ORDER BY id LIMIT 1')'")"
is "the database is whole" "$(sql both 'PRAGMA integrity_check; PRAGMA foreign_key_check')" ok
status "what was merged is not asked again" 0 "$MARTLET" -C "$T/both" scan "$PERIOD"
like "and the scan says so" "$(cat "$T/err")" 'nothing left to ask'

# A file with a name that a URI would misread.
mkdir "$T/odd"
cp "$T/two/martlet.db" "$T/odd/50% #1?.db"
rm -f "$T/both/"martlet.db*
status "an odd name is read" 0 merge both "$T/odd/50% #1?.db"
is "all of it" "$(sql both 'SELECT count(*) FROM probe')" "$(sql two 'SELECT count(*) FROM probe')"

# What is refused changes nothing.
first=$(rows both)
cp "$T/one/martlet.db" "$T/new.db"
sqlite3 "$T/new.db" 'PRAGMA user_version = 99'
echo "not a database" >"$T/text.db"
: >"$T/empty.db"
refused() {
	status "$1 is refused" 1 merge both "$T/one/martlet.db" "$2"
	like "and said" "$(cat "$T/err")" "$3"
	is "though the one before it could be merged" "$(rows both)" "$first"
}
refused "a newer schema" "$T/new.db" 'made by a newer martlet'
refused "a file that is no database" "$T/text.db" 'cannot read.*text.db'
refused "an empty file" "$T/empty.db" 'not a case database'
refused "a missing file" "$T/none.db" 'none.db.*No such file'
refused "the database itself" "$T/both/martlet.db" 'of this workspace'
refused "a sensor database" "$T/both/sensors.db" 'not a case database|newer'
status "no file is wrong usage" 2 merge both

# A merge that fails in its middle is undone as a whole.
cp "$T/one/martlet.db" "$T/broken.db"
sqlite3 "$T/broken.db" 'PRAGMA foreign_keys = 0; PRAGMA writable_schema = 1;
	UPDATE sqlite_schema SET sql = replace(sql, "certainty", "sureness") WHERE name = "identity"'
status "a file without a column that counts fails" 1 merge both "$T/broken.db"
is "with nothing changed" "$(rows both)" "$first"

# Shards of ten thousand addresses.
crowd_workspace "$T/many" 10000 >"$T/made" 2>&1 </dev/null
for s in 1/1 1/3 2/3 3/3; do
	"$MARTLET" -C "$T/many" scan "$PERIOD" --dry-run --json --shard $s >"$T/plan" 2>/dev/null
	jq -r '.hosts[].address' "$T/plan" | sort >"$T/shard-${s/\//-of-}"
done
is "all addresses are in the whole" "$(wc -l <"$T/shard-1-of-1")" 10000
ok "three shards have each of them once" diff "$T/shard-1-of-1" <(sort "$T"/shard-?-of-3)
is "no /24 is in two shards" "$(for f in "$T"/shard-?-of-3; do cut -d. -f1-3 "$f" | sort -u; done | sort | uniq -d)" ""
for i in 1 2 3; do ok "shard $i has some" [ -s "$T/shard-$i-of-3" ]; done
done_testing
