#include <assert.h>
#include <inttypes.h>
#include <string.h>

#include "buf.h"
#include "str.h"
#include "sqltext.h"

#define BYTE_ORDER "COLLATE BINARY"

/* Bytes of the piece of SQL at s: a quoted text, a word that is the engine's
 * own, or one character. */
static size_t piece(const char *s)
{
	const char *end;

	if (str_starts(s, BYTE_ORDER))
		return strlen(BYTE_ORDER);
	end = *s == '\'' ? strchr(s + 1, '\'') : NULL;
	return end != NULL ? (size_t)(end - s) + 1 : 1;
}

char *sqltext_postgresql(const char *sql)
{
	unsigned values = 0;
	struct buf out;
	size_t n;

	buf_init(&out, BUF_NO_LIMIT);
	for (; *sql != '\0'; sql += n) {
		n = piece(sql);
		if (*sql == '?')
			buf_printf(&out, "$%u", ++values);
		else if (n > 1 && *sql == BYTE_ORDER[0])
			buf_add_string(&out, "COLLATE \"C\"");
		else
			buf_add(&out, sql, n);
	}
	return buf_detach(&out);
}

void sqltext_add_literal(struct buf *out, const struct sensordb_value *value)
{
	if (value->type == SENSORDB_INT) {
		buf_printf(out, "toInt64(%" PRId64 ")", value->number);
		return;
	}
	buf_add_char(out, '\'');
	for (const char *p = value->text; *p != '\0'; p++) {
		if (*p == '\'' || *p == '\\')
			buf_add_char(out, '\\');
		buf_add_char(out, *p);
	}
	buf_add_char(out, '\'');
}

char *sqltext_clickhouse(const char *sql, const struct sensordb_value *values,
			 size_t count)
{
	struct buf out;
	size_t n, used = 0;

	buf_init(&out, BUF_NO_LIMIT);
	for (; *sql != '\0'; sql += n) {
		n = piece(sql);
		if (*sql == '?') {
			assert(used < count);
			sqltext_add_literal(&out, &values[used++]);
		} else if (n == 1 || *sql != BYTE_ORDER[0]) {
			buf_add(&out, sql, n);
		}
	}
	assert(used == count);
	return buf_detach(&out);
}
