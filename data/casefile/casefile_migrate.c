#include <inttypes.h>

#include "buf.h"
#include "log.h"
#include "casefile_migrate.h"

static const char step_1_to_2[] =
    "CREATE TABLE hostname (id INTEGER PRIMARY KEY,"
    " prober INTEGER NOT NULL REFERENCES prober,"
    " address INTEGER NOT NULL REFERENCES address,"
    " looked_up_ms INTEGER NOT NULL, answer TEXT NOT NULL, name TEXT) STRICT;"
    "CREATE INDEX hostname_by_address ON hostname (address, looked_up_ms);"
    "INSERT INTO hostname (prober, address, looked_up_ms, answer, name)"
    " SELECT c.prober, p.address, max(p.observed_ms), 'found', s.hostname"
    " FROM service s JOIN probe p ON p.id = s.probe"
    " JOIN scan c ON c.id = p.scan WHERE s.hostname IS NOT NULL"
    " GROUP BY p.address, s.hostname;"
    "ALTER TABLE service DROP COLUMN hostname;"
    "ALTER TABLE service ADD COLUMN clock_http_s INTEGER;"
    "ALTER TABLE service ADD COLUMN clock_tls_s INTEGER;"
    "CREATE INDEX service_by_class ON service (page_class)"
    " WHERE page_class IS NOT NULL;"
    "CREATE TABLE claim (probe INTEGER NOT NULL REFERENCES probe,"
    " n INTEGER NOT NULL, vendor TEXT NOT NULL, product TEXT,"
    " device_type TEXT NOT NULL, certainty REAL NOT NULL,"
    " fingerprint TEXT NOT NULL, key TEXT NOT NULL,"
    " PRIMARY KEY (probe, n)) STRICT, WITHOUT ROWID";

/* What changed since version 1, table by table; '@' is the schema. */
static const struct changed {
	const char *table;
	const char *now;  /* of this version */
	const char *of_1; /* the same of version 1 */
} changed[] = {
    {"service", "SELECT * FROM @.service",
     "SELECT *, NULL AS clock_http_s, NULL AS clock_tls_s FROM @.service"},
    {"hostname", "SELECT * FROM @.hostname",
     "SELECT s.probe AS id, c.prober, p.address,"
     " p.observed_ms AS looked_up_ms, 'found' AS answer, s.hostname AS name"
     " FROM @.service s JOIN @.probe p ON p.id = s.probe"
     " JOIN @.scan c ON c.id = p.scan WHERE s.hostname IS NOT NULL"},
    {"claim", "SELECT * FROM @.claim",
     "SELECT NULL AS probe, NULL AS n, NULL AS vendor, NULL AS product,"
     " NULL AS device_type, NULL AS certainty, NULL AS fingerprint,"
     " NULL AS key FROM @.probe WHERE 0"},
};

static int migrate_step(struct casefile *cf)
{
	int64_t version = casefile_number(cf, "PRAGMA user_version");

	if (version < 0)
		return -1;
	/* Another process may have done it while this one waited. */
	if (version == CASEFILE_VERSION)
		return 0;
	log_note("the case database '%s' is brought from version %" PRId64
		 " to " CASEFILE_VERSION_TEXT " of its form, once: an older "
		 "martlet cannot read it afterwards",
		 cf->path, version);
	if (casefile_exec(cf, step_1_to_2) < 0)
		return -1;
	return casefile_exec(cf,
			     "PRAGMA user_version = " CASEFILE_VERSION_TEXT);
}

int casefile_migrate(struct casefile *cf)
{
	int rc = -1;

	/* A scan of the older martlet would fail in the middle. */
	if (casefile_lock_scan(cf, "migration") < 0)
		return -1;
	if (casefile_exec(cf, "BEGIN IMMEDIATE") == 0) {
		if (migrate_step(cf) == 0)
			rc = casefile_exec(cf, "COMMIT");
		if (rc < 0)
			log_hint("nothing was lost: the database is as it was");
		casefile_rollback(cf);
	}
	casefile_unlock_scan(cf);
	return rc;
}

static int make_view(struct casefile *cf, const struct changed *c,
		     const char *select, const char *schema, const char *prefix)
{
	struct buf sql;
	int rc;

	buf_init(&sql, BUF_NO_LIMIT);
	buf_printf(&sql, "CREATE TEMP VIEW %s%s AS ", prefix, c->table);
	for (const char *at = select; *at != '\0'; at++)
		if (*at == '@')
			buf_add_string(&sql, schema);
		else
			buf_add_char(&sql, *at);
	rc = casefile_exec(cf, buf_text(&sql));
	buf_release(&sql);
	return rc;
}

int casefile_migrate_views(struct casefile *cf, int64_t version,
			   const char *schema, const char *prefix)
{
	bool reader = cf->mode == CASEFILE_READ;
	int rc = 0;

	/* A view of our own changes no file, but SQLite would refuse it. */
	if (reader)
		rc = casefile_exec(cf, "PRAGMA query_only = 0");
	for (size_t i = 0; rc == 0 && i < ARRAY_LEN(changed); i++)
		rc = make_view(cf, &changed[i],
			       version == 1 ? changed[i].of_1 : changed[i].now,
			       schema, prefix);
	if (reader && casefile_exec(cf, "PRAGMA query_only = 1") < 0)
		rc = -1;
	return rc;
}
