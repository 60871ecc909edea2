#!/bin/bash
# Page classes of real user interfaces, run here and fetched here: one class
# for each in all its languages, versions, sizes and logged-out states, and
# different ones for different interfaces.
TOP=$(cd "$(dirname "$0")/../.." && pwd)
. "$TOP/tests/full/interfaces/node.sh"
[ -n "${LAB_NETWORK:-}" ] || npm_fetch # before there is no network
. "$TOP/tests/cli/laboratory.sh"
own_network "$@"
. "$TOP/tests/cli/lib.sh"
own_network_up
[ "$LAB_NETWORK" = own ] || skip_all "no network namespace: real servers are started in no other"
[ "$(id -u)" = 0 ] || skip_all "some of the servers start as root only"
for part in common php servers daemons; do
	. "$TOP/tests/full/interfaces/$part.sh"
done

# Nobody looked at these while the rule was made.
HELD_OUT="deluge fossil hgweb icecast jupyter qbittorrent roundcube simplesamlphp squid tomcat verdaccio webfs"
LEAST=12

PAGES=$T/pages
names=$(declare -F | sed -n 's/^declare -f ui_//p')
for name in $names; do
	run_interface "$name"
done
mapfile -d '' pages < <(find "$PAGES" -type f -print0 | sort -z)
there=$(find "$PAGES" -mindepth 1 -maxdepth 1 | wc -l)
[ "$there" -ge "$LEAST" ] || skip_all "only $there of at least $LEAST user interfaces could be run"

"$BUILD/page_class" "${pages[@]}" >"$T/classes" || echo "Bail out! the classes cannot be read"
is "each page was read" "$(wc -l <"$T/classes")" "${#pages[@]}"
"$TOP/tests/full/judge-classes" $HELD_OUT <"$T/classes" >"$T/judged"
sed 's/^#* */# /' "$T/judged"
share() { awk -v key="$1" '$1 == key {print ($5 >= 99)}' "$T/judged"; }
is "at least 99 % of all pairs are right" "$(share pairs)" 1
is "of pages of one interface, too" "$(share same)" 1
is "of pages of different interfaces, too" "$(share different)" 1
variants=$(find "$PAGES" -mindepth 2 -maxdepth 2 | while read -r d; do find "$d" -type f | wc -l; done | awk '$1 > 1' | wc -l)
ok "at least $LEAST kinds of page came in several languages, versions or sizes" test "$variants" -ge "$LEAST"
done_testing
