/*
 * The pace: connections per second overall, per address, per /24 (/48) and
 * per AS; open connections and pause per address; a budget per address and
 * day (DESIGN section 6.6). Times are milliseconds of one monotonic clock,
 * chosen by the caller.
 */
#ifndef MARTLET_PACE_H
#define MARTLET_PACE_H

#include <stdint.h>

#include "addr.h"
#include "location.h"
#include "workspace.h"

struct pace;

#define PACE_SPENT INT64_MAX /* the day's budget of this address is spent */

/** @location: for the AS of an address; NULL: no limit per AS. Borrowed. */
struct pace *pace_new(const struct config *config, struct location *location);
void pace_free(struct pace *p);

/**
 * pace_admit: Asks for one connection now.
 * Returns 0 when it may be made, and counts it; else the milliseconds after
 * which it is worth asking again, or PACE_SPENT.
 */
int64_t pace_admit(struct pace *p, const struct addr *a, int64_t now_ms);
/** A connection that was admitted is closed (or was never made). */
void pace_closed(struct pace *p, const struct addr *a, int64_t now_ms);
/** A connection of an earlier run, from the audit. */
void pace_restore(struct pace *p, const struct addr *a, int64_t when_ms);

#endif
