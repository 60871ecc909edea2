/*
 * The embedded sensor database opened for writing: by the importer, by
 * 'sensors add' and 'sensors uptime', and by nobody else.
 */
#ifndef MARTLET_SENSORSTORE_H
#define MARTLET_SENSORSTORE_H

#include <sqlite3.h>

#include "compiler.h"
#include "workspace.h"
#include "zone.h"

struct sensorstore {
	sqlite3 *sqlite;
	char *path;
	struct zone *zone; /* that its days are in */
};

/** sensorstore_open: Returns NULL, logged: not there, not to be written, not
 * made by 'martlet init'. */
struct sensorstore *sensorstore_open(const struct workspace *ws);
void sensorstore_close(struct sensorstore *s);

/** Logs what SQLite said of the last call and what to do; returns -1. */
int sensorstore_complain(struct sensorstore *s);

/** sensorstore_exec: Statements without values. Logs. */
int sensorstore_exec(struct sensorstore *s, const char *sql) WARN_UNUSED;
/** NULL, logged. Caller finalizes. */
sqlite3_stmt *sensorstore_prepare(struct sensorstore *s, const char *sql);
/** Runs a statement without rows, then makes it ready again. Logs. */
int sensorstore_step(struct sensorstore *s, sqlite3_stmt *q) WARN_UNUSED;
/**
 * sensorstore_run: One statement once, with values by their letter: 'i' an
 * int64_t, 's' a const char *. Logs.
 */
int sensorstore_run(struct sensorstore *s, const char *sql, const char *types,
		    ...) WARN_UNUSED;

/** sensorstore_may_count: Whether "packets" or "flows" can be added: the
 * database counts them, or is empty. Logs when not. @file: what they are
 * from, safe to show. */
int sensorstore_may_count(struct sensorstore *s, const char *unit,
			  const char *file) WARN_UNUSED;
/** sensorstore_count: The same in the caller's transaction; an empty database
 * takes the unit. */
int sensorstore_count(struct sensorstore *s, const char *unit,
		      const char *file) WARN_UNUSED;

/** A transaction that waits for other writers at its start. */
int sensorstore_begin(struct sensorstore *s) WARN_UNUSED;
int sensorstore_commit(struct sensorstore *s) WARN_UNUSED;
void sensorstore_rollback(struct sensorstore *s);

#endif
