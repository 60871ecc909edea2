#include <stdlib.h>
#include <string.h>

#include "xalloc.h"
#include "csvrow.h"

void csvrow_init(struct csvrow *r, csvrow_source *source, void *arg)
{
	*r = (struct csvrow){.source = source, .arg = arg, .next_line = 1};
	/* One byte more for the NUL of a last row without a newline. */
	r->buffer = xalloc(CSVROW_MAX + 1);
}

void csvrow_release(struct csvrow *r)
{
	free(r->buffer);
	free(r->cells);
	*r = (struct csvrow){0};
}

/* Reads more behind end; false when there is no more or no room. The row at
 * start may move: offsets from start stay right. */
static bool fill(struct csvrow *r)
{
	ssize_t n;

	if (r->at_end)
		return false;
	if (r->start > 0 && r->end == CSVROW_MAX) {
		memmove(r->buffer, r->buffer + r->start, r->end - r->start);
		r->end -= r->start;
		r->start = 0;
	}
	if (r->end == CSVROW_MAX)
		return false;
	n = r->source(r->arg, r->buffer + r->end, CSVROW_MAX - r->end);
	r->failed = n < 0;
	r->at_end = n <= 0;
	r->end += n > 0 ? (size_t)n : 0;
	return n > 0;
}

/* Length of the line at start without its newline; *more is false when the
 * buffer is full without one. */
static size_t line_length(struct csvrow *r, bool *fits)
{
	size_t seen = 0;

	for (;;) {
		size_t have = r->end - r->start;
		const char *line = r->buffer + r->start;
		const char *newline = memchr(line + seen, '\n', have - seen);

		*fits = true;
		if (newline != NULL)
			return (size_t)(newline - line);
		seen = have;
		if (!fill(r)) {
			*fits = r->at_end;
			return r->end - r->start;
		}
	}
}

static void consume(struct csvrow *r, size_t len)
{
	size_t have = r->end - r->start;

	r->start += len < have ? len + 1 : have;
}

static void add_cell(struct csvrow *r, size_t from, size_t to)
{
	void *cells = r->cells;

	xalloc_room(&cells, &r->cell_cap, r->count, sizeof(*r->cells));
	r->cells = cells;
	r->cells[r->count].text = r->buffer + r->start + from;
	r->cells[r->count++].len = to - from;
}

static size_t without_return(const char *line, size_t len)
{
	return len > 0 && line[len - 1] == '\r' ? len - 1 : len;
}

static void split_plain(struct csvrow *r, size_t len)
{
	const char *line = r->buffer + r->start;
	size_t from = 0;

	len = without_return(line, len);
	for (;;) {
		const char *comma = memchr(line + from, ',', len - from);
		size_t to = comma != NULL ? (size_t)(comma - line) : len;

		add_cell(r, from, to);
		if (comma == NULL)
			return;
		from = to + 1;
	}
}

/* The byte at an offset from the row's start, or -1 past the end. */
static int at(struct csvrow *r, size_t offset)
{
	while (r->start + offset >= r->end)
		if (!fill(r))
			return -1;
	return (unsigned char)r->buffer[r->start + offset];
}

/* Offset behind the closing quote, or 0 when there is none. */
static size_t end_of_quoted(struct csvrow *r, size_t i)
{
	int c;

	while ((c = at(r, i)) >= 0) {
		if (c == '"' && at(r, i + 1) != '"')
			return i + 1;
		i += c == '"' ? 2 : 1;
	}
	return 0;
}

/* Finds the end of a row with quotes; changes nothing. Returns false for a
 * wrong quote. Cells are told by offsets, because filling moves the row. */
static bool measure_quoted(struct csvrow *r, size_t *len)
{
	size_t i = 0;
	int c;

	for (;;) {
		if (at(r, i) == '"') {
			i = end_of_quoted(r, i + 1);
			c = i > 0 ? at(r, i) : 0;
			if (c == '\r' && at(r, i + 1) == '\n')
				c = at(r, ++i);
			if (i == 0 || (c != ',' && c != '\n' && c >= 0))
				return false;
		} else {
			while ((c = at(r, i)) >= 0 && c != ',' && c != '\n')
				i++;
		}
		if (c != ',') {
			*len = i;
			return true;
		}
		i++;
	}
}

