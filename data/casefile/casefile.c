#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "civil.h"
#include "log.h"
#include "str.h"
#include "xalloc.h"
#include "casefile_internal.h"
#include "casefile_migrate.h"

#define BUSY_TIMEOUT_MS 10000
/* For writing: where a scan is in the index of its probes, and what it
 * commits, should fit, or pages are read and written anew for each probe. */
#define CACHE_KIB "-4096"

static const char schema[] =
#include "casefile_schema.h"
    ;

int casefile_complain(const struct casefile *cf)
{
	int rc = sqlite3_errcode(cf->db) & 0xff; /* the primary code */

	log_error("the case database '%s': %s", cf->path,
		  sqlite3_errmsg(cf->db));
	if (rc == SQLITE_FULL || rc == SQLITE_IOERR)
		log_hint("make room on its disk if that is full (df), and run "
			 "it again");
	else if (rc == SQLITE_CANTOPEN || rc == SQLITE_READONLY)
		log_hint("its file and its directory must be writable for you "
			 "and not on a read-only disk");
	else if (rc == SQLITE_BUSY || rc == SQLITE_LOCKED)
		log_hint("another program keeps it locked: run it again when "
			 "that is done");
	else if (rc == SQLITE_NOTADB || rc == SQLITE_CORRUPT)
		log_hint("put a copy back, or move it away: the next scan "
			 "makes a new one");
	return -1;
}

int casefile_exec(struct casefile *cf, const char *sql)
{
	if (sqlite3_exec(cf->db, sql, NULL, NULL, NULL) != SQLITE_OK)
		return casefile_complain(cf);
	return 0;
}

sqlite3_stmt *casefile_prepare(struct casefile *cf, const char *sql)
{
	sqlite3_stmt *s = NULL;

	if (sqlite3_prepare_v2(cf->db, sql, -1, &s, NULL) != SQLITE_OK)
		casefile_complain(cf);
	return s;
}

int64_t casefile_number(struct casefile *cf, const char *sql)
{
	sqlite3_stmt *s = casefile_prepare(cf, sql);
	int64_t value = -1;

	if (s != NULL && sqlite3_step(s) == SQLITE_ROW)
		value = sqlite3_column_int64(s, 0);
	else if (s != NULL)
		casefile_complain(cf);
	sqlite3_finalize(s);
	return value;
}

/* The prober's name is random: it must not tell where it stands. */
static int add_prober(struct casefile *cf)
{
	sqlite3_stmt *s;
	unsigned char random[8];
	char name[2 * sizeof(random) + 1], host[256] = "";
	int rc;

	if (getrandom(random, sizeof(random), 0) != sizeof(random))
		return -1;
	str_hex(random, sizeof(random), name);
	gethostname(host, sizeof(host) - 1);
	s = casefile_prepare(cf,
			     "INSERT INTO prober (name, label) VALUES (?, ?)");
	if (s == NULL)
		return -1;
	sqlite3_bind_text(s, 1, name, -1, SQLITE_STATIC);
	sqlite3_bind_text(s, 2, host, -1, SQLITE_STATIC);
	rc = sqlite3_step(s) == SQLITE_DONE ? 0 : casefile_complain(cf);
	sqlite3_finalize(s);
	return rc;
}

static int make_schema(struct casefile *cf)
{
	if (casefile_exec(cf, "BEGIN IMMEDIATE") < 0)
		return -1;
	/* Another process may have made it while this one waited. */
	if (casefile_number(cf, "PRAGMA user_version") == CASEFILE_VERSION)
		return casefile_exec(cf, "COMMIT");
	if (casefile_exec(cf, schema) < 0 || add_prober(cf) < 0 ||
	    casefile_exec(cf, "PRAGMA user_version = " CASEFILE_VERSION_TEXT) <
		0)
		return -1;
	return casefile_exec(cf, "COMMIT");
}

static int check_schema(struct casefile *cf, enum casefile_mode mode)
{
	int64_t version = casefile_number(cf, "PRAGMA user_version");
	int64_t tables =
	    version < 0
		? -1
		: casefile_number(cf, "SELECT count(*) FROM sqlite_schema");

	if (tables < 0)
		return -1;
	if (version == CASEFILE_VERSION)
		return 0;
	if (version > 0 && version < CASEFILE_VERSION)
		return mode == CASEFILE_WRITE
			   ? casefile_migrate(cf)
			   : casefile_migrate_views(cf, version, "main", "");
	if (version == 0 && tables == 0 && mode == CASEFILE_WRITE)
		return make_schema(cf);
	if (version == 0 && tables == 0) {
		log_error("the case database '%s' is empty", cf->path);
		log_hint("'martlet scan PERIOD' fills it");
		return -1;
	}
	if (version > CASEFILE_VERSION)
		log_error("the case database '%s' was made by a newer martlet "
			  "(version %" PRId64
			  " of its form; this one knows " CASEFILE_VERSION_TEXT
			  ")",
			  cf->path, version);
	else
		log_error("'%s' is not a case database", cf->path);
	log_hint("keep it, and use the martlet that made it");
	return -1;
}

