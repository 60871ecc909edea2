# Real programs and how each is started: sourced by real-software.t.
#
# program NAME PACKAGE PORT PRODUCT VERSION: a row of the table. VERSION is
# "package" where the program tells the version that its Debian package has
# (upstream's part of it), "major" where it tells the first part only, "-"
# where it tells none. The function start_NAME starts it in the foreground on
# $address and $port, with $dir as its own directory; it becomes the program
# (exec), so that its pid is the program's. It runs as nobody unless
# as_root_NAME says why not.

program() { programs+=("$1"); package[$1]=$2; port_of[$1]=$3; product[$1]=$4; version[$1]=$5; }
declare -a programs=()
declare -A package port_of product version as_root

# MariaDB without users, so without the tables that hold them, and sparing of
# what the system has few of.
mariadb_bare=(--no-defaults --skip-grant-tables --innodb-use-native-aio=0 --innodb-buffer-pool-size=8M)

# What the web servers serve.
web() { mkdir -p "$dir/www" && echo '<html><head><title>It works</title></head></html>' >"$dir/www/index.html"; }
# A server that is made for inetd: the socket is its standard input.
inetd() { exec systemd-socket-activate --inetd -a -l "$address:$port" "$@"; }

# --- Web servers.
program nginx nginx 80 nginx package
start_nginx() {
	web
	cat >"$dir/conf" <<-END
		daemon off; pid $dir/pid; error_log $dir/log; worker_processes 1;
		events { }
		http { access_log off; client_body_temp_path $dir/a; proxy_temp_path $dir/a;
		 fastcgi_temp_path $dir/a; uwsgi_temp_path $dir/a; scgi_temp_path $dir/a;
		 server { listen $address:$port; root $dir/www; } }
	END
	exec nginx -e "$dir/log" -c "$dir/conf"
}

# As careful operators set it: the version is not told.
program nginx_quiet nginx 84 nginx -
start_nginx_quiet() {
	echo "daemon off; pid $dir/pid; worker_processes 1; events { }
		http { access_log off; server_tokens off; client_body_temp_path $dir/a; proxy_temp_path $dir/a;
		 fastcgi_temp_path $dir/a; uwsgi_temp_path $dir/a; scgi_temp_path $dir/a;
		 server { listen $address:$port; } }" >"$dir/conf"
	exec nginx -e "$dir/log" -c "$dir/conf"
}

program lighttpd lighttpd 80 lighttpd package
start_lighttpd() {
	web
	cat >"$dir/conf" <<-END
		server.document-root = "$dir/www"
		server.bind = "$address"
		server.port = $port
		server.errorlog = "$dir/log"
		index-file.names = ("index.html")
	END
	exec lighttpd -D -f "$dir/conf"
}

program apache apache2-bin 80 HTTPD package
start_apache() { apache OS; }
apache() {
	local modules=/usr/lib/apache2/modules
	web
	cat >"$dir/conf" <<-END
		LoadModule mpm_event_module $modules/mod_mpm_event.so
		LoadModule authz_core_module $modules/mod_authz_core.so
		LoadModule dir_module $modules/mod_dir.so
		ServerRoot $dir
		ServerName localhost
		PidFile $dir/pid
		DefaultRuntimeDir $dir
		ErrorLog $dir/log
		ServerTokens $1
		Listen $address:$port
		DocumentRoot $dir/www
		DirectoryIndex index.html
	END
	exec apache2 -X -f "$dir/conf"
}

program apache_quiet apache2-bin 85 HTTPD -
start_apache_quiet() { apache Prod; }

program mini_httpd mini-httpd 80 mini_httpd package
start_mini_httpd() { web && exec mini_httpd -D -h "$address" -p "$port" -d "$dir/www" -i "$dir/pid"; }

program micro_httpd micro-httpd 81 micro_httpd -
start_micro_httpd() { web && inetd micro-httpd "$dir/www"; }

program webfs webfs 82 webfs package
start_webfs() { web && exec webfsd -F -i "$address" -p "$port" -r "$dir/www" -f index.html; }

program caddy caddy 80 Caddy -
start_caddy() { web && HOME=$dir XDG_CONFIG_HOME=$dir XDG_DATA_HOME=$dir exec caddy file-server --listen "$address:$port" --root "$dir/www"; }

