/*
 * What a text says once its encodings are undone: percent, HTML entities,
 * JSON and Markdown escapes, defanged dots, full-width and other Unicode
 * forms of ASCII characters, invisible characters. For the leak gate; each
 * byte remembers its line.
 */
#ifndef MARTLET_PLAIN_H
#define MARTLET_PLAIN_H

#include <stdbool.h>
#include <stddef.h>

struct plain {
	char *text; /* len bytes and a NUL */
	int *lines; /* of each byte, from 1 */
	size_t len;
};

/** plain_read: @without_markup: inline tags, comments and emphasis marks
 * are taken out too, so that what they split comes together. Caller frees
 * with plain_release. */
void plain_read(const char *text, size_t len, bool without_markup,
		struct plain *out);
/** Lower case, every run of space one space. */
void plain_fold(const struct plain *p, struct plain *out);
void plain_release(struct plain *p);

#endif
