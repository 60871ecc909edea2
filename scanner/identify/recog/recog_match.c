#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "log.h"
#include "str.h"
#include "xalloc.h"
#include "cpe.h"
#include "recog.h"

/* A value that grows by what it refers to stays below this. */
#define VALUE_MAX 8192

void recog_result_release(struct recog_result *r)
{
	for (size_t i = 0; i < r->count; i++) {
		free(r->values[i].value);
		free(r->values[i].cpe);
	}
	free(r->values);
	free(r->problem);
	*r = (struct recog_result){0};
}

static struct recog_value *find(const struct recog_result *r, const char *name)
{
	for (size_t i = 0; i < r->count; i++)
		if (strcmp(r->values[i].name, name) == 0)
			return &r->values[i];
	return NULL;
}

const char *recog_result_value(const struct recog_result *r, const char *name)
{
	const struct recog_value *v = find(r, name);

	return v != NULL ? v->value : NULL;
}

const char *recog_result_cpe(const struct recog_result *r, const char *name)
{
	const struct recog_value *v = find(r, name);

	return v != NULL ? v->cpe : NULL;
}

static bool ends_with(const char *s, const char *end)
{
	size_t n = strlen(s), m = strlen(end);

	return n >= m && strcmp(s + n - m, end) == 0;
}

/* The length of "{name}" at s, 0 when it is none. */
static size_t reference_length(const char *s)
{
	size_t n = *s == '{' ? strcspn(s + 1, "{} \t\r\n") : 0;

	return n > 0 && s[1 + n] == '}' ? n + 2 : 0;
}

/* A version that nobody told is "-" in a CPE; any other name that stands for
 * nothing is a mistake in the fingerprint. */
static const char *referred(struct recog_result *r, const char *name,
			    const char *in)
{
	const char *value = recog_result_value(r, name);

	if (value != NULL)
		return value;
	if (!(ends_with(in, ".cpe23") && ends_with(name, ".version")) &&
	    r->problem == NULL)
		r->problem = xalloc_printf("%s refers to %s, which is not set",
					   in, name);
	return "-";
}

static char *interpolate(struct recog_result *r, const char *name,
			 const char *text)
{
	struct buf out;

	buf_init(&out, VALUE_MAX);
	while (*text != '\0') {
		size_t n = reference_length(text);
		char *inside;

		if (n == 0) {
			buf_add_char(&out, *text++);
			continue;
		}
		inside = xalloc_string_n(text + 1, n - 2);
		buf_add_string(&out, referred(r, inside, name));
		free(inside);
		text += n;
	}
	return buf_detach(&out);
}

static const char *lookup(void *data, const char *name)
{
	return recog_result_value(data, name);
}

static void add_value(struct recog_result *r, const char *name, char *value)
{
	r->values[r->count++] = (struct recog_value){name, value, NULL};
}

/* Captures first: constants may refer to them, in any order. */
static void fill(struct recog_result *r, const struct pattern_subject *s,
		 const struct pattern_groups *g)
{
	const struct recog_fingerprint *fp = r->fingerprint;

	r->values = xalloc_zero(fp->param_count + 2, sizeof(*r->values));
	for (size_t i = 0; i < fp->param_count; i++) {
		const struct recog_param *p = &fp->params[i];

		if (p->pos == 0)
			add_value(r, p->name, xalloc_string(p->value));
		else if (g->start[p->pos] != SIZE_MAX)
			add_value(
			    r, p->name,
			    xalloc_string_n(s->text + g->start[p->pos],
					    g->end[p->pos] - g->start[p->pos]));
	}
	for (size_t i = 0; i < fp->param_count; i++) {
		const struct recog_param *p = &fp->params[i];
		struct recog_value *v = p->pos == 0 ? find(r, p->name) : NULL;
		char *value;

		if (v == NULL)
			continue;
		if (ends_with(p->name, ".cpe23"))
			v->cpe = cpe_from_uri(p->value, lookup, r);
		if (strchr(p->value, '{') == NULL)
			continue;
		value = interpolate(r, p->name, p->value);
		free(v->value);
		v->value = value;
	}
}

static void drop_temporary(struct recog_result *r)
{
	size_t kept = 0;

	for (size_t i = 0; i < r->count; i++) {
		if (str_starts(r->values[i].name, "_tmp.")) {
			free(r->values[i].value);
			free(r->values[i].cpe);
		} else {
			r->values[kept++] = r->values[i];
		}
	}
	r->count = kept;
}

enum pattern_result recog_try(const struct recog_file *file,
			      struct recog_fingerprint *fp,
			      const struct pattern_subject *s,
			      struct recog_result *out)
{
	struct pattern_groups groups;
	enum pattern_result rc = pattern_match(&fp->pattern, s, &groups);

	if (rc != PATTERN_MATCH)
		return rc;
	out->file = file;
	out->fingerprint = fp;
	fill(out, s, &groups);
	drop_temporary(out);
	if (find(out, "service.protocol") == NULL)
		add_value(out, "service.protocol",
			  xalloc_string(file->protocol));
	add_value(out, "fingerprint_db", xalloc_string(file->key));
	return rc;
}

static void tell_broken(const struct recog_file *file,
			const struct recog_fingerprint *fp)
{
	log_warning("%s:%d: the pattern does not compile and is passed over",
		    file->path, fp->line);
	log_hint("'martlet fingerprint verify DIR' says why");
}

bool recog_match_after(const struct recog_file *file,
		       const struct recog_fingerprint *after,
		       const struct pattern_subject *s,
		       struct recog_result *out)
{
	size_t first = after != NULL ? (size_t)(after - file->list) + 1 : 0;
	bool *could = NULL, done = false;

	*out = (struct recog_result){0};
	if (file->many != NULL) {
		could = xalloc(file->count + 1);
		multimatch_find(file->many, s, could);
	}
	for (size_t i = first; i < file->count && !done; i++) {
		bool told = file->list[i].pattern.broken;

		if (could != NULL && !could[i])
			continue;
		switch (recog_try(file, &file->list[i], s, out)) {
		case PATTERN_MATCH:
			done = true;
			break;
		case PATTERN_LIMIT_HIT:
			out->limit_hit = true;
			break;
		case PATTERN_ERROR:
			if (!told)
				tell_broken(file, &file->list[i]);
			break;
		case PATTERN_MISS:
			break;
		}
	}
	free(could);
	return done;
}

bool recog_match(const struct recog_file *file, const struct pattern_subject *s,
		 struct recog_result *out)
{
	return recog_match_after(file, NULL, s, out);
}
