/*
 * Events for people and for programs.
 */
#ifndef MARTLET_EVENTS_PRINT_H
#define MARTLET_EVENTS_PRINT_H

#include <jansson.h>
#include <stdio.h>

#include "events.h"
#include "table.h"

/** The array `events`; caller owns it. */
json_t *events_json(const struct events *e, const struct traffic *t);
/** One row for each event, with everything as columns; caller frees. */
struct table *events_table(const struct events *e, const struct traffic *t);
/** For people: what stood out, who did it, and where it was not seen. */
void events_print(const struct events *e, const struct traffic *t, FILE *out);

#endif
