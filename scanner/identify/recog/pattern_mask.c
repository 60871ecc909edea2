#include <ctype.h>
#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "xalloc.h"
#include "pattern_mask.h"

static unsigned char lower(unsigned char c)
{
	return c >= 'A' && c <= 'Z' ? (unsigned char)(c + 'a' - 'A') : c;
}

static void set_bit(struct pattern_mask *m, unsigned bit)
{
	m->bits[bit / 64] |= (uint64_t)1 << (bit % 64);
}

static void set_byte(struct pattern_mask *m, unsigned char c)
{
	set_bit(m, 256u + c);
}

static unsigned pair_bit(unsigned a, unsigned b)
{
	return (a * 31u + b) & 0xffu;
}

static void set_pair(struct pattern_mask *m, unsigned char a, unsigned char b)
{
	set_bit(m, pair_bit(a, b));
}

static void add(struct pattern_mask *m, const struct pattern_mask *more)
{
	for (int i = 0; i < PATTERN_WORDS; i++)
		m->bits[i] |= more->bits[i];
}

static const unsigned char *lower_table(void)
{
	static unsigned char table[256];

	if (table['A'] == 0)
		for (unsigned i = 0; i < 256; i++)
			table[i] = lower((unsigned char)i);
	return table;
}

/* The bits of eight bytes that are 0 or 1 each, the first one lowest. */
static uint64_t gather(const unsigned char *bytes)
{
	uint64_t word;

	memcpy(&word, bytes, sizeof(word));
	return (le64toh(word) * 0x0102040810204080u) >> 56;
}

/* A byte for each bit first: to change one word for each would wait for the
 * change before it. */
struct pattern_mask pattern_mask_has(const char *text, size_t len, bool high)
{
	const unsigned char *low = lower_table();
	const unsigned char *s = (const unsigned char *)text;
	unsigned char seen[PATTERN_WORDS * 64] = {0};
	struct pattern_mask m;
	unsigned before = 0;

	if (len > 0) {
		before = low[s[0]];
		seen[256 + before] = 1;
	}
	for (size_t i = 1; i < len; i++) {
		unsigned c = low[s[i]];

		seen[256 + c] = 1;
		seen[pair_bit(before, c)] = 1;
		before = c;
	}
	for (size_t w = 0; w < PATTERN_WORDS; w++) {
		m.bits[w] = 0;
		for (size_t i = 0; i < 8; i++)
			m.bits[w] |= gather(seen + w * 64 + i * 8) << (8 * i);
	}
	/* Without case, these two are "s" and "k" to PCRE2. */
	if (high && len > 2 &&
	    (memmem(text, len, "\xc5\xbf", 2) != NULL ||
	     memmem(text, len, "\xe2\x84\xaa", 3) != NULL))
		memset(&m, 0xff, sizeof(m));
	return m;
}

struct walker {
	const char *at;
	bool unsure; /* something that is not understood: ask for nothing */
	bool wants_texts;
	int depth;
};

/* What must be there. */
struct needs {
	struct pattern_mask mask;
	struct pattern_texts *texts; /* one of them; NULL: none is known */
};

/* One thing that a quantifier could follow. */
struct item {
	struct needs needs;
	int literal; /* the byte, or -1 */
};

static struct needs walk_choices(struct walker *w);

static void skip_class(struct walker *w)
{
	w->at++;
	if (*w->at == '^')
		w->at++;
	if (*w->at == ']')
		w->at++;
	while (*w->at != '\0' && *w->at != ']')
		w->at += *w->at == '\\' && w->at[1] != '\0' ? 2 : 1;
	if (*w->at == ']')
		w->at++;
}

static int hex_value(const char *s)
{
	char two[3] = {s[0], s[0] == '\0' ? '\0' : s[1], '\0'};

	return strspn(two, "0123456789abcdefABCDEF") == 2
		   ? (int)strtol(two, NULL, 16)
		   : -1;
}

static int read_escape(struct walker *w)
{
	char c = w->at[1];
	int value;

	if (c == '\0') {
		w->unsure = true;
		w->at++;
		return -1;
	}
	w->at += 2;
	switch (c) {
	case 'n':
		return '\n';
	case 'r':
		return '\r';
	case 't':
		return '\t';
	case 'f':
		return '\f';
	case 'e':
		return 0x1b;
	case 'a':
		return '\a';
	case 'x':
		value = hex_value(w->at);
		if (value < 0)
			w->unsure = true;
		else
			w->at += 2;
		return value;
	default:
		break;
	}
	if (ispunct((unsigned char)c) || c == ' ')
		return (unsigned char)c;
	/* Classes and places ask for nothing; numbers, quotes, names and
	 * the like are not worth understanding. */
	if (strchr("dDwWsSbBAzZGRNX", c) == NULL)
		w->unsure = true;
	return -1;
}

static struct item read_group(struct walker *w)
{
	struct item item = {.literal = -1};

	w->at++;
	if (*w->at == '?') {
		size_t n = strspn(w->at + 1, "ims-");

		if (w->at[1 + n] != ':') {
			w->unsure = true;
			return item;
		}
		w->at += n + 2;
	} else if (*w->at == '*') {
		w->unsure = true;
		return item;
	}
	if (++w->depth > 100) {
		w->unsure = true;
		return item;
	}
	item.needs = walk_choices(w);
	w->depth--;
	if (*w->at == ')')
		w->at++;
	return item;
}

static struct item read_item(struct walker *w)
{
	struct item item = {.literal = -1};

