#!/bin/bash
# Closed ports: a scan against a bare non-blocking connect loop, per CPU second.
. "$(dirname "$0")/bench.bash"

count=10000
ports=(81 82 83 84 85 86 88 8001 8080 8081 8082 8083 8084 8085 8443 8888 9000 9443 10443 18181)
work=$((count * ${#ports[@]}))
workspace "$T/ws" $count <<END
scope.ports = $(IFS=,; echo "${ports[*]}")
END
for _ in $(seq "$RUNS"); do
	bare loop $work "$BUILD/bench/bench_connect" $count 2000 "${ports[@]}"
	scan scan "$T/ws"
	stored "SELECT count(*) FROM probe WHERE outcome = 'refused'" $work
done
share "closed ports" $work scan loop 70
