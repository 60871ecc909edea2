#include <arpa/inet.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "addr.h"
#include "compiler.h"
#include "str.h"
#include "leak_address.h"

#define NUMBERS_MAX 64
#define IPV6_TEXT_MAX 64

struct scan {
	const struct plain *p;
	leak_address_found *found;
	void *arg;
};

/* Numbers with one separator between them: "192.0.2.1", "10-0-0-1". */
struct chain {
	size_t begin, end;
	int values[NUMBERS_MAX]; /* over 255: not part of an address */
	size_t ends[NUMBERS_MAX];
	int count;
};

static char at(const struct scan *s, size_t i)
{
	return i < s->p->len ? s->p->text[i] : '\0';
}

static bool is_digit(char c)
{
	return isdigit((unsigned char)c) != 0;
}

static bool is_hex(char c)
{
	return isxdigit((unsigned char)c) != 0;
}

static bool is_alnum(char c)
{
	return isalnum((unsigned char)c) != 0;
}

static bool is_documentation(const struct addr *a, int length)
{
	static const char *const ranges[] = {"192.0.2.0/24", "198.51.100.0/24",
					     "203.0.113.0/24", "2001:db8::/32"};
	struct prefix p;

	for (size_t i = 0; i < ARRAY_LEN(ranges); i++)
		if (prefix_parse(ranges[i], &p) && prefix_contains(&p, a) &&
		    (length < 0 || length >= p.length))
			return true;
	return false;
}

/* One number, decimal (zeros before it are fine) or 0x hexadecimal. */
static size_t read_number(const struct scan *s, size_t i, int *value)
{
	bool hex = at(s, i) == '0' && tolower(at(s, i + 1)) == 'x' &&
		   is_hex(at(s, i + 2));
	size_t start = i;
	long v = 0;

	if (hex)
		i += 2;
	for (; hex ? is_hex(at(s, i)) : is_digit(at(s, i)); i++) {
		int c = tolower(at(s, i));

		v = v * (hex ? 16 : 10) + (c <= '9' ? c - '0' : c - 'a' + 10);
		if (v > 255)
			v = 256;
	}
	*value = (int)v;
	return i - start;
}

static bool stands_at(const struct scan *s, size_t i, const char *text)
{
	return i < s->p->len && str_starts(s->p->text + i, text);
}

static void read_chain(const struct scan *s, size_t i, const char *separator,
		       struct chain *c)
{
	size_t gap = strlen(separator);

	*c = (struct chain){.begin = i};
	for (;;) {
		size_t len = read_number(s, i, &c->values[c->count]);

		if (len == 0)
			break;
		i += len;
		c->end = i;
		c->ends[c->count++] = i;
		if (c->count == NUMBERS_MAX || !stands_at(s, i, separator) ||
		    !is_digit(at(s, i + gap)))
			break;
		i += gap;
	}
}

/* "/24" after an address: 24; -1 without. */
static int read_length(const struct scan *s, size_t i)
{
	int length = 0;

	if (at(s, i) != '/' || !is_digit(at(s, i + 1)))
		return -1;
	for (i++; is_digit(at(s, i)) && length < 1000; i++)
		length = length * 10 + (at(s, i) - '0');
	return length <= 128 ? length : -1;
}

static bool allowed_quad(const struct scan *s, const struct chain *c)
{
	struct addr a = {.family = 4};

	if (c->count != 4)
		return false;
	for (int i = 0; i < 4; i++)
		a.bytes[i] = (uint8_t)c->values[i];
	return is_documentation(&a, read_length(s, c->end));
}

static bool has_quad(const struct chain *c)
{
	int fit = 0;

	for (int i = 0; i < c->count && fit < 4; i++)
		fit = c->values[i] <= 255 ? fit + 1 : 0;
	return fit == 4;
}

/* The x of "10.1.2.x" or "10.1.2.*". */
static bool is_wildcard(const struct scan *s, size_t i)
{
	return at(s, i) == '.' && at(s, i + 1) != '\0' &&
	       strchr("xX*", at(s, i + 1)) != NULL && !is_alnum(at(s, i + 2));
}

