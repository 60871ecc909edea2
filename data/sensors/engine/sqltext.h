/*
 * A question of sensordb.h as the text that an engine reads.
 */
#ifndef MARTLET_SQLTEXT_H
#define MARTLET_SQLTEXT_H

/** sqltext_postgresql: $1, $2 ... for each ? outside of quotes, and COLLATE
 * "C" for COLLATE BINARY. Caller frees with free. */
char *sqltext_postgresql(const char *sql);

#endif
