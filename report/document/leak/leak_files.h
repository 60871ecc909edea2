/*
 * The leak gate over texts that have a name: prints each hit as
 * FILE:LINE: KIND: and never the secret itself.
 */
#ifndef MARTLET_LEAK_FILES_H
#define MARTLET_LEAK_FILES_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "leak.h"

/* What checks have found so far. */
struct faults {
	size_t count;
	json_t *list; /* of {file, line, kind, what}; owned */
};

void leak_files_init(struct faults *f);
void leak_files_release(struct faults *f);

/** One more fault, of whatever check. */
void leak_files_add(struct faults *f, const char *file, int line,
		    const char *kind, const char *what);

/** leak_files_text: A text that goes by that name. */
void leak_files_text(struct leak_gate *g, const char *file, const char *text,
		     bool author, struct faults *f);
/** leak_files_read: A file. Returns -1, logged, when it cannot be read. */
int leak_files_read(struct leak_gate *g, const char *file, bool author,
		    struct faults *f);

/** Prints "FILE:LINE: KIND: WHAT" for each. */
void leak_files_print(const struct faults *f, FILE *out);

#endif
