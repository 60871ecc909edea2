# For the benchmarks: `. bench.bash` starts the file again in a network
# namespace of its own, so that nothing can leave, and makes a directory $T.
# Each figure is the median of $RUNS runs (default 3).

BENCH=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
TOP=$(cd "$BENCH/../.." && pwd)
BUILD=$(cd "$TOP" && cd "${BUILD:-build}" && pwd)
MARTLET=$BUILD/martlet
LAB=$BUILD/lab
RUNS=${RUNS:-3}
export XDG_CACHE_HOME=$BUILD/cache

if [ -z "${BENCH_NETWORK:-}" ]; then
	unshare -rn true 2>/dev/null || {
		echo "SKIPPED: $(basename "$0"): no network namespace here (unshare -rn)"
		exit 0
	}
	BENCH_NETWORK=own BUILD=$BUILD exec unshare -rn bash "$0" "$@"
fi
ip link set lo up
ulimit -n "$(ulimit -H -n)" 2>/dev/null
T=$(mktemp -d)
pids=()
finish() {
	for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null; done
	wait 2>/dev/null
	rm -rf "$T"
}
trap finish EXIT

fail() {
	echo "FAILED: $(basename "$0"): $*" >&2
	exit 1
}

# workspace DIR COUNT: COUNT sources from 127.20.0.0 on, pace off. More
# settings come on stdin. A copy is cheaper than another import.
workspace() {
	local dir=$1 count=$2 day
	day=$(date -u -d yesterday +%F)
	PERIOD=$(date -u -d '6 days ago' +%F)..$(date -u +%F)
	"$MARTLET" init --timezone UTC "$dir" >/dev/null 2>&1 || fail "no workspace"
	{
		echo "who.organisation = Bench"
		echo "who.url = https://csirt.example/probing"
		echo "who.contact = probing@csirt.example"
		echo "who.expires = $(date -u -d '+90 days' +%F)"
		echo "scope.laboratory = 127.20.0.0/16"
		echo "pace.overall = 10000000"
		echo "pace.per_address = 10000000"
		echo "pace.per_network = 10000000"
		echo "pace.per_as = 10000000"
		echo "pace.open_per_address = 1000000"
		echo "pace.pause_ms = 0"
		echo "pace.per_address_day = 0"
		cat
	} >>"$dir/martlet.conf"
	printf 'id,label,region,country\ns1,One,japan,JP\ns2,Two,japan,JP\n' >"$T/sensors.csv"
	awk -v n="$count" -v day="$day" 'BEGIN {
		print "time,sensor,source,protocol,port,packets,country,asn"
		for (i = 0; i < n; i++) for (s = 1; s < 3; s++)
			printf "%sT12:00:00Z,s%d,127.20.%d.%d,tcp,23,5,JP,%d\n", day, s, i / 256, i % 256, 64512 + i / 256
	}' >"$T/packets.csv"
	"$MARTLET" -C "$dir" sensors add --file "$T/sensors.csv" >/dev/null 2>&1 &&
		"$MARTLET" -C "$dir" import "$T/packets.csv" >/dev/null 2>&1 || fail "no sources"
}

# scan NAME DIR [OPTION...]: a scan in a copy of DIR, measured; $T/scanned
# is that copy. Appends to $T/NAME.runs.
scan() {
	local name=$1 dir=$2
	shift 2
	rm -rf "$T/scanned"
	cp -r "$dir" "$T/scanned"
	"$BUILD/bench/bench_measure" "$T/m" "$MARTLET" -C "$T/scanned" "$@" scan "$PERIOD" \
		>"$T/out" 2>"$T/err" || { cat "$T/err" >&2; fail "the scan fails"; }
	cat "$T/m" >>"$T/$name.runs"
}

# bare NAME WANTED COMMAND...: a reference, which must reach WANTED.
bare() {
	local name=$1 wanted=$2 got
	shift 2
	got=$("$BUILD/bench/bench_measure" "$T/m" "$@") || fail "$1 fails"
	[ "$got" = "$wanted" ] || fail "$1: $got answers, not $wanted"
	cat "$T/m" >>"$T/$name.runs"
}

# median NAME COLUMN
median() {
	awk -v c="$2" '{print $c}' "$T/$1.runs" | sort -g |
		awk '{v[NR] = $1} END {print v[int((NR + 1) / 2)]}'
}

# stored SQL WANTED: what the case database of the last scan must hold.
stored() {
	local got
	got=$(sqlite3 "$T/scanned/martlet.db" "$1")
	[ "$got" = "$2" ] || fail "stored: $got, not $2: $1"
}

# verdict RATIO AIM: "aim 70 %: reached"
verdict() {
	awk -v r="$1" -v a="$2" 'BEGIN {print (r >= a) ? "reached" : "MISSED"}'
}

# share NAME WORK SCAN BARE AIM: one line with the ratio of the rates per
# CPU second, in percent: the median of the ratios of the pairs, since each
# scan and the reference run before it had the same machine.
share() {
	local scan bare ratio
	scan=$(median "$3" 2)
	bare=$(median "$4" 2)
	paste "$T/$3.runs" "$T/$4.runs" | awk '{printf "%.1f\n", 100 * $6 / $2}' >"$T/$3.ratio.runs"
	ratio=$(median "$3.ratio" 1)
	awk -v n="$1" -v w="$2" -v s="$scan" -v b="$bare" -v r="$ratio" -v a="$5" -v v="$(verdict "$ratio" "$5")" \
		-v all="$(sort -g "$T/$3.ratio.runs" | paste -sd' ')" \
		'BEGIN {printf "%s: %.1f %% of the bare loop (pairs: %s; %.0f/s against %.0f/s per CPU second; aim %d %%: %s)\n", n, r, all, w / s, w / b, a, v}'
}

# web_server PORT [CERTIFICATE KEY]
web_server() {
	"$BUILD/bench/bench_web" "$@" >"$T/web.$1" &
	pids+=($!)
	for _ in $(seq 100); do
		[ -s "$T/web.$1" ] && return 0
		sleep 0.05
	done
	fail "no web server on port $1"
}
