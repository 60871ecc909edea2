/*
 * A pattern that somebody wrote (the first line; its first byte is flags) and
 * the text of a stranger: what leaves patterns out leaves out none that
 * matches. A byte of flags may also ask for the reader of cached tables.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "multimatch.h"
#include "multimatch_cache.h"
#include "outfile.h"
#include "pattern_index.h"
#include "pattern_mask.h"
#include "xalloc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A page of it is searched in pieces, which a short text is not. */
static void check_engines(const struct pattern *p,
			  const struct pattern_subject *s, bool matches)
{
	const struct pattern *list[] = {p};

	for (int e = MULTIMATCH_TEXTS; e <= MULTIMATCH_HYPERSCAN; e++) {
		struct multimatch *m =
		    multimatch_new(list, 1, (enum multimatch_engine)e, NULL);
		bool could = false;

		multimatch_find(m, s, &could);
		if (matches && !could)
			abort();
		multimatch_free(m);
	}
}

/* What is compared without PCRE2, by PCRE2. */
static void check_exact(struct pattern *p, struct pattern_subject s,
			bool matches)
{
	if (p->exact == NULL || s.kind != 0)
		return;
	s.kind = PATTERN_LINES;
	if ((pattern_run(p, &s, NULL) == PATTERN_MATCH) != matches)
		abort();
}

static void check(struct pattern *p, const char *text, size_t len, bool many)
{
	struct pattern_index *index = pattern_index_new(&p->needs, 1);
	uint64_t could[PATTERN_INDEX_WORDS];
	struct pattern_subject s;
	bool matches;

	pattern_subject(&s, text, len);
	matches = pattern_run(p, &s, NULL) == PATTERN_MATCH;
	pattern_index_find(index, &s.has, could);
	if (matches && (!pattern_mask_fits(&p->needs, &s.has) ||
			pattern_index_next(could, 0) != 0))
		abort();
	check_exact(p, s, matches);
	if (many)
		check_engines(p, &s, matches);
	pattern_index_free(index);
}

static void read_cache(const uint8_t *data, size_t size)
{
	static char directory[] = "/tmp/martlet-fuzz-XXXXXX";
	static const unsigned char key[MULTIMATCH_KEY] = "key";
	static char *path;
	size_t len = 0;
	char *bytes;

	if (path == NULL) {
		if (mkdtemp(directory) == NULL)
			abort();
		path = xalloc_printf("%s/patterns-%064d", directory, 0);
		memcpy(path + strlen(path) - 64, "6b6579", 6);
	}
	if (outfile_write(path, 0600, (const char *)data, size) < 0)
		abort();
	bytes = multimatch_cache_read(directory, key, &len);
	/* Nobody guesses a digest. */
	if (bytes != NULL && len > 0)
		abort();
	free(bytes);
	unlink(path);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *end = size > 1 ? memchr(data, '\n', size) : NULL;
	struct pattern p;
	char *source;

	if (size > 0 && data[0] == 0xff) {
		read_cache(data + 1, size - 1);
		return 0;
	}
	if (end == NULL || end - data < 2 || end - data > 200)
		return 0;
	source =
	    xalloc_string_n((const char *)data + 1, (size_t)(end - data) - 1);
	if (pattern_init(&p, source, (data[0] & 1) != 0 ? "REG_ICASE" : "") ==
	    0) {
		p.dotall = (data[0] & 2) != 0;
		check(&p, (const char *)end + 1,
		      size - (size_t)(end - data) - 1, (data[0] & 4) != 0);
	}
	pattern_release(&p);
	free(source);
	return 0;
}
