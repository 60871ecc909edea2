# What web servers themselves show: their first page, lists of files, errors.

nginx_serve() {
	cat >"$W/nginx.conf" <<-END
		daemon off; pid $W/nginx.pid; error_log $W/nginx.err; worker_processes 1; user root;
		events { }
		http { access_log off; client_body_temp_path $W; proxy_temp_path $W;
		 fastcgi_temp_path $W; uwsgi_temp_path $W; scgi_temp_path $W;
		 include /etc/nginx/mime.types; $2
		 server { listen $AT:$PORT; root $1; autoindex on;
		  location /denied/ { deny all; }
		  location /broken/ { proxy_pass http://127.0.0.1:1; } } }
	END
	serve nginx -c "$W/nginx.conf"
}

ui_nginx() {
	local version
	needs nginx || return 1
	some_files "$W/www/small" 2
	some_files "$W/www/large" 60
	mkdir "$W/www/empty"
	cp /usr/share/nginx/html/index.html "$W/www/first.html" 2>/dev/null
	for version in on off; do
		again
		nginx_serve "$W/www" "server_tokens $version;" || return 1
		page error "not-found-$version" /none
		page error "denied-$version" /denied/
		page error "broken-$version" /broken/
		page list "empty-$version" /empty/
		page list "small-$version" /small/
		page list "large-$version" /large/
		page first "$version" /first.html
	done
}

ui_apache() {
	local l dir=/usr/lib/apache2/modules module
	needs apache2 "$dir/mod_autoindex.so" || return 1
	some_files "$W/www/small" 2
	some_files "$W/www/large" 60
	mkdir "$W/www/empty" "$W/www/denied"
	cp /usr/share/apache2/default-site/index.html "$W/www/first.html"
	for module in mpm_event authz_core authz_host alias autoindex mime negotiation dir include filter env; do
		echo "LoadModule ${module}_module $dir/mod_$module.so"
	done >"$W/modules.conf"
	cat >"$W/apache.conf" <<-END
		Include $W/modules.conf
		ServerRoot $W
		Listen $AT:$PORT
		ServerName $AT
		PidFile $W/pid
		ErrorLog $W/err
		TypesConfig /etc/mime.types
		DocumentRoot $W/www
		<Directory $W/www>
		Options +Indexes
		</Directory>
		<Directory $W/www/denied>
		Require all denied
		</Directory>
		Alias /fancy $W/www
		<Location /fancy>
		IndexOptions FancyIndexing HTMLTable
		</Location>
	END
	serve apache2 -f "$W/apache.conf" -DFOREGROUND || return 1
	page first first /first.html
	page error not-found /none
	page error denied /denied/
	page error signed /none/more -H 'Host: www.example'
	page list small /small/
	page list large /large/
	page list empty /empty/
	page table small /fancy/small/
	page table large /fancy/large/
	again
	sed -i "s/^Listen.*/Listen $AT:$PORT/" "$W/apache.conf"
	cat >>"$W/apache.conf" <<-END
		Alias /error/ /usr/share/apache2/error/
		<Directory /usr/share/apache2/error>
		Options IncludesNoExec
		AddOutputFilter Includes html
		AddHandler type-map var
		LanguagePriority en
		ForceLanguagePriority Prefer Fallback
		Require all granted
		</Directory>
		ErrorDocument 404 /error/HTTP_NOT_FOUND.html.var
		ErrorDocument 403 /error/HTTP_FORBIDDEN.html.var
	END
	serve apache2 -f "$W/apache.conf" -DFOREGROUND || return 1
	pages_in document /none
	page document denied /denied/
	page document denied-ja /denied/ -H 'Accept-Language: ja'
}

ui_lighttpd() {
	needs lighttpd || return 1
	some_files "$W/www/small" 2
	some_files "$W/www/large" 60
	mkdir "$W/www/empty"
	cat >"$W/conf" <<-END
		server.document-root = "$W/www"
		server.bind = "$AT"
		server.port = $PORT
		server.modules = ("mod_access", "mod_dirlisting")
		dir-listing.activate = "enable"
		url.access-deny = (".no")
	END
	echo x >"$W/www/x.no"
	serve lighttpd -D -f "$W/conf" || return 1
	page list small /small/
	page list large /large/
	page list empty /empty/
	page error not-found /none
	page error denied /x.no
}

ui_squid() {
	needs squid /usr/share/squid-langpack || return 1
	mkdir "$W/cache"
	cat >"$W/conf" <<-END
		http_port $AT:$PORT
		visible_hostname proxy.example
		pid_filename $W/pid
		cache_log $W/cache.log
		cache_effective_user proxy
		access_log none
		http_access deny all
	END
	chmod a+rx "$T" "$T/ui" && chown -R proxy "$W" || return 1
	serve squid -N -f "$W/conf" || return 1
	pages_in error /
	page error denied-ko "/" -H 'Accept-Language: ko' -H 'Host: www.example'
}

ui_caddy() {
	needs caddy || return 1
	some_files "$W/www/small" 2
	some_files "$W/www/large" 60
	mkdir "$W/www/empty"
	serve env HOME="$W" caddy file-server --root "$W/www" --browse --listen "$AT:$PORT" || return 1
	page list small /small/
	page list large /large/
	page list empty /empty/
}

ui_webfs() {
	needs webfsd || return 1
	some_files "$W/www/small" 2
	some_files "$W/www/large" 60
	serve webfsd -F -i "$AT" -p "$PORT" -r "$W/www" || return 1
	page list small /small/
	page list large /large/
}

ui_tomcat() {
	local l
	needs java /usr/share/tomcat10/bin/catalina.sh || return 1
	mkdir -p "$W/conf" "$W/logs" "$W/temp" "$W/work" "$W/webapps"
	cp /etc/tomcat10/*.* "$W/conf/" 2>/dev/null
	cp -rL /usr/share/tomcat10-root/default_root "$W/webapps/ROOT"
	cat >"$W/conf/server.xml" <<-END
		<Server port="-1"><Service name="Catalina"><Connector port="$PORT" address="$AT"/>
		<Engine name="Catalina" defaultHost="localhost"><Host name="localhost" appBase="webapps"/>
		</Engine></Service></Server>
	END
	serve env CATALINA_BASE="$W" CATALINA_HOME=/usr/share/tomcat10 \
		/usr/share/tomcat10/bin/catalina.sh run || return 1
	sleep 2
	page first first /
	for l in $LANGUAGES; do page error "$l" "/none/$l" -H "Accept-Language: $l"; done
	page error bad '/%5c' -H 'Accept-Language: ja'
}
