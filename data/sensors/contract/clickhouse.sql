-- The relations that Martlet reads, for ClickHouse 18.16 or newer:
--     martlet sensors ddl clickhouse --timezone Asia/Tokyo |
--         clickhouse-client --database sensors --multiquery
-- Views with these columns do as well. To copy what 'martlet import' made,
-- for each relation and with its columns in this order:
--     sqlite3 -csv sensors.db 'SELECT id, name_en, name_ja, sort FROM region' |
--         clickhouse-client --database sensors --query 'INSERT INTO region FORMAT CSV'

-- The zone that days begin in, and what is counted: packets or flows.
CREATE TABLE sensor_meta (
	key   String,
	value String
) ENGINE = MergeTree ORDER BY key;
INSERT INTO sensor_meta VALUES ('timezone', '@TIMEZONE@'), ('unit', 'packets');

CREATE TABLE region (
	id      String,
	name_en String,
	name_ja String,
	sort    Int32 -- the first region is home
) ENGINE = MergeTree ORDER BY id;

-- No sensor address anywhere.
CREATE TABLE sensor (
	id      String,
	label   String, -- what may be published: Japan #1
	region  String,
	country String  -- ISO 3166-1 alpha-2, '' = not said
) ENGINE = MergeTree ORDER BY id;

CREATE TABLE sensor_uptime (
	sensor   String,
	up_since Int64, -- Unix seconds; up_until is no part of it
	up_until Int64,
	inferred UInt8  -- 0 or 1
) ENGINE = MergeTree ORDER BY (sensor, up_since);

-- One row for each of the first six columns: nothing here sees to that, so
-- load each day once ('martlet sensors check' looks). What newer versions do
-- better: LowCardinality(String) for sensor and signature takes less room, and
-- a projection ordered by source makes 'martlet show' fast.
CREATE TABLE traffic (
	day         Date,   -- in the zone of sensor_meta
	sensor      String,
	source      String, -- RFC 5952; IPv4-mapped is IPv4
	protocol    UInt8,  -- IANA number
	port        UInt16, -- 0 for ICMP
	signature   String, -- backscatter, gre, mirai, zmap, masscan; '' = none
	packets     UInt64,
	first_seen  Int64,  -- Unix seconds UTC
	last_seen   Int64,
	source_port UInt16  -- of the packet at last_seen, 0 = unknown
) ENGINE = MergeTree PARTITION BY toYYYYMM(day)
ORDER BY (day, sensor, source, protocol, port, signature);

-- Optional: where a source was; both ends belong to it.
CREATE TABLE source_origin (
	source      String,
	valid_from  Int64,
	valid_until Int64,
	country     String,
	asn         UInt32, -- 0 = not known
	as_name     String
) ENGINE = MergeTree ORDER BY (source, valid_from);

-- Who reads needs a user with <readonly>2</readonly> in its profile, and
-- this database among its <allow_databases>.
