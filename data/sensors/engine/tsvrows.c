#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "xalloc.h"
#include "tsvrows.h"

void tsvrows_init(struct tsvrows *t)
{
	*t = (struct tsvrows){0};
	buf_init(&t->in, BUF_NO_LIMIT);
	buf_init(&t->row, BUF_NO_LIMIT);
}

void tsvrows_release(struct tsvrows *t)
{
	buf_release(&t->in);
	buf_release(&t->row);
	free(t->cells);
	*t = (struct tsvrows){0};
}

void tsvrows_add(struct tsvrows *t, const void *bytes, size_t len)
{
	/* Taken rows make room once they are the most of it. */
	if (t->at > t->in.len / 2) {
		memmove(t->in.data, t->in.data + t->at, t->in.len - t->at);
		t->in.len -= t->at;
		t->searched -= t->at;
		t->at = 0;
	}
	buf_add(&t->in, bytes, len);
}

static char unescaped(char c)
{
	switch (c) {
	case 'b':
		return '\b';
	case 'f':
		return '\f';
	case 'n':
		return '\n';
	case 'r':
		return '\r';
	case 't':
		return '\t';
	case '0':
		return '\0';
	default:
		return c;
	}
}

static void add_cell(struct tsvrows *t, const char *s, size_t len)
{
	void *cells = t->cells;
	bool null = len == 2 && s[0] == '\\' && s[1] == 'N';

	xalloc_room(&cells, &t->cell_cap, t->cell_count, sizeof(*t->cells));
	t->cells = cells;
	t->cells[t->cell_count++] = null ? SIZE_MAX : t->row.len;
	for (size_t i = 0; !null && i < len; i++) {
		if (s[i] == '\\' && i + 1 < len)
			buf_add_char(&t->row, unescaped(s[++i]));
		else if (s[i] == '\\')
			t->why = "a row ends in a backslash";
		else
			buf_add_char(&t->row, s[i]);
	}
	if (!null)
		buf_add_char(&t->row, '\0');
}

static void take_line(struct tsvrows *t, const char *s, size_t len)
{
	const char *end = s + len, *tab;

	buf_reset(&t->row);
	t->cell_count = 0;
	while ((tab = memchr(s, '\t', (size_t)(end - s))) != NULL) {
		add_cell(t, s, (size_t)(tab - s));
		s = tab + 1;
	}
	add_cell(t, s, (size_t)(end - s));
	if (t->columns == 0)
		t->columns = t->cell_count;
	if (t->cell_count != t->columns)
		t->why = "a row has more or fewer cells than columns";
}

/* Takes the next line: 1; 0 when it is not all there. */
static int next_line(struct tsvrows *t)
{
	const char *start, *end;

	if (t->in.len == t->searched)
		return 0;
	end = memchr(t->in.data + t->searched, '\n', t->in.len - t->searched);
	start = t->in.data + t->at;
	if (end == NULL)
		t->searched = t->in.len;
	if ((end != NULL ? (size_t)(end - start) : t->in.len - t->at) >
	    TSVROWS_ROW_MAX) {
		t->why = "a row is longer than a megabyte";
		return 0;
	}
	if (end == NULL)
		return 0;
	take_line(t, start, (size_t)(end - start));
	t->at = t->searched = (size_t)(end - t->in.data) + 1;
	return 1;
}

int tsvrows_next(struct tsvrows *t)
{
	int got = 0;

	while (t->why == NULL && (got = next_line(t)) == 1 && t->lines < 2)
		t->lines++;
	if (t->why != NULL)
		return -1;
	return got;
}

const char *tsvrows_text(const struct tsvrows *t, int column)
{
	if (column < 0 || (size_t)column >= t->cell_count ||
	    t->cells[column] == SIZE_MAX)
		return NULL;
	return t->row.data + t->cells[column];
}

bool tsvrows_is_whole(const struct tsvrows *t)
{
	return t->why == NULL && t->lines == 2 && t->at == t->in.len;
}
