#!/bin/bash
# The same devices on IPv6 addresses give the same results.
. "$(dirname "$0")/../cli/laboratory.sh"
own_network "$@"
. "$(dirname "$0")/../cli/lib.sh"
[ "$LAB_NETWORK" = own ] || skip_all "no network namespace: IPv6 addresses cannot be made"
own_network_up
[ -e /proc/net/if_inet6 ] || skip_all "this kernel has no IPv6"

start_lab --ipv6 || { echo "Bail out! the laboratory does not start"; exit 1; }
lab_workspace "$T/ws" ipv6 >"$T/made" 2>&1 <<END || { sed 's/^/# /' "$T/made"; echo "Bail out! no workspace"; exit 1; }
scope.ports = $(lab_ports)
pace.overall = 500
pace.per_address = 50
pace.per_network = 100
pace.per_as = 500
pace.open_per_address = 10
pace.pause_ms = 0
probe.timeout_ms = 6000
END
status "the scan ends well" 0 "$MARTLET" -C "$T/ws" scan "$PERIOD"
stop_lab
"$LAB" --description "$TOP/tests/lab/lab.json" --expected --ipv6 >"$T/expected"
"$MARTLET" -C "$T/ws" services "$PERIOD" --json >"$T/services"
"$TOP/tests/lab/judge" "$T/expected" "$T/services" "$T/record" https://csirt.example/probing >"$T/judged"
is "every device is found as it is" "$(cat "$T/judged")" ""
is "the pace is kept, by /48 too" "$(audit_times "$T/ws" | "$TOP/tests/lab/judge-pace" 500 100 50)" ""
done_testing
