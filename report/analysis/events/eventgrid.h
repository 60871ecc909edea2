/*
 * Days of sensors as a grid, and the days of a region that stand out of a
 * grid of packets. Only for the files of this room.
 */
#ifndef MARTLET_EVENTGRID_H
#define MARTLET_EVENTGRID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sourcedays.h"
#include "traffic.h"

/* Sensors are those of traffic; days from first on. */
struct eventgrid {
	const struct traffic *t;
	int32_t first;
	size_t days;
	double *up;     /* [sensor * days + day]: share of the day, 0..1 */
	double *usual;  /* [region]: packets per sensor-day, median */
	size_t *places; /* sensor of traffic by number of sourcedays.sensors */
};

/* Days of a region that stand out together. */
struct eventrun {
	size_t from, to;              /* days of the grid, both inside */
	int days;                     /* that stand out */
	double up, packets, expected; /* sums of those days */
};

/** eventgrid_make: @t: of the whole window. */
void eventgrid_make(struct eventgrid *g, const struct traffic *t,
		    const struct sourcedays *s);
void eventgrid_release(struct eventgrid *g);

/** The place of a sensor and day; the caller knows that both are there. */
static inline size_t eventgrid_at(const struct eventgrid *g, size_t sensor,
				  int32_t day)
{
	return sensor * g->days + (size_t)(day - g->first);
}

/** Sets usual of every region. @packets: a grid of all packets. */
void eventgrid_set_usual(struct eventgrid *g, const double *packets);

/**
 * eventgrid_runs: The runs of a region in a grid of packets, by day.
 * Caller frees *out. Returns how many.
 */
size_t eventgrid_runs(const struct eventgrid *g, const double *packets,
		      size_t region, struct eventrun **out);

#endif
