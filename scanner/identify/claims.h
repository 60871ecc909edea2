/*
 * Claims that contradict an identity: devices of other vendors that the same
 * service names. Strangers put many vendors' marks on one page to be taken
 * for whatever is looked for (honeypots); and one box may carry the marks of
 * the company that sells it and of the one that makes it.
 */
#ifndef MARTLET_CLAIMS_H
#define MARTLET_CLAIMS_H

#include <stdbool.h>

#include "observation.h"

/** claims_same_vendor: Two spellings of one company: "Hewlett-Packard" and
 * "HP Inc.", "Ubiquiti" and "Ubiquiti Networks". NULL is nobody. */
bool claims_same_vendor(const char *a, const char *b);

/** claims_add: Adds to id->claims what another match says, if it names a
 * device of another vendor than @id and its certainty is at least half of
 * that of @id. Of each vendor the most certain claim stays. @key: of the
 * other match. */
void claims_add(struct identity *id, const struct identity *other,
		const char *key);

/**
 * claims_settle: When all claims are there. One other vendor lowers the
 * certainty: it is multiplied by one minus half of the claim's. Two or more
 * other vendors leave no identity at all: what was decided becomes the first
 * of the claims. @key: of the deciding match.
 */
void claims_settle(struct identity *id, const char *key);

#endif
