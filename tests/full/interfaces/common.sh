# For page-classes.t: starts real user interfaces on loopback, one at a time,
# and fetches their pages. An interface is a function ui_NAME that calls
# `needs`, `serve` and `page`; what it started is ended after it by its pid.

export PATH=$PATH:/usr/sbin:/usr/games
LANGUAGES="en ja de fr zh-CN es"
AT=127.0.0.1
PORT=7000

# needs PROGRAM-OR-FILE...: or else the interface is skipped.
needs() {
	local one
	for one in "$@"; do
		command -v "$one" >/dev/null || [ -e "$one" ] || {
			echo "# skipped $UI: $one is not installed" >&2
			return 1
		}
	done
}

# serve COMMAND...: in the background, on $AT:$PORT; returns when it accepts.
serve() {
	(cd "$W" && exec "$@" </dev/null >>"$W/log" 2>&1) &
	UI_PIDS+=($!)
	cleanup_pids+=($!)
	for _ in $(seq 300); do
		(exec 3<>"/dev/tcp/$AT/$PORT") 2>/dev/null && return 0
		kill -0 "${UI_PIDS[-1]}" 2>/dev/null || break
		sleep 0.1
	done
	echo "# skipped $UI: ${1##*/} did not start: $(tail -n 1 "$W/log")" >&2
	return 1
}

# Ends what serve started, and what that started.
end_served() {
	local pid
	for pid in "${UI_PIDS[@]}"; do
		kill "$pid" 2>/dev/null
		for _ in $(seq 50); do
			kill -0 "$pid" 2>/dev/null || break
			sleep 0.1
		done
		kill -9 "$pid" 2>/dev/null
		wait "$pid" 2>/dev/null
	done
	UI_PIDS=()
	cleanup_pids=()
}

# Another server of the same interface.
again() {
	end_served
	PORT=$((PORT + 1))
}

# page KIND VARIANT PATH [CURL-OPTION...]: one page of one kind. Pages of one
# kind are the same interface; of one program they may be several kinds.
page() {
	local dir=$PAGES/$UI/$1 name=$2 path=$3
	shift 3
	mkdir -p "$dir"
	curl -s -i --http1.1 --noproxy '*' --max-time 20 "$@" \
		-o "$dir/$name" "http://$AT:$PORT$path" && [ -s "$dir/$name" ] || {
		rm -f "$dir/$name"
		echo "# $UI $*: no answer for $path" >&2
	}
}

# pages_in KIND PATH: the page in each language that a browser asks for.
pages_in() {
	local language
	for language in $LANGUAGES; do
		page "$1" "$language" "$2" -H "Accept-Language: $language"
	done
}

# run_interface NAME: its pages are $PAGES/NAME/KIND/VARIANT afterwards.
run_interface() {
	UI=$1 W=$T/ui/$1 UI_PIDS=()
	mkdir -p "$W"
	PORT=$((PORT + 1))
	"ui_$1" || true
	end_served
}

# some_files DIR COUNT: files as a list of files shows them.
some_files() {
	local i
	mkdir -p "$1"
	for i in $(seq "$2"); do
		head -c $((i * 37)) /dev/zero >"$1/file-$i.${i: -1}.txt"
		[ $((i % 5)) -ne 0 ] || mkdir -p "$1/directory $i"
	done
}
