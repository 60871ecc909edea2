# For tests that play the laboratory. `own_network "$@"` comes first, before
# lib.sh: the test starts again in a network namespace of its own, where it
# can harm nobody and no other test can disturb it. Where the system allows
# none, the test runs on the machine's loopback, one at a time.

own_network() {
	[ -z "${LAB_NETWORK:-}" ] || return 0
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
