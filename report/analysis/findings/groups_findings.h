/*
 * The finding "identical-deployment": the same devices on the same ports at
 * several addresses, put in place by one hand.
 */
#ifndef MARTLET_GROUPS_FINDINGS_H
#define MARTLET_GROUPS_FINDINGS_H

#include <stdbool.h>

#include "findings.h"
#include "groups.h"
#include "vendors.h"

/* Groups of which more than this are expected by coincidence say nothing. */
#define DEPLOYMENT_MAX_CHANCE 0.01
/* A port is unusual when less than this share of the other profiles has it. */
#define DEPLOYMENT_RARE_PORT 0.1

/**
 * groups_findings_is_deployment: At least GROUP_MIN_MEMBERS devices, and
 *  - chance at most DEPLOYMENT_MAX_CHANCE, with two machines that differ for
 *    certain, or with two unusual ports and two units (owners of one product
 *    are its customers); or
 *  - a certificate key that only members have, and as many as make a group,
 *    though others own the same product with a key of its own.
 */
bool groups_findings_is_deployment(const struct groups *all,
				   const struct group *g);

/** groups_findings_devices: Members, where those that could be one device
 * that moved (never active at the same time, same page texts, no key that
 * tells them apart) count once. */
size_t groups_findings_devices(const struct group *g);

/** groups_findings_text: The finding's sentences; caller frees with free.
 * @home: countries of the home sensors, as "JP,TW": of companies there the
 * text says so. */
char *groups_findings_text(const struct group *g, const struct vendors *v,
			   const char *home, bool japanese);

/** groups_findings_members: Adds the numbers "members", and "complete":
 * members that have the whole core, with the statement that counts them in
 * the case database; that of "members" has it, too, where all are complete.
 * No statement when an element is only the shape of a banner. */
void groups_findings_members(struct finding *f, const struct period *period,
			     struct sensordb *db, const struct group *g);

/** groups_findings: Adds a finding for each deployment of the period.
 * Returns -1, logged. */
int groups_findings(const struct traffic *t, struct sensordb *db,
		    struct casefile *cf, struct findings *out) WARN_UNUSED;

#endif
