/*
 * The same packets stand out by country, by port and all together, and in
 * several regions: they are one event.
 */
#include <stdlib.h>

#include "xalloc.h"
#include "events_internal.h"

#define COVERED 0.5 /* of the excess that others explain already */

/* What a few sources did is said first, by what names them best; of what
 * many did, the port says more than the countries. */
static int rank_of(const struct event *e)
{
	static const int narrow[] = {
	    [EVENT_OF_COUNTRY] = 0, [EVENT_OF_PORT] = 1, [EVENT_OF_ALL] = 2};
	static const int wide[] = {
	    [EVENT_OF_PORT] = 3, [EVENT_OF_ALL] = 4, [EVENT_OF_COUNTRY] = 5};

	return e->explained == EVENT_SOURCES ? narrow[e->scope.of]
					     : wide[e->scope.of];
}

static bool overlap(const struct event *a, const struct event *b)
{
	return a->first <= b->last && b->first <= a->last;
}

static double covered_by(const struct candidate *c,
			 const struct candidate *other)
{
	double sum = 0;

	for (size_t i = 0; i < c->item_count; i++)
		if (other->members[c->items[i].source] &&
		    c->items[i].excess > 0)
			sum += c->items[i].excess;
	return sum;
}

static bool is_covered(struct eventwork *w, const struct candidate *c,
		       const bool *judged)
{
	double sum = 0, most = 0;
	struct candidate *best = NULL;

	for (size_t i = 0; i < w->count; i++) {
		struct candidate *other = &w->list[i];
		double part;

		if (!judged[i] || other->dropped ||
		    !overlap(&c->event, &other->event))
			continue;
		part = covered_by(c, other);
		sum += part;
		if (part > most) {
			most = part;
			best = other;
		}
	}
	if (sum < COVERED * c->event.excess)
		return false;
	best->event.regions[c->event.region] = true;
	return true;
}

void eventchoose(struct eventwork *w)
{
	bool *judged = xalloc_zero(w->count + 1, sizeof(*judged));

	for (int rank = 0; rank <= 5; rank++) {
		for (size_t i = 0; i < w->count; i++) {
			if (rank_of(&w->list[i].event) != rank)
				continue;
			w->list[i].dropped = is_covered(w, &w->list[i], judged);
			judged[i] = true;
		}
	}
	free(judged);
}
