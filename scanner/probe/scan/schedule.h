/*
 * Whose turn it is. Each host waits in the engine's heap of timers until the
 * pace is worth asking again; nothing looks at all hosts at once. Further
 * connections of a probe under way go before new probes of the same host.
 */
#ifndef MARTLET_SCHEDULE_H
#define MARTLET_SCHEDULE_H

#include "plan.h"
#include "probe.h"

struct schedule;

struct schedule_counts {
	size_t live;      /* probes under way */
	size_t left;      /* ports not begun */
	size_t spent;     /* ports left for tomorrow: the day's budget */
	size_t withdrawn; /* ports not asked: the gate closed */
};

struct schedule_parts { /* all borrowed */
	struct prober *prober;
	const struct ports *ports;
	const struct plan *plan;
	size_t open_max;
	uint64_t seed; /* of the order, so that neighbours do not follow each
			  other */
	/** A probe is complete; it is freed after the call. */
	void (*done)(struct probe *p, const struct plan_host *host, void *arg);
	void *arg;
};

/** Sets want, done and arg of the prober. Everybody's first turn is the
 * next of the engine. */
struct schedule *schedule_new(const struct schedule_parts *parts);
/** Ends the probes under way; their done is not called. */
void schedule_free(struct schedule *s);
struct schedule_counts schedule_count(const struct schedule *s);

#endif
