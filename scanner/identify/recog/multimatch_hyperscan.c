#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "compiler.h"
#include "xalloc.h"
#include "multimatch_hyperscan.h"

#ifdef HAVE_HYPERSCAN
#include <hs.h>
#include <openssl/evp.h>

#include "buf.h"
#include "multimatch_cache.h"

/* Bytes and characters: a pattern's "." is one of either, as the subject
 * is. */
enum { BYTES, UTF, VARIANTS };

struct multimatch_hyperscan {
	size_t count;
	bool *always[VARIANTS]; /* patterns that Hyperscan does not take */
	hs_database_t *tables[VARIANTS];
	hs_scratch_t *scratch;
};

/* Repeats up to more than this are widened. */
#define REPEATS 8

/* What is compiled. */
struct job {
	size_t count;
	char **patterns; /* translated */
	unsigned *flags, *ids;
};

const char *multimatch_hyperscan_text(void)
{
	static char text[80];

	if (hs_valid_platform() != HS_SUCCESS)
		return NULL;
	if (text[0] == '\0')
		snprintf(text, sizeof(text), "Hyperscan %s", hs_version());
	return text;
}

/* The length of "{3,200}" at s, 0 when it is none or a small one; *least is
 * its first number. */
static size_t large_repeat(const char *s, unsigned long *least)
{
	char *end;
	unsigned long most;

	if (*s != '{' || !isdigit((unsigned char)s[1]))
		return 0;
	*least = strtoul(s + 1, &end, 10);
	if (*end != ',' || !isdigit((unsigned char)end[1]))
		return 0;
	most = strtoul(end + 1, &end, 10);
	return *end == '}' && most > REPEATS ? (size_t)(end + 1 - s) : 0;
}

/* Copies a class of characters; returns its last byte. */
static const char *copy_class(struct buf *b, const char *s)
{
	size_t n = 1;

	n += s[n] == '^';
	n += s[n] == ']';
	while (s[n] != '\0' && s[n] != ']')
		n += s[n] == '\\' && s[n + 1] != '\0' ? 2 : 1;
	n += s[n] == ']';
	buf_add(b, s, n);
	return s + n - 1;
}

/* What must not be there must not become more; the others are too rare to
 * be understood here. */
static bool can_widen(const char *pattern)
{
	static const char *const rare[] = {"(?!", "(?<!", "[:", "\\Q"};

	for (size_t i = 0; i < ARRAY_LEN(rare); i++)
		if (strstr(pattern, rare[i]) != NULL)
			return false;
	return true;
}

/* A pattern that matches at least as much: repeats up to a large number
 * become repeats without end, which take a hundredth of the time to
 * compile. */
static char *widen(char *pattern)
{
	struct buf b;

	if (!can_widen(pattern))
		return pattern;
	buf_init(&b, BUF_NO_LIMIT);
	for (const char *s = pattern; *s != '\0'; s++) {
		unsigned long least = 0;
		size_t n = large_repeat(s, &least);

		if (n > 0) {
			buf_printf(&b, "{%lu,}",
				   least < REPEATS ? least : REPEATS);
			s += n - 1;
		} else if (*s == '[') {
			s = copy_class(&b, s);
		} else {
			buf_add_char(&b, *s);
			if (*s == '\\' && s[1] != '\0')
				buf_add_char(&b, *++s);
		}
	}
	free(pattern);
	return buf_detach(&b);
}

static void job_init(struct job *job, const struct pattern *const *list,
		     size_t count, int variant)
{
	job->count = count;
	job->patterns = xalloc_zero(count + 1, sizeof(*job->patterns));
	job->flags = xalloc_zero(count + 1, sizeof(*job->flags));
	job->ids = xalloc_zero(count + 1, sizeof(*job->ids));
	for (size_t i = 0; i < count; i++) {
		struct buf b;

		buf_init(&b, BUF_NO_LIMIT);
		pattern_translate(list[i]->source, &b);
		job->patterns[i] = widen(buf_detach(&b));
		job->ids[i] = (unsigned)i;
		job->flags[i] = HS_FLAG_MULTILINE | HS_FLAG_SINGLEMATCH |
				HS_FLAG_ALLOWEMPTY | HS_FLAG_PREFILTER |
				(list[i]->caseless ? HS_FLAG_CASELESS : 0) |
				(list[i]->dotall ? HS_FLAG_DOTALL : 0) |
				(variant == UTF ? HS_FLAG_UTF8 : 0);
	}
}

static void job_release(struct job *job)
{
	for (size_t i = 0; i < job->count; i++)
		free(job->patterns[i]);
	free(job->patterns);
	free(job->flags);
	free(job->ids);
}

static void job_drop(struct job *job, size_t at, bool *always)
{
	always[job->ids[at]] = true;
	free(job->patterns[at]);
	job->count--;
	for (size_t i = at; i < job->count; i++) {
		job->patterns[i] = job->patterns[i + 1];
		job->flags[i] = job->flags[i + 1];
		job->ids[i] = job->ids[i + 1];
	}
}

/* Whatever the tables depend on. */
static void key_of(const struct job *job, const hs_platform_info_t *platform,
		   unsigned char key[MULTIMATCH_KEY])
{
	EVP_MD_CTX *md = EVP_MD_CTX_new();

	EVP_DigestInit_ex(md, EVP_sha256(), NULL);
	EVP_DigestUpdate(md, hs_version(), strlen(hs_version()) + 1);
	EVP_DigestUpdate(md, &platform->tune, sizeof(platform->tune));
	EVP_DigestUpdate(md, &platform->cpu_features,
			 sizeof(platform->cpu_features));
	for (size_t i = 0; i < job->count; i++) {
		EVP_DigestUpdate(md, &job->flags[i], sizeof(job->flags[i]));
		EVP_DigestUpdate(md, job->patterns[i],
				 strlen(job->patterns[i]) + 1);
	}
	EVP_DigestFinal_ex(md, key, NULL);
	EVP_MD_CTX_free(md);
}

