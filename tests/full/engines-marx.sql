-- 2013Q2 or 2013Q3 of the marx data, counted from the file alone: run with
-- .parameter set @first and @last; prints one JSON line for each question.
CREATE TABLE place (sensor, region);
INSERT INTO place SELECT DISTINCT host, CASE
	WHEN host = 'groucho-tokyo' THEN 'japan'
	WHEN host = 'groucho-eu' THEN 'europe'
	WHEN host IN ('groucho-oregon', 'groucho-us-east', 'groucho-norcal',
		'zeppo-norcal') THEN 'north-america' ELSE 'other' END FROM marx;
CREATE TABLE packet AS SELECT substr(datetime, 1, 10) AS day,
	CAST(strftime('%s', datetime) AS INTEGER) AS at, host AS sensor,
	srcstr AS source, proto AS transport,
	CASE proto WHEN 'ICMP' THEN 0 ELSE CAST(dpt AS INTEGER) END AS port
	FROM marx WHERE substr(datetime, 1, 10) BETWEEN @first AND @last;
SELECT json_group_array(json_array(month, region, packets)) FROM (
	SELECT substr(day, 1, 7) AS month, region, COUNT(*) AS packets
	FROM packet JOIN place USING (sensor) GROUP BY 1, 2 ORDER BY 1, 2);
SELECT json_group_array(json_array(sensor, place, port, transport, packets,
	sources)) FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY sensor ORDER BY
		packets DESC, sources DESC, port, transport) AS place FROM (
		SELECT sensor, port, transport, COUNT(*) AS packets,
			COUNT(DISTINCT source) AS sources FROM packet GROUP BY 1, 2, 3)
	ORDER BY sensor, place) WHERE place <= 10;
SELECT json_group_array(json_array(source, packets, sensors, days, first, last))
	FROM (SELECT source, COUNT(*) AS packets, COUNT(DISTINCT sensor) AS sensors,
		COUNT(DISTINCT day) AS days,
		strftime('%Y-%m-%dT%H:%M:%SZ', MIN(at), 'unixepoch') AS first,
		strftime('%Y-%m-%dT%H:%M:%SZ', MAX(at), 'unixepoch') AS last
	FROM packet GROUP BY source ORDER BY source);
