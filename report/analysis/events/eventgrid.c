#include <math.h>
#include <stdlib.h>

#include "xalloc.h"
#include "eventgrid.h"
#include "events.h"

/* The median absolute deviation of a normal distribution times this is its
 * standard deviation. */
#define MAD_SCALE 1.4826

/* Of a region. */
struct series {
	size_t days;
	double *values; /* packets per sensor-day over what its sensors of that
			   day usually get: who ran must not matter */
	double *up;     /* sensor-days; 0: no day */
	double *packets, *ordinary; /* sums */
};

void eventgrid_make(struct eventgrid *g, const struct traffic *t,
		    const struct sourcedays *s)
{
	*g = (struct eventgrid){
	    .t = t, .first = t->period.first, .days = t->day_count};
	g->up = xalloc_zero(t->sensor_count * g->days + 1, sizeof(*g->up));
	g->usual = xalloc_zero(t->region_count + 1, sizeof(*g->usual));
	g->places = xalloc_zero(s->sensors.count + 1, sizeof(*g->places));
	for (size_t i = 0; i < s->sensors.count; i++)
		g->places[i] = traffic_find_sensor(t, s->sensors.words[i]);
	for (size_t i = 0; i < t->sensor_count * g->days; i++)
		g->up[i] = t->cells[i].up;
}

void eventgrid_release(struct eventgrid *g)
{
	free(g->up);
	free(g->usual);
	free(g->places);
	*g = (struct eventgrid){0};
}

