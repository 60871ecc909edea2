#!/bin/bash
# The same questions to each engine: the same answers, byte for byte; and
# what goes wrong with a server is said, and nothing is half-written.
. "$(dirname "$0")/laboratory.sh"
own_network "$@"
. "$(dirname "$0")/lib.sh"
own_network_up
. "$(dirname "$0")/engines.sh"
PG_BIN=$(postgresql_bin) || skip_all "PostgreSQL's server is not installed"
command -v psql >/dev/null || skip_all "psql is not installed"

W=$T/w
export MARTLET_NOW=2025-10-02T00:00:00Z
"$MARTLET" init --timezone Asia/Kolkata "$W" 2>/dev/null
cat >>"$W/martlet.conf" <<END
triage.min_packets = 1
report.home = japan
scope.laboratory = 192.0.2.0/24, 2001:db8::/34
scope.countries = JP, US
END
cat >"$W/contacts.csv" <<'END'
kind,match,contact,role,name,language,note
country,JP,csirt@example.jp,,National,ja,
network,2001:db8::/32,six@example.net,technical,,en,
country,US,us@example.net,,,,
END
sqlite3 "$W/sensors.db" <"$(dirname "$0")/engines.sql"
is "there is data" "$(sqlite3 "$W/sensors.db" \
	"SELECT COUNT(*) > 4000, COUNT(DISTINCT signature) FROM traffic")" "1|6"
m() { "$MARTLET" -C "$W" "$@"; }

ok "a cluster is made" make_postgresql "$PG_BIN"
ok "the server runs" run_postgresql "$PG_BIN"
ok "it takes what an embedded database has" fill_postgresql all "$W/sensors.db" \
	"ALTER TABLE sensor DROP CONSTRAINT sensor_region_fkey"
# The same relations as a network of its own would have them: views, over
# columns of other types.
createdb -h "$PG" -U boss views
pg views <<'END'
CREATE TABLE log (d text, s varchar(80), a text, pr integer, po integer,
	g text, n numeric, f bigint, l bigint, sp integer);
CREATE INDEX ON log (d);
CREATE VIEW traffic AS SELECT d AS day, s AS sensor, a AS source,
	pr AS protocol, po AS port, g AS signature, n AS packets,
	f AS first_seen, l AS last_seen, sp AS source_port FROM log;
CREATE TABLE sensor (country text, id text, label text, region text);
CREATE TABLE region (id text, name_en text, name_ja text, sort bigint);
CREATE TABLE sensor_uptime (sensor text, up_since bigint, up_until bigint,
	inferred integer);
CREATE TABLE sensor_meta (key text, value text);
CREATE MATERIALIZED VIEW source_origin AS SELECT ''::text AS source,
	1::bigint AS valid_from, 2::bigint AS valid_until, ''::text AS country,
	1::bigint AS asn, ''::text AS as_name WHERE false;
DROP MATERIALIZED VIEW source_origin;
CREATE TABLE source_origin (source text, valid_from bigint,
	valid_until bigint, country varchar(2), asn bigint, as_name text);
CREATE INDEX ON source_origin (source);
END
for r in $RELATIONS; do
	sqlite3 -csv "$W/sensors.db" "SELECT $(columns_of "$r") FROM $r" |
		pg views -c "\\copy $([ "$r" != traffic ] && echo "$r ($(columns_of "$r"))" || echo log) FROM STDIN CSV"
done
ENGINES="all views"
url() { pg_url "$1"; }

# same NAME COMMAND...: on each engine as on the embedded one.
same() {
	local name=$1 engine got=0 wanted=0
	shift
	m "$@" >"$T/wanted" 2>"$T/wanted.err" || wanted=$?
	for engine in $ENGINES; do
		got=0
		m -o "sensors.database=$(url $engine)" "$@" >"$T/got" 2>"$T/got.err" || got=$?
		is "$name: $engine ends alike" "$got" "$wanted"
		ok "$name: $engine says the same" cmp "$T/wanted" "$T/got"
		ok "$name: $engine warns alike" diff "$T/wanted.err" "$T/got.err"
	done
}
for period in 2025Q2 2025Q3 2025-03-30..2025-10-15 2025-07-12..2025-07-20 2024; do
	same "traffic $period" traffic $period --json
