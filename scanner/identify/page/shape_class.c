#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "compiler.h"
#include "str.h"
#include "xalloc.h"
#include "digest.h"
#include "pagewords.h"
#include "shape_internal.h"

#define WORDS_ENOUGH 3 /* to stop before the skeleton */

/* After the last layer; a distinctive word counts as a MARK. */
#define ENOUGH 6
#define SHELL_ENOUGH 4 /* with one distinctive word at least */

#define PATH_BYTES 256
#define PATH_LEAST 4

/* The directories that all absolute paths share are where the site put the
 * software. One alone does not show them. */
static void read_places(struct shape *s)
{
	const char *first = NULL;
	size_t shared = 0, count = 0;

	for (size_t i = 0; i < s->place_count; i++) {
		const char *path = s->places[i].path;
		size_t n;

		if (path[0] != '/' || path[1] == '/')
			continue;
		n = first == NULL ? pagewords_depth(path)
				  : pagewords_directories(first, path);
		shared = first == NULL || n < shared ? n : shared;
		if (first == NULL)
			first = path;
		count++;
	}
	if (count < 2)
		shared = 0;
	for (size_t i = 0; i < s->place_count; i++) {
		struct place *p = &s->places[i];
		bool own = p->path[0] == '/' && p->path[1] != '/';
		struct buf text;

		buf_init(&text, TOKEN_BYTES);
		pagewords_add_path(&text, p->path, own ? shared : 0);
		shape_add(s, p->layer, MARK, p->kind, &text);
	}
}

static size_t css_name(const char *at)
{
	size_t n = 0;

	while (isalnum((unsigned char)at[n]) || at[n] == '-' || at[n] == '_')
		n++;
	return n;
}

static void add_css(struct shape *s, enum layer layer, char kind,
		    const char *text, size_t len)
{
	char *name = xalloc_string_n(text, len);

	shape_add_name(s, layer, FAINT, kind, name);
	free(name);
}

/* Names of classes and elements in style sheets: what follows "." or "#"
 * before a brace. For thin pages also what is set: follows "{" or ";". */
static void read_style(struct shape *s, bool shell)
{
	const char *at = buf_text(&s->style), *stop = at;
	int open = 0;

	for (; *at != '\0'; at++) {
		size_t n = css_name(at + 1), blank;

		open += *at == '{' ? 1 : *at == '}' && open > 0 ? -1 : 0;
		if (stop <= at)
			stop = at + 1 + strcspn(at + 1, "{};");
		/* Inside of @media the names are one brace deeper. */
		if ((*at == '.' || *at == '#') && n > 0 &&
		    !isdigit((unsigned char)at[1]) && at[1] != '-' &&
		    (open == 0 || *stop == '{')) {
			add_css(s, LAYER_FORM, 'c', at + 1, n);
		} else if (!shell && open > 0 && (*at == '{' || *at == ';')) {
			blank = strspn(at + 1, " \t\r\n");
			n = css_name(at + 1 + blank);
			if (n > 0 && at[1 + blank + n] == ':')
				add_css(s, LAYER_TITLE, 'y', at + 1 + blank, n);
		}
	}
}

static bool is_path(const char *text, size_t len)
{
	static const char *const endings[] = {".htm", ".asp", ".cgi", ".php",
					      ".jsp", ".js",  ".css", ".do"};

	if (len < PATH_LEAST || len > PATH_BYTES ||
	    memchr(text, ' ', len) != NULL || memchr(text, '<', len) != NULL ||
	    memchr(text, '\n', len) != NULL)
		return false;
	if (text[0] == '/' && text[1] != '/' && isalpha((unsigned char)text[1]))
		return true;
	for (size_t i = 0; i < ARRAY_LEN(endings); i++)
		if (memmem(text, len, endings[i], strlen(endings[i])) != NULL)
			return true;
	return false;
}

/* Where the scripts of a page without anything else lead. */
static void read_script(struct shape *s)
{
	const char *at = buf_text(&s->script);

	while ((at = strpbrk(at, "'\"")) != NULL) {
		const char *end = strchr(at + 1, *at);
		char *path;

		if (end == NULL)
			return;
		if (!is_path(at + 1, (size_t)(end - at) - 1)) {
			at++;
			continue;
		}
		path = xalloc_string_n(at + 1, (size_t)(end - at) - 1);
		shape_add_place(s, LAYER_BODY, 'j', path);
		free(path);
		at = end + 1;
	}
}

/* What the scripts of such a page hand each other: "window.NAME = ". */
static void read_globals(struct shape *s)
{
	const char *at = buf_text(&s->script);

	while ((at = strstr(at, "window.")) != NULL) {
		size_t n = 0, blank;
		char *name;

		at += strlen("window.");
		while (isalnum((unsigned char)at[n]) || at[n] == '_')
			n++;
		blank = strspn(at + n, " ");
		if (n == 0 || at[n + blank] != '=' || at[n + blank + 1] == '=')
			continue;
		name = xalloc_string_n(at, n);
		shape_add_name(s, LAYER_TITLE, MARK, 'w', name);
		free(name);
	}
}

/* Whether the first heading repeats the title, or the end of it, as on the
 * pages that servers make themselves. */
static void compare_title(struct shape *s)
{
	char *title = xalloc_string(buf_text(&s->title));
	char *heading = xalloc_string(buf_text(&s->heading));
	const char *t = str_trim(title), *h = str_trim(heading);
	size_t m = strlen(t), n = strlen(h);

	if (n > 0 && n <= m && memcmp(t + m - n, h, n) == 0)
		shape_add_name(s, LAYER_TITLE, MARK, 'h',
			       n == m ? "same" : "end");
	free(title);
	free(heading);
}

