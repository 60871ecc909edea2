#!/bin/bash
# HTTP and HTTPS services found, fetched, parsed, identified and stored,
# against a bare libcurl multi loop doing the same GETs, per CPU second: the
# same three pages of the same addresses with the same header lines, all
# three on one connection, which the third closes. Both have as many
# connections in flight: 2,000, as probe.open_max, and 500, since one multi
# handle is slower the more it holds: the second ratio is the harder one.
. "$(dirname "$0")/bench.bash"

pages=(/ /doc/page/login.asp /favicon.ico)
openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=bench \
	-keyout "$T/key.pem" -out "$T/cert.pem" 2>/dev/null || fail "no certificate"
web_server 8080
web_server 8443 "$T/cert.pem" "$T/key.pem"

# against NAME SCHEME PORT AIM COUNT IN-FLIGHT
against() {
	local count=$5 open=$6
	rm -rf "$T/$2" "$T/$2".*runs
	workspace "$T/$2" $count <<END
scope.ports = $3
probe.banner_wait_ms = 300
probe.open_max = $open
END
	for _ in $(seq "$RUNS"); do
		bare "$2.loop" $((3 * count)) "$BUILD/bench/bench_curl" "$2" $count "$open" "$3" "${pages[@]}"
		scan "$2.scan" "$T/$2"
		stored "SELECT count(*) FROM service JOIN identity USING (probe) WHERE protocol = '$2'
			AND http_path = '/doc/page/login.asp' AND favicon_md5 IS NOT NULL AND vendor = 'Hikvision'" $count
	done
	share "$1, $open in flight" $count "$2.scan" "$2.loop" "$4"
}
for open in 2000 500; do
	against "HTTP services" http 8080 65 10000 $open
	against "TLS services" https 8443 80 3000 $open
done
