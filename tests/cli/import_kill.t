# import: SIGKILL at any moment leaves nothing half-imported.
. "$(dirname "$0")/lib.sh"

W=$T/w
"$MARTLET" init "$W" 2>/dev/null
DB=$W/sensors.db
m() { "$MARTLET" -C "$W" "$@"; }
dump() { sqlite3 "$DB" .dump; }
echo "time,sensor,source,protocol,port
1367366401,first,192.0.2.1,TCP,23" >"$T/small.csv"
m import "$T/small.csv" >/dev/null 2>&1
awk 'BEGIN {
	print "time,sensor,source,protocol,port,country"
	for (i = 0; i < 100000; i++)
		printf "%d,s%d,10.%d.%d.%d,TCP,%d,JP\n", 1367366400 + i,
			i % 7, i % 200, int(i / 200) % 250, i % 250, i % 60000
}' >"$T/big.csv"
before=$(dump)

# round NAME COMMAND: starts the import, waits as COMMAND does, kills.
killed=0
round() {
	# Not m, which would be killed in place of the program.
	# With so little memory some of its sums wait on the disk.
	"$MARTLET" -C "$W" -o import.memory_mb=8 import "$T/big.csv" \
		>/dev/null 2>&1 &
	pid=$!
	"${@:2}"
	if kill -9 "$pid" 2>/dev/null; then killed=$((killed + 1)); fi
	wait "$pid" 2>/dev/null
	if m import --list --csv 2>/dev/null | grep -q big.csv; then
		is "$1: came in whole" "$(sqlite3 "$DB" \
			"SELECT SUM(packets) FROM traffic")" 100001
		m import --undo 2 2>/dev/null
	fi
	is "$1: nothing is left of it" "$(dump | md5sum)" \
		"$(md5sum <<<"$before")"
	is "$1: the database is sound" \
		"$(sqlite3 "$DB" 'PRAGMA integrity_check')" ok
	is "$1: no file is left over" "$(ls "$W" | grep -v '^sensors.db-')" \
		"$(printf 'martlet.conf\nsensors.db')"
	status "$1: it can be read" 0 m sensors check
}

# As soon as the database is written to.
until_written() {
	while [ ! -s "$DB-wal" ] && kill -0 "$pid" 2>/dev/null; do :; done
}

round "killed while it begins" sleep 0.02
round "killed while it reads" sleep 0.1
round "killed while it writes" sleep 0.5
round "killed in the midst of committing" until_written
round "killed a moment later" eval 'until_written; sleep 0.05'
is "some rounds were killed" "$([ "$killed" -ge 2 ] && echo yes)" yes

status "the file can be imported afterwards" 0 m import "$T/big.csv"
is "and is whole" "$(sqlite3 "$DB" 'SELECT SUM(packets) FROM traffic')" 100001
m import --undo 2 2>/dev/null
is "and can be taken back" "$(dump | md5sum)" "$(md5sum <<<"$before")"

# A reader is not kept out while an import writes.
"$MARTLET" -C "$W" import "$T/big.csv" >/dev/null 2>&1 &
pid=$!
until_written
status "sensors can be listed during an import" 0 m sensors list
wait "$pid"

# A kill while an import is taken back.
whole=$(dump | md5sum)
"$MARTLET" -C "$W" import --undo 2 >/dev/null 2>&1 &
pid=$!
sleep 0.2
kill -9 "$pid" 2>/dev/null
wait "$pid" 2>/dev/null
if m import --list --csv 2>/dev/null | grep -q big.csv; then
	is "a kill while taking back leaves the import whole" \
		"$(dump | md5sum)" "$whole"
else
	is "the import was taken back before the kill" "$(dump | md5sum)" \
		"$(md5sum <<<"$before")"
fi

done_testing
