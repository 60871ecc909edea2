/*
 * The pace: connections per second overall, per address, per /24 (/48) and
 * per AS; open connections and pause per address; a budget per address and
 * day (DESIGN section 6.6). Times are milliseconds of one monotonic clock,
 * chosen by the caller; they may be negative.
 *
 * In no second, wherever it begins, are there more connections than a level
 * allows: bursts are not made up for. The pause counts from the start and
 * from the end of the connection before. No 24 hours hold more than the
 * budget; hours are counted whole, so an hour may pass before it is free
 * again. Memory is for the addresses of the last 25 hours.
 */
#ifndef MARTLET_PACE_H
#define MARTLET_PACE_H

#include <stdint.h>

#include "addr.h"
#include "location.h"
#include "workspace.h"

struct pace;

#define PACE_SPENT INT64_MAX /* the day's budget of this address is spent */

/** @location: for the AS of an address that pace_know_as does not tell; NULL:
 * no limit per AS then, as for addresses whose AS is not known. Borrowed. */
struct pace *pace_new(const struct config *config, struct location *location);
void pace_free(struct pace *p);
/** Other rates from now on; what was counted stays. Without a budget none was
 * counted: then pace_restore tells it what an audit has. */
void pace_configure(struct pace *p, const struct config *config,
		    struct location *location);

/** pace_know_as: The AS of an address as its sensors have it, which is newer
 * than any location database. Told before each pace_admit. */
void pace_know_as(struct pace *p, const struct addr *a, uint32_t asn,
		  int64_t now_ms);

/**
 * pace_admit: Asks for one connection now.
 * Returns 0 when it may be made, and counts it; else the milliseconds after
 * which it is worth asking again, or PACE_SPENT.
 */
int64_t pace_admit(struct pace *p, const struct addr *a, int64_t now_ms);
/** A connection that was admitted is made only now, after other work: what
 * follows counts from now. Told in the order of the connections. */
void pace_late(struct pace *p, const struct addr *a, int64_t admitted_ms,
	       int64_t now_ms);
/** A connection that was admitted is closed (or was never made). */
void pace_closed(struct pace *p, const struct addr *a, int64_t now_ms);
/** A connection of an earlier run, from the audit; in any order. */
void pace_restore(struct pace *p, const struct addr *a, int64_t when_ms);

#endif
