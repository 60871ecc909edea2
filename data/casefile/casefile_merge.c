#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "buf.h"
#include "log.h"
#include "xalloc.h"
#include "casefile_internal.h"
#include "casefile_merge.h"
#include "casefile_migrate.h"

#define THEIR_TABLES                                                           \
	"SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name IN " \
	"('prober', 'address', 'scan', 'probe', 'service', 'certificate',"     \
	" 'identity', 'deployment')"
#define THEIR_TABLE_COUNT 8

/* Columns that a service and a certificate have besides their numbers. */
#define SERVICE                                                                \
	"protocol, truncated, banner, http_status, http_path, http_headers,"   \
	" body, charset, title, title_raw, server, realm, cookies,"            \
	" powered_by, generator, forms, links, page_class, favicon_md5,"       \
	" favicon_sha256, favicon_mmh3, tls_version, ssh_hassh, stack,"        \
	" rtt_us, clock_http_s, clock_tls_s"
#define CERTIFICATE                                                            \
	"sha256, spki_sha256, subject, issuer, names, serial, not_before,"     \
	" not_after"
#define IDENTITY                                                               \
	"vendor, product, version, device_type, cpe, certainty, fingerprint"

#define CLAIM "n, vendor, product, device_type, certainty, fingerprint, key"
#define CLAIM_OF_T                                                             \
	"t.n, t.vendor, t.product, t.device_type, t.certainty,"                \
	" t.fingerprint, t.key"

/* What is new gets numbers here: the next ones, in the order of theirs. */
static const char map_scans[] =
    "CREATE TEMP TABLE merge_scan (theirs INTEGER PRIMARY KEY, ours INTEGER"
    " NOT NULL, prober INTEGER NOT NULL);"
    "INSERT INTO merge_scan SELECT t.id, min(o.id), o.prober"
    " FROM other.scan t JOIN other.prober tp ON tp.id = t.prober"
    " JOIN main.prober op ON op.name = tp.name"
    " JOIN main.scan o ON o.prober = op.id AND o.started_ms = t.started_ms"
    " AND o.period = t.period AND o.stale = t.stale GROUP BY t.id;";

static const char map_probes[] =
    "CREATE TEMP TABLE merge_new (n INTEGER PRIMARY KEY,"
    " theirs INTEGER NOT NULL, scan INTEGER NOT NULL,"
    " address INTEGER NOT NULL);"
    "INSERT INTO merge_new (theirs, scan, address)"
    " SELECT t.id, m.ours, oa.id FROM other.probe t"
    " JOIN merge_scan m ON m.theirs = t.scan"
    " JOIN other.address ta ON ta.id = t.address"
    " JOIN main.address oa ON oa.text = ta.text"
    " WHERE NOT EXISTS (SELECT 1 FROM main.probe o"
    " JOIN main.scan s ON s.id = o.scan"
    " WHERE o.address = oa.id AND o.port = t.port"
    " AND o.observed_ms = t.observed_ms AND o.transport = t.transport"
    " AND s.prober = m.prober) ORDER BY t.id;"
    "CREATE TEMP TABLE merge_base AS"
    " SELECT coalesce(max(id), 0) AS id FROM main.probe;";

static const char add_probers[] =
    "INSERT OR IGNORE INTO main.prober (name, label)"
    " SELECT name, label FROM other.prober ORDER BY id";

static const char end_scans[] =
    "UPDATE main.scan SET ended_ms = (SELECT t.ended_ms FROM other.scan t"
    " JOIN merge_scan m ON m.theirs = t.id WHERE m.ours = main.scan.id)"
    " WHERE ended_ms IS NULL AND id IN (SELECT ours FROM merge_scan)";

static const char add_scans[] =
    "INSERT INTO main.scan (prober, period, started_ms, ended_ms, stale)"
    " SELECT op.id, t.period, t.started_ms, t.ended_ms, t.stale"
    " FROM other.scan t JOIN other.prober tp ON tp.id = t.prober"
    " JOIN main.prober op ON op.name = tp.name"
    " WHERE t.id NOT IN (SELECT theirs FROM merge_scan) ORDER BY t.id";

static const char add_addresses[] =
    "INSERT OR IGNORE INTO main.address (text) SELECT text FROM other.address"
    " ORDER BY id";

