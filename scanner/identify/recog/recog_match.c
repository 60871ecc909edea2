#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "log.h"
#include "str.h"
#include "xalloc.h"
#include "cpe.h"
#include "pattern_index.h"
#include "pattern_mask.h"
#include "recog.h"

/* A value that grows by what it refers to stays below this. */
#define VALUE_MAX 8192

void recog_result_release(struct recog_result *r)
{
	if (r->fingerprint != NULL && r->fingerprint->refers)
		for (size_t i = 0; i < r->count + r->hidden; i++)
			free(r->values[i].own);
	free(r->values);
	free(r->problem);
	*r = (struct recog_result){0};
}

static const char *find(const struct recog_result *r, size_t count,
			const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(r->values[i].name, name) == 0)
			return r->values[i].value;
	return NULL;
}

const char *recog_result_value(const struct recog_result *r, const char *name)
{
	return find(r, r->count, name);
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
			    size_t len, const char *in)
{
	static const char version[] = ".version";
	const size_t tail = sizeof(version) - 1;

	for (size_t i = 0; i < r->count + r->hidden; i++)
		if (strncmp(r->values[i].name, name, len) == 0 &&
		    r->values[i].name[len] == '\0')
			return r->values[i].value;
	if (!(ends_with(in, ".cpe23") && len >= tail &&
	      memcmp(name + len - tail, version, tail) == 0) &&
	    r->problem == NULL)
		r->problem = xalloc_printf(
		    "%s refers to %.*s, which is not set", in, (int)len, name);
	return "-";
}

static char *interpolate(struct recog_result *r, const char *name,
			 const char *text)
{
	struct buf out;

	buf_init(&out, VALUE_MAX);
	while (*text != '\0') {
		size_t n = reference_length(text);

		if (n > 0) {
			buf_add_string(&out,
				       referred(r, text + 1, n - 2, name));
		} else {
			n = 1 + strcspn(text + 1, "{");
			buf_add(&out, text, n);
		}
		text += n;
	}
	return buf_detach(&out);
}

static const char *lookup(void *data, const char *name)
{
	const struct recog_result *r = data;

	return find(r, r->count + r->hidden, name);
}

char *recog_result_cpe(const struct recog_result *r, const char *name)
{
	const struct recog_fingerprint *fp = r->fingerprint;

	if (fp == NULL || !ends_with(name, ".cpe23"))
		return NULL;
	for (size_t i = 0; i < fp->shown_count; i++)
		if (fp->params[i].pos == 0 &&
		    strcmp(fp->params[i].name, name) == 0)
			return cpe_from_uri(fp->params[i].value, lookup,
					    (void *)r);
	return NULL;
}

static size_t length(const struct pattern_groups *g, int pos)
{
	return g->ends[2 * pos + 1] - g->ends[2 * pos];
}

/* Where the text of the next capture goes. */
struct texts {
	const char *subject;
	const struct pattern_groups *groups;
	char *next;
};

static const char *capture(struct texts *t, int pos)
{
	size_t len = length(t->groups, pos);
	char *copy = t->next;

	memcpy(copy, t->subject + t->groups->ends[2 * pos], len);
	copy[len] = '\0';
	t->next += len + 1;
	return copy;
}

/* Those that the subject gives; a group that is not set gives none. Returns
 * how many. */
static size_t add_params(const struct recog_fingerprint *fp, size_t first,
			 size_t last, struct texts *t, struct recog_value *out)
{
	size_t n = 0;

	for (size_t i = first; i < last; i++) {
		const struct recog_param *p = &fp->params[i];

		if (p->pos == 0)
			out[n++] = (struct recog_value){p->name, p->value, NULL,
							p->refers};
		else if (pattern_group_is_set(t->groups, (size_t)p->pos))
			out[n++] = (struct recog_value){
			    p->name, capture(t, p->pos), NULL, false};
	}
	return n;
}

/* Captures are there already: constants may refer to them in any order. */
static void refer(struct recog_result *r)
{
	for (size_t i = 0; i < r->count + r->hidden; i++) {
		struct recog_value *v = &r->values[i];

		if (!v->refers)
			continue;
		v->own = interpolate(r, v->name, v->value);
		v->value = v->own;
	}
}

