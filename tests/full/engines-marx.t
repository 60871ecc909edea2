#!/bin/bash
# The marx data on all three engines, and counted once more from the file.
. "$(dirname "$0")/../cli/laboratory.sh"
own_network "$@"
. "$(dirname "$0")/../cli/lib.sh"
own_network_up
. "$(dirname "$0")/../cli/engines.sh"
marx=$SHARED/data/sensors/marx-2013.csv.zst
[ -r "$marx" ] || skip_all "there is no $marx"
PG_BIN=$(postgresql_bin) || skip_all "PostgreSQL's server is not installed"
W=$T/w
"$MARTLET" init --timezone UTC "$W" 2>/dev/null
m() { "$MARTLET" -C "$W" "$@"; }
status "the data are imported" 0 m import \
	--map time=datetime,sensor=host,source=srcstr,protocol=proto \
	--map port=dpt,source_port=spt,country=cc "$marx"
sqlite3 "$W/sensors.db" "
	INSERT INTO region VALUES ('japan', 'Japan', '日本', 1),
		('north-america', 'North America', '北米', 2),
		('europe', 'Europe', '欧州', 3), ('other', 'Other', '他', 4);
	UPDATE sensor SET country = 'JP', region = CASE
		WHEN id = 'groucho-tokyo' THEN 'japan'
		WHEN id = 'groucho-eu' THEN 'europe'
		WHEN id IN ('groucho-oregon', 'groucho-us-east',
			'groucho-norcal', 'zeppo-norcal')
		THEN 'north-america' ELSE 'other' END;
	DELETE FROM region WHERE id = 'unassigned'"
cat >"$W/contacts.csv" <<'END'
kind,match,contact,role,name,language,note
country,JP,csirt@example.jp,,National,ja,
country,CN,csirt@example.net,,National,en,
END

ok "a cluster is made" make_postgresql "$PG_BIN"
ok "PostgreSQL runs" run_postgresql "$PG_BIN"
ok "it has the data" fill_postgresql marx "$W/sensors.db"
URLS=$(pg_url marx)
if command -v clickhouse-server >/dev/null && [ "$LAB_NETWORK" = own ]; then
	ok "ClickHouse runs" run_clickhouse
	ok "it has the data" fill_clickhouse marx "$W/sensors.db"
	URLS="$URLS $(ch_url marx)"
else
	skip "ClickHouse" "it is not installed, or there is no network of one's own"
	echo "ClickHouse is not asked: it is not installed" >&2
fi
same() {
	m "$@" >"$T/wanted" 2>/dev/null
	for url in $URLS; do
		status "$*: ${url%%:*} answers" 0 m -o "sensors.database=$url" "$@"
		ok "$*: ${url%%:*} says the same" cmp "$T/wanted" "$T/out"
	done
}
for url in $URLS; do
	status "${url%%:*} keeps the contract" 0 m -o "sensors.database=$url" sensors check
done
sqlite3 "$T/raw.db" <<END
.mode csv
.import "|zstd -dcq '$marx'" marx
END
for q in 2013Q2:2013-04-01:2013-06-30 2013Q3:2013-07-01:2013-09-30; do
	IFS=: read -r period first last <<<"$q"
	cp "$T/raw.db" "$T/counted.db"
	{
		echo ".parameter init"
		echo ".parameter set @first \"'$first'\""
		echo ".parameter set @last \"'$last'\""
		cat "$(dirname "$0")/engines-marx.sql"
	} | sqlite3 "$T/counted.db" >"$T/counted"
	same traffic $period --json
	is "$period: months as counted from the file" \
		"$(jq -c '[.months[] | [.month, .region, .packets]] | sort' "$T/out" | md5sum)" \
		"$(sed -n 1p "$T/counted" | jq -c sort | md5sum)"
	is "$period: ranks as counted from the file" \
		"$(jq -c '[.ranks[] | [.sensor, .rank, .port, .transport, .packets, .sources]] | sort' "$T/out" | md5sum)" \
		"$(sed -n 2p "$T/counted" | jq -c sort | md5sum)"
	export MARTLET_NOW=${last}T12:00:00Z
	same sources $period --json
	is "$period: sources as counted from the file" \
		"$(jq -c '[.sources[] | [.address, .packets, .sensors, .days, .first_seen, .last_seen]] | sort' "$T/out" | md5sum)" \
		"$(sed -n 3p "$T/counted" | jq -c sort | md5sum)"
	is "$period: there are many" "$(sed -n 3p "$T/counted" | jq 'length > 20000')" true
	same findings $period --json
	same contacts $period --json
	same scan $period --dry-run --stale
	m report $period >"$T/wanted" 2>/dev/null
	find "$W/out/$period" -type f | sort | xargs md5sum >"$T/wanted"
	for url in $URLS; do
		status "report $period: ${url%%:*} answers" 0 m -o "sensors.database=$url" report $period
		find "$W/out/$period" -type f | sort | xargs md5sum >"$T/got"
		ok "report $period: ${url%%:*} makes the same files" diff "$T/wanted" "$T/got"
	done
	unset MARTLET_NOW
done
same sensors list --json
done_testing
