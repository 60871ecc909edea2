/*
 * Lines of a log, one after another, and their cells. A line that is too
 * long or holds a zero byte is broken, and costs nothing but itself.
 */
#ifndef MARTLET_LOGLINE_H
#define MARTLET_LOGLINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "compiler.h"
#include "inflow.h"

#define LOGLINE_MAX (1u << 20) /* bytes */
#define LOGLINE_CELLS 128      /* of one line; more are not split */

enum logline_got {
	LOGLINE_LINE,
	LOGLINE_BROKEN, /* see problem */
	LOGLINE_END,
	LOGLINE_FAILED, /* the file cannot be read; logged */
};

struct logline {
	/* Of the last line; valid until the next one, and may be changed. */
	char *text; /* NUL-terminated, without its end of line */
	size_t len;
	int64_t line; /* from 1 */
	bool unended; /* the file ended without a newline behind it */
	const char *problem;

	/* The reader's own. */
	struct inflow *in;
	char *buffer;
	size_t start, end;
	bool at_end, failed;
};

void logline_init(struct logline *l, struct inflow *in);
void logline_release(struct logline *l);
/** logline_next: The next line that is not empty. */
enum logline_got logline_next(struct logline *l) WARN_UNUSED;
/** logline_split: Cuts the line into cells in place; returns how many. */
size_t logline_split(struct logline *l, char separator,
		     char *cells[LOGLINE_CELLS]);

#endif
