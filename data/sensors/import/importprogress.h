/*
 * How far an import is: a line that changes on a terminal, plain lines now
 * and then elsewhere. On standard error.
 */
#ifndef MARTLET_IMPORTPROGRESS_H
#define MARTLET_IMPORTPROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct importprogress {
	const char *file; /* safe to show; borrowed */
	const char *doing;
	bool terminal;
	int64_t began_ms, next_ms;
};

void importprogress_start(struct importprogress *p, const char *file,
			  const char *doing);
/** importprogress_show: Does little when the last line is recent.
 * @rows: done so far. @share: 0..1, or below 0 when it is not known. */
void importprogress_show(struct importprogress *p, int64_t rows, double share);
/** Clears the terminal's line, for what is printed next. */
void importprogress_end(const struct importprogress *p);

#endif
