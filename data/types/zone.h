/*
 * Time zones by IANA name: where the days of a sensor network begin.
 *
 * The C library knows one zone at a time, so a zone switches it; a cache of
 * the last day makes that rare. Not for use by several threads.
 */
#ifndef MARTLET_ZONE_H
#define MARTLET_ZONE_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

struct zone;

/** zone_open: NULL when the machine has no such zone ("UTC" always is). */
struct zone *zone_open(const char *name);
void zone_free(struct zone *z);
const char *zone_name(const struct zone *z);

/** The day (civil.h) that holds an instant in this zone. */
int32_t zone_day(struct zone *z, int64_t seconds);
/** The first instant of a day; the day ends where the next starts. */
int64_t zone_day_start(struct zone *z, int32_t day);
/** Clock time of an instant, for texts. */
struct tm zone_clock(struct zone *z, int64_t seconds);

#endif
