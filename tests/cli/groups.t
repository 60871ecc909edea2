#!/bin/bash
# Groups of the laboratory: nine sites with the same three devices, decoys
# that share some of them, on IPv4 and, where the test has a network of its
# own, on IPv6. Then what is refused.
. "$(dirname "$0")/laboratory.sh"
own_network "$@"
. "$(dirname "$0")/lib.sh"
own_network_up

PERIOD=$(date -u -d '91 days ago' +%F)..$(date -u +%F)

# scanned_workspace DIR LABORATORY [--ipv6]: the lab asked on the ports of the
# sites and of their decoys.
scanned_workspace() {
	local dir=$1 laboratory=$2
	shift 2
	"$MARTLET" init --timezone Asia/Tokyo "$dir" 2>/dev/null
	cat >>"$dir/martlet.conf" <<-END
		who.organisation = Example CSIRT
		who.url = https://csirt.example/probing
		who.contact = probing@csirt.example
		who.expires = $(date -u -d '+60 days' +%F)
		scope.laboratory = $laboratory
		scope.ports = 22,443,5000,8000,8181,8888,10443,18181
		pace.overall = 2000
		pace.per_address = 500
		pace.per_network = 2000
		pace.per_as = 2000
		pace.open_per_address = 20
		pace.pause_ms = 0
		pace.per_address_day = 0
		probe.banner_wait_ms = 300
		probe.timeout_ms = 3000
	END
	start_lab "$@" || return 1
	mkdir "$dir/sample"
	"$TOP/tests/lab/sample-quarter" --lab "$LAB" "$@" "$dir/sample" \
		>/dev/null 2>&1
	"$MARTLET" -C "$dir" import "$dir/sample/packets.csv" >/dev/null 2>&1
	"$MARTLET" -C "$dir" sensors add --file "$dir/sample/sensors.csv" \
		2>/dev/null
	"$MARTLET" -C "$dir" scan "$PERIOD" >/dev/null 2>"$T/scan.err"
	stop_lab
}

# judge DIR NAME ADDRESSES: the group of the sites, by NAME of the network.
judge() {
	local dir=$1 name=$2 addresses=$3
	local M=("$MARTLET" -C "$dir") g="$T/$name.json"

	status "$name: groups succeeds" 0 "${M[@]}" groups "$PERIOD" --json
	cp "$T/out" "$g"
	jq '.groups[] | select(.ports | length == 3)' "$g" >"$T/sites"
	is "$name: one group has three ports" "$(jq -s length "$T/sites")" 1
	is "$name: it comes first, with a number" \
		"$(jq '.groups[0] | .id > 0 and (.ports | length == 3)' "$g")" true
	is "$name: its members are the nine sites, in order" \
		"$(jq -r '.members | join(" ")' "$T/sites")" "$addresses"
	is "$name: its ports are those of the three devices" \
		"$(jq -r '[.ports[] | "\(.port) \(.device_type)"] | join(", ")' "$T/sites")" \
		"8888 recorder, 10443 router, 18181 sdn-controller"
	is "$name: coincidence does not explain it" \
		"$(jq '.chance < 0.001' "$T/sites")" true
	jq '.slots[] | select(.where == "10443/TCP title")' "$T/sites" >"$T/slot"
	is "$name: the router's title varies in one place" \
		"$(jq -r .template "$T/slot")" 'RTX830 [{}]'
	is "$name: which is read as prefectures" "$(jq -r .kind "$T/slot")" \
		prefecture
	is "$name: at least seven different ones" \
		"$(jq '.distinct >= 7' "$T/slot")" true
	is "$name: where random letters would give less than one" \
		"$(jq '.expected < 0.5' "$T/slot")" true
	is "$name: Shift_JIS titles are read, declared or not" \
		"$(jq -r '[.values[].reading] | contains(["Miyagi", "Hiroshima"])' "$T/slot")" \
		true

	status "$name: a second run succeeds" 0 "${M[@]}" groups "$PERIOD" --json
	is "$name: and says the same, numbers included" \
		"$(cmp "$T/out" "$g" && echo same)" same
}

