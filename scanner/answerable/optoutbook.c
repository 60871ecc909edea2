#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "civil.h"
#include "csvfile.h"
#include "log.h"
#include "outfile.h"
#include "table.h"
#include "xalloc.h"
#include "optoutbook.h"

#define BOOK_MAX (64u << 20) /* bytes */

static const char *const columns[] = {"time",   "action",   "prefix",
				      "until",  "asked_by", "verified",
				      "reason", "note",     NULL};

struct optoutbook {
	struct csvfile *file; /* rows point into it; NULL when there is none */
	struct optoutbook_row *rows;
	size_t count, cap, broken;
};

char *optoutbook_path(const char *list_path)
{
	size_t len = strlen(list_path);

	if (len > 4 && strcmp(list_path + len - 4, ".txt") == 0)
		len -= 4;
	return xalloc_printf("%.*s.csv", (int)len, list_path);
}

/* The writer makes formulas harmless with a quote mark. */
static const char *cell(const struct csvfile *f, size_t row, size_t column)
{
	const char *text = csvfile_cell(f, row, column);

	if (text[0] == '\'' && text[1] != '\0' &&
	    strchr("=+-@\t\r", text[1]) != NULL)
		text++;
	return text;
}

static bool read_row(const struct csvfile *f, size_t i,
		     struct optoutbook_row *out)
{
	*out = (struct optoutbook_row){
	    .action = cell(f, i, 1),
	    .until = cell(f, i, 3),
	    .asked_by = cell(f, i, 4),
	    .verified = cell(f, i, 5),
	    .reason = cell(f, i, 6),
	    .note = cell(f, i, 7),
	};
	return civil_parse_time(cell(f, i, 0), &out->time) &&
	       (strcmp(out->action, "add") == 0 ||
		strcmp(out->action, "remove") == 0) &&
	       prefix_parse(cell(f, i, 2), &out->prefix);
}

static void read_rows(struct optoutbook *b, const char *path)
{
	for (size_t i = 0; i < csvfile_rows(b->file); i++) {
		struct optoutbook_row row;
		void *rows = b->rows;

		if (!read_row(b->file, i, &row)) {
			log_error("%s:%d: this row has no time, 'add' or "
				  "'remove', and prefix",
				  path, csvfile_line(b->file, i));
			b->broken++;
			continue;
		}
		xalloc_room(&rows, &b->cap, b->count, sizeof(*b->rows));
		b->rows = rows;
		b->rows[b->count++] = row;
	}
}

struct optoutbook *optoutbook_read(const char *path)
{
	struct optoutbook *b = xalloc_zero(1, sizeof(*b));

	if (access(path, F_OK) < 0 && errno == ENOENT)
		return b;
	b->file = csvfile_read(path, columns);
	if (b->file == NULL) {
		optoutbook_free(b);
		return NULL;
	}
	read_rows(b, path);
	return b;
}

void optoutbook_free(struct optoutbook *b)
{
	if (b == NULL)
		return;
	csvfile_free(b->file);
	free(b->rows);
	free(b);
}

size_t optoutbook_broken(const struct optoutbook *b)
{
	return b->broken;
}

const struct optoutbook_row *optoutbook_rows(const struct optoutbook *b,
					     size_t *count)
{
	*count = b->count;
	return b->rows;
}

const struct optoutbook_row *optoutbook_last(const struct optoutbook *b,
					     const struct prefix *p)
{
	for (size_t i = b->count; i-- > 0;) {
		const struct prefix *q = &b->rows[i].prefix;

		if (q->length == p->length &&
		    addr_compare(&q->base, &p->base) == 0)
			return &b->rows[i];
	}
	return NULL;
}

static void write_row(FILE *out, const struct optoutbook_row *row)
{
	char time[CIVIL_TIME_TEXT], prefix[ADDR_TEXT_MAX + 4];
	const char *const cells[] = {
	    civil_format_time(row->time, time),
	    row->action,
	    prefix_format(&row->prefix, prefix),
	    row->until,
	    row->asked_by,
	    row->verified,
	    row->reason,
	    row->note,
	};

	for (size_t i = 0; i < ARRAY_LEN(cells); i++) {
		table_csv_cell(out, cells[i]);
		fputc(i + 1 == ARRAY_LEN(cells) ? '\n' : ',', out);
	}
}

static void write_header(FILE *out)
{
	for (size_t i = 0; columns[i] != NULL; i++)
		fprintf(out, "%s%s", i > 0 ? "," : "", columns[i]);
	fputc('\n', out);
}

int optoutbook_add(const char *path, const struct optoutbook_row *row)
{
	bool there = access(path, F_OK) == 0;
	size_t len = 0;
	char *old = there ? outfile_read(path, BOOK_MAX, &len) : NULL;
	struct outfile *f;

	if (there && old == NULL)
		return -1;
	f = outfile_open(path, 0600);
	if (f != NULL) {
		FILE *out = outfile_stream(f);

		if (len == 0)
			write_header(out);
		else
			fwrite(old, 1, len, out);
		if (len > 0 && old[len - 1] != '\n')
			fputc('\n', out);
		write_row(out, row);
	}
	free(old);
	return f != NULL ? outfile_commit(f) : -1;
}
