#!/bin/bash
# traffic and findings over real data: nine honeypot sensors of 2013.
. "$(dirname "$0")/lib.sh"
marx=$SHARED/data/sensors/marx-2013.csv.zst

# --- without any data

"$MARTLET" init "$T/empty" 2>/dev/null
cd "$T/empty" || exit 1
status "an empty period is no error" 0 "$MARTLET" traffic 2013Q2 --json
is "its arrays are empty" "$(jq -c '[.months, .ranks, .changes]' "$T/out")" \
	"[[],[],[]]"
like "and it says so" "$(cat "$T/err")" "no traffic in 2013Q2"
status "nothing is found in it" 0 "$MARTLET" findings 2013Q2 --json
is "no finding is an empty array" "$(jq -c .findings "$T/out")" "[]"
status "traffic without a period is wrong usage" 2 "$MARTLET" traffic
status "a wrong period is wrong usage" 2 "$MARTLET" traffic 2013Q5
like "and says what a period looks like" "$(cat "$T/err")" "2025-W31"
status "--top 0 is wrong usage" 2 "$MARTLET" traffic 2013Q2 --top 0
status "--json and --csv exclude each other" 2 \
	"$MARTLET" traffic 2013Q2 --json --csv
status "a home region that is not there fails" 1 \
	"$MARTLET" -o report.home=mars traffic 2013Q2
like "and names the setting" "$(cat "$T/err")" "report.home.*'mars'"
status "no workspace fails" 1 "$MARTLET" -C "$T/nowhere" traffic 2013Q2

if [ ! -r "$marx" ]; then
	echo "skipped most of $(basename "$0"): no $marx" >&2
	skip "traffic and findings of 2013" "no $marx"
	done_testing
	exit
fi

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

# --- the numbers, counted once more from the file itself

"$MARTLET" traffic 2013Q2 --json >"$T/q2.json" 2>"$T/err"
is "packets to Tokyo, April to June" \
	"$(jq -c '[.sensor_months[] | select(.sensor == "groucho-tokyo") |
		.packets]' "$T/q2.json")" "[14388,20019,16485]"
zstd -dcq "$marx" | awk -F, 'NR > 1 && $1 >= "2013-04" && $1 < "2013-07" {
	n[$2 " " substr($1, 1, 7)]++ }
	END { for (k in n) print k, n[k] }' | sort >"$T/wanted"
jq -r '.sensor_months[] | "\(.sensor) \(.month) \(.packets)"' "$T/q2.json" |
	sort >"$T/got"
ok "packets of every sensor and month are exact" diff "$T/wanted" "$T/got"
zstd -dcq "$marx" | awk -F, 'NR > 1 && $1 >= "2013-04" && $1 < "2013-07" {
	k = $2 " " ($4 == "ICMP" ? "ICMP" : $7 "/" $4)
	n[k]++; if (!s[k " " $8]++) d[k]++ }
	END { for (k in n) { split(k, p, " "); split(p[2], q, "/")
		print p[1], n[k], d[k], q[1] == "ICMP" ? 0 : q[1], p[2] } }' |
	sort -k1,1 -k2,2nr -k3,3nr -k4,4n -k5,5 |
	awk '++rank[$1] <= 10 { print $1, rank[$1], $5, $2, $3 }' |
	sort >"$T/wanted"
jq -r '.ranks[] | "\(.sensor) \(.rank) \(.service) \(.packets) \(.sources)"' \
	"$T/q2.json" | sort >"$T/got"
ok "the ten ports of every sensor are right" diff "$T/wanted" "$T/got"
is "shares are of all packets to the sensor" \
	"$(jq '.ranks[] | select(.sensor == "groucho-tokyo" and .rank == 1) |
		.share * 50892 | round' "$T/q2.json")" \
	"$(jq '.ranks[] | select(.sensor == "groucho-tokyo" and .rank == 1) |
		.packets' "$T/q2.json")"
is "ICMP has port 0" \
	"$(jq -c '[.ranks[] | select(.service == "ICMP") |
		[.port, .transport]] | unique' "$T/q2.json")" '[[0,"ICMP"]]'
is "the first region is home" \
	"$(jq -c '[.months[] | select(.side == "home") | .region] | unique' \
		"$T/q2.json")" '["japan"]'
is "a mean is packets by sensor-days" \
	"$(jq '[.months[] | .packets / .sensor_days - .per_sensor_day | fabs] |
		max < 1e-6' "$T/q2.json")" true
