/*
 * Ports of events. Only for the files of this room.
 */
#ifndef MARTLET_EVENTPORTS_H
#define MARTLET_EVENTPORTS_H

#include "events_internal.h"

/** eventports_load: Reads who sent to the ports that stand out, in one
 * question; needs the candidates. -1, logged. */
int eventports_load(struct eventwork *w) WARN_UNUSED;

/** eventports_of_sources: The ports to which the explaining sources sent.
 * -1, logged. */
int eventports_of_sources(struct eventwork *w, struct event *e) WARN_UNUSED;
/** eventports_of_scope: The port that the days stand out by. */
void eventports_of_scope(struct event *e);

#endif
