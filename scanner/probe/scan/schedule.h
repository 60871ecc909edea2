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
	size_t hosts;     /* that are not gone */
	size_t live;      /* probes under way */
	size_t begun;     /* probes, since the start */
	size_t left;      /* ports not begun */
	size_t spent;     /* ports left for tomorrow: the day's budget */
	size_t withdrawn; /* ports not asked: the gate closed */
};

/* Why nothing more of a host is begun. */
enum schedule_end {
	SCHEDULE_DONE, /* all of its ports were */
	SCHEDULE_SPENT,
	SCHEDULE_WITHDRAWN,
};

struct schedule_parts { /* all borrowed */
	struct prober *prober;
	const struct ports *ports;
	const struct plan *plan; /* NULL: nobody, until schedule_add */
	size_t open_max;
	uint64_t seed; /* of the order, so that neighbours do not follow each
			  other */
	/** A probe is complete; it is freed after the call. */
	void (*done)(struct probe *p, const struct plan_host *host, void *arg);
	/** Nothing of a host is left; NULL: not told. */
	void (*gone)(const struct plan_host *host, enum schedule_end end,
		     void *arg);
	void *arg;
};

/** Sets want, done and arg of the prober. Everybody's first turn is the
 * next of the engine. */
struct schedule *schedule_new(const struct schedule_parts *parts);
/** schedule_add: One more host, whose turn is the next. Borrowed until it is
 * gone. */
void schedule_add(struct schedule *s, const struct plan_host *host);
/** Other sockets for the probes from now on. */
void schedule_set_open_max(struct schedule *s, size_t open_max);
/** schedule_withdraw: Begins nothing more of all hosts; the probes under way
 * are completed. */
void schedule_withdraw(struct schedule *s);
/** Ends the probes under way; their done and gone are not called. */
void schedule_free(struct schedule *s);
struct schedule_counts schedule_count(const struct schedule *s);

#endif