is "sensors without uptime records count days with packets" \
	"$(jq -c '[.side_months[] | [.side, .sensor_days + 0, .inferred]]' \
		"$T/q2.json")" \
	'[["home",30,true],["abroad",240,true],["home",31,true],["abroad",248,true],["home",30,true],["abroad",240,true]]'
is "two sensors of each region are shown" "$(jq -c .shown "$T/q2.json")" \
	"$(jq -c '[.months[0:4][].region] as $regions |
		[$regions[] as $r | [.sensor_months[] | select(.region == $r)] |
		 group_by(.sensor) | map({id: .[0].sensor, label: .[0].label,
			packets: (map(.packets) | add)}) |
		 sort_by(-.packets)[:2] | sort_by(.label)[] | .id]' "$T/q2.json")"
is "a year before there are no data" \
	"$(jq -c '[.changes[] | select(.against == "year-before") |
		[.before, .change]] | unique' "$T/q2.json")" "[[null,null]]"
is "--top gives more ranks" \
	"$("$MARTLET" traffic 2013Q2 --top 25 --json | jq '.ranks | length')" 225
is "a CSV row for each month and region or side" \
	"$("$MARTLET" traffic 2013Q2 --csv | wc -l)" 19
for command in "traffic 2013Q2" "traffic 2013Q2 --csv" \
	"traffic 2013Q2 --json" "findings 2013Q2" "findings 2013Q2 --json"; do
	status "a full disk is a failure of $command" 1 \
		bash -c "$MARTLET $command >/dev/full"
	like "and it says so" "$(cat "$T/err")" "cannot write .*No space"
done
for period in 2013Q2 2013-05-13..2013-09-30; do
	"$MARTLET" traffic $period >"$T/out"
	is "the table of $period fits into 100 columns" \
		"$(awk 'length > 100' "$T/out" | wc -l)" 0
done
like "a month that the period cuts is left out of its movement" \
	"$("$MARTLET" findings 2013-05-13..2013-07-31)" \
	"May is left out, because the period has only 13 to 31 May 2013 of it"
is "a month is clipped to the period" \
	"$("$MARTLET" traffic 2013-05-13..2013-06-30 --json |
		jq -c '[.side_months[] | select(.side == "home") |
			[.month, .sensor_days + 0, .partial]]')" \
	'[["2013-05",19,true],["2013-06",30,false]]'
is "months of the third quarter: September has eight days" \
	"$("$MARTLET" traffic 2013Q3 --json |
		jq -c '[.side_months[] | select(.side == "home") |
			[.month, .sensor_days + 0, .partial, .last_day]]')" \
	'[["2013-07",31,false,"2013-07-31"],["2013-08",31,false,"2013-08-31"],["2013-09",8,true,"2013-09-08"]]'

# --- ranks of earlier periods, and without research scanners

"$MARTLET" traffic 2013Q3 --json >"$T/q3.json"
"$MARTLET" traffic 2013Q2 --top 100000 --json >"$T/q2-all.json"
is "each rank says where it was a quarter before" \
	"$(jq -r '.ranks[] | "\(.sensor) \(.service) \(.previous.rank) \(.previous.packets) \(.previous.sources)"' \
		"$T/q3.json" | sort)" \
	"$(jq -r --slurpfile q2 "$T/q2-all.json" '
		($q2[0].ranks | map({(.sensor + " " + .service): .}) | add) as $was |
		.ranks[] | (.sensor + " " + .service) as $k |
		"\($k) \($was[$k].rank) \($was[$k].packets // 0) \($was[$k].sources // 0)"' \
		"$T/q3.json" | sort)"
is "and nothing of a year without data" \
	"$(jq -c '[.ranks[].year_before] | unique' "$T/q3.json")" "[null]"
like "a person reads them" "$("$MARTLET" traffic 2013Q3 --show ranks)" \
	"1433/TCP [0-9.]+% [0-9]+/-"
sqlite3 sensors.db ".once $T/sensors.sql" .dump
sqlite3 sensors.db "WITH RECURSIVE d(n) AS (SELECT 0 UNION ALL SELECT n + 1
		FROM d WHERE n < 60),
	p(k) AS (SELECT 1 UNION ALL SELECT k + 1 FROM p WHERE k < 15)
	INSERT INTO traffic (day, sensor, source, protocol, port, signature,
		packets, first_seen, last_seen, source_port)
	SELECT date('2013-07-05', '+' || n || ' days'), id, '198.51.100.7', 6,
		7000 + k, '', 40, 0, 0, 0 FROM d, p, sensor"
