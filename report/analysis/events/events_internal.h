/*
 * What the files that find and explain events share; nobody else includes
 * it.
 */
#ifndef MARTLET_EVENTS_INTERNAL_H
#define MARTLET_EVENTS_INTERNAL_H

#include "eventgrid.h"
#include "events.h"
#include "portdays.h"
#include "sourcedays.h"

/* What a source sent to the region of a candidate. */
struct eventitem {
	size_t source;
	int64_t packets; /* on the days of the run */
	int64_t all;     /* and on those around it */
	double excess;
};

/* A run of days that may become an event. */
struct candidate {
	struct eventrun run;
	struct event event;
	struct eventitem *items; /* most excess first, only above 0 */
	size_t item_count;
	bool *members; /* by source: whether it is of the explanation */
	bool dropped;
};

/* What the sources of one port sent; a row's keys is the service. */
struct eventrows {
	struct sourcedays_row *list; /* by service */
	size_t count;
};

struct eventwork {
	struct sensordb *db;
	const struct traffic *t; /* of the period */
	struct traffic window;   /* with the neighbouring days */
	struct sourcedays sources;
	struct portdays ports;
	struct eventgrid grid;
	struct candidate *list;
	size_t count, cap;
	struct eventrows port_rows; /* of the services that stand out */
};

/** eventfind_all: Fills the candidates, largest excess first. */
void eventfind_all(struct eventwork *w);

/** eventexplain: Fills items, members and the event. */
int eventexplain(struct eventwork *w, struct candidate *c) WARN_UNUSED;

/** eventchoose: Drops candidates that say again what another one says. */
void eventchoose(struct eventwork *w);

#endif
