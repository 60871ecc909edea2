#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "civil.h"
#include "log.h"
#include "str.h"
#include "xalloc.h"
#include "workspace.h"
#include "sensorfile.h"
#include "sensordb.h"

struct sensordb {
	sqlite3 *sqlite;
	char *name; /* as the user wrote it, for messages */
	struct zone *zone;
	char unit[8];
};

struct sensordb_rows {
	struct sensordb *db;
	sqlite3_stmt *statement;
};

static int complain(const struct sensordb *db)
{
	log_error("cannot read the sensor database '%s': %s", db->name,
		  sqlite3_errmsg(db->sqlite));
	if (sqlite3_errcode(db->sqlite) == SQLITE_ERROR)
		log_hint("'martlet sensors check' says what it lacks");
	return -1;
}

static int open_sqlite(struct sensordb *db, const struct workspace *ws)
{
	char *path = workspace_path(ws, db->name + strlen("sqlite:"));

	db->sqlite = sensorfile_open(path);
	free(path);
	return db->sqlite != NULL ? 0 : -1;
}

/* A key of sensor_meta; @missing when there is no such row. Returns NULL
 * when it cannot be read. Caller frees. */
static char *read_meta(struct sensordb *db, const char *key,
		       const char *missing)
{
	const struct sensordb_value k = {SENSORDB_TEXT, 0, key};
	struct sensordb_rows *rows = sensordb_ask(
	    db, "SELECT value FROM sensor_meta WHERE key = ?", &k, 1);
	char *value = NULL;
	int got;

	if (rows == NULL)
		return NULL;
	got = sensordb_next(rows);
	if (got >= 0)
		value =
		    xalloc_string(got > 0 ? sensordb_text(rows, 0) : missing);
	sensordb_rows_free(rows);
	return value;
}

static int read_contract(struct sensordb *db)
{
	char *zone = read_meta(db, "timezone", "UTC");
	char *unit = zone ? read_meta(db, "unit", "packets") : NULL;
	int rc = -1;

	if (unit == NULL) {
		free(zone);
		return -1;
	}
	if ((db->zone = zone_open(zone)) == NULL) {
		log_error("the sensor database '%s' is in the time zone '%s', "
			  "which this machine does not know",
			  db->name, zone);
		log_hint("install the package tzdata, or mend sensor_meta");
	} else if (strcmp(unit, "packets") != 0 && strcmp(unit, "flows") != 0) {
		log_error("the sensor database '%s' counts '%s', not packets "
			  "or flows",
			  db->name, unit);
	} else {
		memcpy(db->unit, unit, strlen(unit) + 1);
		rc = 0;
	}
	free(zone);
	free(unit);
	return rc;
}

struct sensordb *sensordb_open(const struct workspace *ws)
{
	struct sensordb *db = xalloc_zero(1, sizeof(*db));

	db->name = xalloc_string(config_text(ws->config, "sensors.database"));
	if (!str_starts(db->name, "sqlite:")) {
		log_error("sensors.database '%s': this build only has sqlite:",
			  db->name);
		log_hint("write it as sqlite:FILE");
	} else if (open_sqlite(db, ws) == 0 && read_contract(db) == 0) {
		return db;
	}
	sensordb_close(db);
	return NULL;
}

void sensordb_close(struct sensordb *db)
{
	if (db == NULL)
		return;
	sqlite3_close(db->sqlite);
	zone_free(db->zone);
	free(db->name);
	free(db);
}

struct zone *sensordb_zone(struct sensordb *db)
{
	return db->zone;
}

const char *sensordb_unit(const struct sensordb *db)
{
	return db->unit;
}

struct sensordb_rows *sensordb_ask(struct sensordb *db, const char *sql,
				   const struct sensordb_value *values,
				   size_t count)
{
	struct sensordb_rows *rows;
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
	rows = xalloc_zero(1, sizeof(*rows));
	rows->db = db;
	rows->statement = statement;
	return rows;
}

int sensordb_has(struct sensordb *db, const char *relation)
{
	const struct sensordb_value name = {SENSORDB_TEXT, 0, relation};
	struct sensordb_rows *rows =
	    sensordb_ask(db,
			 "SELECT 1 FROM sqlite_master "
			 "WHERE type IN ('table', 'view') AND lower(name) = ?",
			 &name, 1);
	int has = rows != NULL ? sensordb_next(rows) : -1;

	sensordb_rows_free(rows);
	return has;
}

int sensordb_next(struct sensordb_rows *rows)
{
	switch (sqlite3_step(rows->statement)) {
	case SQLITE_ROW:
		return 1;
	case SQLITE_DONE:
		return 0;
	default:
		return complain(rows->db);
	}
}

int64_t sensordb_int(struct sensordb_rows *rows, int column)
{
	return sqlite3_column_int64(rows->statement, column);
}

const char *sensordb_text(struct sensordb_rows *rows, int column)
{
	const void *text = sqlite3_column_text(rows->statement, column);

	return text != NULL ? text : "";
}

void sensordb_rows_free(struct sensordb_rows *rows)
{
	if (rows == NULL)
		return;
	sqlite3_finalize(rows->statement);
	free(rows);
}

static int command(struct sensordb *db, const char *sql)
{
	struct sensordb_rows *rows = sensordb_ask(db, sql, NULL, 0);
	int rc = rows != NULL ? sensordb_next(rows) : -1;

	sensordb_rows_free(rows);
	return rc;
}

int sensordb_begin(struct sensordb *db)
{
	return command(db, "BEGIN");
}

int sensordb_end(struct sensordb *db)
{
	return command(db, "COMMIT");
}

void sensordb_days(const struct period *p, char text[2][11],
		   struct sensordb_value values[2])
{
	values[0] = (struct sensordb_value){
	    SENSORDB_TEXT, 0, civil_format_day(p->first, text[0])};
	values[1] = (struct sensordb_value){SENSORDB_TEXT, 0,
					    civil_format_day(p->last, text[1])};
}
