/*
 * The service: looks at the sensor database again and again, and asks what is
 * a target and was not asked lately, latest packet first.
 */
#ifndef MARTLET_WATCH_H
#define MARTLET_WATCH_H

#include "casefile.h"
#include "identify.h"
#include "notify.h"
#include "plan.h"
#include "planner.h"

/* What a changed configuration replaces; all owned. Starts as {0}. */
struct watch_tools {
	struct scope *scope;
	struct location *location;
	struct fingerprints *fingerprints;
};

/** Returns -1, logged; watch_tools_release after that too. */
int watch_tools_open(struct watch_tools *t,
		     const struct workspace *ws) WARN_UNUSED;
void watch_tools_release(struct watch_tools *t);

/** watch_check: Whether a configuration is one to probe with: who asks, the
 * ports, the clock. Divides the rates among shards. Returns -1, logged. */
int watch_check(struct workspace *ws, const struct ports *ports,
		unsigned shards) WARN_UNUSED;

struct watch_parts {
	const struct invocation *with; /* borrowed, as all but tools */
	struct workspace *ws;          /* its config is replaced */
	struct casefile *casefile;     /* with the scan lock */
	const struct ports *ports;
	struct planner *planner;
	struct notify *notify;
	struct watch_tools *tools; /* replaced */
	unsigned shards;
	bool once; /* ends after one look and what that found due */
};

/**
 * watch_run: Until SIGINT or SIGTERM; SIGHUP reloads. Returns -1, logged,
 * when it cannot go on, or when the one look of @once failed; what was
 * answered is stored.
 */
int watch_run(const struct watch_parts *parts) WARN_UNUSED;

#endif
