# import: CSV into the embedded sensor database, and taking it back.
. "$(dirname "$0")/lib.sh"

W=$T/w
"$MARTLET" init "$W" 2>/dev/null
DB=$W/sensors.db
m() { "$MARTLET" -C "$W" "$@"; }
sql() { sqlite3 "${2:-$DB}" "$1"; }
dump() { sqlite3 "$DB" .dump; }
H=time,sensor,source,protocol,port
empty=$(dump)

# --- what a row may be
cat >"$T/a.csv" <<'EOF'
time,sensor,source,protocol,port,source_port,country,asn,as_name
2013-05-01 00:00:10,alpha,192.0.2.1,TCP,23,4000,CN,4134,"CHINANET, Backbone"
2013-05-01T09:00:30+09:00,alpha,::ffff:192.0.2.1,6,23,4001,CN,4134,"CHINANET, Backbone"
2013-05-01T00:00:20Z,alpha,192.0.2.1,tcp,23,4002,CN,4134,"CHINANET, Backbone"
2013-05-01T00:00:20Z,alpha,192.0.2.1,tcp,23,4002,CN,4134,"CHINANET, Backbone"
1367366450,alpha,2001:DB8:0::1,icmp,,,,,
2013-04-30 23:59:59,beta,192.0.2.1,udp,53,,,,
EOF
status "a file of every kind of row is imported" 0 m import "$T/a.csv"
like "the result says what came in" "$(cat "$T/out")" \
	'^import 1: 6 packets in 6 rows, 2013-04-30 to 2013-05-01, 0 rows skipped'
like "sensors that were not known are reported" "$(cat "$T/err")" \
	"added the sensor 'alpha'"
is "rows out of order and equal rows are added up as packets" \
	"$(sql "SELECT * FROM traffic")" \
"2013-04-30|beta|192.0.2.1|17|53||1|1367366399|1367366399|0|1
2013-05-01|alpha|192.0.2.1|6|23||4|1367366410|1367366430|4001|1
2013-05-01|alpha|2001:db8::1|1|0||1|1367366450|1367366450|0|1"
is "a new sensor waits for its description" "$(sql "SELECT * FROM sensor
	ORDER BY label")" "alpha|Sensor #1|unassigned|
beta|Sensor #2|unassigned|"
is "the region for such sensors has both names" \
	"$(sql "SELECT id, name_en, name_ja FROM region")" \
	"unassigned|Unassigned|未割り当て"
is "where a source was is kept from its first to its last packet" \
	"$(sql "SELECT * FROM source_origin")" \
	"192.0.2.1|1367366410|1367366430|CN|4134|CHINANET, Backbone"

# --- the same content counts once
one=$(dump)
status "the same file again changes nothing" 0 m import "$T/a.csv"
like "and says so" "$(cat "$T/err")" 'import 1 already; it counts once'
gzip -c "$T/a.csv" >"$T/a.csv.gz"
zstd -q "$T/a.csv"
status "the same content as .gz changes nothing" 0 m import "$T/a.csv.gz"
status "the same content as .zst changes nothing" 0 m import "$T/a.csv.zst"
status "the same content from standard input changes nothing" 0 \
	sh -c "'$MARTLET' -C '$W' import - <'$T/a.csv'"
is "the database is as it was" "$(dump)" "$one"
like "JSON says which import it was" \
	"$(m import --json "$T/a.csv" 2>/dev/null | jq -c '.imports[0] | [.id, .same_as]')" \
	'^\[null,1\]$'

# --- taking back
cat >"$T/b.csv" <<EOF
$H,source_port,country
2013-05-01T00:00:05Z,alpha,192.0.2.1,TCP,23,77,JP
2013-05-01T00:00:50Z,alpha,192.0.2.1,TCP,23,78,CN
2013-05-01T00:00:50Z,gamma,192.0.2.9,TCP,23,78,US
EOF
cat >"$T/c.csv" <<EOF
$H,packets
2013-05-01T00:00:50Z,alpha,192.0.2.1,TCP,23,10
2013-05-02T00:00:50Z,gamma,192.0.2.9,TCP,23,5
EOF
status "a second file that shares keys" 0 m import "$T/b.csv"
two=$(dump)
status "a third one" 0 m import "$T/c.csv"
is "packets, times and source port come from all three" \
	"$(sql "SELECT packets, first_seen, last_seen, source_port FROM traffic
		WHERE source = '192.0.2.1' AND protocol = 6")" \
	"16|1367366405|1367366450|78"