	switch (*w->at) {
	case '[':
		skip_class(w);
		break;
	case '(':
		item = read_group(w);
		break;
	case '\\':
		item.literal = read_escape(w);
		break;
	case '.':
	case '^':
	case '$':
		w->at++;
		break;
	default:
		item.literal = (unsigned char)*w->at++;
		break;
	}
	/* Without case, bytes over 0x7f have other forms. */
	if (item.literal > 0x7f)
		item.literal = -1;
	if (item.literal >= 0) {
		item.literal = lower((unsigned char)item.literal);
		set_byte(&item.needs.mask, (unsigned char)item.literal);
	}
	return item;
}

/* The length of "{3}", "{3,}" or "{3,4}" at s; 0: the brace stands for
 * itself. */
static size_t braces(const char *s)
{
	size_t n = 1 + strspn(s + 1, "0123456789");

	if (n == 1)
		return 0;
	if (s[n] == ',')
		n += 1 + strspn(s + n + 1, "0123456789");
	return s[n] == '}' ? n + 1 : 0;
}

/* Skips a quantifier; *least is the fewest times that it allows. */
static bool read_quantifier(struct walker *w, long *least)
{
	*least = 1;
	if (*w->at == '?' || *w->at == '*') {
		*least = 0;
		w->at++;
	} else if (*w->at == '+') {
		w->at++;
	} else if (*w->at == '{') {
		size_t n = braces(w->at);

		if (n == 0)
			return false;
		*least = strtol(w->at + 1, NULL, 10);
		w->at += n;
	} else {
		return false;
	}
	if (*w->at == '?' || *w->at == '+')
		w->at++;
	return true;
}

static size_t shortest(const struct pattern_texts *t)
{
	size_t least = t != NULL ? SIZE_MAX : 0;

	for (size_t i = 0; t != NULL && i < t->count; i++)
		if (strlen(t->text[i]) < least)
			least = strlen(t->text[i]);
	return least;
}

/* Of two that are both there the one that is rarer; the other one goes. */
static struct pattern_texts *rarer(struct pattern_texts *a,
				   struct pattern_texts *b)
{
	bool second = shortest(b) > shortest(a);

	free(second ? a : b);
	return second ? b : a;
}

/* Either of two: all of both, where both have some. */
static struct pattern_texts *either(struct pattern_texts *a,
				    struct pattern_texts *b)
{
	if (a != NULL && b != NULL &&
	    a->count + b->count <= PATTERN_TEXTS_MAX) {
		memcpy(a->text[a->count], b->text[0],
		       b->count * sizeof(b->text[0]));
		a->count += b->count;
	} else {
		free(a);
		a = NULL;
	}
	free(b);
	return a;
}

/* Bytes that follow each other without anything between. */
struct run {
	char text[PATTERN_TEXT_SIZE];
	size_t len;
};

static void end_run(const struct walker *w, struct run *run,
		    struct needs *needs)
{
	if (w->wants_texts && run->len > 0) {
		struct pattern_texts *one = xalloc_zero(1, sizeof(*one));

		memcpy(one->text[one->count++], run->text, run->len);
		needs->texts = rarer(needs->texts, one);
	}
	run->len = 0;
}

static void add_to_run(const struct walker *w, struct run *run, int byte,
		       struct needs *needs)
{
	/* NUL ends a text. */
	if (byte <= 0 || run->len == sizeof(run->text) - 1)
		end_run(w, run, needs);
	if (byte > 0)
		run->text[run->len++] = (char)byte;
}

static struct needs walk_sequence(struct walker *w)
{
	struct needs needs = {{{0}}, NULL};
	struct run run = {"", 0};
	int before = -1;

	while (*w->at != '\0' && *w->at != '|' && *w->at != ')' && !w->unsure) {
		struct item item = read_item(w);
		long least;
		bool counted = read_quantifier(w, &least);

		if (least > 0)
			add(&needs.mask, &item.needs.mask);
		if (least > 0 && before >= 0 && item.literal >= 0)
			set_pair(&needs.mask, (unsigned char)before,
				 (unsigned char)item.literal);
		before = counted || least == 0 ? -1 : item.literal;
		if (least > 0)
			add_to_run(w, &run, item.literal, &needs);
		if (counted || least == 0)
			end_run(w, &run, &needs);
		if (least > 0)
			needs.texts = rarer(needs.texts, item.needs.texts);
		else
			free(item.needs.texts);
	}
	end_run(w, &run, &needs);
	return needs;
}

static struct needs walk_choices(struct walker *w)
{
	struct needs needs = walk_sequence(w);

	while (*w->at == '|' && !w->unsure) {
		struct needs other;

		w->at++;
		other = walk_sequence(w);
		for (int i = 0; i < PATTERN_WORDS; i++)
			needs.mask.bits[i] &= other.mask.bits[i];
		needs.texts = either(needs.texts, other.texts);
	}
	return needs;
}

static struct needs walk(const char *translated, bool wants_texts)
{
	struct walker w = {.at = translated, .wants_texts = wants_texts};
	struct needs needs = walk_choices(&w);

	if (w.unsure || *w.at != '\0') {
		free(needs.texts);
		needs = (struct needs){{{0}}, NULL};
	}
	return needs;
}

struct pattern_mask pattern_mask_needs(const char *translated)
{
	return walk(translated, false).mask;
}

struct pattern_texts *pattern_mask_texts(const char *translated)
{
	return walk(translated, true).texts;
}