"$MARTLET" traffic 2013Q3 --without-research --show ranks,scanners --json \
	>"$T/without.json"
is "a broad and steady source is told, and a known one" \
	"$(jq -c '[.scanners.list[] | [.address, .known_by, .ports_a_day,
		.sensors, .days]]' "$T/without.json")" \
	'[["89.248.172.16","list",1,4,3],["198.51.100.7","breadth",15,9,61]]'
is "ranks without them are those from before" \
	"$(jq -c '[.ranks[] | select(.sensor != "groucho-sa") |
		[.sensor, .rank, .service, .packets, .sources]]' \
		"$T/without.json")" \
	"$(jq -c '[.ranks[] | select(.sensor != "groucho-sa") |
		[.sensor, .rank, .service, .packets, .sources]]' "$T/q3.json")"
is "and one packet of the known one is off" \
	"$(for f in q3 without; do jq '.ranks[] | select(.sensor ==
		"groucho-sa" and .service == "19/UDP") | .packets' "$T/$f.json"
	done | paste -sd' ')" "260 259"
is "with them they are others" \
	"$(jq '[.ranks[] | select(.with_research.rank != .rank)] | length > 50' \
		"$T/without.json")" true
rm sensors.db
sqlite3 sensors.db <"$T/sensors.sql"

# --- further answers, counted once more in SQL

"$MARTLET" traffic 2013Q2 --json \
	--show countries,signatures,concentration,habits,days,uptime,movers \
	>"$T/more.json"
rows() { sqlite3 sensors.db "$1" | sort; }
is "sources of each country on a day" \
	"$(jq -r '.country_days as $d | .countries[] | select(.country != null and
		.country != "") | .country as $c | .sources_by_day | to_entries[] |
		select(.value > 0 and $d[.key] == "2013-05-18") |
		"\($c)|\(.value)"' "$T/more.json" | grep -E '^(IN|CN|BR)' | sort)" \
	"$(rows "SELECT country, COUNT(DISTINCT t.source) FROM traffic t
		JOIN source_origin o ON o.source = t.source AND valid_from =
			(SELECT MAX(valid_from) FROM source_origin x
			 WHERE x.source = t.source AND x.valid_from <
				strftime('%s', '2013-07-01') + 0)
		WHERE day = '2013-05-18' AND country IN ('IN', 'CN', 'BR')
		GROUP BY 1")"
is "the largest sources" \
	"$(jq -r '.concentration.sources.list[] | "\(.address)|\(.packets)"' \
		"$T/more.json" | sort)" \
	"$(rows "SELECT source, SUM(packets) FROM traffic WHERE day BETWEEN
		'2013-04-01' AND '2013-06-30' GROUP BY 1 ORDER BY 2 DESC LIMIT 10")"
is "weekdays" "$(jq -r '.habits.weekdays[] | select(.side == "home") |
		"\(.weekday % 7)|\(.packets)"' "$T/more.json" | sort)" \
	"$(rows "SELECT strftime('%w', day), SUM(packets) FROM traffic
		WHERE sensor = 'groucho-tokyo' AND day BETWEEN '2013-04-01' AND
		'2013-06-30' GROUP BY 1")"
is "days of a region" "$(jq -r '.days[] | select(.region == "japan") |
		"\(.day)|\(.packets)"' "$T/more.json" | sort)" \
	"$(rows "SELECT day, SUM(packets) FROM traffic WHERE
		sensor = 'groucho-tokyo' AND day BETWEEN '2013-04-01' AND
		'2013-06-30' GROUP BY 1")"
is "packets of a port and of all" \
	"$(jq -r '.signatures | .packets, (.ports[] | select(.service ==
		"1433/TCP") | .packets)' "$T/more.json" | paste -sd' ')" \
	"$(sqlite3 sensors.db "SELECT SUM(packets), SUM(CASE WHEN protocol = 6 AND
		port = 1433 THEN packets END) FROM traffic WHERE day BETWEEN
		'2013-04-01' AND '2013-06-30'" | tr '|' ' ')"
