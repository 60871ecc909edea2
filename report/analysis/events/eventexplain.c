/*
 * What accounts for the excess of the days that stand out.
 *
 * What the days around a run let expect of a source is its mean on them.
 * Means add up, so the excesses of the parts add up to that of the whole.
 */
#include <stdlib.h>
#include <string.h>

#include "xalloc.h"
#include "eventports.h"

/* Who behaves like those who explain: so much of their mean excess, and so
 * much of what it sent at all was sent on these days. */
#define ALIKE_EXCESS 0.25
#define ALIKE_IN_RUN 0.90
/* A day belongs to the explanation's time from this part of its mean day;
 * a sensor or region saw it from this part of the highest rise. */
#define ACTIVE 0.25

/* Rows of a candidate's scope. */
struct rows {
	const struct sourcedays_row *list;
	size_t count;
	bool service; /* keys is the service, and must be the scope's */
};

/* One candidate being explained. */
struct explaining {
	struct eventwork *w;
	struct candidate *c;
	struct rows rows;
	size_t from, to;      /* days of the grid around the run */
	double up_in, up_out; /* sensor-days of the region */
};

/* Of the sort under way. */
static const struct sourcedays *sorting;

static size_t region_of(const struct eventwork *w, size_t sensor)
{
	return w->window.sensors[sensor].region;
}

static struct rows rows_of(const struct eventwork *w,
			   const struct event_scope *scope)
{
	struct rows r = {w->sources.rows, w->sources.row_count, false};

	if (scope->of == EVENT_OF_PORT)
		r = (struct rows){w->port_rows.list, w->port_rows.count, true};
	return r;
}

static bool in_scope(const struct explaining *x, const struct sourcedays_row *r)
{
	const struct event_scope *scope = &x->c->event.scope;

	if (x->rows.service)
		return r->keys == scope->service;
	return scope->of != EVENT_OF_COUNTRY ||
	       memcmp(x->w->sources.sources[r->source].country, scope->country,
		      sizeof(scope->country)) == 0;
}

static void add_up(struct explaining *x)
{
	const struct eventgrid *g = &x->w->grid;
	const struct eventrun *run = &x->c->run;

	x->from =
	    run->from > EVENTS_NEIGHBOURS ? run->from - EVENTS_NEIGHBOURS : 0;
	x->to = run->to + EVENTS_NEIGHBOURS < g->days - 1
		    ? run->to + EVENTS_NEIGHBOURS
		    : g->days - 1;
	for (size_t s = 0; s < g->t->sensor_count; s++) {
		if (region_of(x->w, s) != x->c->event.region)
			continue;
		for (size_t d = x->from; d <= x->to; d++) {
			if (d >= run->from && d <= run->to)
				x->up_in += g->up[s * g->days + d];
			else
				x->up_out += g->up[s * g->days + d];
		}
	}
}

/* Whole numbers add up alike in whatever order they come. */
static double excess_of(const struct explaining *x,
			const struct eventitem *item)
{
	double ratio = x->up_out > 0 ? x->up_in / x->up_out : 0;

	return (double)item->packets -
	       ratio * (double)(item->all - item->packets);
}

static void finish_items(struct explaining *x, struct eventitem *items)
{
	size_t kept = 0, count = x->w->sources.source_count;

	for (size_t i = 0; i < count; i++) {
		struct eventitem item = items[i];

		if (item.all == 0)
			continue;
		item.source = i;
		item.excess = excess_of(x, &item);
		x->c->event.sources += item.packets > 0;
		items[kept++] = item;
	}
	x->c->items = xalloc_grow(items, kept + 1, sizeof(*items));
	x->c->item_count = kept;
}

/* What every source sent to the region, on the run's days and around. */
static void collect_items(struct explaining *x)
{
	const struct eventwork *w = x->w;
	struct eventitem *items =
	    xalloc_zero(w->sources.source_count + 1, sizeof(*items));

	for (size_t i = 0; i < x->rows.count; i++) {
		const struct sourcedays_row *r = &x->rows.list[i];
		size_t sensor = w->grid.places[r->sensor];
		size_t day = (size_t)(r->day - w->grid.first);

		if (sensor == w->window.sensor_count || day < x->from ||
		    day > x->to || !in_scope(x, r) ||
		    region_of(w, sensor) != x->c->event.region)
			continue;
		items[r->source].all += r->packets;
		if (day >= x->c->run.from && day <= x->c->run.to)
			items[r->source].packets += r->packets;
	}
	finish_items(x, items);
}

