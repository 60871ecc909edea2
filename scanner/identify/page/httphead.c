#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "buf.h"
#include "peer_limits.h"
#include "str.h"
#include "xalloc.h"
#include "httphead.h"

/* Adds a piece of a field: one line, without NUL and line ends. */
static void add_piece(struct buf *out, const char *at, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (at[i] != '\0' && at[i] != '\r' && at[i] != '\n')
			buf_add_char(out, at[i]);
}

static size_t line_length(const char *at, const char *end)
{
	const char *newline = memchr(at, '\n', (size_t)(end - at));

	return newline != NULL ? (size_t)(newline - at) + 1
			       : (size_t)(end - at);
}

static bool is_field(const char *line, size_t len, const char *name)
{
	size_t n = strlen(name);

	return len > n && strncasecmp(line, name, n) == 0 && line[n] == ':';
}

char *httphead_value(const struct blob *headers, const char *name, int n)
{
	const char *at = headers->data;
	const char *end = at == NULL ? NULL : at + headers->len;
	bool inside = false;
	struct buf out;
	char *text, *kept;

	buf_init(&out, LIMIT_HTTP_HEADERS);
	for (size_t len; at != NULL && at < end; at += len) {
		len = line_length(at, end);
		if (inside && (*at == ' ' || *at == '\t')) {
			buf_add_char(&out, ' ');
			add_piece(&out, at + 1, len - 1);
		} else if (inside) {
			break;
		} else if (is_field(at, len, name) && n-- == 0) {
			inside = true;
			add_piece(&out, at + strlen(name) + 1,
				  len - strlen(name) - 1);
		}
	}
	if (!inside) {
		buf_release(&out);
		return NULL;
	}
	text = buf_detach(&out);
	kept = xalloc_string(str_trim(text));
	free(text);
	return kept;
}

char *httphead_values(const struct blob *headers, const char *name)
{
	struct buf out;
	char *value;

	buf_init(&out, LIMIT_HTTP_HEADERS);
	for (int i = 0; i < HTTPHEAD_FIELDS_MAX &&
			(value = httphead_value(headers, name, i)) != NULL;
	     i++) {
		if (i > 0)
			buf_add_char(&out, '\n');
		buf_add_string(&out, value);
		free(value);
	}
	if (out.len > 0)
		return buf_detach(&out);
	buf_release(&out);
	return NULL;
}

/* The value that starts at s: a quoted string (without its backslashes) or a
 * word. */
static char *read_value(const char *s)
{
	struct buf out;

	buf_init(&out, LIMIT_SUBJECT);
	if (*s == '"') {
		for (s++; *s != '\0' && *s != '"'; s++) {
			if (*s == '\\' && s[1] != '\0')
				s++;
			buf_add_char(&out, *s);
		}
	} else {
		for (; *s != '\0' && !isspace((unsigned char)*s) && *s != ',' &&
		       *s != ';';
		     s++)
			buf_add_char(&out, *s);
	}
	return buf_detach(&out);
}

char *httphead_parameter(const char *value, const char *name)
{
	size_t n = strlen(name);
	bool quoted = false;

	for (const char *s = value; *s != '\0'; s++) {
		const char *after = s + n;

		if (*s == '"')
			quoted = !quoted;
		if (quoted || strncasecmp(s, name, n) != 0 ||
		    (s != value && (isalnum((unsigned char)s[-1]) ||
				    s[-1] == '-' || s[-1] == '_')))
			continue;
		after += strspn(after, " \t");
		if (*after == '=')
			return read_value(after + 1 + strspn(after + 1, " \t"));
	}
	return NULL;
}
