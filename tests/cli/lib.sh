# TAP for the tests of the program as a user runs it. Source it first, call
# `plan N` or `done_testing`, and use the checks below. Each test file works
# in a directory of its own, $T, which is removed at the end.
#
# $MARTLET is the program of the build under test ($BUILD).

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
BUILD=$(cd "$TOP" && cd "${BUILD:-build}" && pwd)
MARTLET=$BUILD/martlet
LAB=$BUILD/lab
SHARED=$TOP/../shared
export XDG_CACHE_HOME=$BUILD/cache
T=$(mktemp -d)
tests_run=0
cleanup_pids=()

cleanup() {
	for pid in "${cleanup_pids[@]}"; do kill "$pid" 2>/dev/null; done
	wait 2>/dev/null
	rm -rf "$T"
}
trap cleanup EXIT

# ok NAME COMMAND...: passes when the command succeeds.
ok() {
	local name=$1
	shift
	tests_run=$((tests_run + 1))
	if "$@" >"$T/.ok.out" 2>&1; then
		echo "ok $tests_run - $name"
	else
		echo "not ok $tests_run - $name"
		sed 's/^/# /' "$T/.ok.out" | head -40
		return 0
	fi
}

# is NAME GOT WANTED
is() {
	tests_run=$((tests_run + 1))
	if [ "$2" = "$3" ]; then
		echo "ok $tests_run - $1"
	else
		echo "not ok $tests_run - $1"
		printf '#      got: %s\n#   wanted: %s\n' "$2" "$3" | head -40
	fi
}

# like NAME TEXT EXTENDED-REGEX
like() {
	tests_run=$((tests_run + 1))
	if grep -Eq -- "$3" <<<"$2"; then
		echo "ok $tests_run - $1"
	else
		echo "not ok $tests_run - $1"
		printf '#    got: %s\n#   like: %s\n' "$2" "$3" | head -40
	fi
}

# unlike NAME TEXT EXTENDED-REGEX
unlike() {
	tests_run=$((tests_run + 1))
	if grep -Eq -- "$3" <<<"$2"; then
		echo "not ok $tests_run - $1"
		printf '#   got: %s\n' "$2" | head -40
	else
		echo "ok $tests_run - $1"
	fi
}

# status NAME WANTED COMMAND...: the exit status; output goes to $T/out and
# $T/err.
status() {
	local name=$1 wanted=$2 got=0
	shift 2
	"$@" >"$T/out" 2>"$T/err" || got=$?
	tests_run=$((tests_run + 1))
	if [ "$got" = "$wanted" ]; then
		echo "ok $tests_run - $name"
	else
		echo "not ok $tests_run - $name"
		echo "# status $got, wanted $wanted"
		sed 's/^/# /' "$T/err" | head -20
	fi
}

# skip NAME WHY
skip() {
	tests_run=$((tests_run + 1))
	echo "ok $tests_run - $1 # SKIP $2"
}

# skip_all WHY: the whole file, loudly.
skip_all() {
	echo "1..0 # SKIP $1"
	echo "skipped $(basename "$0"): $1" >&2
	exit 0
}

plan() { echo "1..$1"; }
done_testing() { echo "1..$tests_run"; }
