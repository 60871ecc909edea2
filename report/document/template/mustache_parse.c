#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "xalloc.h"
#include "mustache_parse.h"

#define DELIMITER_MAX 16 /* bytes; the usual are two */
#define NESTING_MAX 64   /* sections inside sections */

struct parser {
	const char *file;
	const char *start, *at; /* the whole text; what is not read yet */
	char open[DELIMITER_MAX], close[DELIMITER_MAX];
	int depth;
};

struct tag {
	char sigil; /* 0 for {{name}} */
	const char *name;
	size_t len;
	const char *begin, *end; /* with its delimiters */
	bool alone;              /* nothing but space on its line */
};

static int line_of(const struct parser *p, const char *at)
{
	int line = 1;

	for (const char *c = p->start; c < at; c++)
		line += *c == '\n';
	return line;
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static struct mustache_node *new_node(const struct parser *p,
				      enum mustache_kind kind, const char *at,
				      const char *text, size_t len)
{
	struct mustache_node *n = xalloc_zero(1, sizeof(*n));

	n->kind = kind;
	n->line = line_of(p, at);
	n->text = xalloc_string_n(text, len);
	return n;
}

void mustache_parse_free(struct mustache_node *node)
{
	while (node != NULL) {
		struct mustache_node *next = node->next;

		mustache_parse_free(node->child);
		free(node->text);
		free(node->indent);
		free(node);
		node = next;
	}
}

static const char *line_start(const struct parser *p, const char *at)
{
	while (at > p->start && at[-1] != '\n')
		at--;
	return at;
}

/* Where the next line starts when only space follows, else NULL. */
static const char *blank_rest(const char *at)
{
	at += strspn(at, " \t");
	if (at[0] == '\r' && at[1] == '\n')
		at++;
	if (*at == '\n')
		return at + 1;
	return *at == '\0' ? at : NULL;
}

static bool stands_alone(const struct parser *p, const struct tag *t)
{
	if (t->sigil == 0 || strchr("#^/>!=", t->sigil) == NULL)
		return false;
	for (const char *c = line_start(p, t->begin); c < t->begin; c++)
		if (*c != ' ' && *c != '\t')
			return false;
	return blank_rest(t->end) != NULL;
}

/* Finds the end of the tag at p->at and what is between its delimiters. */
static int read_tag(struct parser *p, struct tag *t)
{
	const char *inner = p->at + strlen(p->open), *end;
	char closing[DELIMITER_MAX + 1] = "";

	t->begin = p->at;
	t->sigil =
	    *inner != '\0' && strchr("#^/>!=&{", *inner) != NULL ? *inner : 0;
	inner += t->sigil != 0;
	if (t->sigil == '{')
		closing[0] = '}';
	else if (t->sigil == '=')
		closing[0] = '=';
	memcpy(closing + strlen(closing), p->close, strlen(p->close) + 1);
	end = strstr(inner, closing);
	if (end == NULL) {
		log_error("%s:%d: the tag that starts here has no end '%s'",
			  p->file, line_of(p, t->begin), closing);
		return -1;
	}
	t->end = end + strlen(closing);
	while (inner < end && is_space(*inner))
		inner++;
	while (inner < end && is_space(end[-1]))
		end--;
	t->name = inner;
	t->len = (size_t)(end - inner);
	t->alone = stands_alone(p, t);
	return 0;
}

static bool set_delimiter(char *out, const char *text, size_t len)
{
	if (len == 0 || len >= DELIMITER_MAX || memchr(text, '=', len) != NULL)
		return false;
	memcpy(out, text, len);
	out[len] = '\0';
	return true;
}

static int set_delimiters(struct parser *p, const struct tag *t)
{
	size_t first = 0, gap;

	while (first < t->len && !is_space(t->name[first]))
		first++;
	for (gap = first; gap < t->len && is_space(t->name[gap]);)
		gap++;
	if (set_delimiter(p->open, t->name, first) &&
	    set_delimiter(p->close, t->name + gap, t->len - gap) &&
	    strpbrk(p->close, " \t\r\n") == NULL)
		return 0;
	log_error("%s:%d: new delimiters are written {{=<%% %%>=}}", p->file,
		  line_of(p, t->begin));
	return -1;
}

static bool good_name(const struct parser *p, const struct tag *t)
{
	bool good = t->len > 0;

	for (size_t i = 0; i < t->len; i++)
		good = good && !is_space(t->name[i]);
	if (!good)
		log_error("%s:%d: '%.*s' is not a name", p->file,
			  line_of(p, t->begin), (int)t->len, t->name);
	return good;
}

static struct mustache_node *tag_node(const struct parser *p,
				      const struct tag *t)
{
	enum mustache_kind kind = MUSTACHE_VARIABLE;
	struct mustache_node *n;

	if (t->sigil == '{' || t->sigil == '&')
		kind = MUSTACHE_RAW;
	else if (t->sigil == '#')
		kind = MUSTACHE_SECTION;
	else if (t->sigil == '^')
		kind = MUSTACHE_INVERTED;
	else if (t->sigil == '>')
		kind = MUSTACHE_PARTIAL;
	n = new_node(p, kind, t->begin, t->name, t->len);
	if (kind == MUSTACHE_PARTIAL && t->alone) {
		const char *start = line_start(p, t->begin);

		n->indent = xalloc_string_n(start, (size_t)(t->begin - start));
	}
	return n;
}

static int closes(const struct parser *p, const struct tag *t,
		  const char *section)
{
	if (section != NULL && strlen(section) == t->len &&
	    memcmp(section, t->name, t->len) == 0)
		return 0;
	if (section == NULL)
		log_error("%s:%d: '%.*s' is closed and was not opened", p->file,
			  line_of(p, t->begin), (int)t->len, t->name);
	else
		log_error("%s:%d: '%.*s' is closed and '%s' is open", p->file,
			  line_of(p, t->begin), (int)t->len, t->name, section);
	return -1;
}

static int parse_until(struct parser *p, const struct mustache_node *section,
		       struct mustache_node **out);

static int add_tag(struct parser *p, const struct tag *t,
		   struct mustache_node **out)
{
	struct mustache_node *n;

	if (t->sigil == '!')
		return 0;
	if (t->sigil == '=')
		return set_delimiters(p, t);
	if (!good_name(p, t))
		return -1;
	n = tag_node(p, t);
	*out = n;
	if (n->kind != MUSTACHE_SECTION && n->kind != MUSTACHE_INVERTED)
		return 0;
	if (p->depth == NESTING_MAX) {
		log_error("%s:%d: sections are nested too deeply", p->file,
			  n->line);
		return -1;
	}
	p->depth++;
	if (parse_until(p, n, &n->child) < 0)
		return -1;
	p->depth--;
	return 0;
}

enum step { STEP_FAILED = -1, STEP_ON, STEP_CLOSED, STEP_END_OF_FILE };

/* One text and the tag after it. */
static enum step parse_step(struct parser *p, const char *section,
			    struct mustache_node ***tail)
{
	const char *text = p->at, *text_end;
	struct tag t;

	p->at = strstr(text, p->open);
	if (p->at == NULL) {
		p->at = text + strlen(text);
		**tail = new_node(p, MUSTACHE_TEXT, text, text,
				  (size_t)(p->at - text));
		return STEP_END_OF_FILE;
	}
	if (read_tag(p, &t) < 0)
		return STEP_FAILED;
	text_end = t.alone ? line_start(p, t.begin) : t.begin;
	if (text_end > text) {
		**tail = new_node(p, MUSTACHE_TEXT, text, text,
				  (size_t)(text_end - text));
		*tail = &(**tail)->next;
	}
	p->at = t.alone ? blank_rest(t.end) : t.end;
	if (t.sigil == '/')
		return closes(p, &t, section) < 0 ? STEP_FAILED : STEP_CLOSED;
	if (add_tag(p, &t, *tail) < 0)
		return STEP_FAILED;
	if (**tail != NULL)
		*tail = &(**tail)->next;
	return STEP_ON;
}

static int parse_until(struct parser *p, const struct mustache_node *section,
		       struct mustache_node **out)
{
	const char *name = section != NULL ? section->text : NULL;
	enum step step;

	do {
		step = parse_step(p, name, &out);
	} while (step == STEP_ON);
	if (step == STEP_END_OF_FILE && section != NULL) {
		log_error("%s:%d: '%s' is opened and not closed", p->file,
			  section->line, name);
		return -1;
	}
	return step == STEP_FAILED ? -1 : 0;
}

struct mustache_node *mustache_parse(const struct mustache_source *source)
{
	struct parser p = {.file = source->name,
			   .start = source->text,
			   .at = source->text,
			   .open = "{{",
			   .close = "}}"};
	struct mustache_node *root = NULL;

	if (parse_until(&p, NULL, &root) < 0) {
		mustache_parse_free(root);
		return NULL;
	}
	return root;
}
