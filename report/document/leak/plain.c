#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "compiler.h"
#include "str.h"
#include "xalloc.h"
#include "plain.h"

/* Encodings inside encodings that are undone; more are nobody's accident. */
#define ROUNDS 5

/* What one step reads (from) and writes in its place. */
struct step {
	size_t from;
	char to[4];
	size_t to_len;
};

static bool put(struct step *s, size_t from, uint32_t c)
{
	s->from = from;
	s->to_len = 0;
	if (c == 0 || c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
		return false;
	if (c < 0x80) {
		s->to[s->to_len++] = (char)c;
	} else if (c < 0x800) {
		s->to[s->to_len++] = (char)(0xc0 | c >> 6);
	} else if (c < 0x10000) {
		s->to[s->to_len++] = (char)(0xe0 | c >> 12);
		s->to[s->to_len++] = (char)(0x80 | (c >> 6 & 0x3f));
	} else {
		s->to[s->to_len++] = (char)(0xf0 | c >> 18);
		s->to[s->to_len++] = (char)(0x80 | (c >> 12 & 0x3f));
		s->to[s->to_len++] = (char)(0x80 | (c >> 6 & 0x3f));
	}
	if (c >= 0x80)
		s->to[s->to_len++] = (char)(0x80 | (c & 0x3f));
	return true;
}

/* Reads up to max digits; returns how many there were. */
static size_t digits(const char *at, const char *end, bool hex, size_t max,
		     uint32_t *value)
{
	size_t n = 0;

	*value = 0;
	for (; n < max && at + n < end; n++) {
		unsigned char c = (unsigned char)at[n];
		uint32_t digit;

		if (isdigit(c))
			digit = c - '0';
		else if (hex && isxdigit(c))
			digit = (uint32_t)(tolower(c) - 'a') + 10;
		else
			break;
		*value = *value * (hex ? 16 : 10) + digit;
	}
	return n;
}

static const struct entity {
	const char *name;
	char to;
} entities[] = {
    {"period", '.'}, {"colon", ':'},  {"amp", '&'},   {"lt", '<'},
    {"gt", '>'},     {"quot", '"'},   {"nbsp", ' '},  {"num", '#'},
    {"percnt", '%'}, {"lsqb", '['},   {"rsqb", ']'},  {"hyphen", '-'},
    {"dash", '-'},   {"lowbar", '_'}, {"bsol", '\\'}, {"sol", '/'},
    {"lpar", '('},   {"rpar", ')'},   {"minus", '-'},
};

static bool read_entity(const char *at, const char *end, struct step *s)
{
	uint32_t c;
	size_t n;

	if (at + 3 < end && at[1] == '#') {
		bool hex = at[2] == 'x' || at[2] == 'X';
		const char *number = at + 2 + hex;

		n = digits(number, end, hex, 8, &c);
		if (n == 0)
			return false;
		number += n;
		number += number < end && *number == ';';
		return put(s, (size_t)(number - at), c);
	}
	for (size_t i = 0; i < ARRAY_LEN(entities); i++) {
		n = strlen(entities[i].name);
		if ((size_t)(end - at) > n + 1 &&
		    memcmp(at + 1, entities[i].name, n) == 0 &&
		    at[n + 1] == ';')
			return put(s, n + 2, (uint32_t)entities[i].to);
	}
	return false;
}

static bool read_backslash(const char *at, const char *end, struct step *s)
{
	uint32_t c;

	if (at + 1 >= end)
		return false;
	if (at[1] == 'u' && digits(at + 2, end, true, 4, &c) == 4)
		return put(s, 6, c);
	if (at[1] == 'x' && digits(at + 2, end, true, 2, &c) == 2)
		return put(s, 4, c);
	if (ispunct((unsigned char)at[1]))
		return put(s, 2, (uint32_t)at[1]);
	return false;
}

static uint32_t code_point(const char *at, size_t len)
{
	static const unsigned char masks[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
	uint32_t c = (unsigned char)at[0] & masks[len];

	for (size_t i = 1; i < len; i++)
		c = c << 6 | ((unsigned char)at[i] & 0x3f);
	return c;
}

static bool is_invisible(uint32_t c)
{
	return c == 0xad || c == 0x34f || c == 0x61c || c == 0x180e ||
	       (c >= 0x200b && c <= 0x200f) || (c >= 0x202a && c <= 0x202e) ||
	       (c >= 0x2060 && c <= 0x206f) || (c >= 0xfe00 && c <= 0xfe0f) ||
	       c == 0xfeff;
}

/* Other shapes of ASCII characters, and digits of other scripts. */
static uint32_t ascii_of(uint32_t c)
{
	static const uint32_t zeros[] = {0x660,   0x6f0,   0x966,   0x9e6,
					 0xe50,   0x1d7ce, 0x1d7d8, 0x1d7e2,
					 0x1d7ec, 0x1d7f6, 0x2070,  0x2080,
					 0x245f,  0x2775,  0x277f,  0x1fbf0};

	if (c >= 0xff01 && c <= 0xff5e)
		return c - 0xff01 + '!';
	if (c == 0x3002 || c == 0xff61 || c == 0x2024 || c == 0xfe52 ||
	    c == 0xb7 || c == 0x30fb || c == 0x2022 || c == 0x2219 ||
	    c == 0x66b || c == 0xa4f8 || c == 0x701 || c == 0x6d4)
		return '.';
	if (c == 0xb9 || c == 0xb2 || c == 0xb3)
		return c == 0xb9 ? '1' : c - 0xb2 + '2';
	if (c == 0xa0 || (c >= 0x2000 && c <= 0x200a) || c == 0x202f ||
	    c == 0x3000)
		return ' ';
	if ((c >= 0x2010 && c <= 0x2015) || c == 0x2212)
		return '-';
	if (c == 0xa789 || c == 0xfe55 || c == 0x2236 || c == 0x2d0)
		return ':';
	/* Circled digits begin with 1; their zeros stand apart. */
	if (c == 0x24ea || c == 0x24ff)
		return '0';
	for (size_t i = 0; i < ARRAY_LEN(zeros); i++)
		if (c >= zeros[i] && c < zeros[i] + 10)
			return c - zeros[i] + '0';
	return 0;
}

static bool read_unicode(const char *at, const char *end, struct step *s)
{
	size_t len = str_utf8_length(at, (size_t)(end - at));
	uint32_t c;

	if (len < 2)
		return false;
	c = code_point(at, len);
	if (is_invisible(c)) {
		*s = (struct step){.from = len};
		return true;
	}
	c = ascii_of(c);
	return c != 0 && put(s, len, c);
}

static bool read_step(const char *at, const char *end, struct step *s)
{
	uint32_t c;

	if (*at == '%' && digits(at + 1, end, true, 2, &c) == 2)
		return put(s, 3, c);
	if (*at == '&')
		return read_entity(at, end, s);
	if (*at == '\\')
		return read_backslash(at, end, s);
	return (unsigned char)*at >= 0x80 && read_unicode(at, end, s);
}

static const char *const inline_tags[] = {
    "a",    "abbr", "b",     "bdi",  "bdo",   "cite", "code",
    "del",  "dfn",  "em",    "font", "i",     "ins",  "kbd",
    "mark", "q",    "s",     "samp", "small", "span", "strong",
    "sub",  "sup",  "tspan", "tt",   "u",     "var",  "wbr",
};

/* The length of an inline tag or a comment at a '<', or 0. */
static size_t markup_length(const char *at, const char *end)
{
	const char *name = at + 1, *close;
	size_t len = 0;

	if (end - at > 4 && memcmp(at, "<!--", 4) == 0) {
		close = memmem(at + 4, (size_t)(end - at) - 4, "-->", 3);
		return close != NULL ? (size_t)(close - at) + 3 : 0;
	}
	close = memchr(at, '>', (size_t)(end - at));
	if (close == NULL)
		return 0;
	name += *name == '/';
	while (name + len < close && isalnum((unsigned char)name[len]))
		len++;
	for (size_t i = 0; i < ARRAY_LEN(inline_tags); i++)
		if (strlen(inline_tags[i]) == len &&
		    strncasecmp(inline_tags[i], name, len) == 0)
			return (size_t)(close - at) + 1;
	return 0;
}

static bool markup_step(const char *at, const char *end, struct step *s)
{
	*s = (struct step){0};
	if (*at == '<')
		s->from = markup_length(at, end);
	else if (strchr("*_`~", *at) != NULL)
		s->from = 1;
	return s->from > 0;
}

static const char *const dots[] = {"[.]",   "(.)",   "{.}", "[dot]",
				   "(dot)", "{dot}", "[:]", "(:)"};

/* The length of a bracketed dot or colon, or 0. */
static size_t bracketed(const char *at, const char *end, char *to)
{
	for (size_t i = 0; i < ARRAY_LEN(dots); i++) {
		size_t len = strlen(dots[i]);

		if ((size_t)(end - at) < len ||
		    strncasecmp(at, dots[i], len) != 0)
			continue;
		*to = dots[i][1] == ':' ? ':' : '.';
		return len;
	}
	return 0;
}

static const char *skip_blank(const char *at, const char *end)
{
	while (at < end && (*at == ' ' || *at == '\t'))
		at++;
	return at;
}

/* "[.]" anywhere; " [.] " and " dot " between digits. */
static bool defang_step(const char *text, const char *at, const char *end,
			struct step *s)
{
	const char *start = skip_blank(at, end), *next;
	bool between = at > text && isxdigit((unsigned char)at[-1]);
	char to = '.';
	size_t len = bracketed(start, end, &to);
	bool word = len == 0;

	if (word && between && end - start > 3 &&
	    strncasecmp(start, "dot", 3) == 0)
		len = 3;
	if (len == 0 || (start > at && !between))
		return false;
	next = start + len;
	if (between) {
		const char *far = skip_blank(next, end);

		if (far < end && isxdigit((unsigned char)*far))
			next = far;
		else if (start > at || word)
			return false;
	}
	*s =
	    (struct step){.from = (size_t)(next - at), .to = {to}, .to_len = 1};
	return true;
}

enum pass { DECODE, STRIP, DEFANG };

/* Rewrites p by one kind of step; returns whether anything changed. */
static bool rewrite(struct plain *p, enum pass pass)
{
	const char *end = p->text + p->len;
	size_t to = 0;
	bool changed = false;

	/* No step writes more than it read, so it works in place; what a
	 * step looks back at is the original, before it is overwritten. */
	char *copy = xalloc_string_n(p->text, p->len);

	end = copy + p->len;
	for (const char *at = copy; at < end;) {
		struct step s;
		int line = p->lines[at - copy];
		bool hit = pass == DECODE  ? read_step(at, end, &s)
			   : pass == STRIP ? markup_step(at, end, &s)
					   : defang_step(copy, at, end, &s);

		if (!hit) {
			s = (struct step){.from = 1, .to = {*at}, .to_len = 1};
		}
		changed |= hit;
		for (size_t i = 0; i < s.to_len; i++) {
			p->text[to] = s.to[i];
			p->lines[to++] = line;
		}
		at += s.from;
	}
	p->text[to] = '\0';
	p->len = to;
	free(copy);
	return changed;
}

static void decode(struct plain *p)
{
	for (int i = 0; i < ROUNDS; i++)
		if (!rewrite(p, DECODE))
			break;
}

void plain_read(const char *text, size_t len, bool without_markup,
		struct plain *out)
{
	int line = 1;

	out->text = xalloc_string_n(text, len);
	out->lines = xalloc_zero(len + 1, sizeof(*out->lines));
	out->len = len;
	for (size_t i = 0; i < len; i++) {
		out->lines[i] = line;
		line += text[i] == '\n';
		if (text[i] == '\0')
			out->text[i] = ' ';
	}
	decode(out);
	if (without_markup && rewrite(out, STRIP))
		decode(out);
	rewrite(out, DEFANG);
}

void plain_fold(const struct plain *p, struct plain *out)
{
	bool space = false;

	out->text = xalloc(p->len + 1);
	out->lines = xalloc_zero(p->len + 1, sizeof(*out->lines));
	out->len = 0;
	for (size_t i = 0; i < p->len; i++) {
		bool now = isspace((unsigned char)p->text[i]);

		if (now && space)
			continue;
		space = now;
		out->lines[out->len] = p->lines[i];
		out->text[out->len++] =
		    now ? ' ' : (char)tolower((unsigned char)p->text[i]);
	}
	out->text[out->len] = '\0';
}

void plain_release(struct plain *p)
{
	free(p->text);
	free(p->lines);
	*p = (struct plain){0};
}
