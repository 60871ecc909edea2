#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "compiler.h"
#include "peer_limits.h"
#include "xalloc.h"
#include "digest.h"
#include "shape.h"

#define ATTRIBUTES_MAX 64

/* One open element: where its text starts, and its last finished child. */
struct level {
	size_t start;
	size_t child_start, child_end; /* equal: none yet */
	bool ignored;
};

struct shape {
	struct buf text; /* the structure, written out */
	struct level *levels;
	size_t depth, cap;
	bool tells; /* has more than headings and paragraphs */
};

struct shape *shape_new(void)
{
	struct shape *s = xalloc_zero(1, sizeof(*s));

	buf_init(&s->text, 4 * LIMIT_HTTP_BODY);
	return s;
}

void shape_free(struct shape *s)
{
	if (s == NULL)
		return;
	buf_release(&s->text);
	free(s->levels);
	free(s);
}

int shape_depth(const struct shape *s)
{
	return (int)s->depth;
}

static bool is_one_of(const char *word, const char *const *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(word, list[i]) == 0)
			return true;
	return false;
}

/* Attributes that come and go with language, choice and site. */
static bool is_varying(const char *name)
{
	static const char *const varying[] = {
	    "lang",    "xml:lang", "dir",   "value",       "selected",
	    "checked", "alt",      "title", "placeholder",
	};

	return is_one_of(name, varying, ARRAY_LEN(varying));
}

static bool is_plain(const char *element)
{
	static const char *const plain[] = {
	    "html",  "head", "title",  "body",   "meta",    "base",
	    "style", "p",    "br",     "hr",     "h1",      "h2",
	    "h3",    "h4",   "center", "strong", "address", "b",
	    "i",     "em",   "font",   "pre",    "small",
	};

	return is_one_of(element, plain, ARRAY_LEN(plain));
}

static bool is_field(const char *element)
{
	static const char *const fields[] = {"input", "select", "textarea",
					     "button", "form"};

	return is_one_of(element, fields, ARRAY_LEN(fields));
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* A path without host, query and digits: build numbers and site numbers
 * vary between deployments of the same software. */
static void add_path(struct buf *out, const char *path)
{
	const char *host = strstr(path, "//");
	bool digits = false;

	if (host != NULL && host < path + strcspn(path, "/?#") + 1)
		path = host + 2 + strcspn(host + 2, "/?#");
	for (; *path != '\0' && *path != '?' && *path != '#'; path++) {
		if (isdigit((unsigned char)*path)) {
			if (!digits)
				buf_add_char(out, '#');
			digits = true;
		} else {
			buf_add_char(out, *path);
			digits = false;
		}
	}
}

static void add_attributes(struct buf *out, const char *element,
			   const char *const *attributes)
{
	const char *names[ATTRIBUTES_MAX] = {NULL};
	size_t n = 0;

	for (const char *const *a = attributes;
	     *a != NULL && n < ATTRIBUTES_MAX; a += 2)
		if (!is_varying(*a))
			names[n++] = *a;
	qsort(names, n, sizeof(names[0]), compare_names);
	for (size_t i = 0; i < n; i++) {
		buf_add_char(out, ' ');
		buf_add_string(out, names[i]);
	}
	for (const char *const *a = attributes; *a != NULL; a += 2) {
		if (a[1] == NULL)
			continue;
		if (is_field(element) &&
		    (strcmp(*a, "name") == 0 || strcmp(*a, "type") == 0)) {
			buf_add_char(out, ' ');
			buf_add_string(out, *a);
			buf_add_char(out, '=');
			buf_add_string(out, a[1]);
		}
		if (strcmp(element, "script") == 0 && strcmp(*a, "src") == 0) {
			buf_add_string(out, " src=");
			add_path(out, a[1]);
		}
	}
}

void shape_start(struct shape *s, const char *element,
		 const char *const *attributes)
{
	struct level *level;

	xalloc_room((void **)&s->levels, &s->cap, s->depth, sizeof(*s->levels));
	level = &s->levels[s->depth++];
	*level = (struct level){.start = s->text.len};
	level->child_start = level->child_end = s->text.len;
	level->ignored = strcmp(element, "meta") == 0 ||
			 (s->depth > 1 && s->levels[s->depth - 2].ignored);
	if (level->ignored)
		return;
	s->tells |= !is_plain(element);
	buf_add_char(&s->text, '<');
	buf_add_string(&s->text, element);
	if (attributes != NULL)
		add_attributes(&s->text, element, attributes);
	level->child_start = level->child_end = s->text.len;
}

void shape_end(struct shape *s)
{
	struct level *level, *parent;
	size_t len, before;

	if (s->depth == 0)
		return;
	level = &s->levels[--s->depth];
	if (level->ignored)
		return;
	buf_add_char(&s->text, '>');
	if (s->depth == 0)
		return;
	parent = &s->levels[s->depth - 1];
	len = s->text.len - level->start;
	before = parent->child_end - parent->child_start;
	if (len == before && !s->text.too_big &&
	    memcmp(s->text.data + level->start,
		   s->text.data + parent->child_start, len) == 0) {
		s->text.len = level->start;
		return;
	}
	parent->child_start = level->start;
	parent->child_end = s->text.len;
}

void shape_class(struct shape *s, char *out)
{
	while (s->depth > 0)
		shape_end(s);
	out[0] = '\0';
	if (s->tells)
		digest_hex(DIGEST_SHA256, s->text.data, s->text.len, 16, out);
}
