/*
 * What ClickHouse is sent and what it answers: a text as a literal is read
 * back as it was and ends where it should; an answer means the same however
 * it is cut into pieces.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "sqltext.h"
#include "tsvrows.h"
#include "xalloc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Reads a literal as ClickHouse does; the text behind it. */
static const char *read_literal(const char *s, struct buf *out)
{
	assert(*s == '\'');
	for (s++; *s != '\''; s++) {
		assert(*s != '\0');
		if (*s == '\\')
			s++;
		assert(*s != '\0');
		buf_add_char(out, *s);
	}
	return s + 1;
}

static void write_and_read(const char *text)
{
	const struct sensordb_value values[] = {
	    {SENSORDB_TEXT, 0, text},
	    {SENSORDB_INT, (int64_t)strlen(text) - 5, NULL},
	    {SENSORDB_TEXT, 0, text}};
	char *sql = sqltext_clickhouse("?'?'?,?COLLATE BINARY", values, 3);
	char *number =
	    xalloc_printf("'?'toInt64(%lld),", (long long)values[1].number);
	struct buf read;
	const char *at;

	buf_init(&read, BUF_NO_LIMIT);
	at = read_literal(sql, &read);
	assert(strcmp(buf_text(&read), text) == 0);
	assert(strncmp(at, number, strlen(number)) == 0);
	buf_reset(&read);
	at = read_literal(at + strlen(number), &read);
	assert(strcmp(buf_text(&read), text) == 0 && *at == '\0');
	buf_release(&read);
	free(number);
	free(sql);
}

/* All that an answer says, as one text. */
static void hear(const char *data, size_t size, size_t step, struct buf *said)
{
	struct tsvrows t;
	int got = 0;

	tsvrows_init(&t);
	for (size_t at = 0; at < size && got >= 0; at += step) {
		tsvrows_add(&t, data + at, size - at < step ? size - at : step);
		while ((got = tsvrows_next(&t)) > 0) {
			for (int i = 0; i < (int)t.cell_count; i++) {
				const char *cell = tsvrows_text(&t, i);

				buf_printf(said, "<%s>",
					   cell != NULL ? cell : "NULL");
			}
			assert(t.cell_count == t.columns);
			assert(tsvrows_text(&t, (int)t.cell_count) == NULL);
		}
	}
	if (got < 0)
		buf_add_string(said, t.why);
	buf_add_string(said, tsvrows_is_whole(&t) ? "whole" : "part");
	tsvrows_release(&t);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = xalloc_string_n((const char *)data, size);
	size_t step = size > 0 ? 1 + data[0] % 64 : 1;
	struct buf once, pieces;

	write_and_read(text);
	buf_init(&once, BUF_NO_LIMIT);
	buf_init(&pieces, BUF_NO_LIMIT);
	hear(text, size, size + 1, &once);
	hear(text, size, step, &pieces);
	assert(strcmp(buf_text(&once), buf_text(&pieces)) == 0);
	buf_release(&once);
	buf_release(&pieces);
	free(text);
	return 0;
}