is "what rose is of the packets of both periods" \
	"$(jq -r '[.movers.ports[] | select(.side == "home" and
		.against == "previous")][0] | "\(.port)|\(.packets)|\(.packets_before)"' \
		"$T/more.json")" \
	"$(port=$(jq '[.movers.ports[] | select(.side == "home" and
		.against == "previous")][0].port' "$T/more.json")
		sqlite3 sensors.db "SELECT port, SUM(CASE WHEN day >= '2013-04-01' THEN
		packets ELSE 0 END), SUM(CASE WHEN day < '2013-04-01' THEN packets
		ELSE 0 END) FROM traffic WHERE sensor = 'groucho-tokyo' AND port =
		$port AND protocol = (SELECT protocol FROM traffic WHERE port = $port
		LIMIT 1) AND day BETWEEN '2013-01-01' AND '2013-06-30' GROUP BY 1")"
is "days without any sensor are gaps and no zeros" \
	"$("$MARTLET" traffic 2013Q3 --show days,uptime,countries --json |
		jq -c '[(.days[] | select(.day == "2013-09-20" and .region == "japan") |
		.packets, .per_sensor_day), (.uptime[0].gaps[0] | .first_day, .days,
		.inferred), .countries[0].sources_by_day[-1]]')" \
	'[null,null,"2013-09-09",22,true,null]'
for what in months ranks changes days movers events signatures countries \
	concentration scanners habits uptime; do
	status "CSV of $what" 0 "$MARTLET" traffic 2013-05 --csv=$what
done
"$MARTLET" traffic 2013Q2 --show all >"$T/out"
is "all of it fits into 100 columns" "$(awk 'length > 100' "$T/out" | wc -l)" 0

# --- the sentences

ok "reading makes no case database" test ! -e martlet.db

say() { jq -r --arg id "$2" '.findings[] | select(.id == $id) | .text.en' "$1"; }
"$MARTLET" findings 2013Q2 --json >"$T/f2.json"
"$MARTLET" findings 2013Q3 --json >"$T/f3.json"
is "which side is higher" "$(say "$T/f2.json" 2013Q2/region-comparison)" \
	"On average, sensors in Japan received more packets than those abroad: 559.3 per sensor and day, against 203.8 (2.7 times as many). Only one sensor in Japan is counted."
like "how the months moved at home, and the peak" \
	"$(say "$T/f2.json" 2013Q2/monthly-movement/home)" \
	"rose from 479.6 in April to 645.8 in May, and then fell to 549.5 in June. It was highest in May."
like "and abroad" "$(say "$T/f2.json" 2013Q2/monthly-movement/abroad)" \
	"stayed about level from 204.1 in April to 201.5 in June"
like "which ports are common" "$(say "$T/f2.json" 2013Q2/common-ports)" \
	"at all 6 sensors shown.* \(5 of 6\)"
like "the weeks without data are named" \
	"$(say "$T/f3.json" 2013Q3/monthly-movement/home)" \
	"September is left out, because its data cover only 1 to 8 September 2013"
unlike "and are no fall" "$(jq -r '.findings[].text.en' "$T/f3.json")" \
	"fell|fewer|decreas"
unlike "nor in Japanese" "$(jq -r '.findings[].text.ja' "$T/f3.json")" "減"

# --- every number again, by its own statement in sqlite3

for f in f2 f3; do
	jq -r '.findings[] | .id as $id | .numbers[] | select(.query != null) |
		".parameter clear",
		(.query.parameters | to_entries[] |
			".parameter set ?\(.key + 1) " +
			(if .value | type == "string"
			 then "\"'\''\(.value)'\''\"" else "\(.value)" end)),
		(.query.statement + ";")' "$T/$f.json" >"$T/$f.sql"
	jq -r '.findings[].numbers[] | select(.query != null) | .value' \
		"$T/$f.json" >"$T/wanted"
	sqlite3 sensors.db <"$T/$f.sql" >"$T/got" 2>&1
	is "each number in $f.json has a statement" \
		"$(jq '[.findings[].numbers[] | select(.query == null)] |
			length' "$T/$f.json")" 0
	is "statements in $f.json give their numbers" \
		"$(paste "$T/wanted" "$T/got" | awk '
			{ d = $1 - $2; if (d < 0) d = -d
			  w = $1 < 0 ? -$1 : $1 }
			NF != 2 || d > 1e-9 * w * ($1 ~ /\./)' )" ""
	ok "and there are many" test "$(wc -l <"$T/wanted")" -ge 15
done
is "every formula names numbers that are there" \
	"$(jq -c '[.findings[] | (.numbers | map(.name)) as $names |
		.numbers[] | select(.formula != null) | .formula |
		[scan("[a-z][A-Za-z0-9_]*")] - $names] | add' "$T/f2.json")" "[]"
done_testing