static int open_database(struct casefile *cf, enum casefile_mode mode)
{
	bool writable = mode == CASEFILE_WRITE || access(cf->path, W_OK) == 0;
	int flags = mode == CASEFILE_WRITE
			? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE |
			      SQLITE_OPEN_NOMUTEX |
			      SQLITE_OPEN_URI /* for those attached */
		    : writable ? SQLITE_OPEN_READWRITE
			       : SQLITE_OPEN_READONLY | SQLITE_OPEN_URI;
	/* On read-only media SQLite cannot keep its index of the log;
	 * "immutable" promises that nobody else writes. */
	char *name = writable ? xalloc_string(cf->path)
			      : xalloc_printf("file:%s?immutable=1", cf->path);
	mode_t mask = umask(0077);
	int rc = sqlite3_open_v2(name, &cf->db, flags, NULL);

	umask(mask);
	free(name);
	if (rc != SQLITE_OK)
		return casefile_complain(cf);
	sqlite3_busy_timeout(cf->db, BUSY_TIMEOUT_MS);
	sqlite3_extended_result_codes(cf->db, 1);
	if (mode == CASEFILE_READ)
		return casefile_exec(cf, "PRAGMA query_only = 1");
	return casefile_exec(cf, "PRAGMA journal_mode = WAL; "
				 "PRAGMA synchronous = NORMAL; "
				 "PRAGMA wal_autocheckpoint = 4000; "
				 "PRAGMA cache_size = " CACHE_KIB "; "
				 "PRAGMA foreign_keys = 1");
}

struct casefile *casefile_open(const struct workspace *ws,
			       enum casefile_mode mode)
{
	struct casefile *cf = xalloc_zero(1, sizeof(*cf));

	cf->lock = -1;
	cf->mode = mode;
	cf->path = workspace_path(ws, "martlet.db");
	if (mode == CASEFILE_READ && access(cf->path, R_OK) != 0) {
		log_error("cannot open the case database '%s': %s", cf->path,
			  strerror(errno));
		log_hint("'martlet scan PERIOD' makes it");
	} else if (open_database(cf, mode) == 0 &&
		   check_schema(cf, mode) == 0) {
		cf->prober = casefile_number(cf, "SELECT min(id) FROM prober");
		if (cf->prober >= 0)
			return cf;
	}
	casefile_close(cf);
	return NULL;
}

bool casefile_exists(const struct workspace *ws)
{
	char *path = workspace_path(ws, "martlet.db");
	bool there = access(path, F_OK) == 0;

	free(path);
	return there;
}

void casefile_close(struct casefile *cf)
{
	if (cf == NULL)
		return;
	for (size_t i = 0; i < CASEFILE_STATEMENTS; i++)
		sqlite3_finalize(cf->statements[i]);
	sqlite3_finalize(cf->asked);
	sqlite3_close(cf->db);
	casefile_unlock_scan(cf);
	free(cf->path);
	free(cf);
}

char *casefile_prober(struct casefile *cf)
{
	sqlite3_stmt *s =
	    casefile_prepare(cf, "SELECT name FROM prober WHERE id = ?");
	char *name = NULL;

	if (s == NULL)
		return NULL;
	sqlite3_bind_int64(s, 1, cf->prober);
	if (sqlite3_step(s) == SQLITE_ROW)
		name = xalloc_string((const char *)sqlite3_column_text(s, 0));
	else
		casefile_complain(cf);
	sqlite3_finalize(s);
	return name;
}

int casefile_lock_scan(struct casefile *cf, const char *what)
{
	char *path = xalloc_printf("%s.scan-lock", cf->path);
	char holder[64] = "";
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0) {
		log_error("cannot open '%s': %s", path, strerror(errno));
	} else if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
		if (read(fd, holder, sizeof(holder) - 1) <= 0)
			memcpy(holder, "unknown", 8);
		log_error("somebody probes for this workspace already "
			  "(process %s)",
			  holder);
		log_hint("wait for it, or stop it with SIGINT");
		close(fd);
		fd = -1;
	} else if (ftruncate(fd, 0) == 0) {
		dprintf(fd, "%ld: martlet %s", (long)getpid(), what);
	}
	free(path);
	cf->lock = fd;
	return fd < 0 ? -1 : 0;
}

void casefile_unlock_scan(struct casefile *cf)
{
	if (cf->lock >= 0)
		close(cf->lock);
	cf->lock = -1;
}
