#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "log.h"
#include "str.h"
#include "xalloc.h"
#include "sensorstore.h"

#define BUSY_TIMEOUT_MS 30000
#define PAUSE_MS 20 /* between two tries to change the mode */

static const char *advice(int code)
{
	switch (code & 0xff) {
	case SQLITE_FULL:
		return "the disk is full: make room and run it again; nothing "
		       "was changed";
	case SQLITE_IOERR:
		return "the disk is full or failing: see to it and run it "
		       "again; nothing was changed";
	case SQLITE_READONLY:
	case SQLITE_CANTOPEN:
	case SQLITE_PERM:
		return "its file and its directory must be writable for you "
		       "and not on a read-only disk";
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return "another command is writing to it: wait for its end "
		       "and run this again";
	case SQLITE_NOTADB:
	case SQLITE_CORRUPT:
		return "'martlet init' makes an empty one; sensors.database "
		       "names another";
	default:
		return "'martlet sensors check' says what is wrong with it";
	}
}

int sensorstore_complain(struct sensorstore *s)
{
	log_error("cannot write the sensor database '%s': %s", s->path,
		  sqlite3_errmsg(s->sqlite));
	log_hint("%s", advice(sqlite3_extended_errcode(s->sqlite)));
	return -1;
}

int sensorstore_exec(struct sensorstore *s, const char *sql)
{
	if (sqlite3_exec(s->sqlite, sql, NULL, NULL, NULL) != SQLITE_OK)
		return sensorstore_complain(s);
	return 0;
}

sqlite3_stmt *sensorstore_prepare(struct sensorstore *s, const char *sql)
{
	sqlite3_stmt *q = NULL;

	if (sqlite3_prepare_v2(s->sqlite, sql, -1, &q, NULL) != SQLITE_OK)
		sensorstore_complain(s);
	return q;
}

int sensorstore_step(struct sensorstore *s, sqlite3_stmt *q)
{
	int rc = sqlite3_step(q) == SQLITE_DONE ? 0 : sensorstore_complain(s);

	sqlite3_reset(q);
	return rc;
}

int sensorstore_run(struct sensorstore *s, const char *sql, const char *types,
		    ...)
{
	sqlite3_stmt *q = sensorstore_prepare(s, sql);
	va_list ap;
	int rc = -1;

	va_start(ap, types);
	for (int i = 0; q != NULL && types[i] != '\0'; i++) {
		if (types[i] == 'i')
			sqlite3_bind_int64(q, i + 1, va_arg(ap, int64_t));
		else
			sqlite3_bind_text(q, i + 1, va_arg(ap, const char *),
					  -1, SQLITE_TRANSIENT);
	}
	va_end(ap);
	if (q != NULL)
		rc = sensorstore_step(s, q);
	sqlite3_finalize(q);
	return rc;
}

int sensorstore_begin(struct sensorstore *s)
{
	return sensorstore_exec(s, "BEGIN IMMEDIATE");
}

int sensorstore_commit(struct sensorstore *s)
{
	return sensorstore_exec(s, "COMMIT");
}

void sensorstore_rollback(struct sensorstore *s)
{
	if (!sqlite3_get_autocommit(s->sqlite))
		sqlite3_exec(s->sqlite, "ROLLBACK", NULL, NULL, NULL);
}

/* The text of a question's only cell; NULL without a row. Caller frees. */
static char *ask_text(struct sensorstore *s, const char *sql)
{
	sqlite3_stmt *q = sensorstore_prepare(s, sql);
	char *text = NULL;

	if (q != NULL && sqlite3_step(q) == SQLITE_ROW)
		text = xalloc_string((const void *)sqlite3_column_text(q, 0));
	sqlite3_finalize(q);
	return text;
}

/* 1 when there is nothing to be counted yet, 0 when there is; -1, logged. */
static int is_empty(struct sensorstore *s)
{
	char *n = ask_text(s, "SELECT NOT EXISTS (SELECT 1 FROM traffic) AND "
			      "NOT EXISTS (SELECT 1 FROM import)");
	int empty = n != NULL ? *n == '1' : -1;

	free(n);
	return empty;
}

int sensorstore_may_count(struct sensorstore *s, const char *unit,
			  const char *file)
{
	char *now = ask_text(s, "SELECT value FROM sensor_meta "
				"WHERE key = 'unit'");
	bool same = strcmp(now != NULL ? now : "packets", unit) == 0;
	int empty = same ? 1 : is_empty(s);

	if (empty == 0) {
		log_error("%s: the sensor database '%s' counts %s; these are "
			  "%s, and the two are never mixed",
			  file, s->path, now != NULL ? now : "packets", unit);
		log_hint("import it into another workspace, or flows with "
			 "--count packets where they tell their packets");
	}
	free(now);
	return empty > 0 ? 0 : -1;
}

int sensorstore_count(struct sensorstore *s, const char *unit, const char *file)
{
	if (sensorstore_may_count(s, unit, file) < 0)
		return -1;
	/* Without the row it is packets. */
	if (strcmp(unit, "packets") == 0)
		return sensorstore_exec(s, "UPDATE sensor_meta "
					   "SET value = 'packets' "
					   "WHERE key = 'unit' "
					   "AND value <> 'packets'");
	return sensorstore_run(
	    s,
	    "INSERT INTO sensor_meta (key, value) VALUES ('unit', ?) "
	    "ON CONFLICT (key) DO UPDATE SET value = excluded.value",
	    "s", unit);
}

