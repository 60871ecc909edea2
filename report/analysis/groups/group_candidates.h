/*
 * What could be the core of a group: every profile that several addresses
 * have, and what two profiles, or all profiles with a pair of items, have in
 * common. Of profiles with more than GROUP_CHANCE_ITEMS items only the
 * rarest count.
 */
#ifndef MARTLET_GROUP_CANDIDATES_H
#define MARTLET_GROUP_CANDIDATES_H

#include "population.h"

struct group_candidates {
	struct ids *shapes; /* for each profile, the items that count */
	struct ids *cores;  /* each once, in order of population_compare */
	size_t count, cap;
};

/** Cores of at least @ports items and @members owners. */
void group_candidates_find(const struct population *p, size_t ports,
			   size_t members, struct group_candidates *out);
void group_candidates_release(const struct population *p,
			      struct group_candidates *c);

#endif
