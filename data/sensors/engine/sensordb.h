/*
 * The sensor database (DESIGN section 5): who asks what, in one driver
 * interface over several engines. Opened read-only by everybody but the
 * importer and 'sensors add', which use their own handle (sensorstore.h).
 *
 * Values never become SQL text: they are bound. Questions are written once,
 * as SQL that all engines know: no CTE, no window function, no position in
 * ORDER BY, one JOIN in a SELECT; texts are ordered COLLATE BINARY.
 */
#ifndef MARTLET_SENSORDB_H
#define MARTLET_SENSORDB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "compiler.h"
#include "period.h"
#include "workspace.h"
#include "zone.h"

struct sensordb;
struct sensordb_rows;

enum sensordb_engine {
	SENSORDB_SQLITE,
	SENSORDB_POSTGRESQL,
	SENSORDB_CLICKHOUSE,
};

struct sensordb_value {
	enum { SENSORDB_INT, SENSORDB_TEXT } type;
	int64_t number;
	const char *text;
};

/** sensordb_open: The database that sensors.database names, read-only.
 * Returns NULL, logged: not there, not a sensor database (names the missing
 * relation and says 'martlet sensors check'), engine not built in. */
struct sensordb *sensordb_open(const struct workspace *ws);
/** sensordb_open_any: The same, whatever the database holds: for 'sensors
 * check'. It has no zone and no unit. */
struct sensordb *sensordb_open_any(const struct workspace *ws);
void sensordb_close(struct sensordb *db);

/** The zone that the network's days are in (sensor_meta 'timezone'). */
struct zone *sensordb_zone(struct sensordb *db);
/** "packets" or "flows". Borrowed. */
const char *sensordb_unit(const struct sensordb *db);
enum sensordb_engine sensordb_engine(const struct sensordb *db);

/** Whether an optional relation of the contract is there: 1 or 0; -1,
 * logged. */
int sensordb_has(struct sensordb *db, const char *relation) WARN_UNUSED;
/** Rows of name and type (in lower case) of a relation's columns; none when
 * there is no such relation. As sensordb_ask. */
struct sensordb_rows *sensordb_columns(struct sensordb *db,
				       const char *relation);

/**
 * sensordb_ask: Runs one question.
 * @sql: with ? for each value, in order.
 * Returns NULL, logged; caller frees with sensordb_rows_free before the next
 * question.
 */
struct sensordb_rows *sensordb_ask(struct sensordb *db, const char *sql,
				   const struct sensordb_value *values,
				   size_t count);
/** 1: a row is there; 0: no more, and that was all; -1, logged: the answer
 * broke off and what came before is not the whole. */
int sensordb_next(struct sensordb_rows *rows) WARN_UNUSED;
/** NULL is 0. What is not a number of 64 bits makes sensordb_next fail. */
int64_t sensordb_int(struct sensordb_rows *rows, int column);
/** Never NULL; borrowed until the next row. */
const char *sensordb_text(struct sensordb_rows *rows, int column);
bool sensordb_is_null(struct sensordb_rows *rows, int column);
void sensordb_rows_free(struct sensordb_rows *rows);

/** Questions between the two see one state of the database, whatever an
 * import commits meanwhile; ClickHouse cannot do that: each of its questions
 * sees the state at its own start. Each logs and returns -1. */
int sensordb_begin(struct sensordb *db) WARN_UNUSED;
int sensordb_end(struct sensordb *db) WARN_UNUSED;

/** Days of a period as the values of "day BETWEEN ? AND ?".
 * @text: two buffers of CIVIL_DAY_TEXT bytes that must outlive the values. */
void sensordb_days(const struct period *p, char text[2][11],
		   struct sensordb_value values[2]);

#endif
