/*
 * How the service is: one line for the service manager and for a terminal,
 * the metrics file, the watchdog, and a line of log every ten minutes in
 * which something happened.
 */
#ifndef MARTLET_BULLETIN_H
#define MARTLET_BULLETIN_H

#include "config.h"
#include "engine.h"
#include "metrics.h"
#include "notify.h"
#include "observation.h"
#include "workspace.h"

struct bulletin;

struct bulletin_parts { /* all borrowed */
	const struct workspace *ws;
	struct engine *engine;
	struct notify *notify; /* NULL: no service manager */
	/** Fills what m says of now; called whenever something is shown. */
	void (*refresh)(struct metrics *m, void *arg);
	void *arg;
};

struct bulletin *bulletin_new(const struct bulletin_parts *parts);
/** Says what is left to say, with up = 0 in the metrics. */
void bulletin_free(struct bulletin *b);

/** Counters are the owner's to raise. */
struct metrics *bulletin_metrics(struct bulletin *b);

/** bulletin_probe: One more probe; a terminal shows those that found
 * something. @o: its lag is used; @recognised: of a service. */
void bulletin_probe(struct bulletin *b, const struct observation *o,
		    bool recognised);

/** bulletin_trouble: What keeps the service from its work, for the status
 * line; "" when nothing does. Copied. */
void bulletin_trouble(struct bulletin *b, const char *text);

/** A metrics file that could not be written is tried again by the next
 * bulletin_show. */
void bulletin_retry(struct bulletin *b);

/** Shows it all now: after a look, a reload. */
void bulletin_show(struct bulletin *b);

#endif
