#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "compiler.h"
#include "str.h"
#include "xalloc.h"
#include "pagewords.h"
#include "shape_internal.h"

#define STYLE_BYTES (16u << 10)
#define SCRIPT_BYTES (16u << 10)
#define TITLE_BYTES 128
#define ATTRIBUTES_MAX 16 /* named in the skeleton */
#define SKELETON_DEPTH 2  /* below body */

struct shape *shape_new(void)
{
	struct shape *s = xalloc_zero(1, sizeof(*s));

	buf_init(&s->style, STYLE_BYTES);
	buf_init(&s->script, SCRIPT_BYTES);
	buf_init(&s->title, TITLE_BYTES);
	buf_init(&s->heading, TITLE_BYTES);
	return s;
}

void shape_free(struct shape *s)
{
	if (s == NULL)
		return;
	for (size_t i = 0; i < s->count; i++)
		free(s->tokens[i].text);
	for (size_t i = 0; i < s->place_count; i++)
		free(s->places[i].path);
	buf_release(&s->style);
	buf_release(&s->script);
	buf_release(&s->title);
	buf_release(&s->heading);
	free(s->places);
	free(s->levels);
	free(s);
}

int shape_depth(const struct shape *s)
{
	return (int)s->depth;
}

/* Most differ in their first letter. */
static bool is(const char *a, const char *b)
{
	return a[0] == b[0] && strcmp(a, b) == 0;
}

static bool is_one_of(const char *word, const char *const *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (is(word, list[i]))
			return true;
	return false;
}

static const char *value_of(const char *const *attributes, const char *name)
{
	for (; attributes != NULL && *attributes != NULL; attributes += 2)
		if (is(attributes[0], name))
			return attributes[1];
	return NULL;
}

/* --- tokens */

/* "KIND TEXT"; the text was made by pagewords. Empty: nothing is added. */
void shape_add(struct shape *s, enum layer layer, int mark, char kind,
	       struct buf *text)
{
	if (s->count < TOKENS_MAX && text->len > 0) {
		char *copy = xalloc(text->len + 3);

		copy[0] = kind;
		copy[1] = ' ';
		memcpy(copy + 2, text->data, text->len + 1);
		s->tokens[s->count++] = (struct token){layer, mark, copy};
	}
	buf_release(text);
}

void shape_add_name(struct shape *s, enum layer layer, int mark, char kind,
		    const char *name)
{
	struct buf text;

	if (name == NULL)
		return;
	buf_init(&text, TOKEN_BYTES);
	pagewords_add_name(&text, name);
	shape_add(s, layer, mark, kind, &text);
}

void shape_add_place(struct shape *s, enum layer layer, char kind,
		     const char *path)
{
	void *list = s->places;

	if (path == NULL || *path == '\0' || s->place_count >= TOKENS_MAX ||
	    strncasecmp(path, "data:", 5) == 0 ||
	    strncasecmp(path, "javascript:", 11) == 0)
		return;
	xalloc_room(&list, &s->place_cap, s->place_count, sizeof(*s->places));
	s->places = list;
	s->places[s->place_count++] = (struct place){
	    layer, kind, xalloc_string_n(path, strnlen(path, TOKEN_BYTES))};
}

/* --- elements */

static void read_meta(struct shape *s, const char *const *attributes)
{
	const char *name = value_of(attributes, "name");
	const char *equiv = value_of(attributes, "http-equiv");
	const char *content = value_of(attributes, "content"), *url;

	if (content == NULL)
		return;
	if (equiv != NULL && str_equal_nocase(equiv, "refresh")) {
		s->has_refresh = true;
		url = strcasestr(content, "url=");
		if (url != NULL)
			shape_add_place(s, LAYER_HEAD, 'm',
					url + 4 + strspn(url + 4, " '\""));
	}
	if (name == NULL)
		return;
	if (str_equal_nocase(name, "generator"))
		shape_add_name(s, LAYER_HEAD, MARK, 'g', content);
	else if (str_equal_nocase(name, "application-name") ||
		 str_equal_nocase(name, "apple-mobile-web-app-title"))
		shape_add_name(s, LAYER_TITLE, MARK, 't', content);
	shape_add_name(s, LAYER_SKELETON, 0, 'n', name);
}

