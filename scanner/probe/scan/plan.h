/*
 * What is due: the targets of a period, each with the ports that were not
 * answered within triage.max_age_days.
 */
#ifndef MARTLET_PLAN_H
#define MARTLET_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "casefile.h"
#include "compiler.h"
#include "lists.h"
#include "location.h"
#include "period.h"
#include "ports.h"
#include "scope.h"
#include "workspace.h"

struct plan_host {
	struct addr address;
	int64_t last_seen; /* Unix seconds, of its last packet */
	int64_t ask_until; /* when it is no target any more; 0: never */
	uint32_t asn;      /* 0: not known */
	uint16_t *ports;   /* due */
	size_t port_count;
};

/* Starts as {0}. */
struct plan {
	struct plan_host *hosts; /* by numeric address */
	size_t count;
	struct plan_rest { /* targets that have nothing due */
		struct addr address;
		int64_t ask_until;
	} * rest;
	size_t rest_count;
	size_t targets;                /* with those that have nothing due */
	size_t probes;                 /* due, all together */
	size_t answered;               /* done before, within the age */
	size_t sources;                /* of the period */
	size_t refused[REFUSAL_COUNT]; /* of them, by reason */
};

struct plan_wishes {
	const struct period *period;
	bool stale;
	const char *country;    /* NULL: all that the scope has */
	const char *ports;      /* NULL: scope.ports */
	int64_t limit;          /* hosts with something due; 0: all */
	unsigned shard, shards; /* I/N; shards 0: all */
	/* What was asked since then is not due; 0: within
	 * triage.max_age_days. */
	int64_t asked_since_ms;
};

struct plan_parts { /* all borrowed */
	const struct workspace *ws;
	struct scope *scope;
	struct location *location;
	const struct ports *ports;
	struct casefile *casefile; /* NULL: nothing was asked before */
};

/** plan_make: Returns -1, logged. Caller frees with plan_release. */
int plan_make(const struct plan_parts *parts, const struct plan_wishes *wishes,
	      struct plan *out) WARN_UNUSED;
void plan_release(struct plan *p);

/** plan_seconds: The least time that the pace allows for one connection to
 * each due port. */
double plan_seconds(const struct plan *p, const struct config *config);

/** plan_shard: The number (from 1) of the shard of N that asks an address:
 * the same for a whole /24 or /48, on every machine. */
unsigned plan_shard(const struct addr *a, unsigned shards);

/** plan_read_shard: "I/N" with I from 1 to N. */
bool plan_read_shard(const char *text, struct plan_wishes *out) WARN_UNUSED;

/** plan_divide_rates: Several probing hosts share the two rates that
 * outsiders see as one. Returns -1, logged, when that is too little. */
int plan_divide_rates(struct config *config, unsigned shards) WARN_UNUSED;

#endif
