/*
 * A growable byte buffer with a cap that is fixed at its start, so that a
 * stranger never decides how much memory is used.
 *
 * data is NUL-terminated whenever it is not NULL; the NUL is not counted.
 */
#ifndef MARTLET_BUF_H
#define MARTLET_BUF_H

#include <stdbool.h>
#include <stddef.h>

#include "compiler.h"

#define BUF_NO_LIMIT ((size_t)-1 / 2)

struct buf {
	char *data;
	size_t len;
	size_t cap;
	size_t max;   /* bytes that fit; more are dropped */
	bool too_big; /* something was dropped */
};

/** @max: bytes at the most, or BUF_NO_LIMIT for text of our own making. */
void buf_init(struct buf *b, size_t max);
void buf_release(struct buf *b);
/** Empties the buffer and keeps its memory. */
void buf_reset(struct buf *b);

/** Each appends what fits and sets too_big when something did not. */
void buf_add(struct buf *b, const void *bytes, size_t len);
void buf_add_string(struct buf *b, const char *s);
void buf_add_char(struct buf *b, char c);
void buf_printf(struct buf *b, const char *format, ...) PRINTF_LIKE(2, 3);

/** The content as a string ("" when empty); caller frees with free. */
char *buf_detach(struct buf *b);

/** Never NULL; borrowed until the buffer changes. */
const char *buf_text(const struct buf *b);

#endif
