/*
 * The finding "identical-deployment": the same devices on the same ports at
 * several addresses, put in place by one hand.
 */
#ifndef MARTLET_GROUPS_FINDINGS_H
#define MARTLET_GROUPS_FINDINGS_H

#include <stdbool.h>

#include "findings.h"
#include "groups.h"

/* Groups of which more than this are expected by coincidence say nothing. */
#define DEPLOYMENT_MAX_CHANCE 0.01

/**
 * groups_findings_is_deployment: Chance at most DEPLOYMENT_MAX_CHANCE and at
 * least one of: two machines that differ for certain (owners of one product
 * are its customers); two ports that few others have open; a certificate key
 * that only members have though others own the product.
 */
bool groups_findings_is_deployment(const struct groups *all,
				   const struct group *g);

/** groups_findings: Adds a finding for each deployment of the period.
 * Returns -1, logged. */
int groups_findings(const struct period *period, struct sensordb *db,
		    struct casefile *cf, struct findings *out) WARN_UNUSED;

#endif
