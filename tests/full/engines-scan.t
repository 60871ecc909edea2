#!/bin/bash
# The scanner and the service find their targets on a database server: the
# scanner asks it before its sandbox, the service in a process without one.
. "$(dirname "$0")/../cli/laboratory.sh"
own_network "$@"
. "$(dirname "$0")/../cli/lib.sh"
own_network_up
. "$(dirname "$0")/../cli/engines.sh"
PG_BIN=$(postgresql_bin) || skip_all "PostgreSQL's server is not installed"

start_crowd 10 || { echo "Bail out! the laboratory does not start"; exit 1; }
crowd_workspace "$T/ws" 10 80,2121,5900 >"$T/made" 2>&1 <<END || { sed 's/^/# /' "$T/made"; echo "Bail out! no workspace"; exit 1; }
pace.overall = 300
pace.per_address = 50
pace.per_network = 300
pace.per_as = 300
pace.pause_ms = 0
probe.banner_wait_ms = 100
watch.look_s = 1
probe.timeout_ms = 2000
END
ok "a cluster is made" make_postgresql "$PG_BIN"
ok "PostgreSQL runs" run_postgresql "$PG_BIN"
ok "it has the data" fill_postgresql lab "$T/ws/sensors.db"
pg postgres <<<"CREATE ROLE secret LOGIN PASSWORD 'right one'"
pg lab <<<'GRANT SELECT ON ALL TABLES IN SCHEMA public TO secret'
URLS=$(pg_url lab)
[ "$LAB_NETWORK" != own ] ||
	URLS="$URLS postgresql://secret@localhost/lab?hostaddr=127.0.0.1&sslmode=verify-full&sslrootcert=$T/cert.pem"
if command -v clickhouse-server >/dev/null && [ "$LAB_NETWORK" = own ]; then
	ok "ClickHouse runs" run_clickhouse
	ok "it has the data" fill_clickhouse lab "$T/ws/sensors.db"
	URLS="$URLS $(ch_url lab plain) clickhouses://plain@localhost/lab?sslrootcert=$T/cert.pem"
else
	skip "ClickHouse" "it is not installed, or there is no network of one's own"
	echo "ClickHouse is not asked: it is not installed" >&2
fi

echo 'right one' >"$T/password"
chmod 600 "$T/password"
n=0
for url in $URLS; do
	for command in "scan $PERIOD" "watch --once"; do
		n=$((n + 1))
		mkdir "$T/$n"
		cp "$T/ws/martlet.conf" "$T/$n/"
		{
			echo "sensors.database = $url"
			echo "sensors.password_file = $T/password"
		} >>"$T/$n/martlet.conf"
		M=("$MARTLET" -C "$T/$n")
		status "$command over ${url%%\?*}" 0 "${M[@]}" $command
		unlike "  with a sandbox" "$(cat "$T/err")" 'without a sandbox'
		is "  all is found that is there" "$(crowd_stored "$T/$n" | md5sum)" \
			"$("$LAB" --population 10 --expected | awk -F'|' '$2 == 80 || $2 == 2121 || $2 == 5900' | sort | md5sum)"
		status "  and listed" 0 "${M[@]}" services "$PERIOD" --json
		is "  of all" "$(jq '[.services[].address] | unique | length' "$T/out")" 10
	done
done
# A service whose server goes away goes on, and finds it when it comes again.
mkdir "$T/long"
{
	cat "$T/ws/martlet.conf"
	echo "sensors.database = $(pg_url lab)"
} >"$T/long/martlet.conf"
ok "the server stops" stop_server "$PG_PID"
"$MARTLET" -C "$T/long" watch >"$T/out" 2>"$T/log" &
watch=$!
cleanup_pids+=("$watch")
said() { for _ in $(seq 600); do grep -q "$1" "$T/log" && return 0; sleep 0.1; done; return 1; }
ok "the service says that it is gone" said 'is the server running'
ok "the service stays" kill -0 "$watch"
ok "the server comes" run_postgresql "$PG_BIN"
found() { for _ in $(seq 900); do
	[ "$(sqlite3 "$T/long/martlet.db" "SELECT COUNT(*) FROM probe" 2>/dev/null)" = 30 ] && return 0
	sleep 0.1
done; return 1; }
ok "the service finds all" found
kill "$watch"
wait "$watch"
done_testing
