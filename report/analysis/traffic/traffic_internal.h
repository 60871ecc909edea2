/*
 * What the files that make up a struct traffic share; nobody else includes
 * it. Each function logs and returns -1 when the database cannot be read.
 */
#ifndef MARTLET_TRAFFIC_INTERNAL_H
#define MARTLET_TRAFFIC_INTERNAL_H

#include "config.h"
#include "sensordb.h"
#include "traffic.h"

size_t traffic_find_region(const struct traffic *t, const char *id);

/** traffic_days_load: Fills months, whole and uptime; needs the sensors. */
int traffic_days_load(struct traffic *t, struct sensordb *db,
		      const struct traffic_options *options) WARN_UNUSED;

int traffic_ranks_load(struct traffic *t, struct sensordb *db,
		       const struct traffic_options *options) WARN_UNUSED;

/** traffic_shown_choose: By report.sensors; needs the days. */
int traffic_shown_choose(struct traffic *t,
			 const struct config *config) WARN_UNUSED;

#endif
