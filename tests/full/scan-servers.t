#!/bin/bash
# Real servers, each on an address of its own, are named with the version
# that they tell.
. "$(dirname "$0")/../cli/laboratory.sh"
own_network "$@"
. "$(dirname "$0")/../cli/lib.sh"
own_network_up
export PATH=$PATH:/usr/sbin
for program in nginx lighttpd sshd vsftpd redis-server; do
	command -v "$program" >/dev/null || skip_all "$program is not installed"
done
[ "$(id -u)" = 0 ] || skip_all "sshd and vsftpd start as root only"

mkdir -p "$T/www" "$T/nginx" "$T/empty"
echo '<html><head><title>It works</title></head></html>' >"$T/www/index.html"
chmod -R a+rX "$T"
cat >"$T/nginx.conf" <<END
daemon off; pid $T/nginx.pid; error_log $T/nginx.err; worker_processes 1;
events { }
http { access_log off; client_body_temp_path $T/nginx; proxy_temp_path $T/nginx;
 fastcgi_temp_path $T/nginx; uwsgi_temp_path $T/nginx; scgi_temp_path $T/nginx;
 server { listen 127.30.0.1:80; root $T/www; } }
END
cat >"$T/lighttpd.conf" <<END
server.document-root = "$T/www"
server.bind = "127.30.0.2"
server.port = 80
server.errorlog = "$T/lighttpd.err"
index-file.names = ("index.html")
END
ssh-keygen -q -t ed25519 -N '' -f "$T/hostkey"
mkdir -p /run/sshd
cat >"$T/sshd.conf" <<END
ListenAddress 127.30.0.3:22
HostKey $T/hostkey
PidFile none
UsePAM no
END
cat >"$T/vsftpd.conf" <<END
listen=YES
listen_address=127.30.0.4
background=NO
secure_chroot_dir=$T/empty
anonymous_enable=NO
local_enable=YES
END

serve() { "$@" >>"$T/servers.log" 2>&1 & cleanup_pids+=($!); }
serve nginx -c "$T/nginx.conf"
serve lighttpd -D -f "$T/lighttpd.conf"
serve "$(command -v sshd)" -D -e -f "$T/sshd.conf"
serve vsftpd "$T/vsftpd.conf"
serve redis-server --bind 127.30.0.5 --port 6379 --save '' --appendonly no --protected-mode no --dir "$T"
waits() { for _ in $(seq 100); do (exec 3<>"/dev/tcp/$1/$2") 2>/dev/null && return 0; sleep 0.1; done; return 1; }
for at in 1/80 2/80 3/22 4/21 5/6379; do
	ok "the server of 127.30.0.${at/\// port } is up" waits "127.30.0.${at%/*}" "${at#*/}"
done

lab_workspace "$T/ws" >"$T/made" 2>&1 <<END || { sed 's/^/# /' "$T/made"; echo "Bail out! no workspace"; exit 1; }
scope.laboratory = 127.30.0.0/24
pace.overall = 300
pace.per_address = 50
pace.per_network = 300
pace.per_as = 300
pace.open_per_address = 10
pace.pause_ms = 0
END
{
	echo time,sensor,source,protocol,port,packets,country,asn,as_name
	for i in 1 2 3 4 5; do
		for s in tokyo-1 osaka-1; do
			echo "$(date -u -d '2 hours ago' +%FT%TZ),$s,127.30.0.$i,tcp,23,5,JP,64500,Example"
		done
	done
} >"$T/servers.csv"
status "their packets are imported" 0 "$MARTLET" -C "$T/ws" import "$T/servers.csv"
status "they are scanned" 0 "$MARTLET" -C "$T/ws" scan "$PERIOD"
"$MARTLET" -C "$T/ws" services "$PERIOD" --json >"$T/services"
named() { jq -r --arg a "127.30.0.$1" '.services[] | select(.address == $a) | "\(.port) \(.protocol) \(.identity.product) \(.identity.version)"' "$T/services"; }

nginx_version=$(nginx -v 2>&1 | grep -o '[0-9][0-9.]*' | head -1)
lighttpd_version=$(lighttpd -v | grep -o '[0-9][0-9.]*' | head -1)
ssh_version=$(sshd -V 2>&1 | grep -o 'OpenSSH_[0-9.p]*' | head -1 | sed s/OpenSSH_//)
vsftpd_version=$(vsftpd -v 0>&1 | grep -o '[0-9][0-9.]*' | head -1)
is "nginx is named with its version" "$(named 1)" "80 http nginx $nginx_version"
is "lighttpd is named with its version" "$(named 2)" "80 http lighttpd $lighttpd_version"
like "OpenSSH is named with its version" "$(named 3)" "^22 ssh OpenSSH $ssh_version"
is "vsftpd is named with its version" "$(named 4)" "21 ftp vsFTPd $vsftpd_version"
like "redis is named; its version it does not tell unasked" "$(named 5)" "^6379 redis [Rr]edis"
done_testing
