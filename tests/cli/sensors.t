# sensors: the sensor network and the contract of its database.
. "$(dirname "$0")/lib.sh"

W=$T/w
"$MARTLET" init --timezone Asia/Tokyo "$W" 2>/dev/null
DB=$W/sensors.db
m() { "$MARTLET" -C "$W" "$@"; }
sql() { sqlite3 "$DB" "$1"; }

# --- add
status "a sensor is added with a region that needs no explaining" 0 \
	m sensors add tokyo-1 --label 'Japan #1' --region japan --country JP
is "it is there" "$(sql 'SELECT * FROM sensor')" "tokyo-1|Japan #1|japan|JP"
is "its region has both names and its place" "$(sql 'SELECT * FROM region')" \
	"japan|Japan|日本|10"
for r in north-america europe asia south-america africa oceania other; do
	m sensors add "s-$r" --label "L $r" --region "$r" 2>/dev/null
done
is "the usual regions come in their order, with two names each" \
	"$(sql 'SELECT name_en || "/" || name_ja FROM region ORDER BY sort' |
		paste -sd' ')" \
	"Japan/日本 North America/北米 Europe/欧州 Asia/アジア South America/南米 Africa/アフリカ Oceania/オセアニア Other regions/その他の地域"
m sensors add far --label 'Far #1' --region south-sea \
	--region-name-ja 南海 2>/dev/null
is "a region of one's own gets a name from its id" \
	"$(sql "SELECT name_en, name_ja FROM region WHERE id = 'south-sea'")" \
	"South Sea|南海"
status "adding one that is there changes it" 0 \
	m sensors add far --label 'Island #1' --region oceania
is "it is changed" "$(sql "SELECT * FROM sensor WHERE id = 'far'")" \
	"far|Island #1|oceania|"

echo "time,sensor,source,protocol,port
2013-05-01T00:00:00Z,unknown-1,192.0.2.1,TCP,23
2013-05-02T00:00:00Z,unknown-2,192.0.2.1,TCP,23" >"$T/a.csv"
m import "$T/a.csv" >/dev/null 2>&1
status "sensors check is content with what an import added" 0 m sensors check
like "but says that they wait for a description" "$(cat "$T/err")" \
	'2 sensors have not been described'
cat >"$T/sensors.csv" <<'EOF'
id,label,region,country,region_en,region_ja
unknown-1,Lab #1,lab,JP,The laboratory,実験室
unknown-2,Asia #2,asia,,,
EOF
status "a file describes many sensors" 0 m sensors add --file "$T/sensors.csv"
is "those that an import added too" \
	"$(sql "SELECT label, region FROM sensor WHERE id LIKE 'unknown%'")" \
	"Lab #1|lab
Asia #2|asia"
is "the region of the undescribed goes with the last of them" \
	"$(sql "SELECT COUNT(*) FROM region WHERE id = 'unassigned'")" 0
m import --undo 1 2>/dev/null
is "described sensors stay when their import is taken back" \
	"$(sql "SELECT COUNT(*) FROM sensor WHERE id LIKE 'unknown%'")" 2
printf 'id,label,region,country\nx,X,asia,JP\ny,,asia,JP\n' >"$T/half.csv"
before=$(sql .dump)
status "a file with a wrong line changes nothing" 1 \
	m sensors add --file "$T/half.csv"
like "the line is named" "$(cat "$T/err")" 'half.csv:3: the sensor needs a label'
is "nothing is changed" "$(sql .dump)" "$before"
printf 'id,label\nx,X\n' >"$T/short.csv"
status "a file without the columns fails" 1 m sensors add --file "$T/short.csv"
like "and says which" "$(cat "$T/err")" "no column 'region'"
status "a label that another sensor has is refused" 1 \
	m sensors add z --label 'Japan #1' --region asia
like "for they could not be told apart" "$(cat "$T/err")" \
	"that of the sensor 'tokyo-1'"
status "a sensor's address is no id" 2 \
	m sensors add 192.0.2.1 --label X --region asia
