/*
 * Groups: addresses whose profiles agree (DESIGN section 9).
 *
 * A group shares at least GROUP_MIN_PORTS ports with the same element, its
 * core, and has at least GROUP_MIN_MEMBERS addresses. Either their profiles
 * are equal, or, where coincidence cannot explain the core (chance below
 * GROUP_NEAR_CHANCE), an address may have further ports and lack a quarter
 * of a core of four or more; both are listed under differs.
 *
 * Candidates are the common parts of two or more profiles. They are taken
 * by chance, least first, then by members and ports, most first, so the
 * result does not depend on the order of input. An address is in one group.
 */
#ifndef MARTLET_GROUPS_H
#define MARTLET_GROUPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "casefile.h"
#include "period.h"
#include "profile.h"
#include "sensordb.h"
#include "slots.h"

#define GROUP_MIN_MEMBERS 3
#define GROUP_MIN_PORTS 2
#define GROUP_NEAR_CHANCE 0.05

struct group_difference {
	const struct profile *member;
	const struct profile_item *item; /* of the core when missing */
	bool missing;                    /* else the member has it besides */
};

struct group {
	int64_t id;       /* 0: not numbered (database open for reading) */
	char profile[65]; /* SHA-256 of the core */
	const struct profile **members; /* by numeric address */
	size_t member_count;
	const struct profile_item **ports; /* the core, by port */
	size_t port_count;
	struct group_difference *differs; /* by address, then port */
	size_t difference_count;
	int units;          /* of the core, after collapsing (group_chance.h) */
	int machines;       /* that differ for certain, by device type */
	double chance;      /* expected number of such groups by coincidence */
	struct slot *slots; /* by port */
	size_t slot_count;
};

struct groups {
	struct profiles profiles; /* members and ports point into it */
	struct group *list;       /* by chance, then first address */
	size_t count;
};

/** groups_find: @profiles: moved in. Ids stay 0. Returns -1, logged, when
 * the place names cannot be read. Caller frees with groups_release. */
int groups_find(struct profiles *profiles, struct groups *out) WARN_UNUSED;

/** groups_load: Those of a period, numbered where the database lets it.
 * Returns -1, logged, with out empty. */
int groups_load(struct sensordb *db, struct casefile *cf,
		const struct period *period, struct groups *out) WARN_UNUSED;
void groups_release(struct groups *g);

/** NULL when the address is in none. */
const struct group *groups_of(const struct groups *g, const struct addr *a);

/** The member's own service at a port of the core; NULL when it lacks it. */
const struct profile_item *groups_item(const struct profile *member,
				       const struct profile_item *of);

#endif