/* Offset of what ends the cell at from: a comma, or len. */
static size_t cell_end(const char *row, size_t from, size_t len)
{
	const char *comma;

	if (from < len && row[from] == '"') {
		size_t i = from + 1;

		while (row[i] != '"' || (i + 1 < len && row[i + 1] == '"'))
			i += row[i] == '"' ? 2 : 1;
		return i + 1;
	}
	comma = memchr(row + from, ',', len - from);
	return comma != NULL ? (size_t)(comma - row) : len;
}

/* Cuts a row that measure_quoted accepted; cells keep their quotes until
 * finish. */
static void split_quoted(struct csvrow *r, size_t len)
{
	const char *row = r->buffer + r->start;
	size_t from = 0, to;

	len = without_return(row, len);
	for (;; from = to + 1) {
		to = cell_end(row, from, len);
		add_cell(r, from, to);
		if (to >= len)
			return;
	}
}

static void unquote(struct csvcell *c)
{
	char *out = c->text;

	for (const char *in = c->text + 1, *end = c->text + c->len - 1;
	     in < end; in++) {
		*out++ = *in;
		if (*in == '"')
			in++;
	}
	c->len = (size_t)(out - c->text);
}

static void finish(struct csvrow *r)
{
	for (size_t i = 0; i < r->count; i++) {
		struct csvcell *c = &r->cells[i];

		if (c->len >= 2 && c->text[0] == '"')
			unquote(c);
		c->text[c->len] = '\0';
	}
}

static int64_t count_newlines(const char *text, size_t len)
{
	int64_t n = 0;

	for (const char *p = text;
	     (p = memchr(p, '\n', len - (size_t)(p - text))) != NULL; p++)
		n++;
	return n;
}

/* Drops a line that the buffer cannot hold. */
static enum csvrow_got skip_long(struct csvrow *r)
{
	bool fits;
	size_t len;

	do {
		r->start = r->end;
		len = line_length(r, &fits);
	} while (!fits);
	consume(r, len);
	r->next_line++;
	r->problem = CSVROW_LONG;
	return r->failed ? CSVROW_FAILED : CSVROW_BROKEN;
}

static enum csvrow_got broken(struct csvrow *r, size_t first_line,
			      enum csvrow_problem problem)
{
	consume(r, first_line);
	r->next_line++;
	r->problem = problem;
	return CSVROW_BROKEN;
}

static enum csvrow_got take(struct csvrow *r, size_t first_line, size_t width)
{
	size_t len = first_line;
	char *row = r->buffer + r->start;

	r->count = 0;
	if (memchr(row, '"', len) == NULL) {
		split_plain(r, len);
	} else {
		if (!measure_quoted(r, &len))
			return r->failed ? CSVROW_FAILED
					 : broken(r, first_line, CSVROW_QUOTE);
		row = r->buffer + r->start;
		split_quoted(r, len);
	}
	if (memchr(row, '\0', len) != NULL)
		return broken(r, first_line, CSVROW_NUL);
	if (width > 0 && r->count != width)
		return broken(r, first_line, CSVROW_CELLS);
	r->next_line += count_newlines(row, len) + 1;
	r->unended = r->start + len == r->end;
	finish(r);
	consume(r, len);
	return CSVROW_ROW;
}

enum csvrow_got csvrow_next(struct csvrow *r, size_t width)
{
	for (;;) {
		bool fits;
		size_t len = line_length(r, &fits);
		const char *line = r->buffer + r->start;

		r->line = r->next_line;
		if (r->failed)
			return CSVROW_FAILED;
		if (!fits)
			return skip_long(r);
		if (r->line == 1 && len >= 3 &&
		    memcmp(line, "\xef\xbb\xbf", 3) == 0) {
			r->start += 3;
			len -= 3;
			line += 3;
		}
		if (r->at_end && r->start == r->end)
			return CSVROW_END;
		if (without_return(line, len) > 0)
			return take(r, len, width);
		consume(r, len);
		r->next_line++;
	}
}
