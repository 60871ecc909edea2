/*
 * Research scanners among the sources of a period: those whose addresses
 * are published, and those that show themselves by breadth: many ports on
 * most of their days, almost all sensors, day after day, and no mark of a
 * bot or a victim.
 */
#ifndef MARTLET_RESEARCH_H
#define MARTLET_RESEARCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "compiler.h"
#include "prefixes.h"
#include "sensordb.h"
#include "sourcedays.h"

/* "More than ten ports on one day" is what a national CSIRT counts by. */
#define RESEARCH_PORTS 11
#define RESEARCH_SENSORS_MIN 3
#define RESEARCH_SENSORS_SHARE 0.8 /* of those that received anything */
#define RESEARCH_DAYS_MIN 7
#define RESEARCH_DAYS_SHARE                                                    \
	0.5 /* of the period; with many ports: of its days */

struct research_source {
	size_t source;            /* of sourcedays */
	const char *organisation; /* NULL: known by breadth only */
	int sensors, days;
	int ports; /* most on one day, all sensors; 0: not counted */
	int64_t packets;
};

struct research {
	struct research_source *list; /* by address */
	size_t count;
	size_t by_list, by_breadth;
	/* How many sources of each day, from the period's first. */
	uint32_t *by_list_days, *by_breadth_days;
};

/**
 * research_load: @known: its names are borrowed.
 * Returns -1, logged, with out empty. Caller frees with research_release.
 */
int research_load(struct sensordb *db, const struct sourcedays *s,
		  struct prefixes *known, struct research *out) WARN_UNUSED;
void research_release(struct research *r);

#endif
