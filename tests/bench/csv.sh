#!/bin/bash
# 18 million rows of CSV (9.5 million keys) to traffic rows on disk, against
# DuckDB making the same roll-up from the same file into a file of its own,
# with as many threads (2). DuckDB is the npm package @duckdb/node-api: say
# where with DUCKDB=DIRECTORY (the one that has node_modules).
. "$(dirname "$0")/bench.bash"

ROWS=${ROWS:-18000000}
KEYS=${KEYS:-9500000}
"$BUILD/bench/bench_traffic" csv "$ROWS" "$KEYS" >"$T/in.csv" || fail "no rows"
cat "$T/in.csv" >/dev/null
duckdb=no
if [ -d "${DUCKDB:-.}/node_modules/@duckdb/node-api" ] && command -v node >/dev/null; then
	duckdb=yes
fi

for _ in $(seq "$RUNS"); do
	rm -rf "$T/w"
	"$MARTLET" init "$T/w" 2>/dev/null || fail "no workspace"
	"$BUILD/bench/bench_measure" "$T/m" "$MARTLET" -C "$T/w" import "$T/in.csv" >/dev/null 2>&1 || fail "the import fails"
	cat "$T/m" >>"$T/import.runs"
	[ "$duckdb" = yes ] || continue
	rm -f "$T/duck.db"
	(cd "${DUCKDB:-.}" && "$BUILD/bench/bench_measure" "$T/m" node "$BENCH/duckdb-rollup.js" "$T/in.csv" "$T/duck.db" 2 \
		>"$T/duck") || fail "DuckDB"
	cat "$T/m" >>"$T/duckdb.runs"
	got=$(sqlite3 "$T/w/sensors.db" "SELECT COUNT(*) || ' ' || SUM(packets) FROM traffic")
	[ "$got" = "$(cat "$T/duck")" ] || fail "rows and packets: $got, but in DuckDB $(cat "$T/duck")"
done

echo "$ROWS rows, $(sqlite3 "$T/w/sensors.db" 'SELECT COUNT(*) FROM traffic') keys: $(median import 1) s," \
	"CPU $(median import 2) s; peak memory $(median import 3) MB (aim under 1024:" \
	"$(verdict 1024 "$(median import 3)"))"
if [ "$duckdb" = yes ]; then
	paste "$T/import.runs" "$T/duckdb.runs" | awk '{printf "%.2f\n", $5 / $1}' >"$T/ratio.runs"
	echo "CSV to rows on disk: $(median ratio 1)x as fast as DuckDB (pairs: $(paste -sd' ' "$T/ratio.runs");" \
		"CPU $(median import 2) s against $(median duckdb 2) s; aim 1x: $(verdict "$(median ratio 1)" 1))"
else
	echo "SKIPPED: DuckDB is not here: npm install @duckdb/node-api, then DUCKDB=its directory"
fi