done
ok "the last of them were empty" grep -q '"note":' "$T/wanted"
same "scanning only" traffic 2025Q2 --scanning-only --json --top 30
for period in 2025Q2 2025-08 2024; do
	same "sources $period" sources $period --json
done
same "findings" findings 2025Q2 --json
same "findings of scanning" findings 2025-07-01..2025-09-15 --json
same "contacts" contacts 2025Q2 --json
is "which have addresses" "$(jq '[.contacts[].addresses[]] | length > 10' "$T/wanted")" true
same "sensors" sensors list --json
is "of every kind" "$(jq '.sensors | length' "$T/wanted")" 9
same "one sensor's uptime" sensors uptime tokyo --json
same "all uptime" sensors uptime --csv
same "an address" show 192.0.2.4 --json
same "an address of IPv6" show 2001:db8::1 --json
same "targets" scan 2025Q3 --dry-run --stale

# --- every number again, by its own statement
m findings 2025Q2 --json >"$T/f.json" 2>/dev/null
jq -r '.findings[].numbers[] | select(.query != null) |
	"\(.value) \(.formula == null)"' "$T/f.json" >"$T/wanted"
jq -r '.findings[].numbers[] | select(.query != null) | .query |
	(.statement | split("?")) as $part | .parameters as $value |
	[range($part | length) | (if . > 0 then $value[. - 1] |
		if type == "string" then "'\''" + gsub("'\''"; "'\'\''") + "'\''"
		else tostring end else "" end) + $part[.]] | join("") + ";"' \
	"$T/f.json" >"$T/statements"
for engine in $ENGINES; do
	pg $engine <"$T/statements" >"$T/got" 2>&1
	is "statements give their numbers: $engine" \
		"$(paste "$T/wanted" "$T/got" | awk '
			{ d = $1 - $3; if (d < 0) d = -d; w = $1 < 0 ? -$1 : $1 }
			NF != 3 || d > ($2 == "true" ? 0 : 1e-9 * w)')" ""
	is "all of them: $engine" "$(wc -l <"$T/got")" "$(wc -l <"$T/wanted")"
done

# --- the contract
status "check finds what the data lack" 3 m sensors check --json
jq -S '[.problems[] | del(.advice)]' "$T/out" >"$T/wanted"
for engine in $ENGINES; do
	status "and on $engine" 3 m -o "sensors.database=$(url $engine)" sensors check --json
	jq -S '[.problems[] | del(.advice)] | map(select(.kind != "slow" and
		(.what | test("two rows agree") | not)))' "$T/out" >"$T/got"
	ok "the same on $engine" diff "$T/wanted" "$T/got"
done
# found NAME SQL RELATION-AND-KIND TEXT: in a transaction's worth of damage.
found() {
	createdb -h "$PG" -U boss -T small broken
	pg broken <<<"$2"
	status "check finds $1" 3 m -o "sensors.database=$(pg_url broken)" sensors check --json
	is "  and only that: $1" "$(jq -r '.problems[] | [.relation, .kind] | join(" ")' \
		"$T/out" | sort -u)" "$3"
	like "  and says what: $1" "$(jq -r '.problems[] | .what, .example' "$T/out")" "$4"
	dropdb -h "$PG" -U boss broken
}
createdb -h "$PG" -U boss small
m sensors ddl postgresql | pg small
pg small <<'END'
INSERT INTO region VALUES ('asia', 'Asia', 'アジア', 1);
INSERT INTO sensor VALUES ('far', 'Far #1', 'asia', '');
INSERT INTO traffic VALUES ('2013-05-01', 'far', '192.0.2.1', 6, 23, '', 1,
	1367366400, 1367366400, 0);
END
status "what ddl makes keeps the contract" 0 \
	m -o "sensors.database=$(pg_url small)" sensors check
row="INSERT INTO traffic VALUES"
found "a missing relation" "DROP TABLE sensor_uptime" "sensor_uptime missing" \
	"no relation 'sensor_uptime'"
found "a missing column" "ALTER TABLE region DROP COLUMN name_ja" \
	"region missing" "no column 'name_ja'"
found "a time that is a timestamp" \
	"ALTER TABLE traffic ALTER first_seen TYPE timestamptz USING to_timestamp(first_seen)" \
	"traffic ill-typed" "'first_seen' is of the type timestamp with time zone"
