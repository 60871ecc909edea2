/*
 * Runs the examples of fingerprints, as Recog's own verifier does, and looks
 * whether each is the first of its file to match its examples.
 *
 * Of Martlet's own files (their names start with "martlet_") it wants more,
 * and of every file when it is strict: each fingerprint has an example, each
 * example a _source and a _kind (observed, documented, derived), no two have
 * the same description, and no pattern can be stalled (fingerprint_attack.h).
 */
#ifndef MARTLET_FINGERPRINT_VERIFY_H
#define MARTLET_FINGERPRINT_VERIFY_H

#include <stdbool.h>
#include <stddef.h>

#include "fingerprint_attack.h"
#include "fingerprints.h"

struct fingerprint_failure {
	const char *path; /* borrowed from the fingerprints */
	int line;
	const char *description;
	char *reason;
};

/* Where examples are from; FINGERPRINT_UNSAID where they do not say. */
enum fingerprint_kind {
	FINGERPRINT_OBSERVED,
	FINGERPRINT_DOCUMENTED,
	FINGERPRINT_DERIVED,
	FINGERPRINT_UNSAID,
	FINGERPRINT_KINDS,
};

struct fingerprint_report {
	size_t files, fingerprints, examples, right;
	size_t without_example;
	size_t for_pages; /* fingerprints whose subject is a whole page */
	size_t kinds[FINGERPRINT_KINDS]; /* of the examples */
	bool attacked;
	struct fingerprint_attack attack; /* when it was asked for */
	struct fingerprint_failure *failures;
	size_t failure_count, failure_cap;
};

/** "observed" and so on; "unsaid" for FINGERPRINT_UNSAID. */
const char *fingerprint_kind_text(enum fingerprint_kind kind);

/**
 * fingerprint_verify: The fingerprints were added with their examples.
 * @strict: wants of every file what it wants of Martlet's own.
 * @attack: also fills out->attack, with a second of work for each 100,000
 * texts.
 * @out: caller calls fingerprint_verify_release.
 */
void fingerprint_verify(const struct fingerprints *f, bool strict, bool attack,
			struct fingerprint_report *out);
void fingerprint_verify_release(struct fingerprint_report *r);

#endif
