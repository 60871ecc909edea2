#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <wchar.h>

#include "xalloc.h"
#include "str.h"

bool str_to_int64(const char *s, int64_t min, int64_t max, int64_t *out)
{
	char *end;
	long long value;

	if (!isdigit((unsigned char)s[0]) &&
	    !(s[0] == '-' && isdigit((unsigned char)s[1])))
		return false;
	errno = 0;
	value = strtoll(s, &end, 10);
	if (errno != 0 || *end != '\0' || value < min || value > max)
		return false;
	*out = value;
	return true;
}

bool str_starts(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

bool str_equal_nocase(const char *a, const char *b)
{
	return strcasecmp(a, b) == 0;
}

char *str_trim(char *s)
{
	size_t len;

	while (isspace((unsigned char)*s))
		s++;
	len = strlen(s);
	while (len > 0 && isspace((unsigned char)s[len - 1]))
		s[--len] = '\0';
	return s;
}

/* The code point of a sequence that str_utf8_length accepted. */
static uint32_t code_point(const char *s, size_t n)
{
	const unsigned char *u = (const unsigned char *)s;
	uint32_t c;

	if (n == 1)
		return u[0];
	c = u[0] & (0x7fu >> n);
	for (size_t i = 1; i < n; i++)
		c = c << 6 | (u[i] & 0x3fu);
	return c;
}

size_t str_utf8_length(const char *s, size_t len)
{
	const unsigned char *u = (const unsigned char *)s;
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t n;
	uint32_t c;

	if (len == 0)
		return 0;
	if (u[0] < 0x80)
		return 1;
	if (u[0] < 0xc2 || u[0] > 0xf4)
		return 0;
	n = u[0] < 0xe0 ? 2 : u[0] < 0xf0 ? 3 : 4;
	if (n > len)
		return 0;
	for (size_t i = 1; i < n; i++)
		if ((u[i] & 0xc0) != 0x80)
			return 0;
	c = code_point(s, n);
	if (c < least[n] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return 0;
	return n;
}

size_t str_utf8_span(const char *s, size_t len)
{
	size_t at = 0, n;

	for (;;) {
		uint64_t eight;

		/* Most text is ASCII. */
		for (; len - at >= sizeof(eight); at += sizeof(eight)) {
			memcpy(&eight, s + at, sizeof(eight));
			if (eight & 0x8080808080808080u)
				break;
		}
		n = str_utf8_length(s + at, len - at);
		if (n == 0)
			return at;
		at += n;
	}
}

bool str_is_utf8(const char *s, size_t len)
{
	return str_utf8_span(s, len) == len;
}

void str_add_utf8(struct buf *out, const char *s, size_t len)
{
	size_t n;

	while ((n = str_utf8_span(s, len)) < len) {
		buf_add(out, s, n);
		buf_add_string(out, "\xef\xbf\xbd");
		s += n + 1;
		len -= n + 1;
	}
	buf_add(out, s, n);
}

void str_add_html(struct buf *out, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		switch (text[i]) {
		case '&':
			buf_add_string(out, "&amp;");
			break;
		case '<':
			buf_add_string(out, "&lt;");
			break;
		case '>':
			buf_add_string(out, "&gt;");
			break;
		case '"':
			buf_add_string(out, "&quot;");
			break;
		case '\'':
			buf_add_string(out, "&#39;");
			break;
		default:
			buf_add_char(out, text[i]);
		}
	}
}

/* Control characters of Unicode, and those that reorder or hide text. */
static bool is_deceptive(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0xad ||
	       c == 0x061c || (c >= 0x200b && c <= 0x200f) ||
	       (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) ||
	       c == 0xfeff || (c >= 0xfff9 && c <= 0xfffb) ||
	       (c >= 0xe0000 && c <= 0xe0fff);
}

char *str_vis(const char *s, size_t len, size_t max)
{
	struct buf out;

	buf_init(&out, BUF_NO_LIMIT);
	for (size_t i = 0; i < len;) {
		size_t n = str_utf8_length(s + i, len - i);
		uint32_t c = n > 0 ? code_point(s + i, n) : 0;

		if (out.len + 12 > max) {
			buf_add_string(&out, "...");
			break;
		}
		if (n == 0 || (n == 1 && is_deceptive(c)))
			buf_printf(&out, "\\x%02x", (unsigned char)s[i]);
		else if (is_deceptive(c))
			buf_printf(&out, "\\u{%04x}", (unsigned)c);
		else
			buf_add(&out, s + i, n);
		i += n > 0 ? n : 1;
	}
	return buf_detach(&out);
}

char *str_clean(const char *s)
{
	size_t len = strlen(s);
	struct buf out;

	buf_init(&out, BUF_NO_LIMIT);
	for (size_t i = 0; i < len;) {
		size_t n = str_utf8_length(s + i, len - i);
		uint32_t c = n > 0 ? code_point(s + i, n) : 0;

		if (n == 0)
			buf_add_string(&out, "\xef\xbf\xbd");
		else if (c < 0x20 || (c >= 0x7f && c < 0xa0))
			buf_add_char(&out, ' ');
		else if (!is_deceptive(c))
			buf_add(&out, s + i, n);
		i += n > 0 ? n : 1;
	}
	return buf_detach(&out);
}

size_t str_columns(const char *s)
{
	size_t columns = 0, len = strlen(s);

	for (size_t i = 0; i < len;) {
		size_t n = str_utf8_length(s + i, len - i);
		int width = n > 1 ? wcwidth((wchar_t)code_point(s + i, n)) : 1;

		columns += width > 0 ? (size_t)width : 0;
		i += n > 0 ? n : 1;
	}
	return columns;
}

void str_hex(const void *bytes, size_t len, char *out)
{
	static const char digits[] = "0123456789abcdef";
	const unsigned char *u = bytes;

	for (size_t i = 0; i < len; i++) {
		out[2 * i] = digits[u[i] >> 4];
		out[2 * i + 1] = digits[u[i] & 15];
	}
	out[2 * len] = '\0';
}

char *str_base64(const void *bytes, size_t len)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz0123456789+/";
	const unsigned char *u = bytes;
	char *text = xalloc((len + 2) / 3 * 4 + 1), *p = text;

	for (; len >= 3; len -= 3, u += 3) {
		*p++ = digits[u[0] >> 2];
		*p++ = digits[(u[0] & 3) << 4 | u[1] >> 4];
		*p++ = digits[(u[1] & 15) << 2 | u[2] >> 6];
		*p++ = digits[u[2] & 63];
	}
	if (len > 0) {
		unsigned second = len > 1 ? u[1] : 0;

		*p++ = digits[u[0] >> 2];
		*p++ = digits[(u[0] & 3u) << 4 | second >> 4];
		*p++ = len > 1 ? digits[(second & 15) << 2] : '=';
		*p++ = '=';
	}
	*p = '\0';
	return text;
}
