/*
 * What a stranger could make of a pattern: texts that start as its examples
 * do and end in a repetition, as long as a subject may be.
 */
#ifndef MARTLET_FINGERPRINT_ATTACK_H
#define MARTLET_FINGERPRINT_ATTACK_H

#include <stdbool.h>
#include <stddef.h>

#include "recog.h"

/* Texts that are made of one example. */
#define FINGERPRINT_ATTACKS 60

/* Steps (pattern_takes) on one text, over which a pattern is said to stall:
 * the square of LIMIT_SUBJECT. Of a whole page a square is more. */
#define FINGERPRINT_STEPS 4194304u

struct fingerprint_attack {
	size_t texts;      /* that were tried */
	size_t given_up;   /* decisions in which a pattern hit its limit */
	double slowest_ms; /* decision of a whole file, of CPU time */
	const char *path;  /* of the slowest; borrowed from the file */
	int line;
};

/** fingerprint_attack_text: The text number @which (below
 * FINGERPRINT_ATTACKS) of an example. @out: @size bytes, evidence_cap of the
 * file's key. Returns how many of them it is. */
size_t fingerprint_attack_text(const struct recog_example *e, int which,
			       char *out, size_t size);

/** fingerprint_attack: All texts of one example, each decided by the whole
 * file as a stranger's would be. Adds to *sum. */
void fingerprint_attack(const struct recog_file *file,
			const struct recog_example *e,
			struct fingerprint_attack *sum);

/** fingerprint_stalls: Whether a text of one of its examples takes this
 * pattern more than FINGERPRINT_STEPS. */
bool fingerprint_stalls(const struct recog_file *file,
			struct recog_fingerprint *fp);

#endif