status "nor a label" 2 m sensors add x --label 2001:db8::1 --region asia
status "a country is a code" 2 \
	m sensors add x --label X --region asia --country Japan
for usage in "add" "add x" "add x --label X" "add --file a --label X" \
	"add x y --label X --region asia" "bogus" "list x" "check x" \
	"uptime tokyo-1 2013-04-01" "uptime --remove tokyo-1" \
	"uptime tokyo-1 2013-04-02 2013-04-01" "uptime tokyo-1 a b" \
	"uptime tokyo-1 2013-04-01 2013-04-01"; do
	status "'sensors $usage' is wrong usage" 2 m sensors $usage
done

# --- uptime
status "uptime is recorded by days of the network's zone" 0 \
	m sensors uptime tokyo-1 2013-04-01 2013-05-01
is "as half-open seconds" \
	"$(sql "SELECT up_since, up_until, inferred FROM sensor_uptime")" \
	"$(date -ud '2013-03-31T15:00Z' +%s)|$(date -ud '2013-04-30T15:00Z' +%s)|0"
status "the time right behind it is another record" 0 \
	m sensors uptime tokyo-1 2013-05-01 2013-05-02T12:00:00+09:00
status "a time that overlaps is refused" 1 \
	m sensors uptime tokyo-1 2013-04-30 2013-06-01
like "with the record that it overlaps" "$(cat "$T/err")" \
	'up from 2013-03-31T15:00:00Z until 2013-04-30T15:00:00Z already'
status "a time inside is refused" 1 m sensors uptime tokyo-1 2013-04-05 2013-04-06
status "a time around is refused" 1 m sensors uptime tokyo-1 2013-01-01 2014-01-01
status "an unknown sensor has no uptime" 1 m sensors uptime nobody 2013-04-05 2013-04-06
is "the records are listed" \
	"$(m sensors uptime tokyo-1 --json | jq -c '.uptime[] |
		[.sensor, .up_since, .up_until, .inferred]')" \
'["tokyo-1","2013-03-31T15:00:00Z","2013-04-30T15:00:00Z",false]
["tokyo-1","2013-04-30T15:00:00Z","2013-05-02T03:00:00Z",false]'
is "another sensor has none" "$(m sensors uptime far --json | jq -c .uptime)" "[]"
status "a record can be removed" 0 \
	m sensors uptime --remove tokyo-1 2013-05-01 2013-05-02T03:00:00Z
status "one that is not there cannot" 1 \
	m sensors uptime --remove tokyo-1 2013-05-01 2013-05-02T03:00:00Z
is "one is left" "$(m sensors uptime --csv | tail -n +2 | wc -l)" 1

echo "time,sensor,source,protocol,port
2013-05-01T00:00:00Z,brief,192.0.2.1,TCP,23" >"$T/brief.csv"
m import "$T/brief.csv" >/dev/null 2>&1
m sensors uptime brief 2013-05-01 2013-05-02
m import --undo 1 2>/dev/null
is "a sensor with a record of uptime stays when its import is taken back" \
	"$(sql "SELECT COUNT(*) FROM sensor WHERE id = 'brief'")" 1
m sensors uptime --remove brief 2013-05-01 2013-05-02
m import "$T/brief.csv" >/dev/null 2>&1
m import --undo 1 2>/dev/null
is "and goes when nothing uses it" \
	"$(sql "SELECT COUNT(*) FROM sensor WHERE id = 'brief'")" 0

# --- list
m import "$T/a.csv" >/dev/null 2>&1
is "list tells what each sensor saw" \
	"$(m sensors list --json | jq -c '.sensors[] | select(.id == "unknown-1")
		| [.label, .region, .region_en, .region_ja, .packets,
		.first_day, .days]')" \
	'["Lab #1","lab","The laboratory","実験室",1,"2013-05-01",1]'
is "sensors without a packet are listed, with the zone and unit" \
	"$(m sensors --json | jq -c '[.schema, .timezone, .unit,
		(.sensors[] | select(.id == "far") | .packets, .first_day)]')" \
	'["martlet/sensors/1","Asia/Tokyo","packets",0,null]'
