/*
 * Roll-ups that memory does not hold: sorted runs of rows in one temporary
 * file without a name, which is gone when the program is, however it ends.
 */
#ifndef MARTLET_SPILL_H
#define MARTLET_SPILL_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "compiler.h"
#include "rollup.h"

struct spill_row {
	uint64_t source; /* of struct rollup_place: dear to make again */
	struct rollup_row row;
};

struct spill_run {
	off_t at, end; /* bytes */
};

struct spill {
	int fd; /* -1: no file yet */
	char *directory;
	struct spill_run *runs;
	size_t count, cap;
	off_t size;
};

/** @directory: where the file is made when it is needed. */
void spill_init(struct spill *s, const char *directory);
void spill_release(struct spill *s);

/** spill_add: Writes a sorted roll-up as one run. Logs. */
int spill_add(struct spill *s, const struct rollup *r) WARN_UNUSED;
/** spill_read: The next rows of a run, whose place moves on. Returns how
 * many, 0 at its end; -1, logged. */
ssize_t spill_read(struct spill *s, size_t run, struct spill_row *out,
		   size_t max) WARN_UNUSED;

#endif
