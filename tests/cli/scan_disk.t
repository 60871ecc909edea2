#!/bin/bash
# scan: a disk that fills up and a low limit of open files, in namespaces of
# its own. All ports are closed: nobody needs to answer.
. "$(dirname "$0")/lib.sh"

if [ -z "${IN_NAMESPACE:-}" ]; then
	unshare -rnm true 2>/dev/null ||
		skip_all "no mount namespaces here (unshare -rnm)"
	# The new shell makes a directory of its own.
	rm -rf "$T"
	IN_NAMESPACE=1 BUILD=$BUILD exec unshare -rnm bash "$0"
fi
ip link set lo up
mkdir "$T/disk"
mount -t tmpfs -o size=16m tmpfs "$T/disk" 2>/dev/null ||
	skip_all "no tmpfs can be mounted here"
W=$T/disk/w
DAY=$(date -u -d yesterday +%F)
PERIOD=$DAY..$DAY
"$MARTLET" init --timezone UTC "$W" 2>/dev/null
cat >>"$W/martlet.conf" <<END
scope.laboratory = 127.30.0.0/16
scope.countries = JP
scope.ports = 81,82,83,84,85,8080,8081,8443
pace.overall = 1000000
pace.per_address = 1000000
pace.per_network = 1000000
pace.per_as = 1000000
pace.open_per_address = 8
pace.pause_ms = 0
pace.per_address_day = 0
who.organisation = Example CSIRT
who.url = https://csirt.example/probing
who.contact = probing@csirt.example
who.expires = $(date -u -d '+60 days' +%F)
END
awk -v day="$DAY" 'BEGIN {
	print "time,sensor,source,protocol,port,packets,country"
	for (i = 0; i < 1000; i++)
		for (s = 1; s <= 2; s++)
			printf "%sT01:00:00Z,s%d,127.30.%d.%d,TCP,23,3,JP\n",
				day, s, int(i / 200), 1 + i % 200
}' >"$T/packets.csv"
"$MARTLET" -C "$W" import "$T/packets.csv" >/dev/null 2>&1

# Leave room for a part of it.
free=$(df --output=avail -k "$W" | tail -1)
head -c $(((free - 1500) * 1024)) /dev/zero >"$T/disk/fill"
status "a scan onto a full disk fails" 1 "$MARTLET" -C "$W" scan "$PERIOD"
like "the message says why" "$(cat "$T/err")" 'No space left|disk is full'
rm "$T/disk/fill"
is "the database is whole" \
	"$(sqlite3 "$W/martlet.db" 'PRAGMA integrity_check')" ok
stored=$(sqlite3 "$W/martlet.db" 'SELECT count(*) FROM probe')
ok "a part was asked ($stored)" [ "$stored" -gt 0 -a "$stored" -lt 8000 ]

cp "$W/martlet.db" "$T/before.db"
(
	ulimit -n 40
	"$MARTLET" -C "$W" scan "$PERIOD" --json >"$T/out" 2>"$T/err"
)
is "with 40 open files the rest is asked" $? 0
is "nobody was skipped for want of one" \
	"$(jq -c .outcomes "$T/out" | grep -c local-error)" 0
is "each place has been asked" "$(sqlite3 "$W/martlet.db" \
	"SELECT count(DISTINCT address || ':' || port) FROM probe
	 WHERE outcome = 'refused'")" 8000
# A full disk may cut a line short, in the middle of its number.
is "no line of the audit log is written twice" \
	"$(grep ' open .* why=' "$W/audit.log" | cut -d' ' -f3 | sort | uniq -d)" ""
umount -l "$T/disk"
done_testing