found "a source of the type inet" \
	"ALTER TABLE traffic ALTER source TYPE inet USING source::inet" \
	"traffic ill-typed" "'source' is of the type inet, not a text"
found "a source that is not canonical" \
	"$row ('2013-05-01','far','2001:DB8::1',6,23,'',1,1367366400,1367366400,0)" \
	"traffic ill-typed" "2013-05-01 far 2001:DB8::1 6 23"
found "an unknown signature" \
	"$row ('2013-05-01','far','192.0.2.1',6,23,'it''s',1,1367366400,1367366400,0)" \
	"traffic ill-typed" "it's"
found "a day of another zone" \
	"$row ('2013-05-02','far','192.0.2.1',6,8,'',1,1367366400,1367366400,0)" \
	"traffic inconsistent" "network's zone"
found "a sensor that is not known" \
	"$row ('2013-05-01','who','192.0.2.1',6,8,'',1,1367366400,1367366400,0)" \
	"traffic inconsistent" "not in the relation sensor"
found "counts that are too large together" \
	"$row ('2013-05-01','far','192.0.2.1',6,8,'',9000000000000000000,1367366400,1367366400,0),
	('2013-05-01','far','192.0.2.1',6,9,'',9000000000000000000,1367366400,1367366400,0)" \
	"traffic inconsistent" "64 bits"
found "NULLs" "ALTER TABLE traffic ALTER source_port DROP NOT NULL;
	$row ('2013-05-01','far','192.0.2.1',6,8,'',1,1367366400,1367366400,NULL)" \
	"traffic ill-typed" "source port"
found "overlapping uptime" \
	"INSERT INTO sensor_uptime VALUES ('far', 1, 9, 0), ('far', 5, 7, 1)" \
	"sensor_uptime inconsistent" "far 5 7"
found "a table without an index by day" \
	"ALTER TABLE traffic DROP CONSTRAINT traffic_pkey" "traffic slow" "range of days"

# --- what goes wrong. fails NAME TEXT COMMAND...: status 1, nothing on
# standard output, and what it says.
fails() {
	local name=$1 text=$2
	shift 2
	status "$name" 1 "$@"
	like "  and says so: $name" "$(cat "$T/err")" "$text"
	is "  and gives no result: $name" "$(cat "$T/out")" ""
}
on() { m -o "sensors.database=$1" "${@:2}"; }
createdb -h "$PG" -U boss nothing
fails "a missing relation" 'relation "sensor_meta" does not exist' \
	on "$(pg_url nothing)" traffic 2025Q2 --json
like "the check is named" "$(cat "$T/err")" 'sensors check'
status "which names all five" 3 on "$(pg_url nothing)" sensors check
is "each" "$(grep -c 'missing: there is no relation' "$T/out")" 5
like "and what prints them" "$(cat "$T/out")" 'sensors ddl'
fails "a database that is not there" 'database "none" does not exist' \
	on "$(pg_url none)" sources 2025Q2 --json
fails "a server that is not there" 'No such file' \
	on "postgresql:///all?host=$T/nowhere" traffic 2025Q2 --json
fails "a number of another type" 'where a whole number' \
	bash -c "$(declare -f on m pg); PG=$PG; T=$T; W=$W; MARTLET=$MARTLET
	createdb -h $PG -U boss -T small odd; pg odd <<<'ALTER TABLE traffic ALTER packets
	TYPE numeric; UPDATE traffic SET packets = 1.5'
	on '$(pg_url odd)' -o report.home= traffic 2013Q2 --json"
pg postgres <<'END'
CREATE ROLE secret LOGIN PASSWORD 'right one';
CREATE ROLE nobody LOGIN;
END
fails "no password" 'no password supplied' on "$(pg_url all secret)" traffic 2025Q2 --json
like "what to do is said" "$(cat "$T/err")" 'MARTLET_SENSORS_PASSWORD'
export MARTLET_SENSORS_PASSWORD=wrong
fails "a wrong password" 'password authentication failed' \
	on "$(pg_url all secret)" traffic 2025Q2 --json
