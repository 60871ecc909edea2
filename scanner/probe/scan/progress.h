/*
 * How far a scan is: one line that is redrawn on a terminal, a plain line
 * every ten seconds elsewhere. On standard error.
 */
#ifndef MARTLET_PROGRESS_H
#define MARTLET_PROGRESS_H

#include <stddef.h>

#include "engine.h"

struct progress;

struct progress_state {
	size_t done, total; /* probes */
	size_t found;       /* services */
	size_t open;        /* probes under way */
};

/** @state: asked whenever a line is due. */
struct progress *
progress_new(struct engine *engine,
	     void (*state)(struct progress_state *out, void *arg), void *arg);
/** Clears the line. */
void progress_free(struct progress *p);

/** progress_format_seconds: "42 s", "3 min", "5 h 10 min". */
void progress_format_seconds(double seconds, char *out, size_t size);

#endif
