#include <ctype.h>
#include <string.h>

#include "str.h"
#include "pattern.h"

/* Groups that may be open at a time; PCRE2 itself stops at 250. */
#define NESTED_MAX 250

struct translator {
	struct buf *out;
	/* Parentheses that an isolated option of this group opened. */
	int added[NESTED_MAX];
	int depth;
};

static size_t class_length(const char *s)
{
	size_t n = 1;

	if (s[n] == '^')
		n++;
	if (s[n] == ']')
		n++;
	while (s[n] != '\0' && s[n] != ']')
		n += s[n] == '\\' && s[n + 1] != '\0' ? 2 : 1;
	return s[n] == ']' ? n + 1 : n;
}

static void add_escape(struct buf *out, char c, bool in_class)
{
	static const char digits[] = "0-9a-fA-F";

	if (c == 'v')
		buf_add_string(out, "\\x0b");
	else if (c == 'h')
		buf_printf(out, in_class ? "%s" : "[%s]", digits);
	else if (c == 'H' && !in_class)
		buf_printf(out, "[^%s]", digits);
	else
		buf_printf(out, "\\%c", c);
}

static void add_class(struct buf *out, const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (s[i] == '\\' && i + 1 < len)
			add_escape(out, s[++i], true);
		else
			buf_add_char(out, s[i]);
	}
}

/* "(?im-x" before ")" or ":". 0: not a group of options. */
static size_t options_length(const char *s)
{
	size_t n = s[1] == '?' ? strspn(s + 2, "imx-") : 0;

	if (n == 0 || (s[2 + n] != ')' && s[2 + n] != ':'))
		return 0;
	return 2 + n;
}

static void add_options(struct buf *out, const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
		buf_add_char(out, s[i] == 'm' ? 's' : s[i]);
}

/* Returns what was read of an opening parenthesis. */
static size_t open_group(struct translator *t, const char *s)
{
	size_t n = options_length(s);

	if (n > 0 && s[n] == ')') {
		add_options(t->out, s, n);
		buf_add_char(t->out, ':');
		t->added[t->depth]++;
		return n + 1;
	}
	if (t->depth + 1 < NESTED_MAX)
		t->added[++t->depth] = 0;
	if (n > 0) {
		add_options(t->out, s, n);
		return n;
	}
	buf_add_char(t->out, '(');
	return 1;
}

static void close_added(struct translator *t)
{
	for (; t->added[t->depth] > 0; t->added[t->depth]--)
		buf_add_char(t->out, ')');
}

/* The length of one thing that matches exactly one character. */
static size_t single_length(const char *s)
{
	if (*s == '[')
		return class_length(s);
	if (*s == '\\')
		return s[1] != '\0' && strchr("dDwWsShHv.", s[1]) != NULL ? 2
									  : 0;
	return *s == '.' || isalnum((unsigned char)*s) ? 1 : 0;
}

/* "(.+)*" tries every way to cut a text into pieces, and ends where "(.+)?"
 * does: same matches, same captures, in linear time. Returns what was read
 * of such a group, 0 when it is none. */
static size_t add_repeated(struct translator *t, const char *s)
{
	size_t open = str_starts(s, "(?:") ? 3 : 1;
	size_t single = single_length(s + open);
	const char *end = s + open + single;

	if (single == 0 || !str_starts(end, "+)") ||
	    (end[2] != '*' && end[2] != '+') ||
	    strchr("?+{", end[3] != '\0' ? end[3] : ' ') != NULL)
		return 0;
	for (size_t i = 0; i < open; i++)
		buf_add_char(t->out, s[i]);
	if (s[open] == '[')
		add_class(t->out, s + open, single);
	else if (s[open] == '\\')
		add_escape(t->out, s[open + 1], false);
	else
		buf_add_char(t->out, s[open]);
	buf_add_string(t->out, end[2] == '*' ? "+)?" : "+)");
	return open + single + 3;
}

void pattern_translate(const char *source, struct buf *out)
{
	struct translator t = {.out = out};

	for (const char *s = source; *s != '\0';) {
		size_t n = 1;

		if (*s == '\\' && s[1] != '\0') {
			add_escape(out, s[1], false);
			n = 2;
		} else if (*s == '[') {
			n = class_length(s);
			add_class(out, s, n);
		} else if (*s == '(') {
			n = add_repeated(&t, s);
			if (n == 0)
				n = open_group(&t, s);
		} else if (*s == ')') {
			close_added(&t);
			if (t.depth > 0)
				t.depth--;
			buf_add_char(out, ')');
		} else {
			buf_add_char(out, *s);
		}
		s += n;
	}
	close_added(&t);
}
