/*
 * One scan: everything that a plan says is due, until it is done or somebody
 * stops it.
 */
#ifndef MARTLET_SCAN_H
#define MARTLET_SCAN_H

#include "casefile.h"
#include "identify.h"
#include "plan.h"
#include "ptr.h"

struct scan_parts { /* all borrowed */
	const struct workspace *ws;
	struct casefile *casefile; /* with the scan lock */
	struct scope *scope;
	struct location *location;
	const struct ports *ports;
	const struct fingerprints *fingerprints;
	const struct plan *plan;
	const char *period;
	bool stale;
	bool names; /* --ptr */
};

struct scan_result {
	size_t done, services, recognised;
	size_t outcomes[OUTCOME_COUNT];
	size_t spent, withdrawn, left; /* ports not asked, and why */
	bool named;                    /* names were asked for */
	struct ptr_counts names;
	double seconds;
	bool interrupted; /* by SIGINT or SIGTERM */
};

/**
 * scan_run: Asks. While it runs, SIGINT and SIGTERM end it gracefully:
 * probes under way are dropped and asked again the next time.
 * Returns -1, logged, when the scan cannot start or go on; what was answered
 * is stored.
 */
int scan_run(const struct scan_parts *parts,
	     struct scan_result *out) WARN_UNUSED;

#endif
