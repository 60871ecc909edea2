/*
 * Answers on their way into the case database: recognised at once, committed
 * in batches at most 100 ms after they came.
 */
#ifndef MARTLET_RESULTS_H
#define MARTLET_RESULTS_H

#include "casefile.h"
#include "compiler.h"
#include "engine.h"
#include "identify.h"

struct results;

struct results *results_new(struct engine *engine, struct casefile *cf,
			    int64_t scan, const struct fingerprints *f);
/** Without writing what waits. */
void results_free(struct results *r);

/** @o: what it holds is moved out. @page: of identify_read_page, or NULL.
 * Returns whether it was recognised. */
bool results_add(struct results *r, struct observation *o,
		 const struct webpage *page);
/** Commits what waits. Returns -1, logged. */
int results_flush(struct results *r) WARN_UNUSED;
/** results_go_on: Commits what waits; what comes from now on is recognised by
 * other fingerprints and belongs to another scan. Returns -1, logged. */
int results_go_on(struct results *r, int64_t scan,
		  const struct fingerprints *f) WARN_UNUSED;
/** A commit failed: the scan cannot go on. */
bool results_failed(const struct results *r);

#endif
