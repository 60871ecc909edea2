/*
 * Tables that take long to make, kept in a file from one run to the next.
 * A file that is damaged, of somebody else, or for something else is as good
 * as none.
 */
#ifndef MARTLET_MULTIMATCH_CACHE_H
#define MARTLET_MULTIMATCH_CACHE_H

#include <stddef.h>

#include "compiler.h"

#define MULTIMATCH_KEY 32 /* bytes: SHA-256 of what the tables are made of */

/** multimatch_cache_read: NULL when there is no such file that is right;
 * logs nothing. Caller frees with free. */
char *multimatch_cache_read(const char *directory,
			    const unsigned char key[MULTIMATCH_KEY],
			    size_t *len);

/** multimatch_cache_write: Replaces the file in one step, readable by its
 * owner only, and removes those that have not been written for a month.
 * When it cannot, nothing is said: the next run makes the tables again. */
void multimatch_cache_write(const char *directory,
			    const unsigned char key[MULTIMATCH_KEY],
			    const char *bytes, size_t len);

#endif
