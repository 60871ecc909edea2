/*
 * Which days stand out: of all packets, of those to each port, and of those
 * from each country.
 */
#include <stdlib.h>
#include <string.h>

#include "xalloc.h"
#include "events_internal.h"

#define CANDIDATES_MAX 100 /* the largest are explained */
#define COUNTRIES (26 * 26)

static bool touches_period(const struct eventwork *w,
			   const struct eventrun *run)
{
	int32_t first = w->grid.first + (int32_t)run->from;
	int32_t last = w->grid.first + (int32_t)run->to;

	return first <= w->t->period.last && last >= w->t->period.first;
}

static void add(struct eventwork *w, const struct event_scope *scope,
		size_t region, const struct eventrun *run)
{
	void *list = w->list;
	struct candidate *c;

	xalloc_room(&list, &w->cap, w->count, sizeof(*c));
	w->list = list;
	c = &w->list[w->count++];
	*c = (struct candidate){.run = *run};
	c->event = (struct event){
	    .scope = *scope,
	    .region = region,
	    .first = w->grid.first + (int32_t)run->from,
	    .last = w->grid.first + (int32_t)run->to,
	    .days = run->days,
	    .per_sensor_day = run->packets / run->up,
	    .usual = run->expected / run->up,
	    .excess = run->packets - run->expected,
	    .explained = EVENT_DIMENSIONS,
	};
}

static void find_in(struct eventwork *w, const double *packets,
		    const struct event_scope *scope)
{
	for (size_t r = 0; r < w->window.region_count; r++) {
		struct eventrun *runs;
		size_t count = eventgrid_runs(&w->grid, packets, r, &runs);

		for (size_t i = 0; i < count; i++)
			if (touches_period(w, &runs[i]))
				add(w, scope, r, &runs[i]);
		free(runs);
	}
}

static size_t cells(const struct eventwork *w)
{
	return w->window.sensor_count * w->grid.days + 1;
}

/* The number of a country's grid; COUNTRIES for no country. */
static size_t country_number(const char *country)
{
	if (country[0] < 'A' || country[0] > 'Z' || country[1] < 'A' ||
	    country[1] > 'Z')
		return COUNTRIES;
	return (size_t)(country[0] - 'A') * 26 + (size_t)(country[1] - 'A');
}

static void find_by_source(struct eventwork *w)
{
	static const struct event_scope all = {.of = EVENT_OF_ALL};
	double *packets = xalloc_zero(cells(w), sizeof(*packets));
	double *countries[COUNTRIES + 1] = {NULL};

	for (size_t i = 0; i < w->sources.row_count; i++) {
		const struct sourcedays_row *r = &w->sources.rows[i];
		size_t sensor = w->grid.places[r->sensor];
		size_t n =
		    country_number(w->sources.sources[r->source].country);
		size_t at;

		if (sensor == w->window.sensor_count)
			continue;
		if (countries[n] == NULL)
			countries[n] = xalloc_zero(cells(w), sizeof(double));
		at = eventgrid_at(&w->grid, sensor, r->day);
		packets[at] += (double)r->packets;
		countries[n][at] += (double)r->packets;
	}
	eventgrid_set_usual(&w->grid, packets);
	find_in(w, packets, &all);
	for (size_t n = 0; n <= COUNTRIES; n++) {
		struct event_scope scope = {.of = EVENT_OF_COUNTRY};

		scope.country[0] = (char)('A' + n / 26);
		scope.country[1] = (char)('A' + n % 26);
		if (n < COUNTRIES && countries[n] != NULL)
			find_in(w, countries[n], &scope);
		free(countries[n]);
	}
	free(packets);
}

/* Rows of a service are many or few; most ports never stand out, and are
 * seen so by their sum. */
static void find_service(struct eventwork *w, const struct portdays_row *rows,
			 size_t count, const size_t *places, double *packets)
{
	const struct event_scope scope = {.of = EVENT_OF_PORT,
					  .service = rows[0].service};
	int64_t sum = 0;

	for (size_t i = 0; i < count; i++)
		sum += rows[i].packets;
	if (sum < EVENTS_LEAST_PACKETS)
		return;
	memset(packets, 0, cells(w) * sizeof(*packets));
	for (size_t i = 0; i < count; i++) {
		size_t sensor = places[rows[i].sensor];

		if (sensor < w->window.sensor_count)
			packets[eventgrid_at(&w->grid, sensor, rows[i].day)] +=
			    (double)rows[i].packets;
	}
	find_in(w, packets, &scope);
}

static void find_by_port(struct eventwork *w)
{
	const struct portdays *p = &w->ports;
	size_t *places = xalloc_zero(p->sensors.count + 1, sizeof(*places));
	double *packets = xalloc_zero(cells(w), sizeof(*packets));
	size_t next;

	for (size_t i = 0; i < p->sensors.count; i++)
		places[i] =
		    traffic_find_sensor(&w->window, p->sensors.words[i]);
	for (size_t i = 0; i < p->row_count; i = next) {
		for (next = i + 1; next < p->row_count &&
				   p->rows[next].service == p->rows[i].service;)
			next++;
		find_service(w, &p->rows[i], next - i, places, packets);
	}
	free(places);
	free(packets);
}

static int by_excess(const void *a, const void *b)
{
	const struct event *x = &((const struct candidate *)a)->event;
	const struct event *y = &((const struct candidate *)b)->event;

	if (x->excess != y->excess)
		return x->excess > y->excess ? -1 : 1;
	if (x->region != y->region)
		return x->region < y->region ? -1 : 1;
	if (x->first != y->first)
		return x->first < y->first ? -1 : 1;
	if (x->scope.of != y->scope.of)
		return x->scope.of < y->scope.of ? -1 : 1;
	if (x->scope.service != y->scope.service)
		return x->scope.service < y->scope.service ? -1 : 1;
	return strcmp(x->scope.country, y->scope.country);
}

void eventfind_all(struct eventwork *w)
{
	find_by_source(w);
	find_by_port(w);
	if (w->count > 1)
		qsort(w->list, w->count, sizeof(*w->list), by_excess);
	if (w->count > CANDIDATES_MAX)
		w->count = CANDIDATES_MAX;
}