static const char add_probes[] =
    "INSERT INTO main.probe (id, scan, address, port, transport, observed_ms,"
    " lag, outcome) SELECT b.id + n.n, n.scan, n.address, t.port,"
    " t.transport, t.observed_ms, t.lag, t.outcome"
    " FROM merge_new n JOIN other.probe t ON t.id = n.theirs, merge_base b"
    " ORDER BY n.n";

static const char add_evidence[] =
    "INSERT OR IGNORE INTO main.certificate (" CERTIFICATE ")"
    " SELECT " CERTIFICATE " FROM other.certificate WHERE id IN"
    " (SELECT s.certificate FROM merge_new n"
    " JOIN other.service s ON s.probe = n.theirs) ORDER BY id;"
    "INSERT INTO main.service (probe, certificate, " SERVICE ")"
    " SELECT b.id + n.n, (SELECT oc.id FROM other.certificate tc"
    " JOIN main.certificate oc ON oc.sha256 = tc.sha256"
    " WHERE tc.id = t.certificate), " SERVICE
    " FROM merge_new n JOIN their_service t ON t.probe = n.theirs,"
    " merge_base b ORDER BY n.n;"
    "INSERT INTO main.identity (probe, " IDENTITY ")"
    " SELECT b.id + n.n, " IDENTITY
    " FROM merge_new n JOIN other.identity t ON t.probe = n.theirs,"
    " merge_base b ORDER BY n.n;"
    "INSERT INTO main.claim (probe, " CLAIM ")"
    " SELECT b.id + n.n, " CLAIM_OF_T
    " FROM merge_new n JOIN their_claim t ON t.probe = n.theirs,"
    " merge_base b ORDER BY n.n, t.n;"
    "INSERT OR IGNORE INTO main.deployment (period, profile)"
    " SELECT period, profile FROM other.deployment ORDER BY id";

static const char add_hostnames[] =
    "INSERT INTO main.hostname (prober, address, looked_up_ms, answer, name)"
    " SELECT op.id, oa.id, t.looked_up_ms, t.answer, t.name"
    " FROM their_hostname t JOIN other.prober tp ON tp.id = t.prober"
    " JOIN main.prober op ON op.name = tp.name"
    " JOIN other.address ta ON ta.id = t.address"
    " JOIN main.address oa ON oa.text = ta.text"
    " WHERE NOT EXISTS (SELECT 1 FROM main.hostname o"
    " WHERE o.address = oa.id AND o.looked_up_ms = t.looked_up_ms"
    " AND o.prober = op.id AND o.name IS t.name) ORDER BY t.id";

static const char forget_maps[] =
    "DROP TABLE IF EXISTS temp.merge_scan; DROP TABLE IF EXISTS"
    " temp.merge_new; DROP TABLE IF EXISTS temp.merge_base;"
    "DROP VIEW IF EXISTS temp.their_service;"
    "DROP VIEW IF EXISTS temp.their_claim;"
    "DROP VIEW IF EXISTS temp.their_hostname";

/* For SQLite's "file:" names. On media that cannot be written SQLite reads
 * only what is promised not to change; not when a log is still to be read,
 * which that promise would lose. */
static char *uri(const char *path)
{
	char *log = xalloc_printf("%s-wal", path);
	char *slash = strrchr(log, '/');
	struct buf out;
	struct stat st;
	bool still = stat(log, &st) != 0 || st.st_size == 0;

	if (slash != NULL)
		*(slash == log ? slash + 1 : slash) = '\0';
	still = still && access(slash != NULL ? log : ".", W_OK) != 0;
	free(log);
	buf_init(&out, BUF_NO_LIMIT);
	buf_add_string(&out, "file:");
	for (const char *p = path; *p != '\0'; p++)
		if (strchr("?#%", *p) != NULL)
			buf_printf(&out, "%%%02x", (unsigned char)*p);
		else
			buf_add(&out, p, 1);
	buf_add_string(&out, still ? "?immutable=1" : "?mode=ro");
	return buf_detach(&out);
}

static int64_t number(sqlite3 *db, const char *sql)
{
	sqlite3_stmt *s = NULL;
	int64_t value = -1;

	if (sqlite3_prepare_v2(db, sql, -1, &s, NULL) == SQLITE_OK &&
	    sqlite3_step(s) == SQLITE_ROW)
		value = sqlite3_column_int64(s, 0);
	sqlite3_finalize(s);
	return value;
}

