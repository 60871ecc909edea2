/*
 * How likely coincidence is.
 *
 * Items of a core that belong together by nature count once, as a unit:
 * those of one product, and those that nearly always occur together
 * (UNIT_TOGETHER of the profiles that have either), unless their device
 * types cannot be one machine. With n profiles, a unit that the share p of
 * them has (that of its most frequent item), q the product of p over the k
 * units, m members, and U items that at least m profiles have,
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

#define UNIT_TOGETHER 0.9

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
