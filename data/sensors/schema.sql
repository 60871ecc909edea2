-- The embedded sensor database (DESIGN section 5). `import` and
-- `import_part` are the importer's own books and no part of the contract.

CREATE TABLE sensor_meta (
	key   TEXT PRIMARY KEY,
	value TEXT NOT NULL
) STRICT;

CREATE TABLE region (
	id      TEXT PRIMARY KEY,
	name_en TEXT NOT NULL,
	name_ja TEXT NOT NULL,
	sort    INTEGER NOT NULL
) STRICT;

-- No sensor address anywhere.
CREATE TABLE sensor (
	id      TEXT PRIMARY KEY,
	label   TEXT NOT NULL, -- what may be published: "Japan #1"
	region  TEXT NOT NULL REFERENCES region,
	country TEXT NOT NULL  -- ISO 3166-1 alpha-2, '' = not said
) STRICT;

CREATE TABLE sensor_uptime (
	sensor   TEXT NOT NULL REFERENCES sensor,
	up_since INTEGER NOT NULL, -- Unix seconds, half-open
	up_until INTEGER NOT NULL,
	inferred INTEGER NOT NULL,
	PRIMARY KEY (sensor, up_since),
	CHECK (up_since < up_until)
) STRICT, WITHOUT ROWID;

-- id is the importer's handle on a row; the contract's key is the UNIQUE.
CREATE TABLE traffic (
	id          INTEGER PRIMARY KEY,
	day         TEXT NOT NULL,    -- ISO, in the network's zone
	sensor      TEXT NOT NULL REFERENCES sensor,
	source      TEXT NOT NULL,    -- RFC 5952; IPv4-mapped is IPv4
	protocol    INTEGER NOT NULL, -- IANA number
	port        INTEGER NOT NULL, -- 0 for ICMP
	signature   TEXT NOT NULL,    -- lists/signatures.csv, '' = none
	packets     INTEGER NOT NULL,
	first_seen  INTEGER NOT NULL, -- Unix seconds UTC
	last_seen   INTEGER NOT NULL,
	source_port INTEGER NOT NULL, -- of the packet at last_seen, 0 = unknown
	UNIQUE (day, sensor, source, protocol, port, signature)
) STRICT;

CREATE TABLE source_origin (
	source      TEXT NOT NULL,
	valid_from  INTEGER NOT NULL,
	valid_until INTEGER NOT NULL,
	country     TEXT NOT NULL,
	asn         INTEGER NOT NULL,
	as_name     TEXT NOT NULL,
	PRIMARY KEY (source, valid_from)
) STRICT, WITHOUT ROWID;
