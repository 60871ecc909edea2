# For tests that play the laboratory. `own_network "$@"` comes first, before
# lib.sh: the test starts again in a network namespace of its own, where it
# can harm nobody and no other test can disturb it. Where the system allows
# none, the test runs on the machine's loopback, one at a time.

own_network() {
	[ -z "${LAB_NETWORK:-}" ] || return 0
	# With true root a server can still change its user.
	if [ "$(id -u)" = 0 ] && unshare -n true 2>/dev/null; then
		LAB_NETWORK=own exec unshare -n bash "$0" "$@"
	fi
	if unshare -rn true 2>/dev/null; then
		LAB_NETWORK=own exec unshare -rn bash "$0" "$@"
	fi
	LAB_NETWORK=shared exec flock "${TMPDIR:-/tmp}/martlet-lab.lock" \
		bash "$0" "$@"
}

own_network_up() {
	[ "$LAB_NETWORK" = own ] || return 0
	ip link set lo up
	ip -6 route add local fd00:20::/32 dev lo 2>/dev/null
	# Newer kernels bind only addresses of an interface, route or not.
	[ ! -w /proc/sys/net/ipv6/ip_nonlocal_bind ] ||
		echo 1 >/proc/sys/net/ipv6/ip_nonlocal_bind
}

# start_lab [OPTION...]: sets LAB_PID; the record is $T/record.
start_lab() {
	rm -f "$T/ready"
	"$LAB" --description "$TOP/tests/lab/lab.json" --record "$T/record" \
		--ready-file "$T/ready" --time-limit 400 "$@" 2>"$T/lab.err" &
	LAB_PID=$!
	cleanup_pids+=("$LAB_PID")
	for _ in $(seq 600); do
		[ -s "$T/ready" ] && return 0
		kill -0 "$LAB_PID" 2>/dev/null || break
		sleep 0.05
	done
	sed 's/^/# /' "$T/lab.err"
	return 1
}

# stop_lab: returns its exit status; the record is complete.
stop_lab() {
	kill "$LAB_PID"
	wait "$LAB_PID"
}

# lab_workspace DIR [IPV6]: a workspace whose sources are the laboratory's
# devices; $PERIOD is the period that has them. Settings come on stdin.
lab_workspace() {
	local dir=$1 six=${2:-}
	"$MARTLET" init --timezone Asia/Tokyo "$dir" || return 1
	{
		echo "who.organisation = Test CSIRT"
		echo "who.url = https://csirt.example/probing"
		echo "who.contact = probing@csirt.example"
		echo "who.expires = $(date -u -d '+90 days' +%F)"
		echo "scope.laboratory = $([ -n "$six" ] && echo fd00:20::/32 || echo 127.20.0.0/16)"
		echo "pace.per_address_day = 0"
		cat
	} >>"$dir/martlet.conf"
	"$LAB" --description "$TOP/tests/lab/lab.json" --list ${six:+--ipv6} |
		awk -F'\t' '$4 == "opt-out" {print $1}' >>"$dir/opt-out.txt"
	mkdir "$dir/sample"
	"$TOP/tests/lab/sample-quarter" --lab "$LAB" ${six:+--ipv6} --days 12 \
		"$dir/sample" &&
		"$MARTLET" -C "$dir" sensors add --file "$dir/sample/sensors.csv" &&
		"$MARTLET" -C "$dir" import "$dir/sample/packets.csv" || return 1
	PERIOD=$(TZ=Asia/Tokyo date -d '10 days ago' +%F)..$(TZ=Asia/Tokyo date +%F)
}

# A sanitized build is slow: the figures of a crowd are divided by this.
SLOWER=1
[[ ${BUILD:-} != */asan* ]] || SLOWER=10

# start_crowd N [--mute]: N addresses, each with services of its own.
start_crowd() { start_lab --population "$@"; }

# crowd_workspace DIR N [PORTS]: a workspace whose sources are the crowd's
# addresses, and its ports. Settings come on stdin.
crowd_workspace() {
	local dir=$1 count=$2
	local ports=${3:-$("$LAB" --population 1 --expected | cut -d'|' -f2 | paste -sd,)}
	"$MARTLET" init "$dir" || return 1
	{
		echo "who.organisation = Test CSIRT"
		echo "who.url = https://csirt.example/probing"
		echo "who.contact = probing@csirt.example"
		echo "who.expires = $(date -u -d '+90 days' +%F)"
		echo "scope.laboratory = 127.100.0.0/16"
		echo "scope.ports = $ports"
		echo "pace.per_address_day = 0"
		cat
	} >>"$dir/martlet.conf"
	printf 'id,label,region,country\na,Japan #1,japan,JP\nb,Japan #2,japan,JP\n' >"$dir/sensors.csv"
	"$LAB" --population "$count" --list |
		awk -v t="$(date -u -d '2 hours ago' +%FT%TZ)" \
			'BEGIN {print "time,sensor,source,protocol,port,packets,country,asn,as_name"}
			{for (i = 0; i < 2; i++) print t "," (i ? "a" : "b") "," $1 ",tcp,23,5,JP,64500,Example"}' >"$dir/packets.csv"
	"$MARTLET" -C "$dir" sensors add --file "$dir/sensors.csv" &&
		"$MARTLET" -C "$dir" import "$dir/packets.csv" || return 1
	PERIOD=$(date -u -d '1 day ago' +%F)..$(date -u +%F)
}

# What was stored, as the crowd's --expected says it, sorted.
crowd_stored() {
	sqlite3 "$1/martlet.db" "SELECT a.text, p.port, p.outcome,
		coalesce(s.title, rtrim(CAST(s.banner AS TEXT), char(13, 10)), '')
		FROM probe p JOIN address a ON a.id = p.address
		LEFT JOIN service s ON s.probe = p.id" | sort
}

# peak PID: waits for its end; sets PEAK to the most memory that it had, in
# KiB as the kernel counts it, and STATUS.
peak() {
	local now
	PEAK=0
	while kill -0 "$1" 2>/dev/null; do
		now=$(awk '/^VmHWM/ {print $2}' "/proc/$1/status" 2>/dev/null)
		[ "${now:-0}" -le "$PEAK" ] || PEAK=$now
		sleep 0.05
	done
	wait "$1"
	STATUS=$?
}

# The ports of the laboratory, for scope.ports, and some that nobody plays.
lab_ports() {
	"$LAB" --description "$TOP/tests/lab/lab.json" --expected |
		jq -r '[.[] | select(.outcome) | .port] + [81, 3000, 9443] | unique | join(",")'
}

# What the scanner connected to, as "MILLISECONDS ADDRESS", by its own audit.
audit_times() {
	perl -MTime::Local=timegm -ne '
		next if !/^(\d+)-(\d+)-(\d+)T(\d+):(\d+):(\d+)\.(\d+)Z open .* to=(\S+)/;
		print timegm($6, $5, $4, $3, $2 - 1, $1), "$7 $8\n"' "$1/audit.log"
}

# The same by the laboratory's record.
record_times() { jq -r 'select(.event == "open") | "\(.ms) \(.address)"' "$T/record"; }

# services --json without what differs from run to run.
steady_services() {
	"$MARTLET" -C "$1" services "$PERIOD" --json |
		jq -S '[.services[] | del(.observed, .lag_seconds, .stack, .id) |
			if .certificate then del(.certificate.sha256) else . end]'
}
