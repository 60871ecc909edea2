/*
 * The numbers behind a mean: packets, seconds up and inferred days, each
 * with its statement, and the mean with its formula.
 */
#ifndef MARTLET_FINDINGS_NUMBERS_H
#define MARTLET_FINDINGS_NUMBERS_H

#include "findings.h"

/* What the numbers are of. */
struct findings_amount {
	const char *name; /* "home_2013_04": names start with it */
	enum traffic_side side;
	int32_t first, last; /* days of the span */
	const struct traffic_amount *amount;
};

/**
 * findings_numbers_mean: Adds NAME_packets, NAME_up_seconds... (one for each
 * length of day), NAME_inferred_days and NAME_mean, and lowers the
 * confidence when days are inferred or sensors were cut.
 * Returns -1, logged.
 */
int findings_numbers_mean(struct finding *f, const struct traffic *t,
			  struct sensordb *db,
			  const struct findings_amount *of) WARN_UNUSED;

/** "high" stays unless something lowers it. */
void findings_numbers_doubt(struct finding *f, const char *confidence);

#endif
