/*
 * When packets come: by weekday, and by hour where the sensor database has
 * the relation traffic_hour. In the sensor network's zone.
 */
#ifndef MARTLET_HABITS_H
#define MARTLET_HABITS_H

#include <stdbool.h>

#include "compiler.h"
#include "sensordb.h"
#include "traffic.h"

#define HABITS_DAYS 7
#define HABITS_HOURS 24

struct habit_day {
	int64_t packets;
	double sensor_days;
	double per_sensor_day; /* NaN: nobody ran on such a day */
};

struct habits {
	struct habit_day days[TRAFFIC_SIDES][HABITS_DAYS]; /* from Monday */
	bool has_hours;
	/* Packets; backscatter is always in them. */
	int64_t hours[TRAFFIC_SIDES][HABITS_DAYS][HABITS_HOURS];
	int64_t hour_packets[TRAFFIC_SIDES]; /* their sums */
};

/** Returns -1, logged. */
int habits_load(struct sensordb *db, const struct traffic *t,
		struct habits *out) WARN_UNUSED;

#endif
