/*
 * Runs the examples of fingerprints, as Recog's own verifier does, and looks
 * whether each is the first of its file to match its examples.
 */
#ifndef MARTLET_FINGERPRINT_VERIFY_H
#define MARTLET_FINGERPRINT_VERIFY_H

#include <stddef.h>

#include "fingerprints.h"

struct fingerprint_failure {
	const char *path; /* borrowed from the fingerprints */
	int line;
	const char *description;
	char *reason;
};

struct fingerprint_report {
	size_t files, fingerprints, examples, right;
	size_t without_example;
	struct fingerprint_failure *failures;
	size_t failure_count, failure_cap;
};

/** fingerprint_verify: The fingerprints were added with their examples.
 * @out: caller calls fingerprint_verify_release. */
void fingerprint_verify(const struct fingerprints *f,
			struct fingerprint_report *out);
void fingerprint_verify_release(struct fingerprint_report *r);

#endif
