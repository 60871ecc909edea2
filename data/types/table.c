#include <ctype.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "buf.h"
#include "str.h"
#include "xalloc.h"
#include "table.h"

#define CELL_MAX 120 /* columns; longer text is cut for people, not in CSV */
#define CUT_MIN 8    /* columns that a cut cell keeps */

struct cell {
	char *text;
	bool number;
};

struct table {
	struct column {
		char *title;
		enum table_align align;
	} * columns;
	size_t column_count, column_cap;
	struct cell *cells;
	size_t cell_count, cell_cap;
};

struct table *table_new(void)
{
	return xalloc_zero(1, sizeof(struct table));
}

void table_free(struct table *t)
{
	if (t == NULL)
		return;
	for (size_t i = 0; i < t->column_count; i++)
		free(t->columns[i].title);
	for (size_t i = 0; i < t->cell_count; i++)
		free(t->cells[i].text);
	free(t->columns);
	free(t->cells);
	free(t);
}

void table_column(struct table *t, const char *title, enum table_align align)
{
	void *columns = t->columns;

	xalloc_room(&columns, &t->column_cap, t->column_count,
		    sizeof(*t->columns));
	t->columns = columns;
	t->columns[t->column_count++] =
	    (struct column){xalloc_string(title), align};
}

/* @text: moved in. */
static void add_cell(struct table *t, char *text, bool number)
{
	void *cells = t->cells;

	xalloc_room(&cells, &t->cell_cap, t->cell_count, sizeof(*t->cells));
	t->cells = cells;
	t->cells[t->cell_count++] = (struct cell){text, number};
}

void table_text(struct table *t, const char *text)
{
	add_cell(t, xalloc_string(text != NULL ? text : ""), false);
}

void table_number(struct table *t, int64_t value)
{
	add_cell(t, xalloc_printf("%" PRId64, value), true);
}

void table_printf(struct table *t, const char *format, ...)
{
	va_list ap;
	char *text = NULL;

	va_start(ap, format);
	if (vasprintf(&text, format, ap) < 0)
		text = xalloc_string("");
	va_end(ap);
	add_cell(t, text, false);
}

/* 14388 -> "14,388": for people only. */
static char *grouped(const char *digits)
{
	struct buf b;
	size_t len = strlen(digits), sign = digits[0] == '-' ? 1 : 0;

	buf_init(&b, BUF_NO_LIMIT);
	for (size_t i = 0; i < len; i++) {
		if (i > sign && (len - i) % 3 == 0)
			buf_add_char(&b, ',');
		buf_add_char(&b, digits[i]);
	}
	return buf_detach(&b);
}

static char *shown(const struct cell *c)
{
	return c->number ? grouped(c->text)
			 : str_vis(c->text, strlen(c->text), CELL_MAX);
}

/* Ends text before it is wider than width; "~" marks the cut. */
static void cut(char *text, size_t width)
{
	size_t len = strlen(text), at = 0, columns = 0;

	if (str_columns(text) <= width)
		return;
	while (at < len) {
		size_t n = str_utf8_length(text + at, len - at);
		char one[5] = "";

		n = n > 0 ? n : 1;
		memcpy(one, text + at, n);
		columns += str_columns(one);
		if (columns >= width)
			break;
		at += n;
	}
	memcpy(text + at, "~", 2);
}

static void print_cell(FILE *out, char *text, size_t width,
		       enum table_align align, bool last)
{
	size_t columns;
	int pad;

	if (align == TABLE_CUT)
		cut(text, width);
	columns = str_columns(text);
	pad = columns < width ? (int)(width - columns) : 0;
	if (align == TABLE_RIGHT)
		fprintf(out, "%*s%s", pad, "", text);
	else
		fprintf(out, "%s%*s", text, last ? 0 : pad, "");
	fputs(last ? "\n" : "  ", out);
}

/* Takes from the widest column that may be cut until the line fits. */
static void fit(const struct table *t, size_t *width, size_t columns)
{
	size_t n = t->column_count, total = 2 * (n - 1);

	for (size_t i = 0; i < n; i++)
		total += width[i];
	for (; total > columns; total--) {
		size_t widest = n;

		for (size_t i = 0; i < n; i++)
			if (t->columns[i].align == TABLE_CUT &&
			    width[i] > CUT_MIN &&
			    (widest == n || width[i] >= width[widest]))
				widest = i;
		if (widest == n)
			return;
		width[widest]--;
	}
}

void table_print(const struct table *t, FILE *out)
{
	struct winsize size = {0};
	int fd = fileno(out);

	if (fd < 0 || isatty(fd) != 1 || ioctl(fd, TIOCGWINSZ, &size) != 0)
		size.ws_col = 0;
	table_print_fitted(t, out, size.ws_col);
}

void table_print_fitted(const struct table *t, FILE *out, size_t columns)
{
	size_t n = t->column_count;
	size_t *width = xalloc_zero(n, sizeof(*width));
	char **text = xalloc_zero(t->cell_count, sizeof(*text));

	for (size_t i = 0; i < n; i++)
		width[i] = str_columns(t->columns[i].title);
	for (size_t i = 0; i < t->cell_count; i++) {
		size_t needed;

		text[i] = shown(&t->cells[i]);
		needed = str_columns(text[i]);
		if (needed > width[i % n])
			width[i % n] = needed;
	}
	if (columns > 0)
		fit(t, width, columns);
	for (size_t i = 0; i < n; i++) {
		char *title = xalloc_string(t->columns[i].title);

		print_cell(out, title, width[i], t->columns[i].align,
			   i + 1 == n);
		free(title);
	}
	for (size_t i = 0; i < t->cell_count; i++) {
		print_cell(out, text[i], width[i % n], t->columns[i % n].align,
			   i % n + 1 == n);
		free(text[i]);
	}
	free(text);
	free(width);
}

/* Spreadsheets in Japan take the wide forms of "=+-@", too. */
static bool starts_formula(const char *text)
{
	static const char *const wide[] = {"＝", "＋", "－", "＠"};

	if (*text == '\0')
		return false;
	for (size_t i = 0; i < ARRAY_LEN(wide); i++)
		if (str_starts(text, wide[i]))
			return true;
	return strchr("=+-@\t\r", *text) != NULL;
}

void table_csv_cell(FILE *out, const char *text)
{
	int64_t number;
	bool formula = starts_formula(text) &&
		       !str_to_int64(text, INT64_MIN, INT64_MAX, &number);

	if (!formula && strpbrk(text, "\",\r\n") == NULL) {
		fputs(text, out);
		return;
	}
	fputs(formula ? "\"'" : "\"", out);
	for (; *text != '\0'; text++) {
		if (*text == '"')
			fputc('"', out);
		fputc(*text, out);
	}
	fputc('"', out);
}

void table_print_csv(const struct table *t, FILE *out)
{
	size_t n = t->column_count;

	for (size_t i = 0; i < n; i++) {
		table_csv_cell(out, t->columns[i].title);
		fputs(i + 1 == n ? "\r\n" : ",", out);
	}
	for (size_t i = 0; i < t->cell_count; i++) {
		table_csv_cell(out, t->cells[i].text);
		fputs(i % n + 1 == n ? "\r\n" : ",", out);
	}
}
