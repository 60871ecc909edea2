/*
 * Rows of a large CSV file (RFC 4180; LF or CRLF), one after another, with
 * no allocation for a cell: cells point into the reader's buffer.
 *
 * A broken row costs only its first line: a quote that never ends does not
 * swallow the rows behind it.
 */
#ifndef MARTLET_CSVROW_H
#define MARTLET_CSVROW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "compiler.h"

#define CSVROW_MAX (1u << 20) /* bytes of the longest row */

/** Gives up to size bytes; 0 at the end; -1, logged. */
typedef ssize_t csvrow_source(void *arg, char *out, size_t size);

enum csvrow_got {
	CSVROW_ROW,
	CSVROW_BROKEN,
	CSVROW_END,
	CSVROW_FAILED, /* the source failed */
};

enum csvrow_problem {
	CSVROW_CELLS, /* not as many cells as the header */
	CSVROW_QUOTE, /* a quote without end, or text behind one */
	CSVROW_NUL,   /* a zero byte */
	CSVROW_LONG,  /* over CSVROW_MAX */
};

struct csvcell {
	char *text; /* NUL-terminated; the reader of a row may change it */
	size_t len;
};

struct csvrow {
	/* Of the row that csvrow_next gave; valid until the next one. */
	struct csvcell *cells;
	size_t count;
	int64_t line; /* of its first line, from 1 */
	enum csvrow_problem problem;
	bool unended; /* the file ended without a newline behind it */

	/* The reader's own. */
	csvrow_source *source;
	void *arg;
	char *buffer;
	size_t start, end;
	size_t cell_cap;
	int64_t next_line;
	bool at_end, failed;
};

void csvrow_init(struct csvrow *r, csvrow_source *source, void *arg);
void csvrow_release(struct csvrow *r);
/** csvrow_next: The next row that is not empty. @width: cells it must have;
 * 0 for any number. A BOM before the first row is dropped. */
enum csvrow_got csvrow_next(struct csvrow *r, size_t width) WARN_UNUSED;

#endif