static int compare_tokens(const void *a, const void *b)
{
	const struct token *x = a, *y = b;

	return strcmp(x->text, y->text);
}

/* Makes the tokens a set; of equal ones the lowest layer stays. */
static void sort_tokens(struct shape *s)
{
	size_t kept = 0;

	qsort(s->tokens, s->count, sizeof(s->tokens[0]), compare_tokens);
	for (size_t i = 0; i < s->count; i++) {
		struct token *last = kept > 0 ? &s->tokens[kept - 1] : NULL;

		if (last != NULL &&
		    strcmp(last->text, s->tokens[i].text) == 0) {
			if (s->tokens[i].layer < last->layer)
				last->layer = s->tokens[i].layer;
			free(s->tokens[i].text);
		} else {
			s->tokens[kept++] = s->tokens[i];
		}
	}
	s->count = kept;
}

struct told {
	const char *words[WORDS_ENOUGH];
	size_t lengths[WORDS_ENOUGH];
	int count, marks;
};

static void count_word(struct told *t, const char *word, size_t len)
{
	if (t->count == WORDS_ENOUGH)
		return;
	for (int i = 0; i < t->count; i++)
		if (t->lengths[i] == len && memcmp(t->words[i], word, len) == 0)
			return;
	t->words[t->count] = word;
	t->lengths[t->count++] = len;
}

static void count_words(struct told *t, const char *text)
{
	const char *word;
	size_t len;

	while ((text = pagewords_next(text, &word, &len)) != NULL)
		if (!pagewords_is_common(word, len))
			count_word(t, word, len);
}

static bool is_common(const char *text)
{
	struct told t = {.count = 0};

	count_words(&t, text);
	return t.count == 0;
}

/* A page elsewhere, two directories down: common words in an own order. */
static bool is_deep(const struct token *token)
{
	const char *slash = strchr(token->text, '/');

	return strchr("jmr", token->text[0]) != NULL && slash != NULL &&
	       strchr(slash + 1, '/') != NULL;
}

/* Adds what one layer tells. */
static void count_layer(struct told *t, const struct shape *s, int layer)
{
	for (size_t i = 0; i < s->count; i++) {
		const struct token *token = &s->tokens[i];
		const char *text = token->text + 2;

		if ((int)token->layer != layer)
			continue;
		t->marks += token->mark;
		if (strchr("kdnhy", token->text[0]) != NULL)
			continue;
		/* The name that the software gives itself. */
		if (token->text[0] == 'g' && !is_common(text))
			t->count = WORDS_ENOUGH;
		count_words(t, text);
		if (is_deep(token))
			count_word(t, token->text, strlen(token->text));
	}
}

static bool is_told_by(const struct shape *s, char kind)
{
	for (size_t i = 0; i < s->count; i++)
		if (s->tokens[i].text[0] == kind &&
		    !is_common(s->tokens[i].text + 2))
			return true;
	return false;
}

/* Names of its scripts, or else a title of its own, tell a shell better than
 * how it is built: files that every builder names alike, and that change with
 * the builder. */
static void drop_builder(struct shape *s)
{
	bool by_globals = is_told_by(s, 'w');

	if (!by_globals && !is_told_by(s, 't'))
		return;
	for (size_t i = 0; i < s->count; i++) {
		const char *text = s->tokens[i].text;

		if (strchr("kndc", text[0]) != NULL ||
		    (by_globals && text[0] == 't') ||
		    (strchr("slw", text[0]) != NULL && is_common(text + 2)))
			s->tokens[i].layer = LAYER_NONE;
	}
}

/* Returns false when the page is too thin. */
static bool choose_layers(struct shape *s, bool shell, enum layer *out)
{
	struct told t = {.count = 0};
	int enough = shell ? SHELL_ENOUGH : ENOUGH;

	for (int layer = LAYER_HEAD; layer <= LAYER_TITLE; layer++) {
		/* What is dropped has been counted. */
		if (shell && layer == LAYER_SKELETON) {
			drop_builder(s);
			t = (struct told){.count = 0};
			for (int i = LAYER_HEAD; i < LAYER_SKELETON; i++)
				count_layer(&t, s, i);
		}
		count_layer(&t, s, layer);
		*out = (enum layer)layer;
		if (layer < LAYER_SKELETON && t.count >= WORDS_ENOUGH)
			return true;
		if (layer == LAYER_TITLE || (layer == LAYER_SKELETON && !shell))
			if (t.count * MARK + t.marks >= enough)
				return !shell || t.count > 0;
	}
	return false;
}

static void add_line(struct buf *out, const char *text)
{
	buf_add_string(out, text);
	buf_add_char(out, '\n');
}

void shape_class(struct shape *s, char *out)
{
	/* What a reader sees is made by scripts, or is elsewhere. */
	bool shell =
	    s->seen == 0 && !s->has_field && (s->has_script || s->has_refresh);
	enum layer last;
	struct buf all;

	out[0] = '\0';
	if (shell) {
		read_script(s);
		read_globals(s);
		shape_add_name(s, LAYER_TITLE, MARK, 't', buf_text(&s->title));
	}
	read_places(s);
	read_style(s, shell);
	compare_title(s);
	sort_tokens(s);
	if (!choose_layers(s, shell, &last))
		return;
	buf_init(&all, BUF_NO_LIMIT);
	for (size_t i = 0; i < s->count; i++)
		if (s->tokens[i].layer <= last)
			add_line(&all, s->tokens[i].text);
	memcpy(out, SHAPE_VERSION, SHAPE_VERSION_LEN);
	digest_hex(DIGEST_SHA256, all.data, all.len,
		   (SHAPE_CLASS - 1 - SHAPE_VERSION_LEN) / 2,
		   out + SHAPE_VERSION_LEN);
	buf_release(&all);
}
