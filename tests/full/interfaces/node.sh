# Interfaces from npm, in several versions each. build/ui keeps what was
# fetched once.
NPM_DIR=$TOP/build/ui

# With what they need, or only the package's own files.
NPM_PROGRAMS="node-red@3.0.2 node-red@3.1.10 node-red@4.0.4 verdaccio@5.15.4
	verdaccio@5.10.2 redis-commander@0.8.0 redis-commander@0.9.0
	cloudcmd@18.7.3 cloudcmd@18.8.11 http-server@0.12.3 http-server@14.1.1
	json-server@0.17.0 json-server@0.17.4"
NPM_FILES="swagger-ui-dist@4.16.0 swagger-ui-dist@5.8.0 swagger-ui-dist@5.20.4
	zigbee2mqtt-frontend@0.6.80 zigbee2mqtt-frontend@0.6.150
	zigbee2mqtt-frontend@0.7.1 homebridge-config-ui-x@4.50.2
	homebridge-config-ui-x@4.56.4 homebridge-config-ui-x@4.63.0
	@signalk/server-admin-ui@1.39.0 @signalk/server-admin-ui@1.46.0"

# Fetches what is not there yet, where there is a network to do it with.
npm_fetch() {
	local what dir
	[ "${MARTLET_NO_INSTALL:-0}" != 1 ] && command -v npm >/dev/null || return 0
	for what in $NPM_PROGRAMS; do
		dir=$NPM_DIR/$what
		[ -d "$dir/node_modules" ] && continue
		mkdir -p "$dir" && echo '{}' >"$dir/package.json"
		timeout 150 npm install --prefix "$dir" --no-audit --no-fund \
			--omit=dev --ignore-scripts "$what" >"$dir/log" 2>&1 || rm -rf "$dir"
	done
	for what in $NPM_FILES; do
		dir=$NPM_DIR/$what
		[ -e "$dir/package/package.json" ] && continue
		mkdir -p "$dir"
		(cd "$dir" && timeout 60 npm pack --silent "$what" >log 2>&1 &&
			tar xzf ./*.tgz) || rm -rf "$dir"
	done
}

# npm_get PACKAGE VERSION: sets NPM to its directory.
npm_get() {
	local dir=$NPM_DIR/$1@$2
	for NPM in "$dir/node_modules/$1" "$dir/package"; do
		[ ! -e "$NPM/package.json" ] || return 0
	done
	echo "# skipped $1 $2: npm did not install it" >&2
	return 1
}

ui_nodered() {
	local v
	for v in 3.0.2 3.1.10 4.0.4; do
		npm_get node-red "$v" || continue
		again
		mkdir -p "$W/$v"
		serve node "$NPM/red.js" -u "$W/$v" -p "$PORT" -D uiHost="$AT" || continue
		for _ in $(seq 100); do curl -s "http://$AT:$PORT/" | grep -q '</html>' && break; sleep 0.1; done
		pages_in editor /
		mv "$PAGES/$UI/editor" "$PAGES/$UI/editor-$v"
	done
	mkdir -p "$PAGES/$UI/editor"
	(cd "$PAGES/$UI" && for f in editor-*/*; do mv "$f" "editor/${f//\//-}"; done; rmdir editor-*)
}

ui_verdaccio() {
	local v title
	for v in 5.10.2 5.15.4; do
		npm_get verdaccio "$v" || continue
		for title in Verdaccio "Packages of 二番"; do
			again
			cat >"$W/conf.yaml" <<-END
				storage: $W/storage
				web: { title: "$title" }
				auth: { htpasswd: { file: $W/htpasswd } }
				packages: { "**": { access: \$all } }
				log: { type: stdout, format: pretty, level: http }
			END
			serve node "$NPM/bin/verdaccio" -c "$W/conf.yaml" -l "$AT:$PORT" || continue
			page web "$v-${title%% *}" /
		done
	done
}

ui_rediscommander() {
	local v
	for v in 0.8.0 0.9.0; do
		npm_get redis-commander "$v" || continue
		again
		serve node "$NPM/bin/redis-commander.js" --address "$AT" --port "$PORT" \
			--redis-port 1 --noload || continue
		page web "$v" /
	done
}

ui_cloudcmd() {
	local v n
	for v in 18.7.3 18.8.11; do
		npm_get cloudcmd "$v" || continue
		for n in 0 3 40; do
			again
			some_files "$W/root$n" "$n"
			serve env HOME="$W" node "$NPM/bin/cloudcmd.mjs" --root "$W/root$n" --port "$PORT" \
				--no-open --no-auth || continue
			page files "$v-$n" /
		done
	done
}

ui_httpserver() {
	local v
	some_files "$W/www/small" 2
	some_files "$W/www/large" 60
	mkdir -p "$W/www/empty"
	for v in 0.12.3 14.1.1; do
		npm_get http-server "$v" || continue
		again
		serve node "$NPM/bin/http-server" "$W/www" -a "$AT" -p "$PORT" || continue
		page list "$v-small" /small/
		page list "$v-large" /large/
		page list "$v-empty" /empty/
	done
}

ui_jsonserver() {
	local v n
	for v in 0.17.0 0.17.4; do
		npm_get json-server "$v" || continue
		again
		echo '{"posts": [{"id": 1}], "日記": [{"id": 1}, {"id": 2}]}' >"$W/db.json"
		serve node "$NPM/lib/cli/bin.js" "$W/db.json" --host "$AT" --port "$PORT" || continue
		page first "$v" /
	done
}

# Pages that are files: the way their programs serve them.
static_pages() {
	local kind=$1 package=$2 file=$3 v
	shift 3
	needs nginx || return 1
	for v in "$@"; do
		npm_get "$package" "$v" || continue
		again
		nginx_serve "$NPM${file%/*}" "" || continue
		page "$kind" "$v" "/${file##*/}"
	done
}

ui_swagger() { static_pages web swagger-ui-dist /index.html 4.16.0 5.8.0 5.20.4; }
ui_zigbee2mqtt() { static_pages web zigbee2mqtt-frontend /dist/index.html 0.6.80 0.6.150 0.7.1; }
ui_homebridge() { static_pages web homebridge-config-ui-x /public/index.html 4.50.2 4.56.4 4.63.0; }
ui_signalk() { static_pages web @signalk/server-admin-ui /public/index.html 1.39.0 1.46.0; }
