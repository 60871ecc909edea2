-- The case database (martlet.db): what Martlet asked, and what it was told.
-- Identifiers are assigned once here and never derived from addresses.
-- Times are Unix milliseconds UTC where the name ends in _ms, else seconds.

CREATE TABLE meta (
	key   TEXT PRIMARY KEY,
	value TEXT NOT NULL
) STRICT;

-- A machine that probes. Observations carry its id, so that the databases
-- of several can be merged.
CREATE TABLE prober (
	id      INTEGER PRIMARY KEY,
	name    TEXT NOT NULL UNIQUE, -- random, made with the database
	label   TEXT NOT NULL         -- host name when it was made
) STRICT;

CREATE TABLE address (
	id   INTEGER PRIMARY KEY,
	text TEXT NOT NULL UNIQUE -- RFC 5952
) STRICT;

CREATE TABLE scan (
	id         INTEGER PRIMARY KEY,
	prober     INTEGER NOT NULL REFERENCES prober,
	period     TEXT NOT NULL,  -- of watch: the day that it is for
	started_ms INTEGER NOT NULL,
	ended_ms   INTEGER,        -- NULL: running, or was killed
	stale      INTEGER NOT NULL -- --stale: never in a finding or mail
) STRICT;

-- One answered (or finally unanswered) probe of one address and port.
CREATE TABLE probe (
	id          INTEGER PRIMARY KEY,
	scan        INTEGER NOT NULL REFERENCES scan,
	address     INTEGER NOT NULL REFERENCES address,
	port        INTEGER NOT NULL,
	transport   TEXT NOT NULL,
	observed_ms INTEGER NOT NULL,
	lag         INTEGER,          -- seconds since the source's last packet
	outcome     TEXT NOT NULL     -- lists/outcomes.csv
) STRICT;
CREATE INDEX probe_by_place ON probe (address, port, observed_ms);

-- The evidence of a probe that found the port open.
CREATE TABLE service (
	probe         INTEGER PRIMARY KEY REFERENCES probe,
	protocol      TEXT NOT NULL,  -- lists/protocols.csv
	truncated     INTEGER NOT NULL,
	banner        BLOB,           -- what the server said first
	http_status   INTEGER,
	http_path     TEXT,           -- of the page that was kept
	http_headers  BLOB,           -- header block of that page
	body          BLOB,
	charset       TEXT,
	title         TEXT,           -- UTF-8
	title_raw     BLOB,
	server        TEXT,
	realm         TEXT,
	cookies       TEXT,           -- names and values as sent, one a line
	powered_by    TEXT,
	generator     TEXT,
	forms         TEXT,           -- action and field names, one form a line
	links         TEXT,           -- icons and scripts, one a line
	page_class    TEXT,
	favicon_md5   TEXT,
	favicon_sha256 TEXT,
	favicon_mmh3  INTEGER,
	certificate   INTEGER REFERENCES certificate,
	tls_version   TEXT,
	ssh_hassh     TEXT,
	stack         TEXT,           -- "ts,sack,ws" strong; scale, mss weak
	rtt_us        INTEGER,
	-- Seconds that the peer's clock was ahead of ours when it answered.
	clock_http_s  INTEGER,        -- by the Date of an HTTP answer
	clock_tls_s   INTEGER         -- by the ServerHello; NULL: not believable
) STRICT;
-- Pages stand before it in the row: without, each look reads them all.
CREATE INDEX service_by_class ON service (page_class)
	WHERE page_class IS NOT NULL;

-- What a look-up of an address's names told (scan --ptr): a row for each
-- name, one without a name when there is none.
CREATE TABLE hostname (
	id           INTEGER PRIMARY KEY,
	prober       INTEGER NOT NULL REFERENCES prober,
	address      INTEGER NOT NULL REFERENCES address,
	looked_up_ms INTEGER NOT NULL,
	answer       TEXT NOT NULL, -- lists/name_answers.csv
	name         TEXT
) STRICT;
CREATE INDEX hostname_by_address ON hostname (address, looked_up_ms);

CREATE TABLE certificate (
	id          INTEGER PRIMARY KEY,
	sha256      TEXT NOT NULL UNIQUE, -- of the DER
	spki_sha256 TEXT NOT NULL,
	subject     TEXT NOT NULL,
	issuer      TEXT NOT NULL,
	names       TEXT NOT NULL, -- subject alternative names, one a line
	serial      TEXT NOT NULL,
	not_before  INTEGER NOT NULL,
	not_after   INTEGER NOT NULL
) STRICT;

-- What a service was recognised as: apart from the evidence, so that new
-- fingerprints can look again without probing again.
CREATE TABLE identity (
	probe       INTEGER PRIMARY KEY REFERENCES probe,
	vendor      TEXT,
	product     TEXT,
	version     TEXT,
	device_type TEXT,
	cpe         TEXT,
	certainty   REAL NOT NULL,
	fingerprint TEXT NOT NULL -- file and description of the deciding one
) STRICT;

-- Devices of other vendors that a service names as well. Of three vendors
-- and more none is believed: then it has claims and no identity.
CREATE TABLE claim (
	probe       INTEGER NOT NULL REFERENCES probe,
	n           INTEGER NOT NULL, -- from 0, the order
	vendor      TEXT NOT NULL,
	product     TEXT,
	device_type TEXT NOT NULL,
	certainty   REAL NOT NULL,
	fingerprint TEXT NOT NULL,
	key         TEXT NOT NULL,    -- what kind of evidence said so
	PRIMARY KEY (probe, n)
) STRICT, WITHOUT ROWID;

-- Groups keep their number from one run to the next.
CREATE TABLE deployment (
	id       INTEGER PRIMARY KEY,
	period   TEXT NOT NULL,
	profile  TEXT NOT NULL, -- hash of the shared port and identity map
	UNIQUE (period, profile)
) STRICT;
