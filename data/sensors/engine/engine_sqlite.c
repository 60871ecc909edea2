#include <inttypes.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "log.h"
#include "xalloc.h"
#include "sensorengine.h"
#include "sensorfile.h"

/* Steps of SQLite's machine between two looks at the clock: a millisecond. */
#define STEPS_PER_LOOK 50000
/* Bytes of a value. A view can make one of any size. */
#define VALUE_MAX (16 << 20)

struct database {
	struct engine engine;
	sqlite3 *sqlite;
	int64_t timeout_s;
	int64_t until_s; /* of the question that SQLite works on; 0: no end */
};

struct answer {
	struct engine_rows rows;
	sqlite3_stmt *statement;
	int64_t until_s;
};

static int64_t clock_s(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &ts);
	return (int64_t)ts.tv_sec;
}

/* The relations may be views, which can take for ever. */
static int is_too_late(void *arg)
{
	const struct database *db = arg;

	return db->until_s != 0 && clock_s() > db->until_s;
}

static int complain(const struct database *db)
{
	if (sqlite3_errcode(db->sqlite) == SQLITE_INTERRUPT) {
		log_error("a question to the sensor database '%s' took longer "
			  "than sensors.timeout_s (%" PRId64 " s)",
			  db->engine.name, db->timeout_s);
		log_hint("one of its relations may be a view that never "
			 "ends; else raise the setting");
		return -1;
	}
	log_error("cannot read the sensor database '%s': %s", db->engine.name,
		  sqlite3_errmsg(db->sqlite));
	if (sqlite3_errcode(db->sqlite) == SQLITE_ERROR)
		log_hint("'martlet sensors check' says what it lacks");
	return -1;
}

static struct engine *open_file(const struct workspace *ws, const char *name)
{
	char *path = workspace_path(ws, name + strlen("sqlite:"));
	struct database *db = NULL;
	sqlite3 *sqlite = sensorfile_open(path);

	if (sqlite != NULL) {
		db = xalloc_zero(1, sizeof(*db));
		db->engine = (struct engine){&engine_sqlite, name};
		db->sqlite = sqlite;
		db->timeout_s = config_int(ws->config, "sensors.timeout_s");
		sqlite3_limit(sqlite, SQLITE_LIMIT_LENGTH, VALUE_MAX);
		sqlite3_progress_handler(sqlite, STEPS_PER_LOOK, is_too_late,
					 db);
	}
	free(path);
	return db != NULL ? &db->engine : NULL;
}

static void close_file(struct engine *e)
{
	struct database *db = (struct database *)e;

	sqlite3_close(db->sqlite);
	free(db);
}

static struct engine_rows *ask(struct engine *e, const char *sql,
			       const struct sensordb_value *values,
			       size_t count)
{
	struct database *db = (struct database *)e;
	struct answer *answer;
	sqlite3_stmt *statement;
	int rc;

	rc = sqlite3_prepare_v2(db->sqlite, sql, -1, &statement, NULL);
	for (size_t i = 0; rc == SQLITE_OK && i < count; i++) {
		int at = (int)i + 1;

		if (values[i].type == SENSORDB_INT)
			rc =
			    sqlite3_bind_int64(statement, at, values[i].number);
		else
			rc = sqlite3_bind_text(statement, at, values[i].text,
					       -1, SQLITE_TRANSIENT);
	}
	if (rc != SQLITE_OK) {
		complain(db);
		sqlite3_finalize(statement);
		return NULL;
	}
	answer = xalloc_zero(1, sizeof(*answer));
	answer->rows.engine = e;
	answer->statement = statement;
	answer->until_s = clock_s() + db->timeout_s;
	return &answer->rows;
}

static int next(struct engine_rows *rows)
{
	const struct answer *answer = (struct answer *)rows;
	struct database *db = (struct database *)rows->engine;
	int rc;

	db->until_s = answer->until_s;
	rc = sqlite3_step(answer->statement);
	db->until_s = 0;
	if (rc == SQLITE_ROW)
		return 1;
	return rc == SQLITE_DONE ? 0 : complain(db);
}

static int64_t number(struct engine_rows *rows, int column)
{
	return sqlite3_column_int64(((struct answer *)rows)->statement, column);
}

static const char *text(struct engine_rows *rows, int column)
{
	return (const void *)sqlite3_column_text(
	    ((struct answer *)rows)->statement, column);
}

static void finish(struct engine_rows *rows)
{
	struct answer *answer = (struct answer *)rows;

	sqlite3_finalize(answer->statement);
	free(answer);
}

static int command(struct engine *e, const char *sql)
{
	struct database *db = (struct database *)e;

	if (sqlite3_exec(db->sqlite, sql, NULL, NULL, NULL) != SQLITE_OK)
		return complain(db);
	return 0;
}

static int begin(struct engine *e)
{
	return command(e, "BEGIN");
}

static int end(struct engine *e)
{
	return command(e, "COMMIT");
}

const struct engine_kind engine_sqlite = {
    .id = SENSORDB_SQLITE,
    .schemes = (const char *const[]){"sqlite:", NULL},
    .has = "SELECT 1 FROM sqlite_master WHERE type IN ('table', 'view') "
	   "AND lower(name) = ?",
    .columns = "SELECT lower(name), lower(type) FROM pragma_table_info(?)",
    .open = open_file,
    .close = close_file,
    .ask = ask,
    .next = next,
    .text = text,
    .number = number,
    .finish = finish,
    .begin = begin,
    .end = end,
};