/* "10.1.2/24", "10.1.2.x", "10.1.2.*", "10.1.x.x" */
static bool is_short_prefix(const struct scan *s, const struct chain *c)
{
	int length = read_length(s, c->end);

	if (c->count == 2 && c->values[0] <= 255 && c->values[1] <= 255)
		return is_wildcard(s, c->end) && is_wildcard(s, c->end + 2);
	if (c->count != 3 || c->values[0] > 255 || c->values[1] > 255 ||
	    c->values[2] > 255)
		return false;
	if (length >= 8 && length <= 32)
		return true;
	return is_wildcard(s, c->end);
}

static void scan_chains(struct scan *s, const char *separator, const char *kind)
{
	bool dots = strcmp(separator, ".") == 0;
	struct chain c;

	for (size_t i = 0; i < s->p->len; i++) {
		char before = i > 0 ? at(s, i - 1) : ' ';

		if (!is_digit(at(s, i)) || is_digit(before))
			continue;
		read_chain(s, i, separator, &c);
		if (has_quad(&c) && (!dots || !allowed_quad(s, &c)))
			s->found(s->arg, kind, c.begin, c.end - c.begin);
		else if (dots && is_short_prefix(s, &c))
			s->found(s->arg, "IPv4 prefix", c.begin,
				 c.end - c.begin);
		if (c.end > i)
			i = c.end - 1;
	}
}

static bool in_address6(char c)
{
	return is_alnum(c) || c == ':' || c == '.';
}

static bool parse6(const struct scan *s, size_t begin, size_t end,
		   char separator, struct addr *out)
{
	char text[IPV6_TEXT_MAX];
	size_t len = 0;
	bool digit = false;

	if (end - begin >= sizeof(text))
		return false;
	for (size_t i = begin; i < end; i++) {
		char c = at(s, i);

		digit |= is_hex(c);
		text[len++] = c == separator ? ':' : c;
	}
	text[len] = '\0';
	return digit && strchr(text, ':') != NULL && addr_parse(text, out);
}

/* Tries a run of letters, digits, colons and dots, then what is left after
 * a word before a colon ("IPv6:2001:...") or punctuation after it. */
static void try_run6(struct scan *s, size_t begin, size_t end)
{
	struct addr a;

	while (end > begin && (at(s, end - 1) == '.' ||
			       (at(s, end - 1) == ':' &&
				(end < begin + 2 || at(s, end - 2) != ':'))))
		end--;
	while (begin < end && at(s, begin) == '.')
		begin++;
	while (begin < end) {
		size_t colon = begin;

		if (parse6(s, begin, end, ':', &a)) {
			if (!is_documentation(
				&a, a.family == 6 ? read_length(s, end) : -1))
				s->found(s->arg, "IPv6 address", begin,
					 end - begin);
			return;
		}
		while (colon < end && at(s, colon) != ':')
			colon++;
		if (colon == end)
			return;
		begin = colon + 1;
	}
}

static void scan_ipv6(struct scan *s)
{
	for (size_t i = 0; i < s->p->len; i++) {
		size_t begin = i, colons = 0;

		for (; in_address6(at(s, i)); i++)
			colons += at(s, i) == ':';
		if (colons >= 2)
			try_run6(s, begin, i);
	}
}

/* "2001-4860-0-0-0-0-0-8888.ipv6-literal.net" */
static void scan_dashed6(struct scan *s)
{
	struct addr a;

	for (size_t i = 0; i < s->p->len; i++) {
		size_t begin = i, dashes = 0;
		bool pair = false;

		for (; is_hex(at(s, i)) || at(s, i) == '-'; i++) {
			dashes += at(s, i) == '-';
			pair |= at(s, i) == '-' && at(s, i + 1) == '-';
		}
		if ((dashes == 7 || (pair && dashes >= 4)) &&
		    !is_alnum(at(s, i)) && parse6(s, begin, i, '-', &a) &&
		    !is_documentation(&a, -1))
			s->found(s->arg, "IPv6 address with dashes", begin,
				 i - begin);
	}
}

