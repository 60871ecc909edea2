/*
 * A question of sensordb.h as the text that an engine reads.
 */
#ifndef MARTLET_SQLTEXT_H
#define MARTLET_SQLTEXT_H

#include <stddef.h>

#include "buf.h"
#include "sensordb.h"

/** sqltext_postgresql: $1, $2 ... for each ? outside of quotes, and COLLATE
 * "C" for COLLATE BINARY. Caller frees with free. */
char *sqltext_postgresql(const char *sql);

/** sqltext_clickhouse: Each value as a literal of its type in the place of
 * its ?; COLLATE BINARY goes, since texts are ordered by bytes there. Caller
 * frees with free. */
char *sqltext_clickhouse(const char *sql, const struct sensordb_value *values,
			 size_t count);
/** sqltext_add_literal: toInt64(5) or 'text', in which a backslash stands
 * before each ' and backslash and every other byte for itself: that is all
 * that ends or changes a literal there. The only writer of values. */
void sqltext_add_literal(struct buf *out, const struct sensordb_value *value);

#endif
