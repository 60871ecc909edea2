#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "compiler.h"
#include "str.h"
#include "xalloc.h"
#include "cpe.h"

/* Characters of one component; a name longer than this is none. */
#define COMPONENT_MAX 128

/* The eleven components of CPE 2.3 in their order. */
enum {
	PART,
	VENDOR,
	PRODUCT,
	VERSION,
	UPDATE,
	EDITION,
	LANGUAGE,
	SW_EDITION,
	TARGET_SW,
	TARGET_HW,
	OTHER,
	COMPONENTS,
};

static void add_quoted(struct buf *out, const char *s)
{
	for (; *s != '\0'; s++) {
		unsigned char c = (unsigned char)*s;

		if (isalnum(c) || c == '_' || c == '.' || c == '-')
			buf_add_char(out, (char)tolower(c));
		else if (isspace(c) || iscntrl(c) || c > 0x7f)
			buf_add_char(out, '_');
		else
			buf_printf(out, "\\%c", c);
	}
}

/* %XX of a component; %01 and %02 are the wildcards ? and *. */
static const char *add_percent(struct buf *out, const char *s)
{
	char two[3] = {s[1], s[1] != '\0' ? s[2] : '\0', '\0'};
	char one[2] = {0};

	if (strspn(two, "0123456789abcdefABCDEF") != 2) {
		add_quoted(out, "%");
		return s + 1;
	}
	one[0] = (char)strtol(two, NULL, 16);
	if (one[0] == 1 || one[0] == 2)
		buf_add_char(out, one[0] == 1 ? '?' : '*');
	else
		add_quoted(out, one);
	return s + 3;
}

static const char *add_name(struct buf *out, const char *s, cpe_lookup *lookup,
			    void *data)
{
	size_t len = strcspn(s + 1, "{}");
	char *name = xalloc_string_n(s + 1, len);
	const char *value = lookup(data, name);

	if (value != NULL)
		add_quoted(out, value);
	else
		buf_add_char(out, '-');
	free(name);
	return s + 1 + len + (s[1 + len] == '}' ? 1 : 0);
}

/* Text up to a character of @stop (outside braces) as one component. */
static const char *read_component(const char *s, const char *stop, char **out,
				  cpe_lookup *lookup, void *data)
{
	struct buf b;

	buf_init(&b, COMPONENT_MAX);
	while (*s != '\0' && strchr(stop, *s) == NULL) {
		if (*s == '{') {
			s = add_name(&b, s, lookup, data);
		} else if (*s == '%') {
			s = add_percent(&b, s);
		} else {
			add_quoted(&b, (char[]){*s, '\0'});
			s++;
		}
	}
	/* A cut must not leave half of a quoted character. */
	while (b.too_big && b.len > 0 && b.data[b.len - 1] == '\\')
		b.data[--b.len] = '\0';
	*out = b.len > 0 ? buf_detach(&b) : NULL;
	buf_release(&b);
	return s;
}

/* The edition may pack five components: ~edition~sw~target~hardware~other. */
static const char *read_edition(const char *s, char **parts, cpe_lookup *lookup,
				void *data)
{
	static const int packed[] = {EDITION, SW_EDITION, TARGET_SW, TARGET_HW,
				     OTHER};

	if (*s != '~')
		return read_component(s, ":", &parts[EDITION], lookup, data);
	for (size_t i = 0; i < ARRAY_LEN(packed) && *s == '~'; i++)
		s = read_component(s + 1, ":~", &parts[packed[i]], lookup,
				   data);
	return s;
}

char *cpe_from_uri(const char *uri, cpe_lookup *lookup, void *data)
{
	char *parts[COMPONENTS] = {NULL}, *text = NULL;
	struct buf out;

	if (!str_starts(uri, "cpe:/"))
		return NULL;
	uri += strlen("cpe:/");
	for (int i = PART; i <= LANGUAGE; i++) {
		uri = i == EDITION
			  ? read_edition(uri, parts, lookup, data)
			  : read_component(uri, ":", &parts[i], lookup, data);
		if (*uri == ':')
			uri++;
	}
	if (parts[PART] != NULL && strlen(parts[PART]) == 1 &&
	    strchr("aoh", *parts[PART]) != NULL) {
		buf_init(&out, BUF_NO_LIMIT);
		buf_add_string(&out, "cpe:2.3");
		for (int i = 0; i < COMPONENTS; i++)
			buf_printf(&out, ":%s",
				   parts[i] != NULL ? parts[i] : "*");
		text = buf_detach(&out);
	}
	for (int i = 0; i < COMPONENTS; i++)
		free(parts[i]);
	return text;
}