static int check_opened(sqlite3 *db, const char *path)
{
	int64_t version = number(db, "PRAGMA user_version");

	if (version < 0) {
		log_error("cannot read '%s': %s", path, sqlite3_errmsg(db));
		log_hint("it must be a case database (martlet.db) that you may "
			 "read, with its '-wal' file if it has one");
		return -1;
	}
	if (version > CASEFILE_VERSION) {
		log_error("the case database '%s' was made by a newer martlet",
			  path);
		log_hint("merge with the martlet that made it");
		return -1;
	}
	if (version < 1 || number(db, THEIR_TABLES) != THEIR_TABLE_COUNT) {
		log_error("'%s' is not a case database", path);
		log_hint("name the martlet.db of another workspace");
		return -1;
	}
	return 0;
}

int casefile_merge_check(struct casefile *cf, const char *path)
{
	struct stat ours, theirs;
	sqlite3 *db = NULL;
	char *name;
	int rc;

	if (stat(path, &theirs) == 0 && !S_ISREG(theirs.st_mode)) {
		log_error("'%s' is not a file", path);
		log_hint("name the martlet.db of another workspace");
		return -1;
	}
	if (stat(path, &theirs) != 0) {
		log_error("cannot open '%s': %s", path, strerror(errno));
		log_hint("name the martlet.db of another workspace");
		return -1;
	}
	if (stat(cf->path, &ours) == 0 && ours.st_dev == theirs.st_dev &&
	    ours.st_ino == theirs.st_ino) {
		log_error("'%s' is the case database of this workspace", path);
		log_hint("name the martlet.db of another workspace");
		return -1;
	}
	name = uri(path);
	sqlite3_open_v2(name, &db, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI,
			NULL);
	free(name);
	rc = check_opened(db, path);
	sqlite3_close(db);
	return rc;
}

static int attach(struct casefile *cf, const char *path)
{
	sqlite3_stmt *s = casefile_prepare(cf, "ATTACH ? AS other");
	char *name = uri(path);
	int rc = -1;

	if (s != NULL) {
		sqlite3_bind_text(s, 1, name, -1, SQLITE_STATIC);
		rc = sqlite3_step(s) == SQLITE_DONE ? 0 : casefile_complain(cf);
	}
	sqlite3_finalize(s);
	free(name);
	return rc;
}

/* @added: out, rows that the statement changed; NULL: nobody asks. */
static int step(struct casefile *cf, const char *sql, int64_t *added)
{
	if (casefile_exec(cf, sql) < 0)
		return -1;
	if (added != NULL)
		*added = sqlite3_changes64(cf->db);
	return 0;
}

static int merge_rows(struct casefile *cf, struct casefile_merged *out)
{
	int64_t version = casefile_number(cf, "PRAGMA other.user_version");

	if (version < 0 ||
	    casefile_migrate_views(cf, version, "other", "their_") < 0 ||
	    step(cf, add_probers, &out->probers) < 0 ||
	    step(cf, map_scans, NULL) < 0 || step(cf, end_scans, NULL) < 0 ||
	    step(cf, add_scans, &out->scans) < 0 ||
	    step(cf, "DROP TABLE temp.merge_scan", NULL) < 0 ||
	    step(cf, map_scans, NULL) < 0 ||
	    step(cf, add_addresses, &out->addresses) < 0 ||
	    step(cf, map_probes, NULL) < 0 ||
	    step(cf, add_probes, &out->probes) < 0 ||
	    step(cf, add_evidence, NULL) < 0 ||
	    step(cf, add_hostnames, NULL) < 0)
		return -1;
	out->known = number(cf->db, "SELECT count(*) FROM other.probe");
	if (out->known < 0)
		return casefile_complain(cf);
	out->known -= out->probes;
	return 0;
}

int casefile_merge(struct casefile *cf, const char *path,
		   struct casefile_merged *out)
{
	int rc = -1;

	*out = (struct casefile_merged){0};
	if (casefile_merge_check(cf, path) < 0 || attach(cf, path) < 0)
		return -1;
	if (casefile_begin(cf) == 0) {
		if (merge_rows(cf, out) == 0 &&
		    casefile_exec(cf, forget_maps) == 0)
			rc = casefile_commit(cf);
		casefile_rollback(cf);
	}
	if (casefile_exec(cf, "DETACH other") < 0)
		rc = -1;
	return rc;
}
