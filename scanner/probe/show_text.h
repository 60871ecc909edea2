/*
 * Everything about one address, for a terminal. What peers sent goes through
 * str_vis, line by line.
 */
#ifndef MARTLET_SHOW_TEXT_H
#define MARTLET_SHOW_TEXT_H

#include <stdio.h>

#include "services.h"
#include "sightings.h"

struct shown {
	struct addr address;
	struct sightings seen;
	struct services services;
	struct location_origin origin;
	char *origin_database; /* NULL: the sensor database */
	int32_t origin_day;
};

void show_text(const struct shown *s, FILE *out);

#endif