static void scan_hardware(struct scan *s)
{
	for (size_t i = 0; i + 17 <= s->p->len; i++) {
		char separator = at(s, i + 2);
		bool match = (separator == ':' || separator == '-') &&
			     (i == 0 || !is_alnum(at(s, i - 1))) &&
			     !is_alnum(at(s, i + 17));

		for (size_t k = 0; match && k < 17; k++)
			match = k % 3 == 2 ? at(s, i + k) == separator
					   : is_hex(at(s, i + k));
		if (!match)
			continue;
		s->found(s->arg, "hardware address", i, 17);
		i += 16;
	}
}

/* "0011.2233.4455": such triples of four digits are nothing else. */
static void scan_dotted_hardware(struct scan *s)
{
	for (size_t i = 0; i + 14 <= s->p->len; i++) {
		bool match = (i == 0 || (!is_alnum(at(s, i - 1)) &&
					 at(s, i - 1) != '.')) &&
			     !is_alnum(at(s, i + 14));

		for (size_t k = 0; match && k < 14; k++)
			match = k % 5 == 4 ? at(s, i + k) == '.'
					   : is_hex(at(s, i + k));
		if (match)
			s->found(s->arg, "hardware address", i, 14);
	}
}

static void scan_words(struct scan *s)
{
	static const char *const words[] = {".in-addr.arpa", ".ip6.arpa"};

	for (size_t w = 0; w < ARRAY_LEN(words); w++) {
		const char *c = s->p->text;

		while ((c = strcasestr(c, words[w])) != NULL) {
			size_t end = (size_t)(c - s->p->text), begin = end;

			while (begin > 0 && (is_hex(at(s, begin - 1)) ||
					     at(s, begin - 1) == '.'))
				begin--;
			if (begin < end)
				s->found(s->arg, "reverse name of an address",
					 begin, end - begin);
			c += strlen(words[w]);
		}
	}
}

/* 0xC6336407, and http://3325256711/: nothing else is written so. */
static void scan_numbers(struct scan *s)
{
	for (size_t i = 0; i < s->p->len; i++) {
		bool host =
		    i >= 2 && at(s, i - 1) == '/' && at(s, i - 2) == '/';
		size_t len = 0;

		if (i > 0 && is_alnum(at(s, i - 1)))
			continue;
		if (at(s, i) == '0' && tolower(at(s, i + 1)) == 'x') {
			while (is_hex(at(s, i + 2 + len)))
				len++;
			if ((len == 8 || (host && len > 0)) &&
			    !is_alnum(at(s, i + 2 + len)) &&
			    at(s, i + 2 + len) != '.')
				s->found(s->arg, "address as a number", i,
					 len + 2);
			continue;
		}
		while (is_digit(at(s, i + len)))
			len++;
		if (host && len >= 8 && len <= 11 && !is_alnum(at(s, i + len)))
			s->found(s->arg, "address as a number", i, len);
		i += len > 0 ? len - 1 : 0;
	}
}

/* "http://8.526344/": two or three numbers, of which the last is long. */
static void scan_short_hosts(struct scan *s)
{
	for (size_t i = 2; i < s->p->len; i++) {
		char text[32];
		size_t len = 0, dots = 0;
		struct in_addr a;

		if (at(s, i - 1) != '/' || at(s, i - 2) != '/')
			continue;
		for (; len + 1 < sizeof(text) &&
		       (is_alnum(at(s, i + len)) || at(s, i + len) == '.');
		     len++) {
			text[len] = at(s, i + len);
			dots += text[len] == '.';
		}
		text[len] = '\0';
		if ((dots == 1 || dots == 2) && is_digit(text[0]) &&
		    inet_aton(text, &a) != 0)
			s->found(s->arg, "address as a number", i, len);
	}
}

void leak_address_scan(const struct plain *p, leak_address_found *found,
		       void *arg)
{
	struct scan s = {p, found, arg};

	scan_chains(&s, ".", "IPv4 address");
	scan_chains(&s, ". ", "IPv4 address with spaces");
	scan_chains(&s, " .", "IPv4 address with spaces");
	scan_chains(&s, " . ", "IPv4 address with spaces");
	scan_chains(&s, "-", "IPv4 address with dashes");
	scan_chains(&s, "_", "IPv4 address with underscores");
	scan_ipv6(&s);
	scan_dashed6(&s);
	scan_hardware(&s);
	scan_dotted_hardware(&s);
	scan_words(&s);
	scan_numbers(&s);
	scan_short_hosts(&s);
}
