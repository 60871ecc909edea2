#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compiler.h"
#include "str.h"
#include "xalloc.h"
#include "lint.h"

#define NUMBER_MAX 100
#define COLUMNS_MAX 64
#define ROWS_MAX 256

struct numbered {
	const char *word; /* "Figure " */
	int captions[NUMBER_MAX];
};

struct lint {
	struct numbered kinds[4];
	lint_found *found;
	void *arg;
	size_t count;
};

static void report(struct lint *l, int line, const char *what)
{
	l->found(l->arg, line, what);
	l->count++;
}

/* The number that follows a word, and whether it makes a caption. */
static int number_at(const char *at, bool *caption)
{
	int n = 0;

	for (; isdigit((unsigned char)*at) && n < NUMBER_MAX; at++)
		n = n * 10 + (*at - '0');
	*caption = *at == ':' || str_starts(at, "：");
	return n < NUMBER_MAX ? n : 0;
}

static void collect_captions(struct lint *l, const char *line)
{
	for (size_t k = 0; k < ARRAY_LEN(l->kinds); k++) {
		struct numbered *kind = &l->kinds[k];
		bool caption;
		int n;

		if (!str_starts(line, kind->word))
			continue;
		n = number_at(line + strlen(kind->word), &caption);
		if (caption && n > 0)
			kind->captions[n]++;
	}
}

static void check_references(struct lint *l, int number, const char *line)
{
	char what[120];

	for (size_t k = 0; k < ARRAY_LEN(l->kinds); k++) {
		const char *at = line, *word = l->kinds[k].word;

		while ((at = strstr(at, word)) != NULL) {
			bool caption;
			int n = number_at(at + strlen(word), &caption);

			if (n > 0 && l->kinds[k].captions[n] != 1) {
				snprintf(what, sizeof(what),
					 l->kinds[k].captions[n] == 0
					     ? "%s%d is named and is not there"
					     : "%s%d is there more than once",
					 word, n);
				report(l, number, what);
			}
			at += strlen(word);
		}
	}
}

static void check_marks(struct lint *l, int number, const char *line)
{
	static const struct mark {
		const char *text, *what;
	} marks[] = {
	    {"{{", "a mark of a template is left: {{"},
	    {"}}", "a mark of a template is left: }}"},
	    {"![](", "a picture has no text for those who cannot see it"},
	    {"| <", "a table cell starts with stray markup: <"},
	    {"TODO", "something is left to do: TODO"},
	};

	const char *picture = strstr(line, "![");

	for (size_t i = 0; i < ARRAY_LEN(marks); i++)
		if (strstr(line, marks[i].text) != NULL)
			report(l, number, marks[i].what);
	if (picture != NULL && strstr(picture, "](http") != NULL)
		report(l, number,
		       "a picture from elsewhere is not shown on the page");
}

struct grid {
	char *cells[ROWS_MAX][COLUMNS_MAX];
	int rows, columns;
};

static void add_row(struct grid *g, char *line)
{
	char *rest = line + 1, *cell;
	int column = 0;

	while (column < COLUMNS_MAX && (cell = strsep(&rest, "|")) != NULL)
		if (rest != NULL)
			g->cells[g->rows][column++] = str_trim(cell);
	g->columns = column > g->columns ? column : g->columns;
	while (column < COLUMNS_MAX)
		g->cells[g->rows][column++] = NULL;
	g->rows++;
}

static bool is_service(const char *cell)
{
	return cell != NULL && (strstr(cell, "/TCP") || strstr(cell, "/UDP") ||
				strcmp(cell, "ICMP") == 0);
}

/* One line of cells of the grid: a column, or a row when by_row. */
static void check_ranking(struct lint *l, const struct grid *g, bool by_row,
			  int index, int first_line)
{
	int length = by_row ? g->columns : g->rows;
	char what[120];

	for (int i = 1; i < length; i++) {
		const char *cell =
		    by_row ? g->cells[index][i] : g->cells[i][index];

		for (int k = 0; k < i && is_service(cell); k++) {
			const char *other =
			    by_row ? g->cells[index][k] : g->cells[k][index];

			if (other == NULL || strcmp(cell, other) != 0)
				continue;
			snprintf(what, sizeof(what),
				 "%.40s is twice in the ranking of %.40s", cell,
				 by_row ? g->cells[index][0]
					: g->cells[0][index]);
			report(l, first_line + (by_row ? index : i), what);
		}
	}
}

/* Rankings are columns when the first head says "Rank" or "#", else rows. */
static void check_table(struct lint *l, struct grid *g, int first_line)
{
	const char *head = g->rows > 2 ? g->cells[2][0] : NULL;
	bool by_row = head != NULL && head[0] != '#';
	int count = by_row ? g->rows : g->columns;

	for (int i = 1; i < count; i++)
		check_ranking(l, g, by_row, i, first_line);
	g->rows = 0;
	g->columns = 0;
}

static void check_tables(struct lint *l, char *text)
{
	struct grid *g = xalloc_zero(1, sizeof(*g));
	char *rest = text, *line;
	int first = 0;

	for (int n = 1; (line = strsep(&rest, "\n")) != NULL; n++) {
		if (line[0] == '|' && g->rows < ROWS_MAX) {
			if (g->rows == 0)
				first = n;
			add_row(g, line);
		} else if (g->rows > 0) {
			check_table(l, g, first);
		}
	}
	if (g->rows > 0)
		check_table(l, g, first);
	free(g);
}

static void collect(struct lint *l, int number, const char *line)
{
	(void)number;
	collect_captions(l, line);
}

static void check_line(struct lint *l, int number, const char *line)
{
	check_references(l, number, line);
	check_marks(l, number, line);
}

static void each_line(struct lint *l, const char *text,
		      void (*visit)(struct lint *, int, const char *))
{
	char *copy = xalloc_string(text), *rest = copy, *line;

	for (int n = 1; (line = strsep(&rest, "\n")) != NULL; n++)
		visit(l, n, line);
	free(copy);
}

size_t lint_markdown(const char *markdown, lint_found *found, void *arg)
{
	struct lint l = {.kinds = {{.word = "Figure "},
				   {.word = "Table "},
				   {.word = "図"},
				   {.word = "表"}},
			 .found = found,
			 .arg = arg};
	char *copy;

	each_line(&l, markdown, collect);
	each_line(&l, markdown, check_line);
	copy = xalloc_string(markdown);
	check_tables(&l, copy);
	free(copy);
	return l.count;
}