/* --- sets */

static int by_address(const void *a, const void *b)
{
	const struct eventitem *x = a, *y = b;

	return addr_compare(&sorting->sources[x->source].address,
			    &sorting->sources[y->source].address);
}

static int by_excess(const void *a, const void *b)
{
	const struct eventitem *x = a, *y = b;

	if (x->excess != y->excess)
		return x->excess > y->excess ? -1 : 1;
	return by_address(a, b);
}

static int by_as(const void *a, const void *b)
{
	const struct eventitem *x = a, *y = b;
	uint32_t i = sorting->sources[x->source].asn;
	uint32_t j = sorting->sources[y->source].asn;

	return (i > j) - (i < j);
}

static int by_country(const void *a, const void *b)
{
	const struct eventitem *x = a, *y = b;

	return strcmp(sorting->sources[x->source].country,
		      sorting->sources[y->source].country);
}

static bool is_same(const struct sourcedays *s, enum event_dimension dimension,
		    size_t a, size_t b)
{
	const struct sourcedays_source *x = &s->sources[a], *y = &s->sources[b];
	struct prefix network;

	switch (dimension) {
	case EVENT_NETWORKS:
		network = addr_network(&x->address);
		return prefix_contains(&network, &y->address);
	case EVENT_ASES:
		return x->asn == y->asn;
	case EVENT_COUNTRIES:
		return strcmp(x->country, y->country) == 0;
	default:
		return a == b;
	}
}

static bool is_known(const struct sourcedays *s, enum event_dimension dimension,
		     size_t source)
{
	if (dimension == EVENT_ASES)
		return s->sources[source].asn != 0;
	if (dimension == EVENT_COUNTRIES)
		return s->sources[source].country[0] != '\0';
	return true;
}

/* Sums of the items by dimension, most excess first. Caller frees. */
static struct eventitem *sum_items(const struct explaining *x,
				   enum event_dimension dimension,
				   size_t *count)
{
	static int (*const orders[])(const void *, const void *) = {
	    [EVENT_SOURCES] = by_address,
	    [EVENT_NETWORKS] = by_address,
	    [EVENT_ASES] = by_as,
	    [EVENT_COUNTRIES] = by_country};
	const struct sourcedays *s = &x->w->sources;
	size_t n = x->c->item_count, kept = 0;
	struct eventitem *sums = xalloc_zero(n + 1, sizeof(*sums));

	if (n > 0)
		memcpy(sums, x->c->items, n * sizeof(*sums));
	sorting = s;
	qsort(sums, n, sizeof(*sums), orders[dimension]);
	for (size_t i = 0; i < n; i++) {
		struct eventitem item = sums[i];

		if (kept > 0 &&
		    is_same(s, dimension, sums[kept - 1].source, item.source)) {
			sums[kept - 1].packets += item.packets;
			sums[kept - 1].all += item.all;
		} else {
			sums[kept++] = item;
		}
	}
	n = 0;
	for (size_t i = 0; i < kept; i++) {
		sums[i].excess = excess_of(x, &sums[i]);
		if (is_known(s, dimension, sums[i].source) &&
		    sums[i].excess > 0)
			sums[n++] = sums[i];
	}
	qsort(sums, n, sizeof(*sums), by_excess);
	*count = n;
	return sums;
}

static struct event_part part_of(const struct sourcedays *s,
				 enum event_dimension dimension,
				 const struct eventitem *item)
{
	const struct sourcedays_source *source = &s->sources[item->source];
	struct event_part p = {.packets = item->packets,
			       .excess = item->excess};

	p.network = addr_network(&source->address);
	if (dimension == EVENT_SOURCES) {
		p.network.base = source->address;
		p.network.length = source->address.family == 4 ? 32 : 128;
	}
	if (dimension != EVENT_ASES)
		memcpy(p.country, source->country, sizeof(p.country));
	if (dimension != EVENT_COUNTRIES) {
		p.asn = source->asn;
		p.as_name = xalloc_string(sourcedays_as_name(s, p.asn));
	}
	return p;
}

