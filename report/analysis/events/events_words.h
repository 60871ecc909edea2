/*
 * Words about events that tables and JSON share.
 */
#ifndef MARTLET_EVENTS_WORDS_H
#define MARTLET_EVENTS_WORDS_H

#include "buf.h"
#include "events.h"

enum events_where { EVENTS_SEEN, EVENTS_NOT_SEEN, EVENTS_NOBODY_RAN };

/** "sources", "networks", "ases", "countries", "ports". */
const char *events_words_dimension(enum event_dimension d);
/** Whether a sensor of a region saw the event, on the days that it ran. */
enum events_where events_words_where(const struct event *e,
				     const struct traffic *t, size_t region);
/** What explains it: "12 sources in RU, to 22/TCP"; without addresses. */
void events_words_what(const struct event *e, struct buf *out);

#endif
