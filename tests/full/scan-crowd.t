#!/bin/bash
# Ten thousand addresses with twenty ports each: found exactly, in bounded
# memory, and nothing is left open.
. "$(dirname "$0")/../cli/laboratory.sh"
own_network "$@"
. "$(dirname "$0")/../cli/lib.sh"
own_network_up
[ "$LAB_NETWORK" = own ] || skip_all "no network namespace: every address would be somebody else's too"

count=$((10000 / SLOWER))
start_crowd $count || { echo "Bail out! the laboratory does not start"; exit 1; }
crowd_workspace "$T/ws" $count >"$T/made" 2>&1 <<END || { sed 's/^/# /' "$T/made"; echo "Bail out! no workspace"; exit 1; }
pace.overall = 10000000
pace.per_address = 10000000
pace.per_network = 10000000
pace.per_as = 10000000
pace.open_per_address = 1000
pace.pause_ms = 0
probe.banner_wait_ms = 1000
probe.timeout_ms = 10000
END

# What is open when the program ends, told by a library in its process.
# It writes into the workspace: the sandbox lets it write nowhere else.
preload=
if [ $SLOWER = 1 ]; then
	cat >"$T/left.c" <<'C'
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
static char before[20000];
static int is_open(int fd)
{
	struct stat s;
	return fstat(fd, &s) == 0;
}
__attribute__((constructor)) static void look(void)
{
	for (int fd = 0; fd < 20000; fd++)
		before[fd] = is_open(fd);
}
__attribute__((destructor)) static void tell(void)
{
	FILE *out = fopen(getenv("LEFT"), "w");
	for (int fd = 0; out && fd < 20000; fd++)
		if (fd != fileno(out) && is_open(fd) && !before[fd])
			fprintf(out, "%d\n", fd);
	fprintf(out, "looked\n");
	fclose(out);
}
C
	cc -shared -fPIC -o "$T/left.so" "$T/left.c" && preload=$T/left.so
fi
started=$SECONDS
LEFT=$T/ws/left LD_PRELOAD=$preload "$MARTLET" -C "$T/ws" scan "$PERIOD" >"$T/out" 2>"$T/err" &
peak $!
is "the scan ends well" $STATUS 0
echo "# $count addresses, $((SECONDS - started)) s, at most $PEAK KiB"
sed 's/^/# /' "$T/out"
"$LAB" --population $count --expected | sort >"$T/expected"
crowd_stored "$T/ws" >"$T/stored"
is "every address and port is stored" "$(wc -l <"$T/stored")" $((20 * count))
is "and found as it is" "$(diff "$T/expected" "$T/stored" | head -20)" ""
if [ $SLOWER = 1 ]; then
	ok "memory stays under 150 MB" test "$PEAK" -lt 153600
	is "no descriptor is left open at the end" "$(cat "$T/ws/left")" looked
else
	skip "memory stays under 150 MB" "sanitizers keep what was freed"
	skip "no descriptor is left open at the end" "a sanitized program takes no library before its own"
fi
is "every connection of the audit has its end" "$(grep -c ' open ' "$T/ws/audit.log")" \
	"$(grep -c ' end ' "$T/ws/audit.log")"
ok "the laboratory ends well" stop_lab
is "and is left with no connection" "$(jq -r 'select(.ended == "lab-end") | .address' "$T/record" | wc -l)" 0
done_testing
