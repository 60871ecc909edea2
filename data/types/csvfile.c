#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "outfile.h"
#include "xalloc.h"
#include "csvfile.h"

#define CSVFILE_MAX (64u << 20) /* bytes: far above any file of this kind */

struct csvfile {
	char *text; /* cells point into it */
	char **cells;
	size_t cell_count, cell_cap;
	int *lines;
	size_t row_count, row_cap;
	size_t width;   /* columns in the file */
	size_t *wanted; /* for each asked column, its place */
};

static void add_cell(struct csvfile *f, char *cell)
{
	void *cells = f->cells;

	xalloc_room(&cells, &f->cell_cap, f->cell_count, sizeof(*f->cells));
	f->cells = cells;
	f->cells[f->cell_count++] = cell;
}

static void add_line(struct csvfile *f, int line)
{
	void *lines = f->lines;

	xalloc_room(&lines, &f->row_cap, f->row_count, sizeof(*f->lines));
	f->lines = lines;
	f->lines[f->row_count++] = line;
}

/* Cuts one cell off the text in place. Returns what ended it: ',', '\n',
 * '\0', or -1 for a quote that never ends. */
static int cut_cell(char **at, char **cell, int *line)
{
	char *in = *at, *out = *at;
	bool quoted = *in == '"';
	int end;

	*cell = out;
	if (quoted)
		in++;
	for (;; in++) {
		if (*in == '\0' && quoted)
			return -1;
		if (quoted && *in == '"') {
			if (in[1] != '"') {
				quoted = false;
				continue;
			}
			in++;
		} else if (!quoted &&
			   (*in == ',' || *in == '\n' || *in == '\0')) {
			break;
		} else if (!quoted && *in == '\r' &&
			   (in[1] == '\n' || in[1] == '\0')) {
			continue;
		}
		if (*in == '\n')
			(*line)++;
		*out++ = *in;
	}
	end = *in;
	*at = end == '\0' ? in : in + 1;
	*out = '\0';
	return end;
}

static int parse(struct csvfile *f, const char *path)
{
	char *at = f->text;
	int line = 1;

	if (strncmp(at, "\xef\xbb\xbf", 3) == 0)
		at += 3;
	while (*at != '\0') {
		size_t before = f->cell_count;
		int start = line, end;
		char *cell;

		if (*at == '#' || *at == '\n' || *at == '\r') {
			at += strcspn(at, "\n");
			at += *at == '\n' ? 1 : 0;
			line++;
			continue;
		}
		do {
			end = cut_cell(&at, &cell, &line);
			add_cell(f, cell);
		} while (end == ',');
		line++;
		if (end < 0) {
			log_error("%s:%d: a quote has no end", path, start);
			return -1;
		}
		if (f->row_count == 0)
			f->width = f->cell_count;
		if (f->cell_count - before != f->width) {
			log_error("%s:%d: %zu cells where the header has %zu",
				  path, start, f->cell_count - before,
				  f->width);
			return -1;
		}
		add_line(f, start);
	}
	return 0;
}

static int find_column(const struct csvfile *f, const char *name, size_t *at)
{
	for (size_t i = 0; i < f->width; i++) {
		if (strcmp(f->cells[i], name) == 0) {
			*at = i;
			return 0;
		}
	}
	return -1;
}

struct csvfile *csvfile_read(const char *path, const char *const *columns)
{
	struct csvfile *f = xalloc_zero(1, sizeof(*f));
	size_t count = 0;

	while (columns[count] != NULL)
		count++;
	f->wanted = xalloc_zero(count, sizeof(*f->wanted));
	f->text = outfile_read(path, CSVFILE_MAX, NULL);
	if (f->text == NULL || parse(f, path) < 0)
		goto fail;
	for (size_t i = 0; i < count; i++) {
		if (find_column(f, columns[i], &f->wanted[i]) < 0) {
			log_error("%s:1: the header has no column '%s'", path,
				  columns[i]);
			goto fail;
		}
	}
	return f;
fail:
	csvfile_free(f);
	return NULL;
}

void csvfile_free(struct csvfile *f)
{
	if (f == NULL)
		return;
	free(f->text);
	free(f->cells);
	free(f->lines);
	free(f->wanted);
	free(f);
}

size_t csvfile_rows(const struct csvfile *f)
{
	return f->row_count > 0 ? f->row_count - 1 : 0;
}

int csvfile_line(const struct csvfile *f, size_t row)
{
	return f->lines[row + 1];
}

const char *csvfile_cell(const struct csvfile *f, size_t row, size_t column)
{
	return f->cells[(row + 1) * f->width + f->wanted[column]];
}

const char *csvfile_optional(const struct csvfile *f, size_t row,
			     const char *name)
{
	size_t at;

	if (find_column(f, name, &at) < 0)
		return NULL;
	return f->cells[(row + 1) * f->width + at];
}
