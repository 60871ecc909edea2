# Interfaces of daemons.

ui_cups() {
	local l
	needs cupsd || return 1
	mkdir -p "$W/spool/tmp" "$W/cache" "$W/state" "$W/root"
	cat >"$W/cupsd.conf" <<-END
		Listen $AT:$PORT
		WebInterface Yes
		Browsing Off
		<Location />
		Allow all
		</Location>
	END
	cat >"$W/cups-files.conf" <<-END
		ServerRoot $W/root
		RequestRoot $W/spool
		TempDir $W/spool/tmp
		CacheDir $W/cache
		StateDir $W/state
		AccessLog $W/access
		ErrorLog $W/error
		PageLog $W/page
	END
	serve cupsd -f -c "$W/cupsd.conf" -s "$W/cups-files.conf" || return 1
	for l in en ja de fr es ru; do
		page first "$l" / -H "Accept-Language: $l"
		page printers "$l" /printers/ -H "Accept-Language: $l"
		page error "$l" /none -H "Accept-Language: $l"
	done
}

# motion_serve CAMERAS
motion_serve() {
	local i
	{
		echo "webcontrol_port $PORT"
		echo "webcontrol_interface default"
		echo "webcontrol_parms 2"
		echo "log_file $W/motion.log"
		echo "target_dir $W"
		[ "$1" -gt 1 ] || echo "netcam_url http://127.0.0.1:1/"
		[ "$1" -le 1 ] || for i in $(seq "$1"); do
			printf 'camera_name Camera %s\ncamera_id %s\nnetcam_url http://127.0.0.1:1/\n' \
				"$i" "$i" >"$W/camera$i.conf"
			echo "camera $W/camera$i.conf"
		done
	} >"$W/motion.conf"
	serve motion -n -c "$W/motion.conf"
}

ui_motion() {
	local n
	needs motion || return 1
	for n in 1 2 5; do
		again
		motion_serve "$n" || return 1
		page control "$n" /
		page control "$n-ja" / -H 'Accept-Language: ja'
	done
}

ui_transmission() {
	needs transmission-daemon || return 1
	serve transmission-daemon -f -g "$W" -T -r "$AT" -p "$PORT" || return 1
	pages_in web /transmission/web/
}

ui_syncthing() {
	local theme
	needs syncthing || return 1
	for theme in default dark; do
		again
		serve env HOME="$W" STNODEFAULTFOLDER=1 STGUITHEME=$theme syncthing serve \
			--no-browser --no-restart --home "$W/$theme" \
			--gui-address "$AT:$PORT" --skip-port-probing --no-default-folder || return 1
		page web "$theme" /
	done
}

ui_monit() {
	local n i
	needs monit || return 1
	for n in 0 1 12; do
		again
		{
			echo "set daemon 30"
			echo "set httpd port $PORT and use address $AT"
			echo " allow 127.0.0.0/8"
			echo "set idfile $W/id"
			echo "set statefile $W/state"
			for i in $(seq "$n"); do
				echo "check file f$i with path $W/conf$n"
				[ "$i" -ne 7 ] || echo "check filesystem root with path /"
			done
		} >"$W/conf$n"
		chmod 600 "$W/conf$n"
		serve monit -I -c "$W/conf$n" -p "$W/pid" || return 1
		page status "$n" /
	done
}

ui_darkstat() {
	needs darkstat || return 1
	serve darkstat -i lo -b "$AT" -p "$PORT" --no-daemon --chroot "$W" --user root || return 1
	page graphs first /
	page hosts first /hosts/
	for i in $(seq 2 9); do curl -s --max-time 2 "http://127.0.0.$i:9/"; done
	sleep 1
	page graphs later /
	page hosts later /hosts/
}

ui_minidlna() {
	local n
	needs minidlnad || return 1
	mkdir -p "$W/media"
	for n in One 二番; do
		again
		cat >"$W/conf" <<-END
			port=$PORT
			network_interface=lo
			media_dir=$W/media
			db_dir=$W/db
			log_dir=$W
			friendly_name=$n
			minissdpdsocket=$W/none
		END
		serve minidlnad -S -f "$W/conf" -P "$W/pid" || return 1
		page status "$n" /
	done
}

ui_icecast() {
	local n i
	needs icecast2 /usr/share/icecast2/web || return 1
	chmod a+rwx "$T" "$T/ui" "$W"
	for n in 0 1 6; do
		again
		{
			echo "<icecast><location>Place $n</location><admin>a@example</admin><hostname>h$n.example</hostname>"
			echo "<authentication><source-password>x</source-password></authentication>"
			echo "<listen-socket><port>$PORT</port><bind-address>$AT</bind-address></listen-socket>"
			echo "<paths><basedir>/usr/share/icecast2</basedir><logdir>$W</logdir><webroot>/usr/share/icecast2/web</webroot><adminroot>/usr/share/icecast2/admin</adminroot><alias source=\"/\" destination=\"/status.xsl\"/></paths>"
			echo "<logging><errorlog>error.log</errorlog><accesslog>access.log</accesslog></logging>"
			echo "<security><chroot>0</chroot><changeowner><user>nobody</user><group>nogroup</group></changeowner></security></icecast>"
		} >"$W/conf.xml"
		serve icecast2 -c "$W/conf.xml" || return 1
		for i in $(seq "$n"); do
			(cat /dev/zero | curl -s --max-time 15 -u source:x -T - -H 'Content-Type: audio/mpeg' \
				-H "Ice-Name: Stream $i" "http://$AT:$PORT/stream$i.mp3" >/dev/null) &
			UI_PIDS+=($!)
		done
		sleep 0.5
		page status "$n" /
	done
}