static bool is_alike(const struct eventitem *item, double mean)
{
	return item->excess >= ALIKE_EXCESS * mean &&
	       (double)item->packets >= ALIKE_IN_RUN * (double)item->all;
}

/* How many of the items make the smallest set. */
static size_t take_items(const struct eventitem *sums, size_t count,
			 enum event_dimension dimension, double excess,
			 double *share)
{
	double sum = 0;
	size_t taken = 0;

	while (taken < count && sum < EVENTS_ACCOUNTS * excess)
		sum += sums[taken++].excess;
	while (dimension == EVENT_SOURCES && taken > 0 && taken < count &&
	       is_alike(&sums[taken], sum / (double)taken))
		sum += sums[taken++].excess;
	*share = sum / excess;
	return taken;
}

static void make_set(struct explaining *x, enum event_dimension dimension)
{
	struct event_set *set = &x->c->event.sets[dimension];
	size_t count;
	struct eventitem *sums = sum_items(x, dimension, &count);
	size_t kept;

	set->count =
	    take_items(sums, count, dimension, x->c->event.excess, &set->share);
	set->accounts = set->share >= EVENTS_ACCOUNTS;
	kept =
	    set->count < EVENTS_FEW_SOURCES ? set->count : EVENTS_FEW_SOURCES;
	set->parts = xalloc_zero(kept + 1, sizeof(*set->parts));
	for (size_t i = 0; i < kept; i++)
		set->parts[i] = part_of(&x->w->sources, dimension, &sums[i]);
	free(sums);
}

/* --- the explanation, its days and its places */

static const size_t few[EVENT_DIMENSIONS] = {
    [EVENT_SOURCES] = EVENTS_FEW_SOURCES,
    [EVENT_NETWORKS] = EVENTS_FEW_NETWORKS,
    [EVENT_ASES] = EVENTS_FEW_ASES,
    [EVENT_COUNTRIES] = EVENTS_FEW_COUNTRIES,
    [EVENT_PORTS] = EVENTS_FEW_PORTS};

static bool is_of_set(const struct explaining *x,
		      enum event_dimension dimension, size_t source)
{
	const struct event_set *set = &x->c->event.sets[dimension];
	const struct sourcedays_source *s = &x->w->sources.sources[source];

	for (size_t i = 0; i < set->count; i++) {
		const struct event_part *p = &set->parts[i];

		if (dimension == EVENT_ASES ? p->asn == s->asn
		    : dimension == EVENT_COUNTRIES
			? strcmp(p->country, s->country) == 0
			: prefix_contains(&p->network, &s->address))
			return true;
	}
	return false;
}

static void choose_members(struct explaining *x)
{
	struct event *e = &x->c->event;
	int d = EVENT_SOURCES;

	while (d < EVENT_DIMENSIONS &&
	       (!e->sets[d].accounts || e->sets[d].count == 0 ||
		e->sets[d].count > few[d]))
		d++;
	e->explained = (enum event_dimension)d;
	x->c->members =
	    xalloc_zero(x->w->sources.source_count + 1, sizeof(bool));
	for (size_t i = 0; i < x->c->item_count; i++) {
		const struct eventitem *item = &x->c->items[i];

		x->c->members[item->source] =
		    d < EVENT_PORTS ? is_of_set(x, e->explained, item->source)
				    : item->packets > 0;
	}
}

/* Addresses are followed whatever they do; larger sets in the scope. */
static struct rows rows_followed(const struct explaining *x)
{
	if (x->c->event.explained == EVENT_SOURCES)
		return (struct rows){x->w->sources.rows,
				     x->w->sources.row_count, false};
	return x->rows;
}

static bool is_followed(const struct explaining *x,
			const struct sourcedays_row *r)
{
	return x->c->members[r->source] &&
	       (x->c->event.explained == EVENT_SOURCES || in_scope(x, r));
}

/* The days of the grid on which the explanation was active, around the
 * run; the run itself when its parts are no addresses. */
