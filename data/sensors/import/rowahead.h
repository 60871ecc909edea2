/*
 * A rowstream that runs ahead in a thread of its own: merging goes on while
 * the database writes.
 */
#ifndef MARTLET_ROWAHEAD_H
#define MARTLET_ROWAHEAD_H

#include <stddef.h>

#include "compiler.h"
#include "rowstream.h"

struct rowahead;

struct rowahead_row {
	struct rollup_row row;
	char source[ADDR_TEXT_MAX];
};

/** rowahead_new: @rows: borrowed; nobody else may touch it until
 * rowahead_free. */
struct rowahead *rowahead_new(struct rowstream *rows);
void rowahead_free(struct rowahead *a);

/** 1: a row, borrowed until the next one; 0: no more; -1, logged. */
int rowahead_next(struct rowahead *a,
		  const struct rowahead_row **out) WARN_UNUSED;
/** Merged rows behind those given so far. */
size_t rowahead_done(const struct rowahead *a);

#endif