three=$(dump)
m import --undo 3 2>/dev/null
is "taking the third back is exact" "$(dump)" "$two"
m import --undo 2 2>/dev/null
is "taking the second back is exact, with its sensor and origins" \
	"$(dump)" "$one"
m import "$T/b.csv" >/dev/null 2>&1
m import "$T/c.csv" >/dev/null 2>&1
is "importing both again gives the same" \
	"$(dump | sed "s/,'[^']*b.csv'.*//;s/,'[^']*c.csv'.*//")" \
	"$(sed "s/,'[^']*b.csv'.*//;s/,'[^']*c.csv'.*//" <<<"$three")"
m import --undo 2 2>/dev/null
is "taking the middle one back leaves the sums of the others" \
	"$(sql "SELECT packets, first_seen, last_seen, source_port FROM traffic
		WHERE source = '192.0.2.1' AND protocol = 6")" \
	"14|1367366410|1367366450|0"
is "a sensor that another import uses stays" \
	"$(sql "SELECT COUNT(*) FROM sensor WHERE id = 'gamma'")" 1
m import --undo 1 2>/dev/null
m import --undo 3 2>/dev/null
is "taking all back, in any order, leaves an empty database" "$(dump)" \
	"$empty"
status "what was not imported cannot be taken back" 1 m import --undo 3
like "and the list is named" "$(cat "$T/err")" 'import --list'

# --- rows that were there before Martlet, and sensors that people described
m sensors add alpha --label 'Japan #1' --region japan 2>/dev/null
sql "INSERT INTO traffic (day, sensor, source, protocol, port, signature,
	packets, first_seen, last_seen, source_port) VALUES ('2013-05-01',
	'alpha', '192.0.2.1', 6, 23, '', 3, 1367366400, 1367366401, 9);
	INSERT INTO source_origin VALUES ('192.0.2.1', 5, 1367366499, 'JP', 0, '')"
before=$(dump)
m import "$T/a.csv" "$T/b.csv" >/dev/null 2>&1
is "packets add to a row that came another way" \
	"$(sql "SELECT packets FROM traffic WHERE source = '192.0.2.1' AND
		protocol = 6")" 9
is "an origin that came another way is cut by what was seen since" \
	"$(sql "SELECT valid_from, valid_until, country FROM source_origin
		WHERE source = '192.0.2.1'" | head -2)" "5|1367366409|JP
1367366410|1367366430|CN"
m import --undo 1 2>/dev/null
m import --undo 2 2>/dev/null
is "taking both back leaves what was there" "$(dump)" "$before"

# --- broken rows
printf '\xef\xbb\xbf%s,signature\r\n' "$H" >"$T/broken.csv"
printf '%s\r\n' 2013-05-01T00:00:10Z,alpha,192.0.2.7,TCP,23, \
	soon,alpha,192.0.2.7,TCP,23, \
	2013-05-01T00:00:10Z,alpha,192.0.2.777,TCP,23, \
	2013-05-01T00:00:10Z,alpha,192.0.2.7,TCP,23,evil \
	2013-05-01T00:00:10Z,alpha,192.0.2.7,TCP \
	'"2013-05-01T00:00:10Z,alpha,192.0.2.7,TCP,23,' \
	2013-05-01T00:00:10Z,198.51.100.1,192.0.2.7,TCP,23, \
	$'2013-05-01T00:00:10Z,alpha,\x1b[31m,TCP,23,' \
	'2013-05-01T00:00:10Z,"alpha",192.0.2.7,"TCP",23,zmap' \
	>>"$T/broken.csv"
for i in $(seq 30); do echo "never,alpha,192.0.2.7,TCP,23,"; done >>"$T/broken.csv"
status "broken rows are skipped and the others kept" 0 m import "$T/broken.csv"
like "the result counts them" "$(cat "$T/out")" \
	'2 packets in 2 rows, .* 37 rows skipped'
like "the kinds come with their first lines only" "$(cat "$T/err")" \
	"31 rows skipped: the time is neither .* \('soon'\): lines 3, 11, 12, 13, 14 and 26 more"
like "a broken quote costs one line" "$(cat "$T/err")" \
	'1 row skipped: a quote has no end.*: line 7$'
like "a row with too few cells is named" "$(cat "$T/err")" \
	'1 row skipped: not as many cells as the header: line 6$'
like "a sensor's address is never stored" "$(cat "$T/err")" \
	'1 row skipped: the sensor is given by its address.*: line 8$'
is "no sensor's address is in the database" \
	"$(dump | grep -c '198\.51\.100\.1')" 0
