/*
 * All patterns of one file against a whole page at once: which of them could
 * match it. What could is then tried by PCRE2, so the answer does not depend
 * on the engine: Hyperscan (or Vectorscan) where Martlet was built with it,
 * else a search for texts that the patterns cannot do without.
 */
#ifndef MARTLET_MULTIMATCH_H
#define MARTLET_MULTIMATCH_H

#include <stdbool.h>
#include <stddef.h>

#include "pattern.h"

enum multimatch_engine {
	MULTIMATCH_TEXTS,
	MULTIMATCH_HYPERSCAN,
	MULTIMATCH_BEST, /* of those that are there */
};

struct multimatch;

/**
 * multimatch_new: Hyperscan's tables are kept from one run to the next in
 * @cache, a directory (multimatch_cache), or NULL: then they are made again.
 * Whatever is wrong with the cache only costs time. What Hyperscan cannot
 * do, the other engine does.
 * @list: borrowed for this call. Caller frees with multimatch_free.
 */
struct multimatch *multimatch_new(const struct pattern *const *list,
				  size_t count, enum multimatch_engine engine,
				  const char *cache);
void multimatch_free(struct multimatch *m);

/** multimatch_find: Sets @could[i], of as many as there are patterns, where
 * pattern i could match, and clears it where it cannot. */
void multimatch_find(struct multimatch *m, const struct pattern_subject *s,
		     bool *could);

/** multimatch_engine_text: "Hyperscan 5.4.0 ..." or "texts": what
 * MULTIMATCH_BEST is in this build and on this machine. */
const char *multimatch_engine_text(void);

/** multimatch_cache: "martlet" in $XDG_CACHE_HOME or ~/.cache, made when it
 * is not there. NULL when there is no such place; caller frees with free. */
char *multimatch_cache(void);

#endif