/* NULL when there is a pattern that it does not take; *bad is which. */
static hs_database_t *compile(const struct job *job,
			      const hs_platform_info_t *platform, int *bad)
{
	hs_compile_error_t *error = NULL;
	hs_database_t *tables = NULL;

	*bad = -1;
	if (hs_compile_multi((const char *const *)job->patterns, job->flags,
			     job->ids, (unsigned)job->count, HS_MODE_BLOCK,
			     platform, &tables, &error) != HS_SUCCESS) {
		*bad = error != NULL ? error->expression : -1;
		hs_free_compile_error(error);
		return NULL;
	}
	return tables;
}

/* The cache holds which patterns are not in the tables, then the tables. */
static hs_database_t *from_cache(const char *cache, const unsigned char *key,
				 bool *always, size_t count)
{
	hs_database_t *tables = NULL;
	size_t len = 0;
	char *bytes = multimatch_cache_read(cache, key, &len);

	if (bytes != NULL && len > count &&
	    hs_deserialize_database(bytes + count, len - count, &tables) ==
		HS_SUCCESS)
		for (size_t i = 0; i < count; i++)
			always[i] = bytes[i] != 0;
	free(bytes);
	return tables;
}

static void to_cache(const char *cache, const unsigned char *key,
		     const bool *always, size_t count,
		     const hs_database_t *tables)
{
	char *bytes = NULL;
	struct buf all;
	size_t len = 0;

	if (hs_serialize_database(tables, &bytes, &len) != HS_SUCCESS)
		return;
	buf_init(&all, BUF_NO_LIMIT);
	for (size_t i = 0; i < count; i++)
		buf_add_char(&all, always[i] ? 1 : 0);
	buf_add(&all, bytes, len);
	multimatch_cache_write(cache, key, all.data, all.len);
	buf_release(&all);
	free(bytes);
}

static hs_database_t *prepare(const struct pattern *const *list, size_t count,
			      int variant, const char *cache, bool *always)
{
	unsigned char key[MULTIMATCH_KEY];
	hs_platform_info_t platform;
	hs_database_t *tables = NULL;
	struct job job;
	int bad = -1;

	if (hs_populate_platform(&platform) != HS_SUCCESS)
		return NULL;
	job_init(&job, list, count, variant);
	key_of(&job, &platform, key);
	if (cache != NULL)
		tables = from_cache(cache, key, always, count);
	if (tables == NULL) {
		memset(always, 0, count);
		while (job.count > 0 &&
		       (tables = compile(&job, &platform, &bad)) == NULL &&
		       bad >= 0 && (size_t)bad < job.count)
			job_drop(&job, (size_t)bad, always);
		if (tables != NULL && cache != NULL)
			to_cache(cache, key, always, count, tables);
	}
	job_release(&job);
	return tables;
}

struct multimatch_hyperscan *
multimatch_hyperscan_new(const struct pattern *const *list, size_t count,
			 const char *cache)
{
	struct multimatch_hyperscan *h;
	bool right = count > 0 && hs_valid_platform() == HS_SUCCESS;

	if (!right)
		return NULL;
	h = xalloc_zero(1, sizeof(*h));
	h->count = count;
	for (int v = 0; right && v < VARIANTS; v++) {
		h->always[v] = xalloc_zero(count, sizeof(bool));
		h->tables[v] = prepare(list, count, v, cache, h->always[v]);
		right =
		    h->tables[v] != NULL &&
		    hs_alloc_scratch(h->tables[v], &h->scratch) == HS_SUCCESS;
	}
	if (right)
		return h;
	multimatch_hyperscan_free(h);
	return NULL;
}

void multimatch_hyperscan_free(struct multimatch_hyperscan *h)
{
	if (h == NULL)
		return;
	for (int v = 0; v < VARIANTS; v++) {
		free(h->always[v]);
		hs_free_database(h->tables[v]);
	}
	hs_free_scratch(h->scratch);
	free(h);
}

static int found(unsigned id, unsigned long long from, unsigned long long to,
		 unsigned flags, void *could)
{
	(void)from;
	(void)to;
	(void)flags;
	((bool *)could)[id] = true;
	return 0;
}

bool multimatch_hyperscan_find(struct multimatch_hyperscan *h,
			       const struct pattern_subject *s, bool *could)
{
	int v = (s->kind & PATTERN_UTF) != 0 ? UTF : BYTES;

	memcpy(could, h->always[v], h->count * sizeof(*could));
	return hs_scan(h->tables[v], s->text, (unsigned)s->len, 0, h->scratch,
		       found, could) == HS_SUCCESS;
}

#else

const char *multimatch_hyperscan_text(void)
{
	return NULL;
}

struct multimatch_hyperscan *
multimatch_hyperscan_new(const struct pattern *const *list, size_t count,
			 const char *cache)
{
	(void)list;
	(void)count;
	(void)cache;
	return NULL;
}

void multimatch_hyperscan_free(struct multimatch_hyperscan *h)
{
	(void)h;
}

bool multimatch_hyperscan_find(struct multimatch_hyperscan *h,
			       const struct pattern_subject *s, bool *could)
{
	(void)h;
	(void)s;
	(void)could;
	return false;
}

#endif
