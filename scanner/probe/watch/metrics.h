/*
 * What the service counts, and its text for Prometheus.
 */
#ifndef MARTLET_METRICS_H
#define MARTLET_METRICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "lists.h"

#define METRICS_BUCKETS 8 /* of the lag, without the last, which has all */

/* Counters since the start. Starts as {0}. */
struct metrics {
	uint64_t probes[OUTCOME_COUNT];
	uint64_t services, recognised, spent, withdrawn;
	uint64_t lag_buckets[METRICS_BUCKETS]; /* not cumulative */
	uint64_t lag_count, lag_sum;           /* sum: seconds */
	uint64_t looks, looks_failed, reloads, reloads_failed;
	/* As it is now. */
	bool up;           /* false: the last words of a service that ended */
	bool probing;      /* false: expired, or this machine is cut off */
	size_t waiting;    /* addresses whose turn has not come */
	size_t asked;      /* addresses that are being asked */
	size_t open;       /* probes under way */
	int64_t started_s; /* Unix seconds */
	int64_t expires_s; /* end of who.expires */
	/* Of the last look that succeeded. */
	int64_t look_s, look_ms; /* when it ended; how long it took */
	size_t sources, targets;
	size_t refused[REFUSAL_COUNT];
};

/** metrics_note_lag: @seconds: from a source's last packet to its probe. */
void metrics_note_lag(struct metrics *m, int64_t seconds);

/** metrics_write: In the text exposition format 0.0.4, as the textfile
 * collector of node_exporter reads it. No address is in it. */
void metrics_write(const struct metrics *m, FILE *out);

#endif