/* Whether 'martlet init' made it, and with this build's tables. */
static int check_books(struct sensorstore *s)
{
	char *books = ask_text(
	    s, "SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND "
	       "name IN ('sensor_meta', 'region', 'sensor', 'sensor_uptime', "
	       "'traffic', 'source_origin', 'import', 'import_part', "
	       "'import_origin', 'import_sensor')");
	int rc = books != NULL && strcmp(books, "10") == 0 ? 0 : -1;

	if (books != NULL && rc < 0) {
		log_error("'%s' is not a sensor database that 'martlet init' "
			  "made: it lacks tables",
			  s->path);
		log_hint("make a new one with 'martlet init DIR'; "
			 "'martlet sensors check' says what this one lacks");
	}
	free(books);
	return rc;
}

static int read_meta(struct sensorstore *s)
{
	char *zone = ask_text(s, "SELECT value FROM sensor_meta "
				 "WHERE key = 'timezone'");
	char *unit = ask_text(s, "SELECT value FROM sensor_meta "
				 "WHERE key = 'unit'");
	int rc = -1;

	s->zone = zone_open(zone != NULL ? zone : "UTC");
	if (s->zone == NULL) {
		log_error("the sensor database '%s' is in the time zone '%s', "
			  "which this machine does not know",
			  s->path, zone);
		log_hint("install the package tzdata, or mend sensor_meta");
	} else if (unit != NULL && strcmp(unit, "packets") != 0 &&
		   strcmp(unit, "flows") != 0) {
		log_error("the sensor database '%s' counts '%s', not packets "
			  "or flows",
			  s->path, unit);
		log_hint("mend the row 'unit' of sensor_meta");
	} else {
		rc = 0;
	}
	free(zone);
	free(unit);
	return rc;
}

static int open_file(struct sensorstore *s)
{
	if (access(s->path, F_OK) != 0) {
		log_error("cannot open the sensor database '%s': %s", s->path,
			  strerror(errno));
		log_hint("'martlet init' makes an empty one; "
			 "sensors.database names another");
		return -1;
	}
	if (access(s->path, R_OK | W_OK) != 0) {
		log_error("cannot write the sensor database '%s': %s", s->path,
			  strerror(errno));
		log_hint("%s", advice(SQLITE_READONLY));
		return -1;
	}
	/* Counting each allocation would cost a lock for each. Too late when
	 * SQLite is in use already, which does no harm. */
	sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
	/* One thread at a time uses it: locks would be a tenth of the work. */
	if (sqlite3_open_v2(s->path, &s->sqlite,
			    SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX,
			    NULL) != SQLITE_OK)
		return sensorstore_complain(s);
	sqlite3_extended_result_codes(s->sqlite, 1);
	sqlite3_busy_timeout(s->sqlite, BUSY_TIMEOUT_MS);
	return 0;
}

/* With a write-ahead log readers go on while an import runs, and a kill
 * leaves nothing that a reader would have to take back. SQLite does not wait
 * for the readers and writers that end just now when the mode changes. */
static int use_log(struct sensorstore *s)
{
	static const struct timespec pause = {0, PAUSE_MS * 1000000L};
	int rc = SQLITE_BUSY;

	for (int waited = 0; waited < BUSY_TIMEOUT_MS; waited += PAUSE_MS) {
		rc = sqlite3_exec(s->sqlite, "PRAGMA journal_mode = WAL", NULL,
				  NULL, NULL);
		if ((rc & 0xff) != SQLITE_BUSY)
			break;
		nanosleep(&pause, NULL);
	}
	return rc == SQLITE_OK ? 0 : sensorstore_complain(s);
}

struct sensorstore *sensorstore_open(const struct workspace *ws)
{
	struct sensorstore *s = xalloc_zero(1, sizeof(*s));
	const char *name = config_text(ws->config, "sensors.database");

	if (!str_starts(name, "sqlite:")) {
		log_error("sensors.database names a database server, which "
			  "Martlet only reads");
		log_hint("fill it with its own client: 'martlet sensors ddl' "
			 "prints its tables and how to copy an embedded "
			 "database (sqlite:FILE) into them");
		sensorstore_close(s);
		return NULL;
	}
	s->path = workspace_path(ws, name + strlen("sqlite:"));
	if (open_file(s) == 0 && check_books(s) == 0 && read_meta(s) == 0 &&
	    use_log(s) == 0 &&
	    sensorstore_exec(s, "PRAGMA cache_size = -65536;"
				"PRAGMA temp_store = MEMORY;") == 0)
		return s;
	sensorstore_close(s);
	return NULL;
}

void sensorstore_close(struct sensorstore *s)
{
	if (s == NULL)
		return;
	/* Without the log anybody can read the file, also without the right
	 * to write beside it. Readers that are there now are not waited for:
	 * the next writer tries again. */
	if (s->sqlite != NULL) {
		sqlite3_busy_timeout(s->sqlite, 0);
		sqlite3_exec(s->sqlite, "PRAGMA journal_mode = DELETE", NULL,
			     NULL, NULL);
	}
	sqlite3_close(s->sqlite);
	zone_free(s->zone);
	free(s->path);
	free(s);
}
