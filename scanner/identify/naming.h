/*
 * From evidence to one identity.
 */
#ifndef MARTLET_NAMING_H
#define MARTLET_NAMING_H

#include "fingerprints.h"
#include "observation.h"

/**
 * naming_decide: Matches all evidence of an observation and fills *out.
 *
 * The rule. A match that says of itself that it asserts nothing (certainty
 * 0) is out. What an analyst called a page class beats all, and nothing
 * contradicts it. A match that names a device beats one that names only
 * software: the web server of a recorder is not what the recorder is. Then
 * the higher certainty wins, then the evidence that stands higher in the
 * table of evidence.c. What the winner leaves open is filled from other matches
 * that agree with it: its version from one of the same vendor and product, its
 * product or device type from one of the same vendor. A match that names a
 * device of another vendor contradicts it: claims.h says what follows.
 * Evidence is decided by the first fingerprint that matches it, as in Recog;
 * of a page every one counts.
 *
 * @metas: see evidence_collect.
 * @out: what it held is released; empty when nothing matched.
 */
void naming_decide(const struct fingerprints *f, const struct observation *o,
		   const char *metas, struct identity *out);

/** naming_device_type: A word of lists/device_types.csv for a word of Recog
 * such as "DVR"; NULL for a vague one such as "General". */
const char *naming_device_type(const char *word);

#endif
