/*
 * How likely coincidence is.
 *
 * Items of a core that belong together by nature count once, as a unit:
 * those of one product, and those of which the rarer one's owners usually
 * (UNIT_TOGETHER of them) have the other, unless their device types cannot
 * be one machine. With n profiles, k units, p the share of profiles that
 * have a unit's most frequent item, q the product of p over the units, m
 * members, and U items that at least m profiles have,
 *
 *     chance = C(U, k) * P(Binomial(n, q) >= m):
 *
 * at most so many sets of k units are expected on m or more profiles if
 * units were spread independently. One unit is never remarkable: one common
 * product explains it.
 */
#ifndef MARTLET_GROUP_CHANCE_H
#define MARTLET_GROUP_CHANCE_H

#include "population.h"

#define UNIT_TOGETHER 0.5

struct group_chance {
	double log_chance; /* natural logarithm of chance */
	int units;
	int machines; /* different for certain, by device type */
};

/** @core: at most GROUP_CHANCE_ITEMS items. */
struct group_chance group_chance(const struct population *p,
				 const struct ids *core, size_t members);

#define GROUP_CHANCE_ITEMS 64

#endif
