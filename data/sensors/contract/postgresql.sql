-- The relations that Martlet reads, for PostgreSQL:
--     martlet sensors ddl postgresql --timezone Asia/Tokyo | psql sensors
-- Views with these columns do as well. To copy what 'martlet import' made,
-- for each relation and with its columns in this order:
--     sqlite3 -csv sensors.db 'SELECT id, name_en, name_ja, sort FROM region' |
--         psql sensors -c "\copy region FROM STDIN CSV"

BEGIN;

-- The zone that days begin in, and what is counted: packets or flows.
CREATE TABLE sensor_meta (
	key   text PRIMARY KEY,
	value text NOT NULL
);
INSERT INTO sensor_meta VALUES ('timezone', '@TIMEZONE@'), ('unit', 'packets');

CREATE TABLE region (
	id      text COLLATE "C" PRIMARY KEY,
	name_en text NOT NULL,
	name_ja text NOT NULL,
	sort    integer NOT NULL -- the first region is home
);

-- No sensor address anywhere.
CREATE TABLE sensor (
	id      text COLLATE "C" PRIMARY KEY,
	label   text NOT NULL UNIQUE, -- what may be published: Japan #1
	region  text COLLATE "C" NOT NULL REFERENCES region,
	country text NOT NULL         -- ISO 3166-1 alpha-2, '' = not said
);

CREATE TABLE sensor_uptime (
	sensor   text COLLATE "C" NOT NULL REFERENCES sensor,
	up_since bigint NOT NULL, -- Unix seconds; up_until is no part of it
	up_until bigint NOT NULL,
	inferred smallint NOT NULL DEFAULT 0 CHECK (inferred IN (0, 1)),
	PRIMARY KEY (sensor, up_since),
	CHECK (up_since < up_until)
);

CREATE TABLE traffic (
	day         date NOT NULL,             -- in the zone of sensor_meta
	sensor      text COLLATE "C" NOT NULL,
	source      text COLLATE "C" NOT NULL, -- RFC 5952; IPv4-mapped is IPv4
	protocol    smallint NOT NULL,         -- IANA number
	port        integer NOT NULL,          -- 0 for ICMP
	signature   text COLLATE "C" NOT NULL, -- backscatter, gre, mirai, zmap,
	                                       -- masscan; '' = none
	packets     bigint NOT NULL CHECK (packets > 0),
	first_seen  bigint NOT NULL,           -- Unix seconds UTC
	last_seen   bigint NOT NULL,
	source_port integer NOT NULL,          -- of the packet at last_seen,
	                                       -- 0 = unknown
	PRIMARY KEY (day, sensor, source, protocol, port, signature)
);
CREATE INDEX traffic_source ON traffic (source);

-- Optional: where a source was; both ends belong to it.
CREATE TABLE source_origin (
	source      text COLLATE "C" NOT NULL,
	valid_from  bigint NOT NULL,
	valid_until bigint NOT NULL,
	country     text NOT NULL,
	asn         bigint NOT NULL, -- 0 = not known
	as_name     text NOT NULL,
	PRIMARY KEY (source, valid_from)
);

COMMIT;

-- Who reads needs no more than:
--     CREATE ROLE martlet LOGIN PASSWORD '...';
--     GRANT SELECT ON sensor_meta, region, sensor, sensor_uptime, traffic,
--         source_origin TO martlet;
-- and after a large load: ANALYZE;
