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

static char *check_own(const struct recog_file *file,
		       struct recog_fingerprint *fp,
		       const struct recog_example *e,
		       const struct pattern_subject *s)
{
	struct recog_result result = {0};
	char *reason = NULL;

	switch (recog_try(file, fp, s, PATTERN_LIMIT_EXAMPLE, &result)) {
	case PATTERN_MATCH:
		reason = compare(e, &result);
		break;
	case PATTERN_MISS:
		reason = xalloc_string("the example does not match");
		break;
	case PATTERN_LIMIT:
		reason = xalloc_string("the match takes too much work");
		break;
	case PATTERN_ERROR:
		reason = xalloc_string("the pattern does not compile");
		break;
	}
	recog_result_release(&result);
	return reason;
}

static char *check_first(const struct recog_file *file,
			 const struct recog_fingerprint *fp,
			 const struct pattern_subject *s)
{
	struct recog_result result;
	char *reason = NULL;

	recog_match(file, s, PATTERN_LIMIT_EXAMPLE, &result);
	if (result.fingerprint == NULL)
		reason = xalloc_string("no fingerprint of the file matches");
	else if (result.fingerprint != fp)
		reason = xalloc_printf(
		    "the fingerprint in line %d ('%s') matches first",
		    result.fingerprint->line, result.fingerprint->description);
	recog_result_release(&result);
	return reason;
}

static void verify_example(struct fingerprint_report *r,
			   const struct recog_file *file,
			   struct recog_fingerprint *fp,
			   const struct recog_example *e)
{
	struct pattern_subject s;
	char *reason = NULL;

	r->examples++;
	pattern_subject(&s, e->text, e->len);
	if (e->problem != NULL)
		reason = xalloc_string(e->problem);
	if (reason == NULL)
		reason = check_own(file, fp, e, &s);
	if (reason == NULL)
		reason = check_first(file, fp, &s);
	if (reason == NULL)
		r->right++;
	else
		fail(r, file, e->line, fp, reason);
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

static void verify_file(struct fingerprint_report *r,
			const struct recog_file *file)
{
	r->files++;
	for (size_t i = 0; i < file->count; i++) {
		struct recog_fingerprint *fp = &file->list[i];
		char *reason = pattern_compile(&fp->pattern);

		r->fingerprints++;
		if (reason == NULL)
			reason = check_captures(fp);
		if (reason != NULL)
			fail(r, file, fp->line, fp, reason);
		if (fp->example_count == 0)
			r->without_example++;
		for (size_t j = 0; j < fp->example_count; j++)
			verify_example(r, file, fp, &fp->examples[j]);
	}
}

void fingerprint_verify(const struct fingerprints *f,
			struct fingerprint_report *out)
{
	*out = (struct fingerprint_report){0};
	for (size_t i = 0; i < fingerprints_count(f); i++)
		verify_file(out, fingerprints_file(f, i));
}

void fingerprint_verify_release(struct fingerprint_report *r)
{
	for (size_t i = 0; i < r->failure_count; i++)
		free(r->failures[i].reason);
	free(r->failures);
	*r = (struct fingerprint_report){0};
}
