#include <stdlib.h>
#include <string.h>

#include "str.h"
#include "xalloc.h"
#include "fingerprint_verify.h"

/* Bytes of an example's value that a reason shows. */
#define SHOWN 120

/* Moves the reason in. */
static void fail(struct fingerprint_report *r, const struct recog_file *file,
		 int line, const struct recog_fingerprint *fp, char *reason)
{
	xalloc_room((void **)&r->failures, &r->failure_cap, r->failure_count,
		    sizeof(*r->failures));
	r->failures[r->failure_count++] = (struct fingerprint_failure){
	    file->path, line, fp->description, reason};
}

static char *shown(const char *text)
{
	return text != NULL ? str_vis(text, strlen(text), SHOWN)
			    : xalloc_string("nothing");
}

/* NULL when every expected value is there. */
static char *compare(const struct recog_example *e,
		     const struct recog_result *result)
{
	if (result->problem != NULL)
		return xalloc_string(result->problem);
	for (size_t i = 0; i < e->expected_count; i++) {
		const struct recog_param *want = &e->expected[i];
		const char *got = recog_result_value(result, want->name);
		char *a, *b, *reason;

		if (got != NULL && strcmp(got, want->value) == 0)
			continue;
		a = shown(got);
		b = shown(want->value);
		reason = xalloc_printf("%s is '%s', its example wants '%s'",
				       want->name, a, b);
		free(a);
		free(b);
		return reason;
	}
	return NULL;
}

static bool is_own(const struct recog_file *file)
{
	return str_starts(file->name, "martlet_");
}

const char *fingerprint_kind_text(enum fingerprint_kind kind)
{
	static const char *const words[] = {"observed", "documented", "derived",
					    "unsaid"};

	return words[kind];
}

/* FINGERPRINT_KINDS for a word that is none. */
static enum fingerprint_kind kind_of(const struct recog_example *e)
{
	int kind = FINGERPRINT_OBSERVED;

	if (e->kind == NULL)
		return FINGERPRINT_UNSAID;
	while (kind < FINGERPRINT_UNSAID &&
	       strcmp(e->kind, fingerprint_kind_text(kind)) != 0)
		kind++;
	return kind < FINGERPRINT_UNSAID ? kind : FINGERPRINT_KINDS;
}

/* Why its own fingerprint did not match an example; NULL when it did. */
static char *check_own(const struct recog_file *file,
		       struct recog_fingerprint *fp,
		       const struct pattern_subject *s)
{
	struct recog_result result = {0};
	char *reason = NULL;

	switch (recog_try(file, fp, s, &result)) {
	case PATTERN_MATCH:
		break;
	case PATTERN_MISS:
		reason = xalloc_string("the example does not match");
		break;
	case PATTERN_LIMIT_HIT:
		reason = xalloc_string("the match takes too much work");
		break;
	case PATTERN_ERROR:
		reason = xalloc_string("the pattern does not compile");
		break;
	}
	recog_result_release(&result);
	return reason;
}

static char *check_example(const struct recog_file *file,
			   struct recog_fingerprint *fp,
			   const struct recog_example *e)
{
	struct recog_result result;
	struct pattern_subject s;
	char *reason;

	if (e->problem != NULL)
		return xalloc_string(e->problem);
	pattern_subject(&s, e->text, e->len);
	recog_match(file, &s, &result);
	if (result.fingerprint == fp)
		reason = compare(e, &result);
	else
		reason = check_own(file, fp, &s);
	if (reason == NULL && result.fingerprint != fp)
		reason = xalloc_printf(
		    "the fingerprint in line %d ('%s') matches first",
		    result.fingerprint->line, result.fingerprint->description);
	recog_result_release(&result);
	return reason;
}

/* An example that does not say where it is from could be invented. */
static char *check_origin(const struct recog_example *e)
{
	if (e->source == NULL || strlen(e->source) < 4)
		return xalloc_string("the example has no _source");
	if (e->kind == NULL)
		return xalloc_string("the example has no _kind");
	if (kind_of(e) == FINGERPRINT_KINDS)
		return xalloc_string("the example's _kind is not observed, "
				     "documented or derived");
	return NULL;
}

static void verify_example(struct fingerprint_report *r,
			   const struct recog_file *file,
			   struct recog_fingerprint *fp,
			   const struct recog_example *e, bool strict)
{
	char *reason = check_example(file, fp, e);
	enum fingerprint_kind kind = kind_of(e);

	r->examples++;
	r->kinds[kind < FINGERPRINT_KINDS ? kind : FINGERPRINT_UNSAID]++;
	if (reason == NULL && strict)
		reason = check_origin(e);
	if (reason == NULL)
		r->right++;
	else
		fail(r, file, e->line, fp, reason);
	if (r->attacked && e->problem == NULL)
		fingerprint_attack(file, e, &r->attack);
}

/* A capture that the pattern does not have would be silently empty. */
static char *check_captures(struct recog_fingerprint *fp)
{
	int groups = pattern_group_count(&fp->pattern);

	for (size_t i = 0; i < fp->param_count; i++)
		if (fp->params[i].pos > groups)
			return xalloc_printf(
			    "%s is capture %d, the pattern has %d",
			    fp->params[i].name, fp->params[i].pos, groups);
	return NULL;
}

static char *check_strictly(const struct recog_file *file,
			    struct recog_fingerprint *fp)
{
	if (fp->example_count == 0)
		return xalloc_string("it has no example");
	for (const struct recog_fingerprint *o = file->list; o < fp; o++)
		if (strcmp(o->description, fp->description) == 0)
			return xalloc_printf("line %d has the same description",
					     o->line);
	if (fingerprint_stalls(file, fp))
		return xalloc_printf(
		    "a text made of its example takes the pattern over %u "
		    "steps: make what is repeated unambiguous",
		    FINGERPRINT_STEPS);
	return NULL;
}

static void verify_file(struct fingerprint_report *r,
			const struct recog_file *file, bool strict)
{
	r->files++;
	r->for_pages += file->many != NULL ? file->count : 0;
	for (size_t i = 0; i < file->count; i++) {
		struct recog_fingerprint *fp = &file->list[i];
		char *reason = pattern_compile(&fp->pattern);

		r->fingerprints++;
		if (reason == NULL)
			reason = check_captures(fp);
		if (reason == NULL && strict)
			reason = check_strictly(file, fp);
		if (reason != NULL)
			fail(r, file, fp->line, fp, reason);
		if (fp->example_count == 0)
			r->without_example++;
		for (size_t j = 0; j < fp->example_count; j++)
			verify_example(r, file, fp, &fp->examples[j], strict);
	}
}

void fingerprint_verify(const struct fingerprints *f, bool strict, bool attack,
			struct fingerprint_report *out)
{
	*out = (struct fingerprint_report){.attacked = attack};
	for (size_t i = 0; i < fingerprints_count(f); i++) {
		const struct recog_file *file = fingerprints_file(f, i);

		verify_file(out, file, strict || is_own(file));
	}
}

void fingerprint_verify_release(struct fingerprint_report *r)
{
	for (size_t i = 0; i < r->failure_count; i++)
		free(r->failures[i].reason);
	free(r->failures);
	*r = (struct fingerprint_report){0};
}
