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
# ClickHouse: tables of ddl, and views over columns of other types.
if command -v clickhouse-server >/dev/null && command -v clickhouse-client >/dev/null &&
	[ "$LAB_NETWORK" = own ]; then
	ok "ClickHouse runs" run_clickhouse
	ok "it takes what an embedded database has" fill_clickhouse click "$W/sensors.db"
	ch default 'CREATE DATABASE odd'
	while read -r sql; do ch odd "$sql"; done <<'END'
CREATE TABLE log (d String, s String, a String, pr Int16, po Nullable(Int32), g Enum8('' = 0, 'backscatter' = 1, 'gre' = 2, 'mirai' = 3, 'zmap' = 4, 'masscan' = 5), n Int64, f UInt32, l Int32, sp Int64) ENGINE = Log
CREATE VIEW traffic AS SELECT d AS day, s AS sensor, a AS source, pr AS protocol, po AS port, g AS signature, n AS packets, f AS first_seen, l AS last_seen, sp AS source_port FROM log
CREATE TABLE sensor (country Nullable(String), id String, label String, region String) ENGINE = Log
CREATE TABLE region (id String, name_en String, name_ja String, sort UInt64) ENGINE = Log
CREATE TABLE sensor_uptime (sensor String, up_since UInt32, up_until UInt32, inferred Int64) ENGINE = Log
CREATE TABLE sensor_meta (key String, value String) ENGINE = Log
CREATE TABLE source_origin (source String, valid_from Int64, valid_until UInt32, country String, asn UInt64, as_name Nullable(String)) ENGINE = Log
END
	for r in $RELATIONS; do
		sqlite3 -csv "$W/sensors.db" "SELECT $(columns_of "$r") FROM $r" |
			ch odd "INSERT INTO $([ "$r" != traffic ] && echo "$r ($(columns_of "$r"))" || echo log) FORMAT CSV"
	done
	ENGINES="$ENGINES click odd"
else
	skip "ClickHouse" "clickhouse-server and -client are not installed, or there is no network of one's own"
	echo "ClickHouse is not asked: it is not installed" >&2
fi
url() {
	case $1 in
	click | odd) ch_url "$1" ;;
	*) pg_url "$1" ;;
	esac
}

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
# In the second sensors were up and nothing came.
for asked in 2025Q2:true 2025-07-12..2025-07-20:false; do
	period=${asked%:*} came=${asked#*:}
	same "every answer for $period" traffic $period --show all --json
	is "which are answers" "$(jq -c '[(.countries, .signatures.ports,
		.habits.weekdays, .uptime, .days | length > 1),
		(.events, .scanners.list, .movers.ports | type)]' "$T/wanted")" \
		"[$came,$came,true,true,true,\"array\",\"array\",\"array\"]"
done
same "without research scanners" traffic 2025Q3 --without-research \
	--scanning-only --show all --json
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
# Values that would change a question, were they part of its text.
for name in "it's" "' OR 1 = 1 --" '\' "\\' OR ''='" $'tab\tline\n' 'a_b' '%' '?' '$1' \
	'Ångström' '\N' '\x27'; do
	same "the value $(printf %q "$name")" sensors uptime "$name" --json
done
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
	case $engine in
	click | odd) sed 's/\\/&&/g' | clickhouse-client --port 19000 --database $engine --multiquery ;;
	*) pg $engine ;;
	esac <"$T/statements" >"$T/got" 2>&1
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
if [ "$LAB_NETWORK" = own ]; then
	tls="postgresql://secret@localhost/all?hostaddr=127.0.0.1&sslmode=verify-full"
	status "TLS with the server's own authority" 0 on "$tls&sslrootcert=$T/cert.pem" \
		-o sensors.password_file=password traffic 2025Q2 --json
	fails "TLS with a certificate of nobody's" 'certificate' \
		on "$tls&sslrootcert=/etc/ssl/certs/ca-certificates.crt" \
		-o sensors.password_file=password traffic 2025Q2 --json
else
	skip "TLS" "there is no network of one's own"
fi
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

fails "there is no list of imports" 'nothing is imported' on "$(pg_url all)" import --list

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

