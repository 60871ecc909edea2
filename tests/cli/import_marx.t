# import: the marx data, 451,581 real packets.
. "$(dirname "$0")/lib.sh"

MARX=$SHARED/data/sensors/marx-2013.csv.zst
[ -r "$MARX" ] || skip_all "there is no $MARX"
W=$T/w
"$MARTLET" init --timezone UTC "$W" 2>/dev/null
DB=$W/sensors.db
empty=$(sqlite3 "$DB" .dump)
m() { "$MARTLET" -C "$W" "$@"; }
status "one documented command imports it" 0 m import --map \
	time=datetime,sensor=host,source=srcstr,protocol=proto,port=dpt,source_port=spt,country=cc \
	"$MARX"
like "every row is a packet" "$(cat "$T/out")" \
	'451581 packets in 451581 rows, 2013-03-03 to 2013-09-08, 0 rows skipped'
is "nine sensors were added" "$(grep -c 'added the sensor' "$T/err")" 9
is "groucho-tokyo has its packets of April to June" \
	"$(sqlite3 "$DB" "SELECT SUM(packets) FROM traffic
		WHERE sensor = 'groucho-tokyo' AND day BETWEEN '2013-04-01' AND
		'2013-06-30' GROUP BY substr(day, 1, 7)" | paste -sd' ')" \
	"14388 20019 16485"

# The same sums made another way.
zstd -dc "$MARX" | awk -F, 'NR > 1 {
	n[substr($1, 1, 10) "|" $2 "|" $8 "|" $4 "|" ($4 == "ICMP" ? 0 : $7)]++
} END { for (k in n) print k "|" n[k] }' | LC_ALL=C sort | md5sum >"$T/awk"
sqlite3 "$DB" "SELECT day, sensor, source, CASE protocol WHEN 1 THEN 'ICMP'
	WHEN 6 THEN 'TCP' WHEN 17 THEN 'UDP' ELSE protocol END, port, packets
	FROM traffic" | LC_ALL=C sort | md5sum >"$T/sql"
is "every key has the sum that awk finds" "$(cat "$T/sql")" "$(cat "$T/awk")"
is "the database is sound" "$(sqlite3 "$DB" 'PRAGMA integrity_check')" ok
status "its contract holds" 0 m sensors check
is "no origin is in another's time" "$(sqlite3 "$DB" "SELECT COUNT(*)
	FROM source_origin a JOIN source_origin b ON a.source = b.source AND
	a.valid_from < b.valid_from AND a.valid_until >= b.valid_from")" 0
is "sources that no row places have no origin" "$(sqlite3 "$DB" "SELECT SUM(packets)
	FROM traffic WHERE source NOT IN (SELECT source FROM source_origin)")" \
	"$(zstd -dc "$MARX" | awk -F, 'NR > 1 { n[$8]++; if ($9 != "") c[$8] = 1 }
		END { for (s in n) if (!c[s]) t += n[s]; print t }')"
m import --undo 1 2>/dev/null
is "taking it back leaves an empty database" "$(sqlite3 "$DB" .dump)" "$empty"

done_testing
