/*
 * The engine of Hyperscan, or of Vectorscan, which has the same interface.
 * Without it everything here says that it is not there.
 */
#ifndef MARTLET_MULTIMATCH_HYPERSCAN_H
#define MARTLET_MULTIMATCH_HYPERSCAN_H

#include <stdbool.h>
#include <stddef.h>

#include "pattern.h"

struct multimatch_hyperscan;

/** "Hyperscan 5.4.0 ..."; NULL: not built with it, or not for this CPU. */
const char *multimatch_hyperscan_text(void);

/** multimatch_hyperscan_new: Returns NULL when it is not there or does not
 * take these patterns; logs nothing. @cache: may be NULL. */
struct multimatch_hyperscan *
multimatch_hyperscan_new(const struct pattern *const *list, size_t count,
			 const char *cache);
void multimatch_hyperscan_free(struct multimatch_hyperscan *h);

/** multimatch_hyperscan_find: As multimatch_find; false when it failed. */
bool multimatch_hyperscan_find(struct multimatch_hyperscan *h,
			       const struct pattern_subject *s, bool *could);

#endif
