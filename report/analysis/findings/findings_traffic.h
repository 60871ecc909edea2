/*
 * What traffic says; nobody outside this room includes it. Each function
 * adds findings and returns -1, logged, when the database cannot be read.
 */
#ifndef MARTLET_FINDINGS_TRAFFIC_H
#define MARTLET_FINDINGS_TRAFFIC_H

#include "findings.h"

/* Differences under 5 % are called about level: counts of packets vary by
 * more from one month to the next without anybody doing anything. */
#define FINDINGS_LEAST_EFFECT 0.05

/** findings_traffic_find: All of them, in order of kind. */
int findings_traffic_find(struct findings *f, const struct traffic *t,
			  struct sensordb *db) WARN_UNUSED;
/** findings_months_find: How the months of each side moved. */
int findings_months_find(struct findings *f, const struct traffic *t,
			 struct sensordb *db) WARN_UNUSED;
/** findings_ports_find: What the shown sensors have in common. */
int findings_ports_find(struct findings *f, const struct traffic *t,
			struct sensordb *db) WARN_UNUSED;

#endif