unlike "nothing of the file reaches the terminal raw" "$(cat "$T/err")" $'\x1b'
is "the report is a summary, not a flood" \
	"$([ "$(wc -l <"$T/err")" -le 10 ] && echo short)" short
is "a signature of the closed list is kept" \
	"$(sql "SELECT signature FROM traffic WHERE source = '192.0.2.7'")" "
zmap"
m import --undo 1 2>/dev/null
printf '%s\nx\ny\n' "$H" >"$T/none.csv"
status "a file without one good row fails" 1 m import "$T/none.csv"
printf '%s\n' "$H" >"$T/header.csv"
status "a file with a header only is no failure" 0 m import "$T/header.csv"
is "and changes nothing" "$(dump)" "$before"

# --- columns
printf 'datetime,host,srcstr\n1,2,3\n' >"$T/other.csv"
status "a missing column fails" 1 m import "$T/other.csv"
like "the message names it and those there are" "$(cat "$T/err")" \
	"no column 'time'; it has: datetime, host, srcstr"
like "and how to map them" "$(cat "$T/err")" '\-\-map time=NAME'
status "a mapped column that is not there fails" 1 \
	m import --map time=when "$T/other.csv"
like "and is named as it was written" "$(cat "$T/err")" "no column 'when'"
printf 'time,source,protocol,port\n1367366401,192.0.2.5,TCP,80\n' >"$T/one.csv"
status "--sensor names the sensor of a whole file" 0 \
	m import --sensor solo "$T/one.csv"
is "and its rows are that sensor's" \
	"$(sql "SELECT sensor FROM traffic WHERE source = '192.0.2.5'")" solo
m import --undo 1 2>/dev/null

# --- compressed files that go on, and damaged ones
for i in $(seq 4000); do
	echo "2013-05-01T00:00:10Z,alpha,192.0.2.$((i % 250)),TCP,$i"
done >"$T/rows"
{ echo "$H"; head -2000 "$T/rows"; } | gzip -c >"$T/many.csv.gz"
tail -2000 "$T/rows" | gzip -c >>"$T/many.csv.gz"
{ echo "$H"; head -2000 "$T/rows"; } | zstd -qc >"$T/many.csv.zst"
tail -2000 "$T/rows" | zstd -qc >>"$T/many.csv.zst"
status "gzip members one after another are one file" 0 m import "$T/many.csv.gz"
like "all of it" "$(cat "$T/out")" '4000 packets'
status "zstd frames one after another are one file" 0 m import "$T/many.csv.zst"
like "the very same" "$(cat "$T/err")" 'import 1 already'
m import --undo 1 2>/dev/null
{ echo "$H"; cat "$T/rows"; } | gzip -c >"$T/cut.csv.gz"
truncate -s 9000 "$T/cut.csv.gz"
status "of a file that was cut off, what stands before is kept" 0 \
	m import "$T/cut.csv.gz"
like "the place is named" "$(cat "$T/err")" \
	'cut off at byte 9000 of the compressed file'
