/*
 * Everything about one address, for a terminal. What peers sent goes through
 * str_vis, line by line.
 */
#ifndef MARTLET_SHOW_TEXT_H
#define MARTLET_SHOW_TEXT_H

#include <stdbool.h>
#include <stdio.h>

#include "services.h"
#include "sightings.h"

struct shown {
	struct addr address;
	struct sightings seen;
	struct services services;
	struct location_origin origin;
	/* The location database that was asked, NULL when none was, and
	 * whether country and AS are from it and not from the sensors'. */
	char *location_database;
	int32_t location_day;
	bool country_found, as_found;
};

/** Whether the location database is of another time than the packets (the
 * clock, when there are none): more than 90 days apart. */
bool show_is_aged(const struct shown *s);

void show_text(const struct shown *s, FILE *out);

#endif
