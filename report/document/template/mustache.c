#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "xalloc.h"
#include "mustache_parse.h"

/* What names are looked up in: the innermost value first. */
struct frame {
	json_t *value;
	const struct frame *outer;
};

struct renderer {
	const struct mustache *with;
	const char *file;
	struct buf *out;
	int depth;
};

static json_t *find_in(const struct frame *frame, const char *name, size_t len)
{
	for (; frame != NULL; frame = frame->outer) {
		json_t *v = json_object_getn(frame->value, name, len);

		if (v != NULL)
			return v;
	}
	return NULL;
}

/* "a.b.c": a from any frame, the rest inside it only. Borrowed. */
static json_t *find(const struct frame *frame, const char *name)
{
	size_t len = strcspn(name, ".");
	json_t *v;

	if (strcmp(name, ".") == 0)
		return frame->value;
	v = find_in(frame, name, len);
	while (v != NULL && name[len] == '.') {
		name += len + 1;
		len = strcspn(name, ".");
		v = json_object_getn(v, name, len);
	}
	return v;
}

static bool is_true(const json_t *v)
{
	if (v == NULL || json_is_null(v) || json_is_false(v))
		return false;
	if (json_is_array(v))
		return json_array_size(v) > 0;
	return !json_is_string(v) || json_string_length(v) > 0;
}

static void add_value(struct renderer *r, const json_t *v, bool raw)
{
	char *text = NULL;
	const char *shown = NULL;

	if (v == NULL || json_is_null(v))
		return;
	if (json_is_string(v)) {
		shown = json_string_value(v);
	} else {
		text = json_dumps(v, JSON_ENCODE_ANY | JSON_COMPACT |
					 JSON_REAL_PRECISION(12));
		shown = text;
	}
	if (raw)
		buf_add_string(r->out, shown);
	else
		r->with->escape(r->out, shown, strlen(shown));
	free(text);
}

static int render(struct renderer *r, const struct mustache_node *n,
		  const struct frame *frame);

static int render_section(struct renderer *r, const struct mustache_node *n,
			  const struct frame *frame)
{
	json_t *v = find(frame, n->text);
	struct frame inner = {v, frame};
	size_t i;

	if (n->kind == MUSTACHE_INVERTED)
		return is_true(v) ? 0 : render(r, n->child, frame);
	if (!is_true(v))
		return 0;
	if (!json_is_array(v))
		return render(r, n->child, &inner);
	json_array_foreach(v, i, inner.value)
	{
		if (render(r, n->child, &inner) < 0)
			return -1;
	}
	return 0;
}

/* Every line of a partial that stands alone is moved right with it. */
static char *indented(const char *text, const char *indent)
{
	struct buf b;

	buf_init(&b, BUF_NO_LIMIT);
	while (*text != '\0') {
		size_t len = strcspn(text, "\n");

		len += text[len] == '\n';
		buf_add_string(&b, indent);
		buf_add(&b, text, len);
		text += len;
	}
	return buf_detach(&b);
}

static int render_source(struct renderer *r,
			 const struct mustache_source *source,
			 const struct frame *frame)
{
	struct mustache_node *root = mustache_parse(source);
	const char *outer = r->file;
	int rc;

	if (root == NULL)
		return -1;
	r->file = source->name;
	rc = render(r, root, frame);
	r->file = outer;
	mustache_parse_free(root);
	return rc;
}

static int render_partial(struct renderer *r, const struct mustache_node *n,
			  const struct frame *frame)
{
	struct mustache_source source;
	char *moved = NULL;
	int rc;

	if (r->with->partial == NULL ||
	    !r->with->partial(r->with->arg, n->text, &source))
		return 0;
	if (r->depth == MUSTACHE_DEPTH) {
		log_error("%s:%d: the partial '%s' is inside itself too often",
			  r->file, n->line, n->text);
		return -1;
	}
	if (n->indent != NULL && n->indent[0] != '\0') {
		moved = indented(source.text, n->indent);
		source.text = moved;
	}
	r->depth++;
	rc = render_source(r, &source, frame);
	r->depth--;
	free(moved);
	return rc;
}

static int render(struct renderer *r, const struct mustache_node *n,
		  const struct frame *frame)
{
	int rc = 0;

	for (; n != NULL && rc == 0; n = n->next) {
		switch (n->kind) {
		case MUSTACHE_TEXT:
			buf_add_string(r->out, n->text);
			break;
		case MUSTACHE_VARIABLE:
		case MUSTACHE_RAW:
			add_value(r, find(frame, n->text),
				  n->kind == MUSTACHE_RAW);
			break;
		case MUSTACHE_SECTION:
		case MUSTACHE_INVERTED:
			rc = render_section(r, n, frame);
			break;
		case MUSTACHE_PARTIAL:
			rc = render_partial(r, n, frame);
			break;
		}
	}
	return rc;
}

int mustache_render(const struct mustache *with,
		    const struct mustache_source *source, json_t *value,
		    struct buf *out)
{
	struct renderer r = {.with = with, .file = source->name, .out = out};
	struct frame frame = {value, NULL};

	return render_source(&r, source, &frame);
}