like "the table is for people" "$(m sensors)" '^tokyo-1 +Japan #1 +japan'
like "CSV is for programs" "$(m sensors list --csv)" '^tokyo-1,Japan #1,japan'

# --- check: whatever sensors.database names
status "the contract holds" 0 m sensors check
is "JSON says so" "$(m sensors check --json | jq -c '[.ok, .problems]')" \
	'[true,[]]'
# found NAME SQL KIND TEXT: breaks a copy, and looks for what check says.
found() {
	rm -f "$W/broken.db"
	sqlite3 "$DB" ".backup $W/broken.db"
	sqlite3 "$W/broken.db" "$2"
	status "check finds $1" 3 m -o sensors.database=sqlite:broken.db \
		sensors check --json
	is "  and only that: $1" "$(jq -r '.problems[] | [.relation, .kind] |
		join(" ")' "$T/out" | sort -u)" "$3"
	like "  and says what" "$(jq -r '.problems[].what' "$T/out")" "$4"
	is "  and what to do" "$(jq '[.problems[] | select(.advice | length < 5)] |
		length' "$T/out")" 0
}
row="INSERT INTO traffic (day, sensor, source, protocol, port, signature,
	packets, first_seen, last_seen, source_port) VALUES"
found "a missing relation" "DROP TABLE sensor_uptime" \
	"sensor_uptime missing" "no relation 'sensor_uptime'"
found "a missing column" "ALTER TABLE region DROP COLUMN name_ja" \
	"region missing" "no column 'name_ja'"
found "a day that is no ISO date" \
	"$row ('2013-5-1','far','192.0.2.1',6,23,'',1,1367366400,1367366400,0)" \
	"traffic ill-typed" "the day is not a date"
found "a source that is not canonical" \
	"$row ('2013-05-01','far','2001:DB8::1',6,23,'',1,1367366400,1367366400,0)" \
	"traffic ill-typed" "canonical"
found "an IPv4-mapped source" \
	"$row ('2013-05-01','far','::ffff:192.0.2.1',6,23,'',1,1367366400,1367366400,0)" \
	"traffic ill-typed" "canonical"
found "an unknown signature" \
	"$row ('2013-05-01','far','192.0.2.1',6,23,'Mirai',1,1367366400,1367366400,0)" \
	"traffic ill-typed" "signature"
found "a port for ICMP" \
	"$row ('2013-05-01','far','192.0.2.1',1,8,'',1,1367366400,1367366400,0)" \
	"traffic ill-typed" "ICMP"
found "no packets" \
	"$row ('2013-05-01','far','192.0.2.1',6,8,'',0,1367366400,1367366400,0)" \
	"traffic ill-typed" "packets"
found "a day of another zone" \
	"$row ('2013-05-02','far','192.0.2.1',6,8,'',1,1367366400,1367366400,0)" \
	"traffic inconsistent" "network's zone"
found "times in the wrong order" \
	"$row ('2013-05-01','far','192.0.2.1',6,8,'',1,1367366401,1367366400,0)" \
	"traffic ill-typed" "in this order"
found "a sensor that is not known" \
	"$row ('2013-05-01','who','192.0.2.1',6,8,'',1,1367366400,1367366400,0)" \
	"traffic inconsistent" "not in the relation sensor"
found "a sensor without region" \
	"UPDATE sensor SET region = 'moon' WHERE id = 'far'" \
	"sensor inconsistent" "without a region"
found "a sensor named by its address" \
	"INSERT INTO sensor VALUES ('198.51.100.1', 'X', 'asia', '')" \
	"sensor inconsistent" "by an address"
found "two sensors with one label" \
	"UPDATE sensor SET label = 'Japan #1' WHERE id = 'far'" \
	"sensor inconsistent" "same label"
found "overlapping uptime" \
	"INSERT INTO sensor_uptime VALUES ('tokyo-1', 1364800000, 1364900000, 0)" \
	"sensor_uptime inconsistent" "overlaps"
found "an unknown unit" "UPDATE sensor_meta SET value = 'bytes' WHERE key = 'unit'" \
	"sensor_meta ill-typed" "'bytes', not packets or flows"
