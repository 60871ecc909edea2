-- The embedded sensor database (DESIGN section 5). `import`, `import_part`,
-- `import_origin` and `import_sensor` are the importer's own books and no
-- part of the contract.

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

-- Clustered by day, so that a period is one stretch of the file. The key's
-- columns come first in every such table: the integrity check of SQLite 3.40
-- finds NULLs that are not there when they do not.
CREATE TABLE traffic (
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
	-- The importer's mark: the import that all of the row is from; 0 = it
	-- came another way; -1 = from several, see import_part.
	import      INTEGER NOT NULL DEFAULT 0,
	PRIMARY KEY (day, sensor, source, protocol, port, signature)
) STRICT, WITHOUT ROWID;

-- Where a source was; both ends belong to it.
CREATE TABLE source_origin (
	source      TEXT NOT NULL,
	valid_from  INTEGER NOT NULL,
	valid_until INTEGER NOT NULL,
	country     TEXT NOT NULL,
	asn         INTEGER NOT NULL,
	as_name     TEXT NOT NULL,
	PRIMARY KEY (source, valid_from)
) STRICT, WITHOUT ROWID;

CREATE TABLE import (
	id        INTEGER PRIMARY KEY,
	file      TEXT NOT NULL,        -- as the user wrote it
	sha256    TEXT NOT NULL UNIQUE, -- of the decompressed content
	imported  INTEGER NOT NULL,     -- Unix seconds
	bytes     INTEGER NOT NULL,     -- decompressed
	rows      INTEGER NOT NULL,     -- that counted
	packets   INTEGER NOT NULL,
	skipped   INTEGER NOT NULL,     -- rows that were broken
	first_day TEXT NOT NULL,
	last_day  TEXT NOT NULL,
	damage    TEXT NOT NULL         -- '' = the file was whole
) STRICT;

-- What each import gave to the rows of traffic that are from several.
CREATE TABLE import_part (
	day         TEXT NOT NULL,
	sensor      TEXT NOT NULL,
	source      TEXT NOT NULL,
	protocol    INTEGER NOT NULL,
	port        INTEGER NOT NULL,
	signature   TEXT NOT NULL,
	import      INTEGER NOT NULL, -- 0 = was there before
	packets     INTEGER NOT NULL,
	first_seen  INTEGER NOT NULL,
	last_seen   INTEGER NOT NULL,
	source_port INTEGER NOT NULL,
	PRIMARY KEY (day, sensor, source, protocol, port, signature, import)
) STRICT, WITHOUT ROWID;

-- What each import says of where a source was; source_origin is made of it.
CREATE TABLE import_origin (
	source      TEXT NOT NULL,
	import      INTEGER NOT NULL, -- 0 = was there before
	valid_from  INTEGER NOT NULL,
	country     TEXT NOT NULL,
	asn         INTEGER NOT NULL,
	as_name     TEXT NOT NULL,
	valid_until INTEGER NOT NULL, -- behind the key: see traffic
	PRIMARY KEY (source, import, valid_from, country, asn, as_name)
) STRICT, WITHOUT ROWID;

-- Sensors that an import added and nobody has described since.
CREATE TABLE import_sensor (
	sensor TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;
