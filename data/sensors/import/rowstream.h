/*
 * The rows of one import in the order of `traffic`, each key once: spilled
 * runs and what is in memory merged, and the candidates for a signature
 * decided (DESIGN section 5): a mark by the IP identification holds when two
 * packets of its key carry it, or all that could.
 */
#ifndef MARTLET_ROWSTREAM_H
#define MARTLET_ROWSTREAM_H

#include <stddef.h>
#include <stdint.h>

#include "compiler.h"
#include "lists.h"
#include "rollup.h"
#include "spill.h"

struct rowstream;

/**
 * rowstream_new: @memory: sorted, read in place. @spill: may be NULL; its
 * runs are read to their ends. @sensors: of the rows; borrowed, as the others.
 */
struct rowstream *rowstream_new(const struct rollup *memory,
				struct spill *spill,
				const struct wordlist *sensors);
void rowstream_free(struct rowstream *s);

/** 1: a row, its signature of enum signature; 0: no more; -1, logged. */
int rowstream_next(struct rowstream *s, struct rollup_row *out) WARN_UNUSED;
/** Rows that are merged into those given: what is done, and all. */
size_t rowstream_done(const struct rowstream *s);
size_t rowstream_all(const struct rowstream *s);

#endif
