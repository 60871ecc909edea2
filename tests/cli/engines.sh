# Database servers for tests, in directories below $T, as a user without
# rights, on sockets that nobody else reaches. Source it after lib.sh.

# Before a server's command: PostgreSQL refuses to be root.
UNPRIVILEGED=()
[ "$(id -u)" != 0 ] ||
	UNPRIVILEGED=(setpriv --reuid 65534 --regid 65534 --clear-groups)

# own_directory DIR: one that the servers may write.
own_directory() {
	mkdir -p "$1"
	chmod 711 "$T"
	[ "$(id -u)" != 0 ] || chown 65534:65534 "$1"
}

postgresql_bin() {
	local bin
	for bin in $(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -rV); do
		[ -x "$bin/postgres" ] && echo "$bin" && return 0
	done
	bin=$(command -v postgres) && dirname "$bin"
}

# make_postgresql: a cluster in $T/pg; the users boss (who needs no password),
# reader and secret (who does). Texts are not ordered by bytes there.
make_postgresql() {
	PG=$T/pg
	own_directory "$PG"
	(cd "$PG" && "${UNPRIVILEGED[@]}" "$1/initdb" -D "$PG/data" -U boss --auth=trust \
		-E UTF8 --locale=C.UTF-8 --locale-provider=icu --icu-locale=en \
		-N >"$T/initdb.log" 2>&1) || return 1
	printf 'local all secret scram-sha-256\nlocal all all trust\n' \
		>"$PG/data/pg_hba.conf"
}

# run_postgresql BIN: sets PG_PID; waits until it answers.
run_postgresql() {
	(cd "$PG" && exec "${UNPRIVILEGED[@]}" "$1/postgres" -D "$PG/data" \
		-k "$PG" -c listen_addresses= -c fsync=off \
		-c shared_buffers=64MB -c max_connections=20) \
		>>"$T/postgresql.log" 2>&1 &
	PG_PID=$!
	cleanup_pids+=("$PG_PID")
	for _ in $(seq 300); do
		pg postgres -c 'SELECT 1' >/dev/null 2>&1 && return 0
		kill -0 "$PG_PID" 2>/dev/null || break
		sleep 0.1
	done
	sed 's/^/# /' "$T/postgresql.log"
	return 1
}

# stop_server PID: waits for its end.
stop_server() {
	kill -INT "$1"
	wait "$1"
	! kill -0 "$1" 2>/dev/null
}

# pg DATABASE [PSQL OPTION...]: SQL from standard input, without -c.
pg() {
	local database=$1
	shift
	PGOPTIONS=--client-min-messages=warning psql -qAt -v ON_ERROR_STOP=1 \
		-h "$PG" -U boss -d "$database" "$@"
}
pg_url() { echo "postgresql:///$1?host=$PG&user=${2:-boss}"; }

# The columns of each relation of the contract.
columns_of() {
	case $1 in
	sensor_meta) echo key, value ;;
	region) echo id, name_en, name_ja, sort ;;
	sensor) echo id, label, region, country ;;
	sensor_uptime) echo sensor, up_since, up_until, inferred ;;
	traffic) echo day, sensor, source, protocol, port, signature, packets, \
		first_seen, last_seen, source_port ;;
	source_origin) echo source, valid_from, valid_until, country, asn, as_name ;;
	esac
}
RELATIONS="sensor_meta region sensor sensor_uptime traffic source_origin"

# fill_postgresql DATABASE SENSORS.DB [SQL]: as 'martlet sensors ddl' says.
fill_postgresql() {
	local r
	createdb -h "$PG" -U boss "$1" &&
		"$MARTLET" sensors ddl postgresql | pg "$1" &&
		echo "DELETE FROM sensor_meta; ${3:-}" | pg "$1" || return 1
	for r in $RELATIONS; do
		sqlite3 -csv "$2" "SELECT $(columns_of "$r") FROM $r" |
			pg "$1" -c "\\copy $r FROM STDIN CSV" ||
			return 1
	done
	pg "$1" <<<ANALYZE
}
