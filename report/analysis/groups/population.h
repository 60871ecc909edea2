/*
 * All profiles of a period as numbers: an item is a port with an element,
 * numbered by port, then element. For finding what profiles have in common.
 */
#ifndef MARTLET_POPULATION_H
#define MARTLET_POPULATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "profile.h"

/* Numbers, rising, each once. */
struct ids {
	uint32_t *list;
	size_t count;
};

struct population {
	const struct profiles *profiles;
	size_t item_count;
	const struct profile_item **items; /* what each number stands for */
	struct ids *owners; /* for each item, indices of profiles */
	struct ids *of;     /* for each profile, its items */
	size_t *counts;     /* of owners of the items, fewest first */
};

/** population_build: @profiles: sorted by address; borrowed. */
void population_build(const struct profiles *profiles, struct population *out);
void population_release(struct population *p);

/** Items that at least so many profiles have. */
size_t population_common(const struct population *p, size_t owners);

/** Profiles that have all of these items; caller frees list with free. */
struct ids population_owners(const struct population *p,
			     const struct ids *items);

/** Those in both; caller frees list with free. */
struct ids population_both(const struct ids *a, const struct ids *b);
size_t population_both_count(const struct ids *a, const struct ids *b);
struct ids population_copy(const struct ids *a);
/** By numbers, then length, as words are sorted. */
int population_compare(const struct ids *a, const struct ids *b);

#endif
