# Interfaces in PHP, on PHP's own web server.

# php_site DIR [OPTION...]
php_site() {
	local dir=$1
	shift
	serve php -d display_errors=0 -d session.save_path="$W" "$@" \
		-S "$AT:$PORT" -t "$dir"
}

ui_phpmyadmin() {
	local l
	needs php /usr/share/phpmyadmin && php_site /usr/share/phpmyadmin || return 1
	pages_in login /
	for l in ko it ru ar; do page login "query-$l" "/index.php?lang=$l"; done
	page login server "/index.php?route=/&server=1"
}

ui_adminer() {
	local l
	needs php /usr/share/adminer/adminer || return 1
	php_site /usr/share/adminer || return 1
	for l in $LANGUAGES ar; do
		page login "$l" /adminer/ -H "Accept-Language: $l"
		page login "pgsql-$l" "/adminer/?pgsql=db$l" -H "Accept-Language: $l"
	done
}

ui_dokuwiki() {
	local l
	needs php /usr/share/dokuwiki || return 1
	cp -rL /usr/share/dokuwiki "$W/site" && cp -rL /etc/dokuwiki "$W/site/conf" &&
		cp -rL /var/lib/dokuwiki/data "$W/site/" || return 1
	rm -f "$W/site/inc/preload.php" "$W/site/install.php"
	for l in en ja de fr zh es; do
		cat >"$W/site/conf/local.php" <<-END
			<?php \$conf['title'] = 'Wiki of $l'; \$conf['lang'] = '$l';
			\$conf['useacl'] = 1; \$conf['superuser'] = '@admin';
			\$conf['savedir'] = '$W/site/data';
		END
		again
		php_site "$W/site" || return 1
		page login "$l" '/doku.php?id=start&do=login'
		page start "$l" /doku.php
		mkdir -p "$W/site/data/pages"
		printf '====== %s ======\n  * one\n  * [[two]]\n' "$l" >>"$W/site/data/pages/start.txt"
	done
}

ui_mediawiki() {
	local l name
	needs php /usr/share/mediawiki || return 1
	for name in One 二番; do
		mkdir -p "$W/$name"
		php /usr/share/mediawiki/maintenance/install.php --dbtype sqlite \
			--dbpath "$W/$name" --dbname wiki --confpath "$W/$name" \
			--server "http://$AT" --scriptpath "" --lang en \
			--pass "a long enough password" "$name" admin >>"$W/log" 2>&1 || return 1
		echo "<?php define('MW_CONFIG_FILE', '$W/$name/LocalSettings.php');" >"$W/$name.php"
		again
		php_site /usr/share/mediawiki -d auto_prepend_file="$W/$name.php" || return 1
		for l in $LANGUAGES; do
			page login "$name-$l" "/index.php?title=Special:UserLogin&uselang=${l,,}"
		done
		page main "$name" "/index.php?title=Main_Page"
		page main "$name-ja" "/index.php?title=Main_Page&uselang=ja"
	done
}

ui_roundcube() {
	local name
	needs php sqlite3 /var/lib/roundcube/public_html || return 1
	mkdir -p "$W/temp" "$W/logs" "$W/config"
	cp -rL /etc/roundcube/. "$W/config/"
	sqlite3 "$W/db" </usr/share/roundcube/SQL/sqlite.initial.sql || return 1
	echo "<?php define('RCUBE_CONFIG_DIR', '$W/config/');" >"$W/first.php"
	for name in Roundcube "Mail of 二番"; do
		cat >"$W/config/config.inc.php" <<-END
			<?php \$config['db_dsnw'] = 'sqlite:///$W/db'; \$config['imap_host'] = 'localhost:143';
			\$config['product_name'] = '$name'; \$config['des_key'] = 'abcdefghijklmnopqrstuvwx';
			\$config['temp_dir'] = '$W/temp'; \$config['log_dir'] = '$W/logs'; \$config['plugins'] = [];
			\$config['skin'] = 'elastic';
		END
		again
		php_site /var/lib/roundcube/public_html -d auto_prepend_file="$W/first.php" || return 1
		pages_in login /
		page login expired "/?_task=mail&_err=session"
		page login logout "/?_task=logout"
		mv "$PAGES/$UI/login" "$PAGES/$UI/login-$PORT"
	done
	mkdir "$PAGES/$UI/login"
	(cd "$PAGES/$UI" && for f in login-*/*; do mv "$f" "login/${f//\//-}"; done; rmdir login-*)
}

ui_simplesamlphp() {
	local l
	needs php /usr/share/simplesamlphp/www || return 1
	php_site /usr/share/simplesamlphp/www || return 1
	for l in en ja de fr zh es ar; do
		page start "$l" "/module.php/core/frontpage_welcome.php?language=$l"
	done
}

ui_icingaweb2() {
	needs php /usr/share/icingaweb2/public || return 1
	php_site /usr/share/icingaweb2/public -d error_reporting=0 || return 1
	pages_in login /authentication/login
}

ui_rssbridge() {
	needs php /usr/share/rss-bridge/index.php || return 1
	cp -rL /usr/share/rss-bridge "$W/site" 2>/dev/null
	php_site "$W/site" || return 1
	page list usual /
	printf 'Github\nWikipedia\n' >"$W/site/whitelist.txt"
	page list two /
	echo '*' >"$W/site/whitelist.txt"
	page list all /
}
