/*
 * Looks again at stored observations with the fingerprints of today, without
 * asking anybody. It may be stopped at any time and run again: what is right
 * already is not written.
 */
#ifndef MARTLET_REIDENTIFY_H
#define MARTLET_REIDENTIFY_H

#include <stdint.h>

#include "casefile.h"
#include "identify.h"

struct reidentify_result {
	int64_t seen, changed;
	int64_t named;   /* of the changed: recognised as something else */
	int64_t classed; /* of the changed: of another page class */
};

/** reidentify_run: @page_class: only services of this one, or NULL for all.
 * Shows how far it is on standard error. Returns -1, logged; what was
 * committed until then stays. */
int reidentify_run(struct casefile *cf, const struct fingerprints *f,
		   const char *page_class,
		   struct reidentify_result *out) WARN_UNUSED;

#endif
