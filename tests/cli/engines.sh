# Database servers for tests, in directories below $T, as a user without
# rights, on sockets that nobody else reaches. Source it after lib.sh.

# Before a server's command: PostgreSQL refuses to be root, also one who is it
# in a namespace of the user's own only, and cannot become anybody else there.
UNPRIVILEGED=()
OWNER=
if [ "$(id -u)" = 0 ]; then
	UNPRIVILEGED=(setpriv --reuid 65534 --regid 65534 --clear-groups)
	OWNER=65534:65534
	if ! "${UNPRIVILEGED[@]}" true 2>/dev/null; then
		UNPRIVILEGED=(unshare --user --map-user=65534 --map-group=65534)
		OWNER=
	fi
fi

# own_directory DIR: one that the servers may write.
own_directory() {
	mkdir -p "$1"
	chmod 711 "$T"
	[ -z "$OWNER" ] || chown "$OWNER" "$1"
}

# make_certificate: $T/cert.pem for localhost, of which it is its own authority,
# with a copy of the key for each server.
make_certificate() {
	[ -e "$T/cert.pem" ] && return 0
	openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=localhost \
		-addext subjectAltName=DNS:localhost,IP:127.0.0.1 \
		-keyout "$T/key.pem" -out "$T/cert.pem" 2>/dev/null &&
		chmod 644 "$T/cert.pem"
}
key_for() {
	cp "$T/key.pem" "$1"
	chmod 600 "$1"
	[ -z "$OWNER" ] || chown "$OWNER" "$1"
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
	printf '%s\n' 'local all secret scram-sha-256' 'local all all trust' \
		'hostssl all secret 127.0.0.1/32 scram-sha-256' \
		>"$PG/data/pg_hba.conf"
	make_certificate && key_for "$PG/key.pem"
}

# run_postgresql BIN: sets PG_PID; waits until it answers. It listens to TCP
# only in a network of the test's own.
PG_LISTENS=
[ "${LAB_NETWORK:-}" != own ] || PG_LISTENS=127.0.0.1
run_postgresql() {
	(cd "$PG" && exec "${UNPRIVILEGED[@]}" "$1/postgres" -D "$PG/data" \
		-k "$PG" -c fsync=off -c ssl=on -c ssl_key_file="$PG/key.pem" \
		-c ssl_cert_file="$T/cert.pem" -c listen_addresses="$PG_LISTENS" \
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

# run_clickhouse: a server in $T/ch on 127.0.0.1:8123 (and 19000), for a network
# of the test's own; sets CH_PID. Users: default (who may all), reader
# (password, readonly 2), strict (password, readonly 1).
run_clickhouse() {
	CH=$T/ch
	own_directory "$CH"
	own_directory "$CH/data"
	own_directory "$CH/tmp"
	make_certificate && key_for "$CH/key.pem" || return 1
	local user='<networks><ip>::/0</ip></networks><quota>default</quota>'
	cat >"$T/clickhouse.xml" <<END
<yandex><logger><level>warning</level><log>$CH/log</log>
<errorlog>$CH/err</errorlog></logger><http_port>8123</http_port>
<https_port>8443</https_port><openSSL><server>
<certificateFile>$T/cert.pem</certificateFile>
<privateKeyFile>$CH/key.pem</privateKeyFile>
<verificationMode>none</verificationMode>
<loadDefaultCAFile>false</loadDefaultCAFile></server></openSSL>
<tcp_port>19000</tcp_port><listen_host>127.0.0.1</listen_host>
<interserver_http_host>127.0.0.1</interserver_http_host>
<path>$CH/data/</path><tmp_path>$CH/tmp/</tmp_path>
<users_config>$T/users.xml</users_config>
<default_profile>default</default_profile>
<default_database>default</default_database>
<mark_cache_size>67108864</mark_cache_size></yandex>
END
	# A profile that would give a part of an answer, were it asked.
	cat >"$T/users.xml" <<END
<yandex><profiles><default/>
<reader><readonly>2</readonly><extremes>1</extremes>
<max_rows_to_group_by>2</max_rows_to_group_by>
<group_by_overflow_mode>any</group_by_overflow_mode></reader>
<strict><readonly>1</readonly></strict></profiles>
<quotas><default/></quotas><users>
<default><password></password><profile>default</profile>$user</default>
<reader><password>right one</password><profile>reader</profile>$user</reader>
<plain><password>right one</password><profile>default</profile>$user</plain>
<strict><password>right one</password><profile>strict</profile>$user</strict>
</users></yandex>
END
	chmod 644 "$T/clickhouse.xml" "$T/users.xml"
	(cd "$CH" && exec "${UNPRIVILEGED[@]}" clickhouse-server \
		--config-file="$T/clickhouse.xml") >>"$T/clickhouse.log" 2>&1 &
	CH_PID=$!
	cleanup_pids+=("$CH_PID")
	for _ in $(seq 300); do
		ch default 'SELECT 1' >/dev/null 2>&1 && return 0
		kill -0 "$CH_PID" 2>/dev/null || break
		sleep 0.1
	done
	sed 's/^/# /' "$T/clickhouse.log" "$CH/err"
	return 1
}

# ch DATABASE SQL: data from standard input.
ch() { clickhouse-client --port 19000 --database "$1" --query "$2"; }
ch_url() { echo "clickhouse://${2:+$2@}127.0.0.1/$1"; }

# fill_clickhouse DATABASE SENSORS.DB: as 'martlet sensors ddl' says.
fill_clickhouse() {
	local r
	ch default "CREATE DATABASE $1" &&
		"$MARTLET" sensors ddl clickhouse |
			clickhouse-client --port 19000 --database "$1" --multiquery &&
		ch "$1" 'TRUNCATE TABLE sensor_meta' || return 1
	for r in $RELATIONS; do
		sqlite3 -csv "$2" "SELECT $(columns_of "$r") FROM $r" >"$T/$r.csv"
		[ ! -s "$T/$r.csv" ] ||
			ch "$1" "INSERT INTO $r FORMAT CSV" <"$T/$r.csv" || return 1
	done
}
