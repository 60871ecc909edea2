#include <ctype.h>
#include <string.h>

#include "str.h"
#include "escape.h"

void escape_none(struct buf *out, const char *text, size_t len)
{
	buf_add(out, text, len);
}

void escape_html(struct buf *out, const char *text, size_t len)
{
	str_add_html(out, text, len);
}

/* Markers that mean something at the start of a line only: a value may
 * stand there. "2. " and "2) " start lists. */
static size_t leading(const char *text, size_t len)
{
	size_t digits = 0;

	if (len > 0 && strchr("#+-=:", text[0]) != NULL)
		return 1;
	while (digits < len && isdigit((unsigned char)text[digits]))
		digits++;
	if (digits > 0 && digits < len &&
	    (text[digits] == '.' || text[digits] == ')') &&
	    (digits + 1 == len || text[digits + 1] == ' '))
		return digits + 1;
	return 0;
}

/* What the autolink extension of other renderers would make a link. */
static bool starts_link(const char *text, size_t len, size_t i)
{
	if (text[i] == ':')
		return i + 2 < len && text[i + 1] == '/' && text[i + 2] == '/';
	return text[i] == '.' && i >= 3 &&
	       strncasecmp(text + i - 3, "www", 3) == 0;
}

void escape_markdown(struct buf *out, const char *text, size_t len)
{
	size_t marker = leading(text, len);

	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c < ' ' || c == 0x7f) {
			buf_add_char(out, ' ');
			continue;
		}
		if (strchr("\\`*_[]<>|~&@$", c) != NULL || i + 1 == marker ||
		    starts_link(text, len, i))
			buf_add_char(out, '\\');
		buf_add_char(out, text[i]);
	}
}