/* A translation of the page is no file of it. */
static void read_link(struct shape *s, enum layer layer,
		      const char *const *attributes)
{
	const char *rel = value_of(attributes, "rel");

	if (rel != NULL &&
	    (strcasestr(rel, "stylesheet") || strcasestr(rel, "icon") ||
	     strcasestr(rel, "manifest")))
		shape_add_place(s, layer, 'l', value_of(attributes, "href"));
}

static void read_field(struct shape *s, const char *element,
		       const char *const *attributes)
{
	const char *type = value_of(attributes, "type");
	const char *name = value_of(attributes, "name");
	struct buf text;

	if (type != NULL && str_equal_nocase(type, "hidden"))
		return;
	s->has_field = true;
	buf_init(&text, TOKEN_BYTES);
	pagewords_add_name(&text, name != NULL ? name : "");
	buf_add_char(&text, ' ');
	buf_add_string(&text, element);
	buf_add_char(&text, ' ');
	pagewords_add_name(&text, type != NULL ? type : "");
	shape_add(s, LAYER_FORM, MARK, 'f', &text);
}

static void read_form(struct shape *s, const char *const *attributes)
{
	const char *method = value_of(attributes, "method");
	struct buf text;

	buf_init(&text, TOKEN_BYTES);
	pagewords_add_name(&text, method != NULL ? method : "get");
	shape_add(s, LAYER_FORM, MARK, 'F', &text);
	shape_add_place(s, LAYER_FORM, 'a', value_of(attributes, "action"));
}

