#!/bin/bash
# Real programs, each on an address of its own, are named, with the version
# that they tell. The table is real/programs.sh; what is not installed is
# skipped, loudly. One scan covers them all.
. "$(dirname "$0")/../cli/laboratory.sh"
own_network "$@"
. "$(dirname "$0")/../cli/lib.sh"
own_network_up
export PATH=$PATH:/usr/sbin:/sbin
[ "$LAB_NETWORK" = own ] || skip_all "no network namespace to start servers in"
[ "$(id -u)" = 0 ] || skip_all "some servers start as root only"
. "$TOP/tests/full/real/programs.sh"
# So that nobody can serve port 80.
echo 0 >/proc/sys/net/ipv4/ip_unprivileged_port_start
chmod 755 "$T"

# ended PID: a server ends within seconds, its children with it.
end_all() {
	for pid in "${servers[@]}"; do kill -- "-$pid" 2>/dev/null; done
	for _ in $(seq 50); do
		for pid in "${servers[@]}"; do kill -0 -- "-$pid" 2>/dev/null && break; done || return
		sleep 0.1
	done
	for pid in "${servers[@]}"; do kill -9 -- "-$pid" 2>/dev/null; done
}
trap 'end_all; cleanup' EXIT
servers=()

# Each in a session of its own: its children are ended with it.
serve() {
	local as=(setpriv --reuid=nobody --regid=nogroup --clear-groups)
	[ -z "${as_root[$1]:-}" ] || as=()
	mkdir "$dir"
	[ ${#as[@]} = 0 ] || chown nobody:nogroup "$dir"
	setsid "${as[@]}" env HOME="$dir" address="$address" port="$port" dir="$dir" \
		bash -c '. "$1" && "start_$2"' - "$TOP/tests/full/real/programs.sh" "$1" \
		</dev/null >"$dir.out" 2>&1 &
	servers+=($!)
}

# REAL_ONLY="squid frr": these only. REAL_KEEP=DIR: the case database, and what
# the programs said, for a look afterwards.
[ -z "${REAL_ONLY:-}" ] || read -ra programs <<<"$REAL_ONLY"
n=0
declare -A at
for name in "${programs[@]}"; do
	status=$(dpkg-query -W -f '${db:Status-Status}' "${package[$name]}" 2>/dev/null)
	if [ "$status" != installed ]; then
		skip "$name is named" "the package ${package[$name]} is not installed"
		continue
	fi
	n=$((n + 1))
	at[$name]=127.30.0.$n address=127.30.0.$n port=${port_of[$name]} dir=$T/$name
	serve "$name"
done
[ -n "${REAL_ONLY:-}" ] || ok "at least 25 kinds of programs are installed" [ "$n" -ge 25 ]

listens() { (exec 3<>"/dev/tcp/$1/$2") 2>/dev/null; }
up=()
for name in "${programs[@]}"; do
	[ -n "${at[$name]:-}" ] || continue
	for _ in $(seq 300); do
		listens "${at[$name]}" "${port_of[$name]}" && break
		sleep 0.1
	done
	if listens "${at[$name]}" "${port_of[$name]}"; then
		up+=("$name")
	else
		ok "$name starts" false
		tail -n 5 "$T/$name.out" "$T/$name/log" 2>/dev/null | cut -c1-300 | sed 's/^/# /'
	fi
done

lab_workspace "$T/ws" >"$T/made" 2>&1 <<END || { sed 's/^/# /' "$T/made"; echo "Bail out! no workspace"; exit 1; }
scope.laboratory = 127.30.0.0/24
pace.overall = 1000
pace.per_address = 100
pace.per_network = 1000
pace.per_as = 1000
pace.open_per_address = 10
pace.pause_ms = 0
END
{
	echo time,sensor,source,protocol,port,packets,country,asn,as_name
	for name in "${up[@]}"; do
		for s in tokyo-1 osaka-1; do
			echo "$(date -u -d '2 hours ago' +%FT%TZ),$s,${at[$name]},tcp,23,5,JP,64500,Example"
		done
	done
} >"$T/servers.csv"
status "their packets are imported" 0 "$MARTLET" -C "$T/ws" import "$T/servers.csv"
status "they are scanned" 0 "$MARTLET" -C "$T/ws" scan "$PERIOD"
"$MARTLET" -C "$T/ws" services "$PERIOD" --json >"$T/services"
[ -z "${REAL_KEEP:-}" ] || cp "$T/services" "$T/ws/martlet.db" "$T"/*.out "$REAL_KEEP"

# Upstream's part of the version of a package: no epoch, no revision, no mark
# of what was taken out.
upstream() { dpkg-query -W -f '${Version}' "$1" | sed -E 's/^[0-9]+://; s/-[^-]*$//; s/[+~].*$//'; }
told() { jq -r --arg a "${at[$1]}" --argjson p "${port_of[$1]}" ".services[] | select(.address == \$a and .port == \$p) | $2 // \"-\"" "$T/services"; }

for name in "${up[@]}"; do
	case ${product[$name]} in
	protocol\ *) is "$name is known by its protocol" "$(told "$name" .protocol)" "${product[$name]#* }"; continue ;;
	type\ *) is "$name is known for what it is" "$(told "$name" .identity.device_type)" "${product[$name]#* }"; continue ;;
	esac
	wanted=${version[$name]}
	[ "$wanted" != package ] || wanted=$(upstream "${package[$name]}")
	[ "$wanted" != major ] || wanted=$(upstream "${package[$name]}" | grep -oE '^[0-9]+\.[0-9]+')
	[ "$wanted" != - ] || wanted=$(told "$name" .identity.version)
	is "$name is named" "$(told "$name" .identity.product) $(told "$name" .identity.version)" "${product[$name]} $wanted"
	isnt_empty=$(told "$name" .identity.vendor)
	[ "$isnt_empty" != - ] || ok "$name has a vendor" false
done
done_testing
