/*
 * Looking again at what is stored: new fingerprints and a new rule for page
 * classes need no new probe. In short transactions, so that a scan and a
 * watch go on beside it.
 */
#ifndef MARTLET_CASEFILE_AGAIN_H
#define MARTLET_CASEFILE_AGAIN_H

#include <stddef.h>
#include <stdint.h>

#include "casefile.h"

/** casefile_count_services: All that were ever stored, of one page class, or
 * of all with NULL. Returns -1, logged. */
int64_t casefile_count_services(struct casefile *cf, const char *page_class);

/**
 * casefile_services_after: Stored services with their evidence, however old,
 * by the number of their probe from the one after @after on.
 * @page_class: only of this one, or NULL. @max: how many at the most.
 * Returns -1, logged, or what visit returned.
 */
int casefile_services_after(struct casefile *cf, int64_t after,
			    const char *page_class, int max,
			    casefile_visit *visit, void *arg) WARN_UNUSED;

/** casefile_look_again: Stores what was read out of the evidence of these
 * services anew: page features and identity, in one transaction. Evidence is
 * not touched. Returns -1, logged, with nothing of them stored. */
int casefile_look_again(struct casefile *cf, const struct observation *list,
			size_t count) WARN_UNUSED;

/** One page class; texts are of its latest service and borrowed for the
 * call, NULL when not known. */
struct casefile_class {
	const char *page_class;
	int64_t addresses, services;
	int64_t unnamed; /* services known by their software at most */
	int64_t vendors; /* whose devices they were recognised as */
	int64_t observed_ms, probe;
	const char *address;
	int port;
	const char *title, *server;
	const char *vendor, *product;
};

typedef int casefile_class_visit(const struct casefile_class *c, void *arg);

/** casefile_each_class: Those of most addresses first. Returns -1, logged,
 * or what visit returned. */
int casefile_each_class(struct casefile *cf, casefile_class_visit *visit,
			void *arg) WARN_UNUSED;

#endif
