/*
 * An answer of ClickHouse in the format TabSeparatedWithNamesAndTypes, which
 * comes in pieces: a line of names, a line of types, and rows. Not one byte
 * of it is trusted.
 */
#ifndef MARTLET_TSVROWS_H
#define MARTLET_TSVROWS_H

#include <stdbool.h>
#include <stddef.h>

#include "buf.h"
#include "compiler.h"

#define TSVROWS_ROW_MAX (1u << 20) /* bytes of one row: a row has 12 cells */

struct tsvrows {
	struct buf in;   /* what came */
	size_t at;       /* of it that was taken */
	size_t searched; /* of it that has no end of line from at on */
	struct buf row;  /* cells, each with its NUL */
	size_t *cells;   /* where they begin in row; SIZE_MAX: NULL */
	size_t cell_count, cell_cap;
	size_t columns;  /* 0: no line yet */
	int lines;       /* names and types that came: 0 to 2 */
	const char *why; /* what is wrong with it; NULL: nothing */
};

void tsvrows_init(struct tsvrows *t);
void tsvrows_release(struct tsvrows *t);

void tsvrows_add(struct tsvrows *t, const void *bytes, size_t len);
/** 1: a row is there; 0: more must come first; -1: why says what is wrong. */
int tsvrows_next(struct tsvrows *t) WARN_UNUSED;
/** NULL for \N, or where there is no such column; borrowed until the next
 * row. */
const char *tsvrows_text(const struct tsvrows *t, int column);
/** Whether an answer can end here: both lines came, and no row is cut. */
bool tsvrows_is_whole(const struct tsvrows *t);

#endif
