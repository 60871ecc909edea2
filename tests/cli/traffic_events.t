#!/bin/bash
# traffic --show events over real data: a planted event is found, explained
# and dated; without it nothing of the kind is said.
. "$(dirname "$0")/lib.sh"
marx=$SHARED/data/sensors/marx-2013.csv.zst
[ -r "$marx" ] || skip_all "there is no $marx"

"$MARTLET" init --timezone UTC "$T/marx" 2>/dev/null
cd "$T/marx" || exit 1
status "the real data are imported" 0 "$MARTLET" import \
	--map time=datetime,sensor=host,source=srcstr,protocol=proto \
	--map port=dpt,source_port=spt,country=cc "$marx"
sqlite3 sensors.db "
	DELETE FROM region WHERE id NOT IN ('unassigned');
	INSERT INTO region VALUES ('japan', 'Japan', '日本', 1),
		('north-america', 'North America', '北米', 2),
		('europe', 'Europe', '欧州', 3),
		('other', 'Other regions', 'その他の地域', 4);
	UPDATE sensor SET region = CASE
		WHEN id = 'groucho-tokyo' THEN 'japan'
		WHEN id = 'groucho-eu' THEN 'europe'
		WHEN id IN ('groucho-oregon', 'groucho-us-east',
			'groucho-norcal', 'zeppo-norcal')
		THEN 'north-america' ELSE 'other' END;
	DELETE FROM region WHERE id = 'unassigned'"

# --- without

status "events of the real data" 0 "$MARTLET" traffic 2013Q2 --show events \
	--json
cp "$T/out" "$T/without.json"
is "nothing of many days in North America" \
	"$(jq -c '[.events[] | select(.region == "north-america" and .days > 3)]' \
		"$T/without.json")" "[]"
is "no event is of Russian sources" \
	"$(jq -c '[.events[] | select([.explanation.countries.list[].country] |
		index("RU"))]' "$T/without.json")" "[]"
is "one Indian address to Tokyo on one day is dated and counted" \
	"$(jq -c '.events[] | select(.region == "japan") | [.first_day,
		.last_day, .explanation.sources.count, .country, .per_sensor_day,
		.explanation.ports.list[0].service, .regions_not_seen]' \
		"$T/without.json")" \
	'["2013-05-18","2013-05-18",1,"IN",2614,"1469/UDP",["north-america","europe","other"]]'
is "its packets are those of the file" "$(zstd -dcq "$marx" |
	awk -F, '$1 ~ /^2013-05-18/ && $2 == "groucho-tokyo" && $9 == "IN"' |
	wc -l)" 2614

# --- twelve sources of one country, 15 days, two sensors of one region

sqlite3 sensors.db "
	WITH RECURSIVE d(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM d
		WHERE n < 14),
	s(k) AS (SELECT 1 UNION ALL SELECT k + 1 FROM s WHERE k < 12)
	INSERT INTO traffic (day, sensor, source, protocol, port, signature,
		packets, first_seen, last_seen, source_port)
	SELECT date('2013-05-06', '+' || n || ' days'), id,
		'198.51.100.' || (k * 20), 6, 10000 + (n * 131 + k * 17) % 5000,
		'', 5 + (n + k) % 4,
		strftime('%s', '2013-05-06', '+' || n || ' days') + 3600,
		strftime('%s', '2013-05-06', '+' || n || ' days') + 7200, 0
	FROM d, s, sensor WHERE id IN ('groucho-oregon', 'groucho-us-east');
	INSERT INTO source_origin SELECT DISTINCT source,
		strftime('%s', '2013-05-06') + 0,
		strftime('%s', '2013-05-21') + 0, 'RU', 64500, 'Example'
	FROM traffic WHERE source LIKE '198.51.100.%'"
status "events with a planted one" 0 "$MARTLET" traffic 2013Q2 --show events \
	--json
cp "$T/out" "$T/with.json"
jq '[.events[] | select(.country == "RU")]' "$T/with.json" >"$T/planted.json"
is "it is found once" "$(jq length "$T/planted.json")" 1
is "it is dated" "$(jq -c '.[0] | [.first_day, .last_day, .days]' \
	"$T/planted.json")" '["2013-05-06","2013-05-20",15]'
is "it is explained by twelve sources of one country" \
	"$(jq -c '.[0] | [.explained_by, .explanation.sources.count,
		.explanation.networks.count, .explanation.ases.list[0].asn,
		([.explanation.sources.list[].country] | unique)]' \
		"$T/planted.json")" '["sources",12,1,64500,["RU"]]'
is "by exactly those" "$(jq -r '.[0].explanation.sources.list[].address' \
	"$T/planted.json" | sort)" \
	"$(for k in $(seq 20 20 240); do echo 198.51.100.$k; done | sort)"
is "their packets are exact" "$(jq '.[0].packets' "$T/planted.json")" \
	"$(sqlite3 sensors.db "SELECT SUM(packets) FROM traffic
		WHERE source LIKE '198.51.100.%'")"
is "two sensors of one region saw it" \
	"$(jq -c '[.[0].sensors[] | select(.seen) | .sensor]' "$T/planted.json")" \
	'["groucho-oregon","groucho-us-east"]'
is "and no other region" \
	"$(jq -c '.[0] | [.regions, .regions_seen, .regions_not_seen]' \
		"$T/planted.json")" \
	'[["north-america"],["north-america"],["japan","europe","other"]]'
is "the other events stay what they were" \
	"$(jq -c '[.events[] | select(.country != "RU") |
		[.first_day, .region, .country, .service]]' "$T/with.json")" \
	"$(jq -c '[.events[] | [.first_day, .region, .country, .service]]' \
		"$T/without.json")"
"$MARTLET" traffic 2013Q2 --show events >"$T/out"
like "a person reads it" "$(grep -A3 '^2013-05-06 to' "$T/out" | paste -sd' ')" \
	"2013-05-06 to 2013-05-20 North America, from RU .*12 sources in RU.*seen by 2 of 4 sensors there.*not in Japan, Europe, Other regions"
is "in lines of 100 columns" "$(awk 'length > 100' "$T/out" | wc -l)" 0
is "as CSV" "$("$MARTLET" traffic 2013Q2 --csv=events | grep ',RU,' |
	cut -d, -f1-5,10,11)" 2013-05-06,2013-05-20,15,north-america,RU,sources,12
is "the same is found in May alone" \
	"$("$MARTLET" traffic 2013-05 --show events --json | jq -c '.events[] |
		select(.country == "RU") | [.first_day, .last_day,
		.explanation.sources.count]')" '["2013-05-06","2013-05-20",12]'
is "and not in June" \
	"$("$MARTLET" traffic 2013-06 --show events --json |
		jq -c '[.events[] | select(.country == "RU")]')" "[]"
status "an answer that there is not is wrong usage" 2 \
	"$MARTLET" traffic 2013Q2 --show nonsense
done_testing