ui_haproxy() {
	local n i
	needs haproxy || return 1
	for n in 1 3 20; do
		again
		{
			printf 'global\n stats socket %s/sock\ndefaults\n mode http\n timeout connect 1s\n timeout client 9s\n timeout server 1s\n' "$W"
			printf 'frontend s\n bind %s:%s\n stats enable\n stats uri /\n' "$AT" "$PORT"
			[ "$n" -ne 3 ] || echo " stats hide-version"
			[ "$n" -ne 20 ] || printf ' stats show-node\n stats refresh 10s\n'
			for i in $(seq "$n"); do printf 'backend b%s\n server s 127.0.0.1:1\n server t 127.0.0.1:2 check\n' "$i"; done
		} >"$W/conf"
		serve haproxy -db -f "$W/conf" || return 1
		page status "$n" /
	done
}

ui_fossil() {
	local n
	needs fossil || return 1
	export HOME=$W USER=admin
	for n in 1 2; do
		fossil new --project-name "Project 第$n" "$W/r$n" >>"$W/log" 2>&1 || return 1
		again
		serve fossil server "$W/r$n" --port "$PORT" --localhost || return 1
		page login "$n" /login
		page index "$n" /index
		page timeline "$n" /timeline
	done
}

ui_hgweb() {
	local n
	needs hg || return 1
	export HOME=$W
	hg init "$W/r" && cd "$W/r" || return 1
	for n in 1 3 12; do
		while [ "$(hg log -T x | wc -c)" -lt "$n" ]; do
			date +%N >f
			hg commit -A -q -u "A <a@example>" -m "change at $(date +%N)" || return 1
		done
		again
		serve hg serve -a "$AT" -p "$PORT" -R "$W/r" || return 1
		page log "$n" /
	done
}

cgi_site() {
	cat >"$W/lighttpd.conf" <<-END
		server.document-root = "$W"
		server.bind = "$AT"
		server.port = $PORT
		server.modules = ("mod_alias", "mod_cgi", "mod_setenv")
		setenv.set-environment = ($2)
		alias.url = ("/cgi" => "$1")
		cgi.assign = ("$1" => "")
	END
	serve lighttpd -D -f "$W/lighttpd.conf"
}

ui_cgit() {
	local n
	needs lighttpd git /usr/lib/cgit/cgit.cgi || return 1
	for n in 1 8; do
		again
		for i in $(seq "$n"); do
			git init -q --bare "$W/git/r$i.git"
		done
		printf 'root-title=Repositories 第%s\nscan-path=%s/git\n' "$n" "$W" >"$W/cgitrc"
		cgi_site /usr/lib/cgit/cgit.cgi "\"CGIT_CONFIG\" => \"$W/cgitrc\"" || return 1
		page list "$n" /cgi/
	done
}

ui_gitweb() {
	local n
	needs lighttpd git /usr/lib/cgi-bin/gitweb.cgi || return 1
	for n in 1 8; do
		again
		for i in $(seq "$n"); do
			git init -q --bare "$W/git/r$i.git"
			git -C "$W/git/r$i.git" commit-tree -m x "$(git -C "$W/git/r$i.git" mktree </dev/null)" >/dev/null 2>&1
		done
		echo "\$projectroot = '$W/git'; \$site_name = 'Site 第$n';" >"$W/gitweb.conf"
		cgi_site /usr/lib/cgi-bin/gitweb.cgi "\"GITWEB_CONFIG\" => \"$W/gitweb.conf\"" || return 1
		page list "$n" /cgi
	done
}

ui_qbittorrent() {
	local l
	needs qbittorrent-nox || return 1
	export HOME=$W
	for l in en ja de fr zh_CN; do
		again
		mkdir -p "$W/$l/qBittorrent/config"
		printf '[LegalNotice]\nAccepted=true\n[Preferences]\nGeneral\\Locale=%s\nWebUI\\Address=%s\n' "$l" "$AT" \
			>"$W/$l/qBittorrent/config/qBittorrent.conf"
		serve qbittorrent-nox --profile="$W/$l" --webui-port="$PORT" || return 1
		page login "$l" /
	done
}

ui_deluge() {
	local l
	needs deluge-web || return 1
	for l in en ja de fr; do
		again
		mkdir -p "$W/$l"
		printf '{"file": 2, "format": 1}{"language": "%s", "first_login": false, "port": %s}' "$l" "$PORT" >"$W/$l/web.conf"
		serve deluge-web -d -c "$W/$l" -p "$PORT" -i "$AT" || return 1
		page web "$l" /
	done
}

ui_radicale() {
	needs radicale || return 1
	serve radicale --hosts "$AT:$PORT" --storage-filesystem-folder "$W" --auth-type none || return 1
	pages_in web /.web/
}

ui_jupyter() {
	local l
	needs jupyter-notebook || return 1
	export HOME=$W
	for l in C.UTF-8 ja_JP fr_FR; do
		again
		serve env LANG=$l jupyter notebook --allow-root --no-browser --ip "$AT" --port "$PORT" --notebook-dir "$W" || return 1
		page login "$l" /login
		page login "next-$l" '/login?next=%2Ftree%3Fa'
	done
}

ui_shellinabox() {
	needs shellinaboxd || return 1
	serve shellinaboxd -t -p "$PORT" --localhost-only -s /:nobody:nogroup:/:true || return 1
	pages_in terminal /
}

ui_novnc() {
	needs websockify /usr/share/novnc/vnc.html || return 1
	serve websockify --web /usr/share/novnc "$AT:$PORT" 127.0.0.1:1 || return 1
	page full one /vnc.html
	page full two '/vnc.html?host=a'
	page lite one /vnc_lite.html
}
