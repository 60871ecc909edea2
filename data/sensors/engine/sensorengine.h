/*
 * What an engine of the sensor database does; for the files of this room.
 * sensordb.c is the only one that calls it.
 */
#ifndef MARTLET_SENSORENGINE_H
#define MARTLET_SENSORENGINE_H

#include <stddef.h>
#include <stdint.h>

#include "compiler.h"
#include "sensordb.h"
#include "workspace.h"

/* Each engine has these as the first member of its own structs. */
struct engine {
	const struct engine_kind *kind;
	const char *name; /* as the user wrote it, for messages; borrowed */
};

struct engine_rows {
	struct engine *engine;
};

struct engine_kind {
	enum sensordb_engine id;
	const char *const *schemes; /* "sqlite:"; ends with NULL */
	/* Questions with one text: whether a relation is there; its columns
	 * (lower case) and their types. */
	const char *has, *columns;

	/** @name: the whole of sensors.database, which outlives the engine.
	 * NULL, logged. */
	struct engine *(*open)(const struct workspace *ws, const char *name);
	void (*close)(struct engine *e);
	/** NULL, logged. */
	struct engine_rows *(*ask)(struct engine *e, const char *sql,
				   const struct sensordb_value *values,
				   size_t count);
	/** 1: a row; 0: the answer was whole; -1, logged. */
	int (*next)(struct engine_rows *rows);
	/** NULL for SQL's NULL; borrowed until the next row. */
	const char *(*text)(struct engine_rows *rows, int column);
	/** NULL: numbers are read from their text. */
	int64_t (*number)(struct engine_rows *rows, int column);
	void (*finish)(struct engine_rows *rows);
	/** -1, logged. NULL: the engine has no snapshots. */
	int (*begin)(struct engine *e);
	int (*end)(struct engine *e);
};

extern const struct engine_kind engine_sqlite;
extern const struct engine_kind engine_postgresql;
extern const struct engine_kind engine_clickhouse;

/** sensorengine_complain: Logs what the server said, made safe to show; a hint
 * when @hint is not NULL. Returns -1. */
int sensorengine_complain(const struct engine *e, const char *said,
			  const char *hint);

/** sensorengine_password: Of MARTLET_SENSORS_PASSWORD, else the first line of
 * the file that sensors.password_file names. *out: NULL when there is neither;
 * caller frees with sensorengine_password_free. -1, logged. */
int sensorengine_password(const struct workspace *ws, char **out) WARN_UNUSED;
void sensorengine_password_free(char *password);

/** sensorengine_refuse_password: Logs that sensors.database holds a password,
 * without showing it; returns NULL. */
struct engine *sensorengine_refuse_password(void);

#endif
