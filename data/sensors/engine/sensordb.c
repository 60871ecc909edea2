#include <stdlib.h>
#include <string.h>

#include "civil.h"
#include "log.h"
#include "str.h"
#include "xalloc.h"
#include "workspace.h"
#include "sensorengine.h"
#include "sensordb.h"

struct sensordb {
	struct engine *engine;
	char *name; /* as the user wrote it, for messages */
	struct zone *zone;
	char unit[8];
};

struct sensordb_rows {
	struct sensordb *db;
	struct engine_rows *rows;
	bool broken; /* a cell was not what it should be; logged */
};

static const struct engine_kind *const kinds[] = {
    &engine_sqlite,
    &engine_postgresql,
    &engine_clickhouse,
};

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

static const struct engine_kind *find_kind(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		for (size_t k = 0; kinds[i]->schemes[k] != NULL; k++)
			if (str_starts(name, kinds[i]->schemes[k]))
				return kinds[i];
	return NULL;
}

struct sensordb *sensordb_open_any(const struct workspace *ws)
{
	struct sensordb *db = xalloc_zero(1, sizeof(*db));
	const struct engine_kind *kind;

	db->name = xalloc_string(config_text(ws->config, "sensors.database"));
	kind = find_kind(db->name);
	if (kind == NULL) {
		log_error("sensors.database is not the name of a database that "
			  "Martlet can read");
		log_hint("write it as sqlite:FILE, "
			 "postgresql://USER@HOST/DATABASE or "
			 "clickhouse://USER@HOST/DATABASE");
	} else {
		db->engine = kind->open(ws, db->name);
	}
	if (db->engine != NULL)
		return db;
	sensordb_close(db);
	return NULL;
}

struct sensordb *sensordb_open(const struct workspace *ws)
{
	struct sensordb *db = sensordb_open_any(ws);

	if (db == NULL || read_contract(db) == 0)
		return db;
	sensordb_close(db);
	return NULL;
}

void sensordb_close(struct sensordb *db)
{
	if (db == NULL)
		return;
	if (db->engine != NULL)
		db->engine->kind->close(db->engine);
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

enum sensordb_engine sensordb_engine(const struct sensordb *db)
{
	return db->engine->kind->id;
}

struct sensordb_rows *sensordb_ask(struct sensordb *db, const char *sql,
				   const struct sensordb_value *values,
				   size_t count)
{
	struct engine_rows *answer =
	    db->engine->kind->ask(db->engine, sql, values, count);
	struct sensordb_rows *rows;

	if (answer == NULL)
		return NULL;
	rows = xalloc_zero(1, sizeof(*rows));
	rows->db = db;
	rows->rows = answer;
	return rows;
}

int sensordb_has(struct sensordb *db, const char *relation)
{
	const struct sensordb_value name = {SENSORDB_TEXT, 0, relation};
	struct sensordb_rows *rows =
	    sensordb_ask(db, db->engine->kind->has, &name, 1);
	int has = rows != NULL ? sensordb_next(rows) : -1;

	sensordb_rows_free(rows);
	return has;
}

struct sensordb_rows *sensordb_columns(struct sensordb *db,
				       const char *relation)
{
	const struct sensordb_value name = {SENSORDB_TEXT, 0, relation};

	return sensordb_ask(db, db->engine->kind->columns, &name, 1);
}

int sensordb_next(struct sensordb_rows *rows)
{
	return rows->broken ? -1 : rows->db->engine->kind->next(rows->rows);
}

static int64_t read_number(struct sensordb_rows *rows, const char *text)
{
	int64_t number = 0;
	char *shown;

	if (text == NULL || rows->broken ||
	    str_to_int64(text, INT64_MIN, INT64_MAX, &number))
		return number;
	shown = str_vis(text, strlen(text), 100);
	log_error("the sensor database '%s' answers '%s' where a whole number "
		  "of 64 bits belongs",
		  rows->db->name, shown);
	log_hint("'martlet sensors check' says what is ill-typed");
	free(shown);
	rows->broken = true;
	return 0;
}

int64_t sensordb_int(struct sensordb_rows *rows, int column)
{
	const struct engine_kind *kind = rows->db->engine->kind;

	if (kind->number != NULL)
		return kind->number(rows->rows, column);
	return read_number(rows, kind->text(rows->rows, column));
}

const char *sensordb_text(struct sensordb_rows *rows, int column)
{
	const char *text = rows->db->engine->kind->text(rows->rows, column);

	return text != NULL ? text : "";
}

bool sensordb_is_null(struct sensordb_rows *rows, int column)
{
	return rows->db->engine->kind->text(rows->rows, column) == NULL;
}

void sensordb_rows_free(struct sensordb_rows *rows)
{
	if (rows == NULL)
		return;
	rows->db->engine->kind->finish(rows->rows);
	free(rows);
}

int sensordb_begin(struct sensordb *db)
{
	const struct engine_kind *kind = db->engine->kind;

	return kind->begin != NULL ? kind->begin(db->engine) : 0;
}

int sensordb_end(struct sensordb *db)
{
	const struct engine_kind *kind = db->engine->kind;

	return kind->end != NULL ? kind->end(db->engine) : 0;
}

void sensordb_days(const struct period *p, char text[2][11],
		   struct sensordb_value values[2])
{
	values[0] = (struct sensordb_value){
	    SENSORDB_TEXT, 0, civil_format_day(p->first, text[0])};
	values[1] = (struct sensordb_value){SENSORDB_TEXT, 0,
					    civil_format_day(p->last, text[1])};
}