kept=$(sql "SELECT SUM(packets) FROM traffic WHERE sensor = 'alpha' AND
	first_seen = 1367366410")
is "and every whole row before it came in" \
	"$(gzip -dc "$T/cut.csv.gz" 2>/dev/null | head -n -1 | tail -n +2 | wc -l)" \
	"$kept"
is "the list says that it was damaged" \
	"$(m import --list --json | jq -r '.imports[0].damage')" \
	"the gzip data is cut off at byte 9000 of the compressed file"
m import --undo 1 2>/dev/null
{ echo "$H"; cat "$T/rows"; } | zstd -qc >"$T/cut.csv.zst"
size=$(stat -c %s "$T/cut.csv.zst")
truncate -s $((size - 3)) "$T/cut.csv.zst"
status "the same for zstd" 0 m import "$T/cut.csv.zst"
like "with its place" "$(cat "$T/err")" "cut off at byte $((size - 3)) of"
m import --undo 1 2>/dev/null
{ echo "$H"; cat "$T/rows"; } | gzip -c >"$T/flip.csv.gz"
printf '\xff\xff\xff\xff' | dd of="$T/flip.csv.gz" bs=1 seek=6000 conv=notrunc \
	2>/dev/null
status "a damage in the middle costs what is behind it" 0 m import "$T/flip.csv.gz"
like "and is named" "$(cat "$T/err")" 'gzip data is damaged at byte [0-9]+'
m import --undo 1 2>/dev/null
is "nothing is left of any of them" "$(dump)" "$before"
head -c 20 "$T/many.csv.gz" >"$T/tiny.csv.gz"
status "a file damaged from its start fails" 1 m import "$T/tiny.csv.gz"

# --- files that cannot be read
status "a missing file fails" 1 m import "$T/nowhere.csv"
like "and is named" "$(cat "$T/err")" "nowhere.csv'?: No such file"
status "a directory fails" 1 m import "$T"
like "and what to do is said" "$(cat "$T/err")" 'is a directory'
: >"$T/nothing.csv"
status "an empty file fails" 1 m import "$T/nothing.csv"
like "for it has no header" "$(cat "$T/err")" 'is empty'
printf '\xfd7zXZ\0aaaa' >"$T/x.csv.xz"
status "another compression fails" 1 m import "$T/x.csv.xz"
like "with its name" "$(cat "$T/err")" 'compressed with xz'
status "one bad file of several fails the whole" 1 \
	m import "$T/nowhere.csv" "$T/one.csv" --sensor solo
like "but the good one is in" "$(cat "$T/out")" 'import 1: 1 packets'
m import --undo 1 2>/dev/null

# --- wrong usage
for usage in "import" "import --undo x" "import --undo 0" "import --format tcpdump a" \
	"import --map time a" "import --map when=x a" "import --list a" \
	"import --count bytes a" "import --csv a" "import --bogus"; do
	status "'$usage' is wrong usage" 2 m $usage
done
status "--help is no failure" 0 m import --help
for option in format map sensor count undo list json; do
	like "--help tells of --$option" "$(cat "$T/out")" "\\-\\-$option"
done

# --- databases that take no packets
sql "UPDATE sensor_meta SET value = 'flows' WHERE key = 'unit'"
status "packets do not go into a database of flows" 1 m import "$T/one.csv"
like "and it says why" "$(cat "$T/err")" 'never mixed'
sql "UPDATE sensor_meta SET value = 'packets' WHERE key = 'unit'"
echo text >"$W/text.db"
status "a text file is no sensor database" 1 \
	m -o sensors.database=sqlite:text.db import "$T/a.csv"
like "and it says so" "$(cat "$T/err")" 'not a database'
status "a sensor database that is not there fails" 1 \
	m -o sensors.database=sqlite:gone.db import "$T/a.csv"
like "and init is named" "$(cat "$T/err")" "martlet init"
[ -e "$W/gone.db" ]
is "it is not made by import" $? 1
status "a workspace that is not there fails" 1 \
	"$MARTLET" -C "$T/nowhere" import "$T/a.csv"

# --- a zone whose days begin at half past
"$MARTLET" init --timezone Asia/Kolkata "$T/india" 2>/dev/null
cat >"$T/zone.csv" <<EOF
$H
2013-05-01T18:29:59Z,s,192.0.2.1,TCP,23
2013-05-01T18:30:00Z,s,192.0.2.1,TCP,23
2013-05-02T18:29:59Z,s,192.0.2.1,TCP,23
2013-05-02T18:30:00Z,s,192.0.2.1,TCP,23
2013-05-01T18:29:58Z,s,192.0.2.1,TCP,23
EOF
"$MARTLET" -C "$T/india" import "$T/zone.csv" >/dev/null 2>&1
is "days are those of the network's zone" \
	"$(sql "SELECT day, packets FROM traffic" "$T/india/sensors.db")" \
"2013-05-01|2
2013-05-02|2
2013-05-03|1"

printf '\xff\xfet\0i\0m\0e\0\n\0' >"$T/utf16.csv"
status "a file in UTF-16 is refused" 1 "$MARTLET" -C "$T/india" import "$T/utf16.csv"
like "with what to do" "$(cat "$T/err")" 'iconv -f UTF-16'

# A reader that ends while an import begins is waited for.
"$MARTLET" init --timezone UTC "$T/busy" 2>/dev/null
printf 'BEGIN;\nSELECT COUNT(*) FROM sensor_meta;\n.shell touch %s; sleep 0.5\n' \
	"$T/reading" | sqlite3 "$T/busy/sensors.db" >/dev/null &
reader=$!
until [ -e "$T/reading" ]; do sleep 0.02; done
printf 'time,sensor,source,protocol,port\n2013-04-01T00:00:00Z,s,192.0.2.1,tcp,23\n' >"$T/busy.csv"
status "an import waits for a reader" 0 \
	"$MARTLET" -C "$T/busy" import "$T/busy.csv"
wait "$reader"

done_testing
