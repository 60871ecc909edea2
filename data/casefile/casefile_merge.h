/*
 * Takes the case database of another probing host into this one. Rows meet
 * by what they are (name of the prober, address, port, time), never by their
 * numbers, so that merging again changes nothing.
 */
#ifndef MARTLET_CASEFILE_MERGE_H
#define MARTLET_CASEFILE_MERGE_H

#include "casefile.h"

struct casefile_merged {
	int64_t probers, scans, addresses, probes; /* that were new here */
	int64_t known; /* probes that were here before */
};

/** casefile_merge_check: Whether the file can be merged. Returns -1, logged:
 * missing, this database itself, not a case database, a newer schema. */
int casefile_merge_check(struct casefile *cf, const char *path) WARN_UNUSED;

/**
 * casefile_merge: In one transaction; the other file is not changed. Its
 * host may go on scanning, what it stored so far is taken.
 * @cf: open for writing, no transaction under way.
 * Returns -1, logged, with nothing changed.
 */
int casefile_merge(struct casefile *cf, const char *path,
		   struct casefile_merged *out) WARN_UNUSED;

#endif
