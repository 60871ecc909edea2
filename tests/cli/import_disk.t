# import: full and read-only disks, in a mount namespace of its own.
. "$(dirname "$0")/lib.sh"

if [ -z "${IN_NAMESPACE:-}" ]; then
	unshare -rm true 2>/dev/null ||
		skip_all "no mount namespaces here (unshare -rm)"
	# The new shell makes a directory of its own.
	rm -rf "$T"
	IN_NAMESPACE=1 BUILD=$BUILD exec unshare -rm bash "$0"
fi

mkdir "$T/disk"
mount -t tmpfs -o size=3m tmpfs "$T/disk" 2>/dev/null ||
	skip_all "no tmpfs can be mounted here"
W=$T/disk/w
DB=$W/sensors.db
m() { "$MARTLET" -C "$W" "$@"; }
"$MARTLET" init "$W" 2>/dev/null
echo "time,sensor,source,protocol,port
1367366401,first,192.0.2.1,TCP,23" >"$T/small.csv"
m import "$T/small.csv" >/dev/null 2>&1
m sensors add first --label 'Japan #1' --region japan 2>/dev/null
awk 'BEGIN {
	print "time,sensor,source,protocol,port"
	for (i = 0; i < 60000; i++)
		printf "%d,s%d,10.%d.%d.%d,TCP,%d\n", 1367366400 + i, i % 7,
			i % 200, int(i / 200) % 250, i % 250, i
}' >"$T/big.csv"
awk 'BEGIN {
	print "time,sensor,source,protocol,port"
	for (i = 0; i < 160000; i++)
		printf "%d,s%d,10.%d.%d.%d,TCP,%d\n", 1367366400 + i, i % 7,
			i % 200, int(i / 200) % 250, i % 250, i % 60000
}' >"$T/bigger.csv"
before=$(sqlite3 "$DB" .dump)

status "an import onto a full disk fails" 1 m import "$T/big.csv"
like "the message says what to do" "$(cat "$T/err")" 'make room|disk is full'
is "nothing is left of it" "$(sqlite3 "$DB" .dump)" "$before"
status "and so does one whose sums do not fit into memory" 1 \
	"$MARTLET" -C "$W" -o import.memory_mb=8 import "$T/bigger.csv"
like "with what to do" "$(cat "$T/err")" 'import.memory_mb'
is "nothing is left of that either" "$(sqlite3 "$DB" .dump)" "$before"
status "the database goes on working" 0 m sensors check

is "no log lies beside the database" "$(ls "$W" | grep -c 'sensors.db-')" 0

# A kill leaves a write-ahead log, which readers on a read-only disk do without.
sqlite3 "$DB" 'PRAGMA journal_mode = WAL' >/dev/null
rm -f "$DB-wal" "$DB-shm"
mount -o remount,ro "$T/disk"
status "an import onto a read-only disk fails" 1 m import "$T/small.csv"
like "the message says so" "$(cat "$T/err")" \
	'(Read-only file system|readonly)'
like "and what to do" "$(cat "$T/err")" 'must be writable'
status "sensors are listed from a read-only disk" 0 m sensors list
like "as they are" "$(cat "$T/out")" 'Japan #1'
status "imports are listed from there" 0 m import --list
like "with what they were" "$(cat "$T/out")" 'small\.csv$'
status "and its contract is checked" 0 m sensors check
status "adding a sensor there fails" 1 m sensors add x --label X --region asia
status "a workspace cannot be made there" 1 "$MARTLET" init "$T/disk/new"
umount "$T/disk"

done_testing
