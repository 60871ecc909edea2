#include <stdlib.h>
#include <string.h>

#include "xalloc.h"
#include "logline.h"

void logline_init(struct logline *l, struct inflow *in)
{
	*l = (struct logline){.in = in};
	/* One byte more for the NUL of a last line without a newline. */
	l->buffer = xalloc(LOGLINE_MAX + 1);
}

void logline_release(struct logline *l)
{
	free(l->buffer);
	*l = (struct logline){0};
}

/* Reads more behind end; false when there is no more or no room. */
static bool fill(struct logline *l)
{
	ssize_t n;

	if (l->at_end)
		return false;
	if (l->start > 0 && l->end == LOGLINE_MAX) {
		memmove(l->buffer, l->buffer + l->start, l->end - l->start);
		l->end -= l->start;
		l->start = 0;
	}
	if (l->end == LOGLINE_MAX)
		return false;
	n = inflow_read(l->in, l->buffer + l->end, LOGLINE_MAX - l->end);
	l->failed = n < 0;
	l->at_end = n <= 0;
	l->end += n > 0 ? (size_t)n : 0;
	return n > 0;
}

/* The newline behind start, or NULL: the end, or a line that is too long. */
static char *find_end(struct logline *l)
{
	size_t seen = 0;

	for (;;) {
		size_t have = l->end - l->start;
		char *line = l->buffer + l->start;
		char *newline = memchr(line + seen, '\n', have - seen);

		if (newline != NULL)
			return newline;
		seen = have;
		if (!fill(l))
			return NULL;
	}
}

/* Passes the rest of a line over that the buffer does not hold. */
static void pass(struct logline *l)
{
	char *newline;

	do {
		l->start = l->end = 0;
		if (!fill(l))
			return;
		newline = memchr(l->buffer, '\n', l->end);
	} while (newline == NULL);
	l->start = (size_t)(newline - l->buffer) + 1;
}

static enum logline_got broken(struct logline *l, const char *problem)
{
	l->problem = problem;
	return LOGLINE_BROKEN;
}

static enum logline_got next_line(struct logline *l)
{
	char *newline = find_end(l);

	if (l->failed)
		return LOGLINE_FAILED;
	if (newline == NULL && l->start == l->end)
		return LOGLINE_END;
	l->line++;
	l->text = l->buffer + l->start;
	l->unended = newline == NULL;
	if (newline == NULL && !l->at_end) {
		pass(l);
		return broken(l, "longer than 1 MiB");
	}
	l->len =
	    newline != NULL ? (size_t)(newline - l->text) : l->end - l->start;
	l->start += l->len + (newline != NULL);
	if (l->len > 0 && l->text[l->len - 1] == '\r')
		l->len--;
	l->text[l->len] = '\0';
	if (memchr(l->text, '\0', l->len) != NULL)
		return broken(l, "a zero byte");
	return LOGLINE_LINE;
}

enum logline_got logline_next(struct logline *l)
{
	enum logline_got got;

	do
		got = next_line(l);
	while (got == LOGLINE_LINE && l->len == 0);
	return got;
}

size_t logline_split(struct logline *l, char separator,
		     char *cells[LOGLINE_CELLS])
{
	char *at = l->text;
	size_t n = 0;

	while (n < LOGLINE_CELLS) {
		char *next = strchr(at, separator);

		cells[n++] = at;
		if (next == NULL || n == LOGLINE_CELLS)
			break;
		*next = '\0';
		at = next + 1;
	}
	return n;
}