W=$T/w
scanned_workspace "$W" 127.20.0.0/16
judge "$W" IPv4 "$(printf '127.20.%d.10 ' 1 2 3 4 5 6 7 8 9 | sed 's/ $//')"
M=("$MARTLET" -C "$W")
id=$(jq .id "$T/sites")

status "groups shows a table" 0 "${M[@]}" groups "$PERIOD"
like "with the devices" "$(cat "$T/out")" \
	'8888 recorder, 10443 router, 18181 sdn-controller'
status "groups gives CSV" 0 "${M[@]}" groups "$PERIOD" --csv
is "a row for each port of each site" \
	"$(grep -c "^$id,.*,shared" "$T/out")" 27
status "group shows one" 0 "${M[@]}" group "$id"
like "with what its title reads as" "$(cat "$T/out")" 'tky +Tokyo'
like "with what chance would give" "$(cat "$T/out")" 'expected by chance'
status "group gives JSON" 0 "${M[@]}" group "$id" --json
is "of that group alone" "$(jq -c '[.groups[].id]' "$T/out")" "[$id]"

status "findings succeeds" 0 "${M[@]}" findings "$PERIOD" --json
jq '.findings[] | select(.kind == "identical-deployment")' "$T/out" >"$T/f"
is "one deployment is found, and no decoy" "$(jq -s length "$T/f")" 1
# The statement with its parameters, as SQL that sqlite3 runs.
jq -r '.numbers[] | select(.name == "members") | .query |
	(.statement | split("?")) as $part | .parameters as $value |
	reduce range(1; $part | length) as $i ($part[0];
		. + ($value[$i - 1] | if type == "string" then "\u0027\(.)\u0027" else tostring end) +
		$part[$i])' "$T/f" >"$T/statement.sql"
is "the statement of its members counts them again" \
	"$(sqlite3 "$W/martlet.db" <"$T/statement.sql")" \
	"$(jq '.numbers[] | select(.name == "members") | .value' "$T/f")"
text=$(jq -r '.text.en, .text.ja' "$T/f")
like "it speaks of a recorder" "$text" 'login page of a recorder \(NVR\)'
like "of a router of a Japanese company" "$text" \
	'administration page of an enterprise router made by a Japanese company'
like "of an SDN controller" "$text" 'login page of an SDN controller'
like "in Japanese, too" "$text" '都道府県'
unlike "it names no product, place, port or address" "$text" \
	'Yamaha|Hikvision|ONOS|RTX|tky|Miyagi|宮城|10443|18181|127\.20'

# Read-only media: everything but new numbers.
if [ "$(id -u)" != 0 ]; then
	chmod a-w "$W" "$W"/martlet.db*
	status "groups works on read-only media" 0 \
		"${M[@]}" groups "$PERIOD" --json
	chmod u+w "$W" "$W"/martlet.db*
else
	skip "groups works on read-only media" "root writes everywhere"
fi

status "no period is wrong usage" 2 "${M[@]}" groups
status "a broken period is wrong usage" 2 "${M[@]}" groups 2025Q9
status "JSON and CSV at once is wrong usage" 2 \
	"${M[@]}" groups "$PERIOD" --json --csv
status "a group is a number" 2 "${M[@]}" group abc
status "a group that is not there is an error" 1 "${M[@]}" group 99999
like "which says what to do" "$(cat "$T/err")" 'martlet groups PERIOD'
"$MARTLET" init "$T/new" 2>/dev/null
status "before a scan there is nothing to group" 1 \
	"$MARTLET" -C "$T/new" groups "$PERIOD"
like "which says what to do" "$(cat "$T/err")" 'martlet scan'

# The lab listens on addresses that no interface has one by one.
if [ "$LAB_NETWORK" = own ] &&
	echo 1 2>/dev/null >/proc/sys/net/ipv6/ip_nonlocal_bind; then
	scanned_workspace "$T/w6" fd00:20::/32 --ipv6
	judge "$T/w6" IPv6 \
		"$(printf 'fd00:20:%d::10 ' 1 2 3 4 5 6 7 8 9 | sed 's/ $//')"
else
	skip "groups of the laboratory on IPv6" "no network of its own where addresses can be bound"
fi
done_testing