# --- In front of web servers.
program haproxy haproxy 8080 HAProxy package
start_haproxy() {
	cat >"$dir/conf" <<-END
		defaults
		 mode http
		 timeout client 10s
		 timeout connect 10s
		 timeout server 10s
		frontend statistics
		 bind $address:$port
		 stats enable
		 stats uri /
	END
	exec haproxy -db -f "$dir/conf"
}

program squid squid 3128 Squid package
start_squid() {
	cat >"$dir/conf" <<-END
		http_port $address:$port
		visible_hostname localhost
		cache_log $dir/log
		access_log none
		pid_filename $dir/pid
		coredump_dir $dir
		pinger_enable off
		netdb_filename none
		$*
	END
	exec squid -N -n "martlet$$" -f "$dir/conf"
}

# In Japanese: the page changes, not who it is.
program squid_japanese squid-langpack 3128 Squid -
start_squid_japanese() { start_squid "error_directory /usr/share/squid/errors/ja"; }

program varnish varnish 80 Varnish -
start_varnish() { exec varnishd -F -j none -n "$dir/n" -a "$address:$port" -b none -T none; }

program tinyproxy tinyproxy-bin 8888 Tinyproxy package
start_tinyproxy() {
	printf '%s\n' "Port $port" "Listen $address" "Timeout 10" "MaxClients 10" "LogFile \"$dir/log\"" "PidFile \"$dir/pid\"" >"$dir/conf"
	exec tinyproxy -d -c "$dir/conf"
}

# --- Of programming languages.
program gunicorn gunicorn 8000 gunicorn -
start_gunicorn() {
	printf 'def app(environ, start):\n    start("200 OK", [("Content-Type", "text/html")])\n    return [b"<title>x</title>"]\n' >"$dir/app.py"
	cd "$dir" && exec gunicorn --bind "$address:$port" --worker-tmp-dir "$dir" app:app
}

program waitress python3-waitress 8001 waitress -
start_waitress() {
	printf 'import sys\nfrom waitress import serve\ndef app(environ, start):\n    start("200 OK", [("Content-Type", "text/html")])\n    return [b"<title>x</title>"]\nserve(app, listen=sys.argv[1])\n' >"$dir/app.py"
	exec python3 "$dir/app.py" "$address:$port"
}

program twisted python3-twisted 8002 TwistedWeb package
start_twisted() { web && cd "$dir" && exec twistd3 --nodaemon --pidfile= web --listen="tcp:$port:interface=$address" --path "$dir/www"; }

