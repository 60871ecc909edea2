-- Every awkward kind: IPv6, flows, half-hour days, sensors without uptime or
-- region, quotes and other scripts in texts, texts that an order by language
-- would place otherwise, huge counters, origins that overlap.
BEGIN;
UPDATE sensor_meta SET value = 'flows' WHERE key = 'unit';
INSERT INTO region VALUES
	('japan', 'Japan', '日本', 10), ('Zed', 'Same place', '同じ', 20),
	('abc', 'Same "place"', '同じ', 20), ('äöü', 'It''s \N', '\\x', 20),
	('empty', 'No sensors', '空', 5);
INSERT INTO sensor VALUES
	('tokyo', 'Japan #1', 'japan', 'JP'), ('Tokyo', 'Japan #10', 'japan', 'JP'),
	('a-b', 'O''Brien "x"', 'abc', 'US'), ('a_b', 'back\slash', 'abc', ''),
	('A b', '日本語 #2', 'Zed', 'TW'), ('Ångström', '\N', 'äöü', 'SE'),
	('zz', 'percent % and ? $1', 'nowhere', 'DE'), ('\N', 'no region', '', ''),
	('quiet', 'Quiet #1', 'Zed', 'TW');
CREATE TEMP TABLE n AS WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL
	SELECT i + 1 FROM n WHERE i < 5999) SELECT i,
	(i * 7919 + 104729) % 10007 AS r FROM n;
-- Kolkata is 5:30 ahead. 2025-03-30 to 2025-10-15 with a silent fortnight.
INSERT OR IGNORE INTO traffic (day, sensor, source, protocol, port, signature,
		packets, first_seen, last_seen, source_port)
	SELECT day, sensor, source, protocol,
		CASE WHEN protocol IN (1, 58, 47) THEN 0
			ELSE (r * r) % 65536 * (r % 3 > 0) + 23 * (r % 3 = 0) END,
		CASE WHEN protocol = 47 THEN 'gre'
			ELSE substr('backscatter mirai       zmap        masscan                 ',
			1 + 12 * (r % 5), 12) END, packets,
		start + r % 1000, start + 86399 - r % 7, r * 13 % 65536
	FROM (SELECT r, i, date('2025-03-30', '+' || (r % 200) || ' days') AS day,
		CAST(strftime('%s', date('2025-03-30', '+' || (r % 200) || ' days'))
			AS INTEGER) - 19800 AS start,
		CASE i % 9 WHEN 0 THEN 'tokyo' WHEN 1 THEN 'Tokyo' WHEN 2 THEN 'a-b'
			WHEN 3 THEN 'a_b' WHEN 4 THEN 'A b' WHEN 5 THEN 'Ångström'
			WHEN 6 THEN 'zz' WHEN 7 THEN '\N' ELSE 'unknown' END AS sensor,
		CASE r % 4 WHEN 0 THEN '192.0.2.' || (r % 256)
			WHEN 1 THEN '2001:db8::' || printf('%x', r % 40 + 1)
			WHEN 2 THEN '2001:db8:' || printf('%x', r % 9 + 1) || '::a'
			ELSE '198.51.100.' || (r % 7) END AS source,
		CASE i % 11 WHEN 0 THEN 17 WHEN 1 THEN 1 WHEN 2 THEN 58 WHEN 3 THEN 47
			ELSE 6 END AS protocol,
		CASE WHEN i % 997 = 0 THEN 400000000000000000 + i ELSE r % 90 + 1 END
			AS packets FROM n)
	WHERE day NOT BETWEEN '2025-07-10' AND '2025-07-24';
UPDATE traffic SET signature = trim(signature);
INSERT INTO sensor_uptime VALUES
	('tokyo', 1743273000, 1752085800, 0), ('tokyo', 1753295400, 1760000000, 1),
	('a-b', 1743300001, 1750000003, 0), ('quiet', 1743273000, 1760000000, 0);
INSERT INTO source_origin
	SELECT source, 1743273000, 1750000000, substr('JPUSTW', 1 + length(source) % 3 * 2, 2),
		64500 + length(source), 'Tab	and "quote" of ' || source FROM traffic GROUP BY source
	HAVING length(source) % 4 > 0;
INSERT INTO source_origin
	SELECT source, 1749000000, 1790000000, '', 4200000000, '日本 \N it''s'
	FROM traffic GROUP BY source HAVING length(source) % 5 = 2;
COMMIT;
