#include <stdlib.h>

#include "xalloc.h"
#include "eventports.h"

static struct period widen(const struct period *p)
{
	struct period wide = *p;

	wide.kind = PERIOD_DAYS;
	wide.first -= EVENTS_NEIGHBOURS;
	wide.last += EVENTS_NEIGHBOURS;
	return wide;
}

static int load_window(struct eventwork *w, const struct config *config,
		       struct location *location)
{
	const struct traffic_options options = {.scanning_only =
						    w->t->scanning_only,
						.top = -1,
						.no_changes = true,
						.quiet = true};
	struct period wide = widen(&w->t->period);

	if (traffic_load(w->db, config, &wide, &options, &w->window) < 0)
		return -1;
	if (sourcedays_load(w->db, &wide, location, w->t->scanning_only,
			    &w->sources) < 0)
		return -1;
	return portdays_load(w->db, &wide, w->t->scanning_only, &w->ports);
}

static int find(struct eventwork *w)
{
	eventgrid_make(&w->grid, &w->window, &w->sources);
	eventfind_all(w);
	if (eventports_load(w) < 0)
		return -1;
	for (size_t i = 0; i < w->count; i++) {
		struct event *e = &w->list[i].event;
		int64_t all;

		if (eventexplain(w, &w->list[i]) < 0)
			return -1;
		all = w->t->whole.regions[e->region].packets;
		e->share = all > 0 ? e->excess / (double)all : 1;
		e->regions =
		    xalloc_zero(w->t->region_count + 1, sizeof(*e->regions));
		e->regions[e->region] = true;
	}
	eventchoose(w);
	return 0;
}

static void release_event(struct event *e)
{
	for (int d = 0; d < EVENT_DIMENSIONS; d++) {
		struct event_set *set = &e->sets[d];

		for (size_t i = 0; i < set->count && i < EVENTS_FEW_SOURCES;
		     i++)
			free(set->parts[i].as_name);
		free(set->parts);
	}
	free(e->regions);
	free(e->places);
}

static int by_day(const void *a, const void *b)
{
	const struct event *x = a, *y = b;

	if (x->first != y->first)
		return x->first < y->first ? -1 : 1;
	if (x->region != y->region)
		return x->region < y->region ? -1 : 1;
	if (x->excess != y->excess)
		return x->excess > y->excess ? -1 : 1;
	return (x->scope.of > y->scope.of) - (x->scope.of < y->scope.of);
}

static int by_share(const void *a, const void *b)
{
	const struct event *x = a, *y = b;

	if (x->share != y->share)
		return x->share > y->share ? -1 : 1;
	return by_day(a, b);
}

static void take(struct eventwork *w, struct events *out)
{
	out->list = xalloc_zero(w->count + 1, sizeof(*out->list));
	for (size_t i = 0; i < w->count; i++)
		if (!w->list[i].dropped) {
			out->list[out->count++] = w->list[i].event;
			w->list[i].event = (struct event){0};
		}
	qsort(out->list, out->count, sizeof(*out->list), by_share);
	for (; out->count > EVENTS_TOP; out->left_out++)
		release_event(&out->list[--out->count]);
	qsort(out->list, out->count, sizeof(*out->list), by_day);
	out->by_sensors = w->sources.by_sensors;
	out->by_location = w->sources.by_location;
}

static void release_work(struct eventwork *w)
{
	for (size_t i = 0; i < w->count; i++) {
		release_event(&w->list[i].event);
		free(w->list[i].items);
		free(w->list[i].members);
	}
	free(w->list);
	free(w->port_rows.list);
	eventgrid_release(&w->grid);
	portdays_release(&w->ports);
	sourcedays_release(&w->sources);
	traffic_release(&w->window);
}

int events_load(struct sensordb *db, const struct config *config,
		const struct traffic *t, struct location *location,
		struct events *out)
{
	struct eventwork w = {.db = db, .t = t};
	int rc = 0;

	*out = (struct events){0};
	if (!t->empty)
		rc = load_window(&w, config, location);
	if (rc == 0 && !t->empty)
		rc = find(&w);
	if (rc == 0)
		take(&w, out);
	if (location != NULL) {
		out->location_name = location_database(location);
		out->location_day = location_day(location);
	}
	release_work(&w);
	return rc;
}

void events_release(struct events *e)
{
	for (size_t i = 0; i < e->count; i++)
		release_event(&e->list[i]);
	free(e->list);
	*e = (struct events){0};
}