static void fill(struct recog_result *r, const struct pattern_subject *s,
		 const struct pattern_groups *g)
{
	const struct recog_fingerprint *fp = r->fingerprint;
	size_t n, room = (fp->param_count + 2) * sizeof(*r->values);
	size_t texts = 0;
	struct texts t = {s->text, g, NULL};

	for (size_t i = 0; i < fp->param_count; i++)
		if (fp->params[i].pos > 0 &&
		    pattern_group_is_set(g, (size_t)fp->params[i].pos))
			texts += length(g, fp->params[i].pos) + 1;
	r->values = xalloc(room + texts);
	t.next = (char *)r->values + room;
	n = add_params(fp, 0, fp->shown_count, &t, r->values);
	if (!fp->says_protocol || find(r, n, "service.protocol") == NULL)
		r->values[n++] = (struct recog_value){
		    "service.protocol", r->file->protocol, NULL, false};
	r->values[n++] =
	    (struct recog_value){"fingerprint_db", r->file->key, NULL, false};
	r->count = n;
	r->hidden =
	    add_params(fp, fp->shown_count, fp->param_count, &t, r->values + n);
	if (fp->refers)
		refer(r);
}

static enum pattern_result try_candidate(const struct recog_file *file,
					 struct recog_fingerprint *fp,
					 const struct pattern_subject *s,
					 struct recog_result *out)
{
	struct pattern_groups groups;
	enum pattern_result rc = pattern_run(&fp->pattern, s, &groups);

	if (rc != PATTERN_MATCH)
		return rc;
	out->file = file;
	out->fingerprint = fp;
	fill(out, s, &groups);
	return rc;
}

enum pattern_result recog_try(const struct recog_file *file,
			      struct recog_fingerprint *fp,
			      const struct pattern_subject *s,
			      struct recog_result *out)
{
	if (!pattern_mask_fits(&fp->pattern.needs, &s->has))
		return PATTERN_MISS;
	return try_candidate(file, fp, s, out);
}

static void tell_broken(const struct recog_file *file,
			const struct recog_fingerprint *fp)
{
	log_warning("%s:%d: the pattern does not compile and is passed over",
		    file->path, fp->line);
	log_hint("'martlet fingerprint verify DIR' says why");
}

/* One fingerprint of a decision; whether it matched. */
static bool decide(const struct recog_file *file, size_t i,
		   const struct pattern_subject *s, struct recog_result *out)
{
	bool told = file->list[i].pattern.broken;

	switch (try_candidate(file, &file->list[i], s, out)) {
	case PATTERN_MATCH:
		return true;
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
	return false;
}

/* Those of a page that could match. */
static bool decide_page(const struct recog_file *file, size_t first,
			const struct pattern_subject *s,
			struct recog_result *out)
{
	bool *could = xalloc(file->count + 1), done = false;

	multimatch_find(file->many, s, could);
	for (size_t i = first; i < file->count && !done; i++)
		done = could[i] && decide(file, i, s, out);
	free(could);
	return done;
}

bool recog_match_after(const struct recog_file *file,
		       const struct recog_fingerprint *after,
		       const struct pattern_subject *s,
		       struct recog_result *out)
{
	size_t first = after != NULL ? (size_t)(after - file->list) + 1 : 0;
	uint64_t could[PATTERN_INDEX_WORDS];

	*out = (struct recog_result){0};
	if (file->many != NULL)
		return decide_page(file, first, s, out);
	if (file->index == NULL) {
		for (size_t i = first; i < file->count; i++)
			if (pattern_mask_fits(&file->list[i].pattern.needs,
					      &s->has) &&
			    decide(file, i, s, out))
				return true;
		return false;
	}
	pattern_index_find(file->index, &s->has, could);
	for (size_t i = pattern_index_next(could, first); i < file->count;
	     i = pattern_index_next(could, i + 1))
		if (decide(file, i, s, out))
			return true;
	return false;
}

bool recog_match(const struct recog_file *file, const struct pattern_subject *s,
		 struct recog_result *out)
{
	return recog_match_after(file, NULL, s, out);
}
