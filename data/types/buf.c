#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "xalloc.h"
#include "buf.h"

void buf_init(struct buf *b, size_t max)
{
	*b = (struct buf){.max = max};
}

void buf_release(struct buf *b)
{
	free(b->data);
	buf_init(b, b->max);
}

void buf_reset(struct buf *b)
{
	b->len = 0;
	b->too_big = false;
	if (b->data != NULL)
		b->data[0] = '\0';
}

static void reserve(struct buf *b, size_t len)
{
	size_t need = b->len + len + 1;
	size_t cap = b->cap ? b->cap : 64;

	if (need <= b->cap)
		return;
	while (cap < need)
		cap *= 2;
	if (cap - 1 > b->max) /* no more than will be used */
		cap = b->max + 1;
	b->data = xalloc_grow(b->data, cap, 1);
	b->cap = cap;
}

void buf_add(struct buf *b, const void *bytes, size_t len)
{
	if (len > b->max - b->len) {
		len = b->max - b->len;
		b->too_big = true;
	}
	reserve(b, len);
	if (len > 0)
		memcpy(b->data + b->len, bytes, len);
	b->len += len;
	b->data[b->len] = '\0';
}

void buf_add_string(struct buf *b, const char *s)
{
	buf_add(b, s, strlen(s));
}

void buf_add_char(struct buf *b, char c)
{
	if (b->len + 1 >= b->cap || b->len >= b->max) {
		buf_add(b, &c, 1);
		return;
	}
	b->data[b->len++] = c;
	b->data[b->len] = '\0';
}

void buf_printf(struct buf *b, const char *format, ...)
{
	va_list ap, again;
	int len;

	va_start(ap, format);
	va_copy(again, ap);
	len = vsnprintf(NULL, 0, format, ap);
	va_end(ap);
	if (len > 0) {
		char *text = xalloc((size_t)len + 1);

		vsnprintf(text, (size_t)len + 1, format, again);
		buf_add(b, text, (size_t)len);
		free(text);
	}
	va_end(again);
}

char *buf_detach(struct buf *b)
{
	char *text = b->data != NULL ? b->data : xalloc_string("");

	buf_init(b, b->max);
	return text;
}

const char *buf_text(const struct buf *b)
{
	return b->data != NULL ? b->data : "";
}