static void set_days(struct explaining *x)
{
	const struct eventwork *w = x->w;
	struct event *e = &x->c->event;
	size_t from = x->c->run.from, to = x->c->run.to, at;
	double *packets = xalloc_zero(w->grid.days + 1, sizeof(*packets));
	double mean = 0;

	for (size_t i = 0; i < x->rows.count; i++) {
		const struct sourcedays_row *r = &x->rows.list[i];
		size_t sensor = w->grid.places[r->sensor];

		if (sensor < w->window.sensor_count &&
		    region_of(w, sensor) == e->region && in_scope(x, r) &&
		    x->c->members[r->source])
			packets[r->day - w->grid.first] += (double)r->packets;
	}
	for (at = from; at <= to; at++)
		mean += packets[at] / (double)e->days;
	while (from < to && packets[from] < ACTIVE * mean)
		from++;
	while (to > from && packets[to] < ACTIVE * mean)
		to--;
	for (at = from; at > x->from && from - (at - 1) <= EVENTS_GAP + 1; at--)
		if (packets[at - 1] >= ACTIVE * mean)
			from = at - 1;
	for (at = to; at < x->to && at + 1 - to <= EVENTS_GAP + 1; at++)
		if (packets[at + 1] >= ACTIVE * mean)
			to = at + 1;
	e->first = w->grid.first + (int32_t)from;
	e->last = w->grid.first + (int32_t)to;
	free(packets);
}

/* What the explanation sent to each sensor, on the event's days and on
 * those around; the share of a sensor's days that it ran. */
struct place {
	double in, out, up_in, up_out;
};

static void collect_places(struct explaining *x, struct place *places)
{
	const struct eventwork *w = x->w;
	const struct event *e = &x->c->event;
	struct rows rows = rows_followed(x);
	size_t from = (size_t)(e->first - w->grid.first);
	size_t to = (size_t)(e->last - w->grid.first);

	for (size_t i = 0; i < rows.count; i++) {
		const struct sourcedays_row *r = &rows.list[i];
		size_t sensor = w->grid.places[r->sensor];
		size_t day = (size_t)(r->day - w->grid.first);

		if (sensor == w->window.sensor_count || !is_followed(x, r) ||
		    ((day < x->from || day > x->to) &&
		     (day < from || day > to)))
			continue;
		if (day >= from && day <= to)
			places[sensor].in += (double)r->packets;
		else
			places[sensor].out += (double)r->packets;
	}
	for (size_t s = 0; s < w->window.sensor_count; s++) {
		for (size_t d = x->from; d <= x->to; d++) {
			double up = w->grid.up[s * w->grid.days + d];

			if (d >= from && d <= to)
				places[s].up_in += up;
			else
				places[s].up_out += up;
		}
	}
}

static double rise_of(const struct place *p)
{
	return p->up_in > 0
		   ? p->in / p->up_in - (p->up_out > 0 ? p->out / p->up_out : 0)
		   : 0;
}

static void set_places(struct explaining *x)
{
	struct event *e = &x->c->event;
	size_t count = x->w->window.sensor_count;
	struct place *places = xalloc_zero(count + 1, sizeof(*places));
	double most = 0;

	collect_places(x, places);
	e->places = xalloc_zero(count + 1, sizeof(*e->places));
	for (size_t s = 0; s < count; s++)
		if (rise_of(&places[s]) > most)
			most = rise_of(&places[s]);
	for (size_t s = 0; s < count; s++) {
		struct event_place *p = &e->places[s];

		p->ran = places[s].up_in > 0;
		p->packets = (int64_t)places[s].in;
		p->seen = e->explained == EVENT_SOURCES
			      ? places[s].in > 0
			      : places[s].in > 0 &&
				    rise_of(&places[s]) >= ACTIVE * most;
		if (region_of(x->w, s) == e->region)
			e->packets += p->packets;
	}
	free(places);
}

int eventexplain(struct eventwork *w, struct candidate *c)
{
	struct explaining x = {
	    .w = w, .c = c, .rows = rows_of(w, &c->event.scope)};

	add_up(&x);
	collect_items(&x);
	for (int d = 0; d < EVENT_PORTS; d++)
		make_set(&x, (enum event_dimension)d);
	if (c->event.scope.of == EVENT_OF_PORT)
		eventports_of_scope(&c->event);
	choose_members(&x);
	if (c->event.explained <= EVENT_ASES)
		set_days(&x);
	set_places(&x);
	if (c->event.explained == EVENT_SOURCES &&
	    c->event.scope.of != EVENT_OF_PORT)
		return eventports_of_sources(w, &c->event);
	return 0;
}