unlike "which is not shown" "$(cat "$T/err")" 'wrong'
export MARTLET_SENSORS_PASSWORD='right one'
fails "no right to read" 'permission denied' on "$(pg_url all secret)" traffic 2025Q2 --json
like "what to grant is said" "$(cat "$T/err")" 'GRANT SELECT'
pg all <<<'GRANT SELECT ON ALL TABLES IN SCHEMA public TO secret'
status "with password and right it works" 0 on "$(pg_url all secret)" traffic 2025Q2 --json
unset MARTLET_SENSORS_PASSWORD
echo 'right one' >"$W/password"
chmod 644 "$W/password"
fails "a password that all can read" 'open to every user' \
	on "$(pg_url all secret)" -o sensors.password_file=password traffic 2025Q2 --json
chmod 600 "$W/password"
status "a password of a file" 0 \
	on "$(pg_url all secret)" -o sensors.password_file=password traffic 2025Q2 --json
for url in 'postgresql://u:hunter2@localhost/x' 'postgres://u@h/x?password=hunter2' \
	'postgresql://u:hunter2@[::1/x' 'mysql://u:hunter2@h/x'; do
	status "a password in the name is refused" 1 on "$url" traffic 2025Q2
	unlike "  and not shown" "$(cat "$T/err")" hunter2
done
for c in "import $T/none.csv" "sensors add x --label X --region asia" \
	"sensors uptime tokyo 2025-04-01 2025-05-01"; do
	fails "$c does not write there" 'only reads' on "$(pg_url all)" $c
	like "  it names what does" "$(cat "$T/err")" 'sensors ddl'
done

# A session that can only read: a function that writes is refused.
pg small <<'END'
CREATE FUNCTION trick() RETURNS text LANGUAGE plpgsql AS
	$$ BEGIN DELETE FROM traffic; RETURN 'UTC'; END $$;
ALTER TABLE sensor_meta RENAME TO meta;
CREATE VIEW sensor_meta AS SELECT key, CASE WHEN key = 'timezone' THEN trick()
	ELSE value END AS value FROM meta;
END
fails "a relation that would write" 'read-only transaction' \
	on "$(pg_url small)" traffic 2013Q2 --json
pg small <<'END'
CREATE OR REPLACE VIEW sensor_meta AS SELECT key, CASE WHEN key = 'timezone'
	THEN 'UTC' || pg_sleep(20) ELSE value END AS value FROM meta;
END
fails "a question that takes too long" 'statement timeout' \
	on "$(pg_url small)" -o sensors.timeout_s=1 traffic 2013Q2 --json
like "the setting is named" "$(cat "$T/err")" 'sensors.timeout_s'

# --- connections that break, at any byte of the server's
mkdir -p "$T/cut"
chmod 711 "$T/cut"
cut_at() {
	rm -f "$T/cut/.s.PGSQL.5432"
	perl "$(dirname "$0")/cut-proxy.pl" "$T/cut/.s.PGSQL.5432" "$PG/.s.PGSQL.5432" "$1" &
	proxy=$!
	cleanup_pids+=("$proxy")
	for _ in $(seq 100); do [ -S "$T/cut/.s.PGSQL.5432" ] && break; sleep 0.05; done
}
m sources 2025Q2 --json >"$T/wanted" 2>/dev/null
cut_at 0
status "through a proxy all is well" 0 \
	on "postgresql:///all?host=$T/cut&user=boss" sources 2025Q2 --json
ok "the same" cmp "$T/wanted" "$T/out"
kill "$proxy"
for bytes in 10 300 700 1500 3000 9000 40000; do
	cut_at $bytes
	status "a connection that breaks after $bytes bytes" 1 \
		on "postgresql:///all?host=$T/cut&user=boss" sources 2025Q2 --json
	is "  gives no result: $bytes" "$(cat "$T/out")" ""
	like "  and says so: $bytes" "$(cat "$T/err")" \
		'cannot read the sensor database .*(closed|lost|reset|unexpected|connection)'
	kill "$proxy"
done
mkdir -p "$W/out/2025Q2"
echo kept >"$W/out/2025Q2/report.json"
cut_at 3000
status "a report that breaks off" 1 on "postgresql:///all?host=$T/cut&user=boss" report 2025Q2
is "  leaves the last one as it was" "$(cat "$W/out/2025Q2/report.json")" kept
kill "$proxy"

# --- the server goes and comes
ok "the server stops" stop_server "$PG_PID"
fails "it is gone" 'is the server running' on "$(pg_url all)" traffic 2025Q2 --json
ok "it comes again" run_postgresql "$PG_BIN"
same "and all is as it was" traffic 2025Q2 --json
stop_server "$PG_PID"
done_testing