static int by_value(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* Sorts. */
static double median(double *values, size_t count)
{
	if (count == 0)
		return NAN;
	qsort(values, count, sizeof(*values), by_value);
	return count % 2 ? values[count / 2]
			 : (values[count / 2 - 1] + values[count / 2]) / 2;
}

/* What a sensor gets on a day of its own. */
static double sensor_median(const struct eventgrid *g, const double *packets,
			    size_t sensor, double *room)
{
	size_t count = 0;

	for (size_t d = 0; d < g->days; d++) {
		size_t at = sensor * g->days + d;

		if (g->up[at] >= 0.5)
			room[count++] = packets[at] / g->up[at];
	}
	return count > 0 ? median(room, count) : 0;
}

static void add_sensor(const struct eventgrid *g, const double *packets,
		       size_t sensor, double usual, struct series *s)
{
	for (size_t d = 0; d < g->days; d++) {
		size_t at = sensor * g->days + d;

		s->up[d] += g->up[at];
		s->packets[d] += packets[at];
		s->ordinary[d] += g->up[at] * usual;
	}
}

static struct series make_series(const struct eventgrid *g,
				 const double *packets, size_t region)
{
	struct series s = {.days = g->days};
	double *room = xalloc_zero(g->days + 1, sizeof(*room));
	size_t sensors = 0;

	s.values = xalloc_zero(g->days + 1, sizeof(*s.values));
	s.up = xalloc_zero(g->days + 1, sizeof(*s.up));
	s.packets = xalloc_zero(g->days + 1, sizeof(*s.packets));
	s.ordinary = xalloc_zero(g->days + 1, sizeof(*s.ordinary));
	for (size_t i = 0; i < g->t->sensor_count; i++) {
		if (g->t->sensors[i].region != region)
			continue;
		add_sensor(g, packets, i, sensor_median(g, packets, i, room),
			   &s);
		sensors += g->t->whole.sensors[i].sensors > 0;
	}
	for (size_t d = 0; d < g->days; d++) {
		if (s.up[d] * 2 < (double)sensors || s.up[d] <= 0)
			s.up[d] = 0;
		else
			s.values[d] = (s.packets[d] - s.ordinary[d]) / s.up[d];
	}
	free(room);
	return s;
}

static void release_series(struct series *s)
{
	free(s->values);
	free(s->up);
	free(s->packets);
	free(s->ordinary);
}

void eventgrid_set_usual(struct eventgrid *g, const double *packets)
{
	double *room = xalloc_zero(g->days + 1, sizeof(*room));

	for (size_t r = 0; r < g->t->region_count; r++) {
		struct series s = make_series(g, packets, r);
		size_t count = 0;

		for (size_t d = 0; d < s.days; d++)
			if (s.up[d] > 0)
				room[count++] = s.packets[d] / s.up[d];
		g->usual[r] = median(room, count);
		release_series(&s);
	}
	free(room);
}

/* Whether a day stands out; *expected: of its neighbours. */
static bool stands_out(const struct series *s, size_t day, double usual,
		       double *room, double *expected)
{
	size_t from = day > EVENTS_NEIGHBOURS ? day - EVENTS_NEIGHBOURS : 0;
	size_t count = 0;
	double above, spread;

	for (size_t d = from; d < s->days && d <= day + EVENTS_NEIGHBOURS; d++)
		if (d != day && s->up[d] > 0)
			room[count++] = s->values[d];
	*expected = median(room, count);
	if (s->up[day] <= 0 || count < EVENTS_NEIGHBOURS_MIN)
		return false;
	for (size_t i = 0; i < count; i++)
		room[i] = fabs(room[i] - *expected);
	spread = MAD_SCALE * median(room, count);
	above = s->values[day] - *expected;
	return above > EVENTS_DEVIATIONS * spread &&
	       above >= EVENTS_LEAST_SHARE * usual &&
	       above * s->up[day] >= EVENTS_LEAST_PACKETS;
}

static void add_day(struct eventrun *run, const struct series *s, size_t day,
		    double expected)
{
	run->to = day;
	run->days++;
	run->up += s->up[day];
	run->packets += s->packets[day];
	run->expected += s->ordinary[day] + expected * s->up[day];
}

/* Whether any day has enough for an event, whatever its neighbours have:
 * most ports never do. */
static bool may_have_runs(const struct eventgrid *g, const double *packets,
			  size_t region)
{
	for (size_t d = 0; d < g->days; d++) {
		double sum = 0, up = 0;

		for (size_t i = 0; i < g->t->sensor_count; i++) {
			if (g->t->sensors[i].region != region)
				continue;
			sum += packets[i * g->days + d];
			up += g->up[i * g->days + d];
		}
		if (sum >= EVENTS_LEAST_PACKETS &&
		    sum >= EVENTS_LEAST_SHARE * g->usual[region] * up)
			return true;
	}
	return false;
}

size_t eventgrid_runs(const struct eventgrid *g, const double *packets,
		      size_t region, struct eventrun **out)
{
	double usual = g->usual[region], *room;
	size_t count = 0, cap = 0, kept = 0;
	struct series s;

	*out = NULL;
	if (!(usual > 0) || !may_have_runs(g, packets, region))
		return 0;
	room = xalloc_zero(g->days + 1, sizeof(*room));
	s = make_series(g, packets, region);
	for (size_t d = 0; d < g->days; d++) {
		double expected;

		if (s.packets[d] < EVENTS_LEAST_PACKETS ||
		    s.packets[d] < EVENTS_LEAST_SHARE * usual * s.up[d] ||
		    !stands_out(&s, d, usual, room, &expected))
			continue;
		if (count == 0 || d > (*out)[count - 1].to + EVENTS_GAP + 1) {
			xalloc_room((void **)out, &cap, count, sizeof(**out));
			(*out)[count++] = (struct eventrun){.from = d};
		}
		add_day(&(*out)[count - 1], &s, d, expected);
	}
	for (size_t i = 0; i < count; i++) {
		struct eventrun *run = &(*out)[i];
		double day = usual * run->up / run->days; /* a usual one */

		if (run->packets - run->expected >= EVENTS_LEAST_TOTAL * day)
			(*out)[kept++] = *run;
	}
	free(room);
	release_series(&s);
	return kept;
}