program tornado python3-tornado 8003 Tornado major
start_tornado() { exec python3 -c 'import sys, tornado.ioloop, tornado.web
tornado.web.Application([]).listen(int(sys.argv[2]), sys.argv[1])
tornado.ioloop.IOLoop.current().start()' "$address" "$port"; }

program aiohttp python3-aiohttp 8008 aiohttp package
start_aiohttp() { exec python3 -c 'import sys
from aiohttp import web
web.run_app(web.Application(), host=sys.argv[1], port=int(sys.argv[2]))' "$address" "$port"; }

program werkzeug python3-werkzeug 8009 Werkzeug package
start_werkzeug() { exec python3 -c 'import sys
from werkzeug import Response, run_simple
run_simple(sys.argv[1], int(sys.argv[2]), lambda e, s: Response("x")(e, s))' "$address" "$port"; }

program cherrypy python3-cherrypy3 8010 CherryPy package
start_cherrypy() { exec python3 -c 'import sys, cherrypy
cherrypy.config.update({"server.socket_host": sys.argv[1], "server.socket_port": int(sys.argv[2])})
cherrypy.quickstart()' "$address" "$port"; }

program python python3.11-minimal 8000 SimpleHTTP -
start_python() { web && exec python3 -m http.server --bind "$address" --directory "$dir/www" "$port"; }

program php php8.2-cli 8000 PHP package
start_php() { echo '<?php echo "<title>x</title>";' >"$dir/index.php" && exec php -S "$address:$port" -t "$dir"; }

program webrick ruby-webrick 8000 WEBrick package
start_webrick() { web && exec ruby -run -e httpd -- --bind-address="$address" --port="$port" "$dir/www"; }

program thin thin 3000 Thin -
start_thin() {
	echo 'run lambda { |e| [200, {"Content-Type" => "text/html"}, ["x"]] }' >"$dir/config.ru"
	cd "$dir" && exec thin start -a "$address" -p "$port" -R config.ru
}

program express node-express 3000 Express -
start_express() { NODE_PATH=/usr/share/nodejs exec node -e 'const a = require("express")(); a.get("/", (q, r) => r.send("x")); a.listen(Number(process.argv[2]), process.argv[1])' "$address" "$port"; }

# Hangs up on who does not ask within half a second.
program monit monit 8080 Monit package
start_monit() {
	printf '%s\n' 'set daemon 30' "set httpd port $port and use address $address" ' allow 127.0.0.0/8' \
		"set idfile $dir/id" "set statefile $dir/state" >"$dir/conf"
	chmod 600 "$dir/conf" && exec monit -I -c "$dir/conf" -p "$dir/pid"
}

program jetty jetty9 8080 Jetty package
start_jetty() {
	mkdir -p "$dir/webapps" "$dir/start.d"
	printf '%s\n' --module=http "jetty.http.host=$address" "jetty.http.port=$port" >"$dir/start.ini"
	cd "$dir" && exec java -Xmx64m -jar /usr/share/jetty9/start.jar jetty.home=/usr/share/jetty9 "jetty.base=$dir"
}

program tomcat tomcat10 8080 Tomcat package
start_tomcat() {
	mkdir -p "$dir/conf" "$dir/webapps" "$dir/temp" "$dir/logs" "$dir/work"
	cat >"$dir/conf/server.xml" <<-END
		<Server port="-1"><Service name="Catalina">
		<Connector port="$port" address="$address"/>
		<Engine name="Catalina" defaultHost="localhost"><Host name="localhost" appBase="webapps"/></Engine>
		</Service></Server>
	END
	CATALINA_HOME=/usr/share/tomcat10 CATALINA_BASE=$dir CATALINA_OPTS=-Xmx64m exec /usr/share/tomcat10/bin/catalina.sh run
}

# --- Files and media, as network storage has them.
program vsftpd vsftpd 21 vsFTPd package
as_root[vsftpd]="it starts as root only"
start_vsftpd() {
	mkdir -p "$dir/empty"
	printf '%s\n' listen=YES "listen_address=$address" "listen_port=$port" background=NO "secure_chroot_dir=$dir/empty" anonymous_enable=NO local_enable=YES >"$dir/conf"
	exec vsftpd "$dir/conf"
}

program pyftpdlib python3-pyftpdlib 2121 pyftpdlib package
start_pyftpdlib() { exec python3 -m pyftpdlib -i "$address" -p "$port" -d "$dir"; }

program rsync rsync 873 rsync -
start_rsync() { printf '%s\n' "use chroot = no" >"$dir/conf" && exec rsync --daemon --no-detach --config "$dir/conf" --address "$address" --port "$port"; }

program minidlna minidlna 8200 MiniDLNA package
start_minidlna() {
	printf '%s\n' "port=$port" "media_dir=$dir" "db_dir=$dir/db" "log_dir=$dir" "network_interface=lo" friendly_name=films >"$dir/conf"
	exec minidlnad -S -P "$dir/pid" -f "$dir/conf"
}

program transmission transmission-daemon 9091 Transmission -
start_transmission() {
	echo "{\"rpc-bind-address\": \"$address\", \"rpc-whitelist-enabled\": false, \"dht-enabled\": false, \"lpd-enabled\": false, \"bind-address-ipv4\": \"$address\"}" >"$dir/settings.json"
	exec transmission-daemon -f -g "$dir" -p "$port"
}

program syncthing syncthing 8080 Syncthing package
start_syncthing() { HOME=$dir STNORESTART=1 STNOUPGRADE=1 exec syncthing serve --no-browser --no-upgrade --home "$dir/s" --gui-address "http://$address:$port"; }

program deluge deluge-web 8889 Deluge package
start_deluge() { exec deluge-web -d -i "$address" -p "$port" -c "$dir"; }

program radicale radicale 8085 Radicale -
start_radicale() { exec radicale --hosts "$address:$port" --storage-filesystem-folder "$dir" --auth-type none; }

program icecast icecast2 8000 Icecast package
start_icecast() {
	cat >"$dir/conf" <<-END
		<icecast><hostname>localhost</hostname>
		<authentication><source-password>x1</source-password><admin-user>admin</admin-user><admin-password>x2</admin-password></authentication>
		<listen-socket><port>$port</port><bind-address>$address</bind-address></listen-socket>
		<paths><basedir>/usr/share/icecast2</basedir><logdir>$dir</logdir><webroot>/usr/share/icecast2/web</webroot><adminroot>/usr/share/icecast2/admin</adminroot></paths>
		</icecast>
	END
	exec icecast2 -c "$dir/conf"
}

program cups cups-daemon 8080 CUPS package
start_cups() {
	mkdir -p "$dir/spool" "$dir/cache" "$dir/root" "$dir/temp"
	printf '%s\n' "Listen $address:$port" "ServerAlias *" "<Location />" "Order allow,deny" "Allow all" "</Location>" >"$dir/cupsd.conf"
	printf '%s\n' "ServerRoot $dir/root" "RequestRoot $dir/spool" "CacheDir $dir/cache" "StateDir $dir/temp" "TempDir $dir/temp" "ErrorLog $dir/log" "AccessLog $dir/log" "PageLog $dir/log" "User nobody" "Group nogroup" "SystemGroup root" >"$dir/cups-files.conf"
	exec cupsd -f -c "$dir/cupsd.conf" -s "$dir/cups-files.conf"
}

# --- Cameras and what records them.
program motion motion 8099 Motion package
start_motion() {
	printf '%s\n' daemon\ off "webcontrol_port $port" "webcontrol_localhost off" "webcontrol_interface 1" "log_file $dir/log" "netcam_url http://$address:1/" "target_dir $dir" "pid_file $dir/pid" >"$dir/conf"
	exec motion -n -c "$dir/conf"
}

program gst_rtsp gir1.2-gst-rtsp-server-1.0 8554 "RTSP server" -
start_gst_rtsp() { exec python3 -c 'import sys, gi
gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import Gst, GstRtspServer, GLib
Gst.init(None)
s = GstRtspServer.RTSPServer()
s.set_address(sys.argv[1])
s.set_service(sys.argv[2])
s.attach(None)
GLib.MainLoop().run()' "$address" "$port"; }

# With a database of its own, without network. The pages are the package's,
# but for where they look for their settings.
program zoneminder zoneminder 80 ZoneMinder -
start_zoneminder() { zoneminder en_gb; }
program zoneminder_japanese zoneminder 81 ZoneMinder -
start_zoneminder_japanese() { zoneminder ja_jp; }
zoneminder() {
	local sql=(mariadb --no-defaults -u root -S "$dir/s")
	cp -r /usr/share/zoneminder/www "$dir/www"
	mkdir "$dir/conf.d"
	printf '%s\n' ZM_PATH_DATA=/usr/share/zoneminder ZM_PATH_BIN=/usr/bin ZM_PATH_CONF="$dir" ZM_PATH_WEB="$dir/www" ZM_DB_TYPE=mysql ZM_DB_HOST="localhost:$dir/s" ZM_DB_NAME=zm ZM_DB_USER=root ZM_DB_PASS= ZM_DB_SSL_CA_CERT= ZM_DB_SSL_CLIENT_KEY= ZM_DB_SSL_CLIENT_CERT= ZM_SERVER_HOST= >"$dir/zm.conf"
	grep -h = /etc/zm/conf.d/*.conf >>"$dir/zm.conf"
	sed -i "s|/etc/zm/|$dir/|" "$dir/www/includes/config.php"
	mkdir "$dir/db"
	mariadbd "${mariadb_bare[@]}" --datadir="$dir/db" --skip-networking --socket="$dir/s" --pid-file="$dir/pid" >"$dir/log" 2>&1 &
	for _ in $(seq 100); do [ -S "$dir/s" ] && break; sleep 0.1; done
	"${sql[@]}" </usr/share/zoneminder/db/zm_create.sql
	"${sql[@]}" zm -e "update Config set Value=1 where Name='ZM_OPT_USE_AUTH'; update Config set Value='$1' where Name='ZM_LANG_DEFAULT'"
	exec php -S "$address:$port" -t "$dir/www"
}

# --- Controllers of networks, and routers.
program osken python3-os-ken 6653 "type sdn-controller" -
start_osken() { cd "$dir" && exec osken-manager --ofp-listen-host "$address" --ofp-tcp-listen-port "$port"; }

program ovs_controller openvswitch-testcontroller 6653 "type sdn-controller" -
start_ovs_controller() { exec env OVS_RUNDIR="$dir" ovs-testcontroller --unixctl="$dir/ctl" "ptcp:$port:$address"; }

program frr frr 2323 FRRouting package
as_root[frr]="it changes to the user frr"
start_frr() {
	printf '%s\n' "hostname router" "password x" "line vty" >"$dir/conf"
	chown -R frr:frr "$dir"
	exec /usr/lib/frr/zebra -A "$address" -P "$port" -f "$dir/conf" -i "$dir/pid" -z "$dir/zserv" --vty_socket "$dir" -u frr -g frr
}

program pptpd pptpd 1723 PoPToP -
as_root[pptpd]="it opens a raw socket"
start_pptpd() {
	: >"$dir/options"
	printf '%s
' "localip 127.30.9.1" "remoteip 127.30.9.2" >"$dir/conf"
	exec pptpd --fg --conf "$dir/conf" --listen "$address" --option "$dir/options" --pidfile "$dir/pid"
}

# --- Consoles.
program openssh openssh-server 22 OpenSSH package
as_root[openssh]="it separates privileges"
start_openssh() { openssh DebianBanner yes; }
openssh() {
	mkdir -p /run/sshd
	ssh-keygen -q -t ed25519 -N '' -f "$dir/key"
	printf '%s\n' "ListenAddress $address:$port" "HostKey $dir/key" "PidFile none" "UsePAM no" "$*" >"$dir/conf"
	exec "$(command -v sshd)" -D -e -f "$dir/conf"
}

program openssh_plain openssh-server 2222 OpenSSH package
as_root[openssh_plain]="it separates privileges"
start_openssh_plain() { openssh DebianBanner no; }

program dropbear dropbear-bin 2222 Dropbear package
start_dropbear() { dropbearkey -t ed25519 -f "$dir/key" >/dev/null 2>&1; exec dropbear -F -E -r "$dir/key" -p "$address:$port" -P "$dir/pid"; }

program tinyssh tinysshd 2022 TinySSH -
start_tinyssh() { tinysshd-makekey -q "$dir/keys" && inetd tinysshd "$dir/keys"; }

program telnetd inetutils-telnetd 23 "inetutils telnetd" -
as_root[telnetd]="login runs as root only"
start_telnetd() { inetd /usr/sbin/telnetd; }

program shellinabox shellinabox 4000 "Shell In A Box" -
start_shellinabox() { exec shellinaboxd --disable-ssl --port="$port" --service=/:nobody:nogroup:/tmp:/bin/true; }

program cockpit cockpit-ws 9090 Cockpit -
start_cockpit() { exec /usr/lib/cockpit/cockpit-ws --no-tls --address "$address" --port "$port"; }

program tigervnc tigervnc-standalone-server 5901 "protocol vnc" -
start_tigervnc() { exec Xtigervnc :91 -rfbport "$port" -interface "$address" -SecurityTypes None -geometry 320x240; }

program websockify websockify 6080 WebSockify -
start_websockify() { exec websockify --web /usr/share/novnc "$address:$port" "$address:5901"; }

# --- Mail and databases.
program postfix postfix 25 Postfix -
as_root[postfix]="its master starts as root only"
start_postfix() {
	mkdir -p "$dir/q" "$dir/data"
	chown postfix "$dir/data"
	cat >"$dir/main.cf" <<-END
		compatibility_level = 3.6
		queue_directory = $dir/q
		data_directory = $dir/data
		inet_interfaces = loopback-only
		inet_protocols = ipv4
		myhostname = mail.example
		smtputf8_enable = no
		alias_maps =
		local_recipient_maps =
		maillog_file = /dev/stdout
	END
	cat >"$dir/master.cf" <<-END
		$address:$port inet n - n - - smtpd
		cleanup unix n - n - 0 cleanup
		rewrite unix - - n - - trivial-rewrite
		proxymap unix - - n - - proxymap
		anvil unix - - n - 1 anvil
		postlog unix-dgram n - n - 1 postlogd
	END
	mkdir -p "$dir/q/pid" "$dir/q/private" "$dir/q/public" && chown postfix "$dir/q/private" "$dir/q/public"
	exec /usr/lib/postfix/sbin/master -c "$dir" -d
}

program dovecot_imap dovecot-imapd 143 Dovecot -
as_root[dovecot_imap]="its master starts as root only"
start_dovecot_imap() { dovecot_conf imap && exec dovecot -F -c "$dir/conf"; }
dovecot_conf() {
	cat >"$dir/conf" <<-END
		protocols = $1
		base_dir = $dir/run
		state_dir = $dir/run
		log_path = $dir/log
		listen = $address
		ssl = no
		mail_location = maildir:$dir/mail
		passdb {
		  driver = static
		}
		userdb {
		  driver = static
		}
	END
}

program dovecot_pop3 dovecot-pop3d 110 Dovecot -
as_root[dovecot_pop3]="its master starts as root only"
start_dovecot_pop3() { dovecot_conf pop3 && exec dovecot -F -c "$dir/conf"; }

program mariadb mariadb-server 3306 MariaDB package
start_mariadb() {
	mkdir "$dir/db"
	exec mariadbd "${mariadb_bare[@]}" --datadir="$dir/db" --bind-address="$address" --port="$port" --socket="$dir/s" --pid-file="$dir/pid" --skip-name-resolve
}

program redis redis-server 6379 Redis -
start_redis() { exec redis-server --bind "$address" --port "$port" --save '' --appendonly no --protected-mode no --dir "$dir"; }

# --- Monitoring and applications.
program prometheus prometheus 9090 Prometheus -
start_prometheus() { echo 'scrape_configs: []' >"$dir/conf" && exec prometheus --config.file="$dir/conf" --storage.tsdb.path="$dir/db" --web.listen-address="$address:$port"; }

program node_exporter prometheus-node-exporter 9091 "Node Exporter" -
start_node_exporter() { exec prometheus-node-exporter --web.listen-address="$address:$port"; }

program alertmanager prometheus-alertmanager 9091 Alertmanager -
start_alertmanager() { printf 'route:\n  receiver: x\nreceivers:\n- name: x\n' >"$dir/conf" && exec prometheus-alertmanager --config.file="$dir/conf" --storage.path="$dir/db" --web.listen-address="$address:$port" --cluster.listen-address=; }

program influxdb influxdb 8086 InfluxDB package
start_influxdb() {
	printf '%s\n' '[meta]' "dir = \"$dir/meta\"" '[data]' "dir = \"$dir/data\"" "wal-dir = \"$dir/wal\"" '[http]' "bind-address = \"$address:$port\"" >"$dir/conf"
	sed -i "1i bind-address = \"$address:18088\"" "$dir/conf"
	exec influxd run -config "$dir/conf"
}

program supervisor supervisor 9001 Supervisor -
start_supervisor() {
	printf '%s\n' '[supervisord]' "logfile=$dir/log" "pidfile=$dir/pid" nodaemon=true '[inet_http_server]' "port=$address:$port" '[rpcinterface:supervisor]' 'supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface' >"$dir/conf"
	exec supervisord -c "$dir/conf"
}

program fossil fossil 8080 Fossil -
start_fossil() { HOME=$dir USER=x fossil init "$dir/r.fossil" >/dev/null 2>&1; HOME=$dir USER=x exec fossil server --port "$address:$port" "$dir/r.fossil"; }

program mercurial mercurial 8000 Mercurial -
start_mercurial() { HOME=$dir hg init "$dir/r" && HOME=$dir exec hg serve -R "$dir/r" -a "$address" -p "$port"; }

program webdis webdis 7777 Webdis -
start_webdis() { echo "{\"redis_host\": \"$address\", \"redis_port\": 1, \"http_host\": \"$address\", \"http_port\": $port, \"threads\": 1, \"daemonize\": false, \"logfile\": \"$dir/log\"}" >"$dir/conf" && exec webdis "$dir/conf"; }

program kiwix kiwix-tools 8081 Kiwix -
start_kiwix() { printf '<?xml version="1.0"?><library version="20110515"></library>' >"$dir/l.xml"; exec kiwix-serve --library "$dir/l.xml" -i "$address" -p "$port"; }

program aptcacher apt-cacher-ng 8082 "Apt-Cacher NG" -
start_aptcacher() { exec apt-cacher-ng ForeGround=1 Port="$port" BindAddress="$address" CacheDir="$dir/c" LogDir="$dir/l" SocketPath="$dir/s" ReportPage=acng-report.html; }

program dokuwiki dokuwiki 8084 DokuWiki -
start_dokuwiki() { exec php -S "$address:$port" -t /usr/share/dokuwiki; }

program adminer adminer 8087 Adminer -
start_adminer() { exec php -S "$address:$port" -t /usr/share/adminer/adminer; }
