/*
 * Whether a database keeps the contract of DESIGN section 5: what is
 * missing, ill-typed or slow, and what to do about each.
 */
#ifndef MARTLET_SENSORCHECK_H
#define MARTLET_SENSORCHECK_H

#include <stddef.h>
#include <stdint.h>

#include "compiler.h"
#include "workspace.h"

struct sensorcheck_problem {
	const char *kind; /* "missing", "ill-typed", "inconsistent", "slow" */
	const char *relation;
	char *what;    /* a sentence */
	int64_t rows;  /* that have it; 0: not about rows */
	char *example; /* of them, safe to show; may be "" */
	const char *advice;
};

struct sensorcheck {
	struct sensorcheck_problem *list;
	size_t count, cap;
	int64_t unassigned; /* sensors that nobody has described yet */
};

/** sensorcheck_run: Looks at the database that sensors.database names.
 * Returns -1, logged, when it cannot be read at all. Caller frees with
 * sensorcheck_release, also after a failure. */
int sensorcheck_run(const struct workspace *ws,
		    struct sensorcheck *out) WARN_UNUSED;
void sensorcheck_release(struct sensorcheck *c);

#endif