static void read_element(struct shape *s, const char *name,
			 const char *const *attributes)
{
	static const char *const fields[] = {"input", "select", "textarea",
					     "button"};
	/* Names of headings and rows come from the content. */
	static const char *const of_content[] = {
	    "a", "h1", "h2", "h3", "h4",     "h5",   "h6", "tr", "td",
	    "p", "li", "g",  "dt", "option", "path", "dd", "th", "span",
	};
	enum layer layer = s->in_body ? LAYER_BODY : LAYER_HEAD;

	if (is(name, "meta"))
		read_meta(s, attributes);
	else if (is(name, "link"))
		read_link(s, layer, attributes);
	else if (is(name, "script"))
		shape_add_place(s, layer, 's', value_of(attributes, "src"));
	else if (is(name, "frame"))
		shape_add_place(s, LAYER_HEAD, 'r',
				value_of(attributes, "src"));
	else if (is(name, "iframe"))
		shape_add_place(s, LAYER_BODY, 'r',
				value_of(attributes, "src"));
	else if (is(name, "form"))
		read_form(s, attributes);
	else if (is_one_of(name, fields, ARRAY_LEN(fields)))
		read_field(s, name, attributes);
	s->has_script |= is(name, "script") || is(name, "frame");
	if (strchr(name, '-') != NULL)
		shape_add_name(s, LAYER_BODY, MARK, 'e', name);
	if (!is_one_of(name, of_content, ARRAY_LEN(of_content)))
		shape_add_name(s, LAYER_NAME, FAINT, 'i',
			       value_of(attributes, "id"));
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Attributes that come and go with language, choice and site. */
static bool is_varying(const char *name)
{
	static const char *const varying[] = {
	    "lang",     "xml:lang", "dir",   "value",       "selected",
	    "checked",  "alt",      "title", "placeholder", "id",
	    "class",    "style",    "href",  "src",         "name",
	    "disabled", "hidden",   "aria-", "data-",       "xmlns",
	};

	for (size_t i = 0; i < ARRAY_LEN(varying); i++)
		if (name[0] == varying[i][0] && str_starts(name, varying[i]))
			return true;
	return false;
}

/* Returns whether it has any that tells. */
static bool add_attributes(struct buf *out, const char *const *attributes)
{
	const char *names[ATTRIBUTES_MAX] = {NULL}, *class;
	size_t n = 0, len;

	for (const char *const *a = attributes;
	     a != NULL && *a != NULL && n < ATTRIBUTES_MAX; a += 2)
		if (!is_varying(*a))
			names[n++] = *a;
	qsort(names, n, sizeof(names[0]), compare_names);
	for (size_t i = 0; i < n; i++) {
		buf_add_char(out, ' ');
		buf_add_string(out, names[i]);
	}
	class = value_of(attributes, "class");
	if (class == NULL)
		return n > 0;
	class += strspn(class, " \t\r\n");
	len = strcspn(class, " \t\r\n");
	buf_add_char(out, '.');
	if (len < TOKEN_BYTES) {
		char *first = xalloc_string_n(class, len);

		pagewords_add_name(out, first);
		free(first);
	}
	return true;
}

/* Elements that pages have whatever they are, and those that come with
 * others. */
static bool is_plain(const char *name)
{
	static const char *const plain[] = {
	    "html", "head", "title", "body", "p",      "br", "h1",
	    "h2",   "h3",   "h4",    "b",    "i",      "em", "font",
	    "a",    "ul",   "small", "div",  "span",   "tr", "tbody",
	    "li",   "tt",   "td",    "th",   "strong",
	};

	return is_one_of(name, plain, ARRAY_LEN(plain));
}

/* How the upper elements nest. @parent: NULL above body. */
static void add_to_skeleton(struct shape *s, const char *parent,
			    const char *name, const char *const *attributes)
{
	struct buf text;
	bool tells;

	buf_init(&text, TOKEN_BYTES);
	buf_add_string(&text, parent != NULL ? parent : "");
	buf_add_char(&text, '/');
	buf_add_string(&text, name);
	tells = add_attributes(&text, attributes) || !is_plain(name) ||
		(parent != NULL && !is_plain(parent));
	shape_add(s, LAYER_SKELETON, tells ? MARK : 0, 'k', &text);
}

/* --- reading */

static bool is_of_head(const char *name)
{
	static const char *const of_head[] = {
	    "html",  "head", "title",    "meta",    "link",   "script",
	    "style", "base", "noscript", "bgsound", "object",
	};

	return is_one_of(name, of_head, ARRAY_LEN(of_head));
}

void shape_start(struct shape *s, const char *element,
		 const char *const *attributes)
{
	static const char *const mute[] = {"title", "script", "style",
					   "noscript"};
	static const char *const aside[] = {"script", "style", "link", "meta",
					    "noscript"};
	const struct level *up;
	void *levels = s->levels;
	struct level *level;
	size_t below = 0;

	xalloc_room(&levels, &s->level_cap, s->depth, sizeof(*s->levels));
	s->levels = levels;
	up = s->depth > 0 ? &s->levels[s->depth - 1] : NULL;
	for (size_t i = 0; i < s->depth && below <= SKELETON_DEPTH; i++)
		below += s->levels[i].below_body;
	if (!is_of_head(element))
		s->in_body = true;
	read_element(s, element, attributes);
	level = &s->levels[s->depth++];
	*level = (struct level){.mute = up != NULL && up->mute};
	memcpy(level->name, element, strnlen(element, sizeof(level->name) - 1));
	level->heading = !s->has_heading && element[0] == 'h' &&
			 element[1] >= '1' && element[1] <= '4';
	s->has_heading |= level->heading;
	level->mute |= is_one_of(element, mute, ARRAY_LEN(mute));
	level->below_body = !is_of_head(element) &&
			    strcmp(element, "body") != 0 &&
			    strcmp(element, "frameset") != 0;
	if (below < SKELETON_DEPTH && !level->mute &&
	    !is_one_of(element, aside, ARRAY_LEN(aside)))
		add_to_skeleton(s, below > 0 ? up->name : NULL, element,
				attributes);
}

void shape_end(struct shape *s)
{
	if (s->depth > 0)
		s->depth--;
}

void shape_text(struct shape *s, const char *text, size_t len)
{
	const struct level *in = s->depth > 0 ? &s->levels[s->depth - 1] : NULL;

	if (in != NULL && in->heading)
		buf_add(&s->heading, text, len);
	if (in == NULL || !in->mute) {
		for (size_t i = 0; i < len; i++)
			s->seen += (unsigned char)text[i] > ' ';
	} else if (strcmp(in->name, "title") == 0) {
		buf_add(&s->title, text, len);
	} else if (strcmp(in->name, "style") == 0) {
		buf_add(&s->style, text, len);
	} else if (strcmp(in->name, "script") == 0) {
		buf_add(&s->script, text, len);
	}
}

void shape_prologue(struct shape *s, const char *text)
{
	struct buf out;

	buf_init(&out, TOKEN_BYTES);
	pagewords_add_name(&out, text);
	/* "html" alone is what everybody writes. */
	shape_add(s, LAYER_SKELETON,
		  strchr(text, ' ') != NULL         ? 2 * MARK
		  : !str_equal_nocase(text, "html") ? MARK
						    : 0,
		  'd', &out);
}