# --- ClickHouse: what goes wrong
http_cut_at() {
	perl "$(dirname "$0")/cut-proxy.pl" 127.0.0.1:8124 127.0.0.1:8123 "$1" &
	proxy=$!
	cleanup_pids+=("$proxy")
	for _ in $(seq 100); do
		(exec 3<>/dev/tcp/127.0.0.1/8124) 2>/dev/null && break
		sleep 0.05
	done
}
clickhouse_fails() {
	ch default 'CREATE DATABASE nothing'
	fails "ClickHouse: a missing relation" "Table nothing.sensor_meta doesn't exist" \
		on "$(ch_url nothing)" traffic 2025Q2 --json
	like "the check is named" "$(cat "$T/err")" 'sensors check'
	status "which names all five" 3 on "$(ch_url nothing)" sensors check
	is "each" "$(grep -c 'missing: there is no relation' "$T/out")" 5
	fails "ClickHouse: a missing database" "Database none doesn't exist" \
		on "$(ch_url none)" sources 2025Q2 --json
	fails "ClickHouse: no server" 'is the server running' \
		on clickhouse://127.0.0.1:8999/click sources 2025Q2 --json
	fails "ClickHouse: the native port" 'HTTP port' \
		on clickhouse://127.0.0.1:19000/click sources 2025Q2 --json
	fails "ClickHouse: TLS to a port without" 'cannot read the sensor database' \
		on clickhouses://127.0.0.1:8123/click sources 2025Q2 --json
	fails "ClickHouse: an unknown user" 'Unknown user' \
		on "$(ch_url click nobody)" sources 2025Q2 --json
	export MARTLET_SENSORS_PASSWORD=wrong
	fails "ClickHouse: a wrong password" 'Wrong password' \
		on "$(ch_url click reader)" sources 2025Q2 --json
	like "what to do is said" "$(cat "$T/err")" 'MARTLET_SENSORS_PASSWORD'
	unset MARTLET_SENSORS_PASSWORD
	fails "ClickHouse: no password" '[Pp]assword' \
		on "$(ch_url click reader)" sources 2025Q2 --json
	status "ClickHouse: a password of a file" 0 on "$(ch_url click plain)" \
		-o sensors.password_file=password sources 2025Q2 --json
	ok "  the same" cmp "$T/sources" "$T/out"
	# This user's profile would group no more than two rows, and add two of
	# extremes.
	fails "ClickHouse: a profile that answers in part" 'Limit for rows to GROUP BY exceeded' \
		on "$(ch_url click reader)" -o sensors.password_file=password traffic 2025Q2 --json
	fails "ClickHouse: a user who may not set a time limit" 'readonly 2' \
		on "$(ch_url click strict)" -o sensors.password_file=password traffic 2025Q2 --json
	for url in clickhouse://u:hunter2@127.0.0.1/x 'clickhouse://u:hunter2@[::1/x' \
		'clickhouse://127.0.0.1/x?password=hunter2' 'clickhouses://u:hunter2@h/x'; do
		status "ClickHouse: a password in the name is refused" 1 on "$url" traffic 2025Q2
		unlike "  and not shown" "$(cat "$T/err")" hunter2
	done
	for url in clickhouse:///x 'clickhouse://h/x/y' 'clickhouse://h/x?a=b'; do
		status "ClickHouse: '$url' is no name" 1 on "$url" traffic 2025Q2
		like "  and it says how it is written" "$(cat "$T/err")" clickhouse://USER@HOST:PORT/DATABASE
	done
	fails "import does not write there" 'only reads' on "$(ch_url click)" import "$T/none.csv"

	# A question that takes long: a relation that sleeps.
	ch default 'CREATE DATABASE slow'
	ch slow "CREATE VIEW sensor_meta AS SELECT 'unit' AS key, if(n > 0, 'flows', '') AS value FROM (SELECT COUNT(*) AS n FROM system.numbers)"
	fails "ClickHouse: a question that takes too long" 'Timeout exceeded|too slow|longer than' \
		on "$(ch_url slow)" -o sensors.timeout_s=1 traffic 2025Q2 --json
	like "the setting is named" "$(cat "$T/err")" 'sensors.timeout_s'

	# What the check finds.
	ch click "INSERT INTO traffic SELECT * FROM traffic WHERE day = '2025-05-05'"
	status "check finds rows that are there twice" 3 on "$(ch_url click)" sensors check --json
	like "  and says so" "$(jq -r '.problems[].what' "$T/out")" 'two rows agree'
	ch odd 'CREATE DATABASE types'
	ch types 'CREATE TABLE sensor_uptime (sensor String, up_since DateTime, up_until UInt64, inferred UInt8) ENGINE = Log'
	ch types 'CREATE TABLE traffic (day Date, sensor FixedString(9), source String, protocol UInt8, port UInt16, signature String, packets Float64, first_seen Int64, last_seen Int64, source_port UInt16) ENGINE = MergeTree ORDER BY source'
	status "check finds types" 3 on "$(ch_url types)" sensors check --json
	is "  which" "$(jq -r '.problems[] | select(.kind == "ill-typed") | .what' "$T/out" |
		grep -o "^'[a-z_]*'" | sort | tr -d '\n')" "'packets''sensor''up_since''up_until'"
	ch types 'CREATE TABLE source_origin (source String, valid_from Int64, valid_until Int64, country String, asn UInt32, as_name String) ENGINE = MergeTree ORDER BY country'
	on "$(ch_url types)" sensors check >"$T/out" 2>&1
	like "check finds a table that is not sorted by the source" "$(cat "$T/out")" \
		'source_origin: slow: no index'

	tls=clickhouses://plain@localhost/odd
	status "ClickHouse: TLS with the server's own authority" 0 on "$tls?sslrootcert=$T/cert.pem" \
		-o sensors.password_file=password sources 2025Q2 --json
	ok "  the same" cmp "$T/sources" "$T/out"
	fails "ClickHouse: TLS with a certificate of nobody's" 'sslrootcert' \
		on "$tls" -o sensors.password_file=password sources 2025Q2 --json
	http_cut_at 0
	ch default 'CREATE DATABASE cut'
	status "ClickHouse: through a proxy all is well" 0 \
		on clickhouse://127.0.0.1:8124/odd sources 2025Q2 --json
	ok "the same" cmp "$T/sources" "$T/out"
	kill "$proxy"
	wait "$proxy" 2>/dev/null
	for bytes in 10 100 240 300 700 3000 4000 6000; do
		http_cut_at $bytes
		status "ClickHouse: a connection that breaks after $bytes bytes" 1 \
			on clickhouse://127.0.0.1:8124/odd sources 2025Q2 --json
		is "  gives no result: $bytes" "$(cat "$T/out")" ""
		like "  and says so: $bytes" "$(cat "$T/err")" 'cannot read the sensor database'
		kill "$proxy"
		wait "$proxy" 2>/dev/null
	done
	# An answer whose end is only the end of the connection.
	perl -MIO::Socket::INET -e '
		$s = IO::Socket::INET->new(LocalAddr => "127.0.0.1:8125", Listen => 5, ReuseAddr => 1) or die;
		while ($c = $s->accept) { sysread($c, $b, 65536);
			print $c "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nvalue\nString\nUTC\n"; close $c }' &
	cleanup_pids+=("$!")
	for _ in $(seq 100); do
		(exec 3<>/dev/tcp/127.0.0.1/8125) 2>/dev/null && break
		sleep 0.05
	done
	fails "ClickHouse: an answer without an end" 'the answer is not whole' \
		on clickhouse://127.0.0.1:8125/x traffic 2025Q2 --json
	ok "ClickHouse stops" stop_server "$CH_PID"
	fails "it is gone" 'is the server running' on "$(ch_url odd)" traffic 2025Q2 --json
	ok "it comes again" run_clickhouse
	status "and all is as it was" 0 on "$(ch_url odd)" sources 2025Q2 --json
	ok "the same again" cmp "$T/sources" "$T/out"
}
cp "$T/wanted" "$T/sources"
[[ $ENGINES != *click* ]] || clickhouse_fails

# --- the server goes and comes
ok "the server stops" stop_server "$PG_PID"
fails "it is gone" 'is the server running' on "$(pg_url all)" traffic 2025Q2 --json
ENGINES="all views"
ok "it comes again" run_postgresql "$PG_BIN"
same "and all is as it was" traffic 2025Q2 --json
stop_server "$PG_PID"
done_testing