found "an unknown zone" \
	"UPDATE sensor_meta SET value = 'Mars/Base' WHERE key = 'timezone';
	DELETE FROM traffic" \
	"sensor_meta ill-typed" "no time zone 'Mars/Base'"
found "a missing zone" "DELETE FROM sensor_meta WHERE key = 'timezone';
	DELETE FROM traffic" "sensor_meta missing" "no row 'timezone'"
found "an origin that ends before it begins" \
	"INSERT INTO source_origin VALUES ('192.0.2.9', 9, 8, 'JP', 0, '')" \
	"source_origin ill-typed" "in this order"
found "a table without an index by day" \
	"CREATE TABLE slow AS SELECT * FROM traffic; DROP TABLE traffic;
	ALTER TABLE slow RENAME TO traffic" \
	"traffic slow" "range of days"
found "rows that are there twice" \
	"CREATE TABLE slow AS SELECT * FROM traffic; DROP TABLE traffic;
	INSERT INTO slow SELECT * FROM slow;
	ALTER TABLE slow RENAME TO traffic; CREATE INDEX d ON traffic (day)" \
	"traffic inconsistent" "two rows agree"

# A network's own tables behind views keep the contract too.
sqlite3 "$W/views.db" "CREATE TABLE log (d TEXT, s TEXT, a TEXT, n INTEGER);
	CREATE INDEX log_d ON log (d);
	INSERT INTO log VALUES ('2013-05-01', 'a', '192.0.2.1', 3);
	CREATE VIEW traffic AS SELECT d AS day, s AS sensor, a AS source,
		6 AS protocol, 23 AS port, '' AS signature, n AS packets,
		1367366400 AS first_seen, 1367366400 AS last_seen,
		0 AS source_port FROM log;
	CREATE VIEW sensor AS SELECT 'a' AS id, 'A #1' AS label, 'asia' AS region,
		'' AS country;
	CREATE VIEW region AS SELECT 'asia' AS id, 'Asia' AS name_en,
		'アジア' AS name_ja, 1 AS sort;
	CREATE VIEW sensor_uptime AS SELECT 'a' AS sensor, 1 AS up_since,
		2 AS up_until, 0 AS inferred;
	CREATE VIEW sensor_meta AS SELECT 'timezone' AS key, 'UTC' AS value
		UNION ALL SELECT 'unit', 'packets'"
status "views keep the contract as well as tables" 0 \
	m -o sensors.database=sqlite:views.db sensors check
status "and are listed" 0 m -o sensors.database=sqlite:views.db sensors list
status "they have no list of imports" 1 \
	m -o sensors.database=sqlite:views.db import --list
like "and what looks closer is named" "$(cat "$T/err")" 'sensors check'
status "but nothing is imported into them" 1 \
	m -o sensors.database=sqlite:views.db import "$T/a.csv"

: >"$W/empty.db"
status "an empty file lacks everything" 3 \
	m -o sensors.database=sqlite:empty.db sensors check
is "each relation is named" "$(grep -c 'missing: there is no relation' "$T/out")" 5
status "listing it fails" 1 m -o sensors.database=sqlite:empty.db sensors list
like "and names what looks closer" "$(cat "$T/err")" 'sensors check'
echo "this is a text" >"$W/text.db"
for c in check list uptime; do
	status "a text file is no database: $c" 1 \
		m -o sensors.database=sqlite:text.db sensors $c
	like "  and it says so: $c" "$(cat "$T/err")" 'is not an SQLite database'
done
status "a file that is not there fails" 1 \
	m -o sensors.database=sqlite:gone.db sensors check
like "and is named" "$(cat "$T/err")" 'gone.db.*No such file'
status "a directory is no database" 1 m -o sensors.database=sqlite:. sensors check
status "an engine that is not built in fails" 1 \
	m -o sensors.database=mysql:x sensors check
status "help is no failure" 0 m sensors --help
like "and names the parts" "$(cat "$T/out")" 'uptime'

done_testing
