/*
 * One Recog pattern: written for Ruby's engine, run by PCRE2 with the same
 * meaning. Compiled when first needed, since most never are.
 */
#ifndef MARTLET_PATTERN_H
#define MARTLET_PATTERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "compiler.h"

#define PATTERN_WORDS 8 /* of 64 bits: 256 pairs of bytes and 256 bytes */

/** Bytes and pairs of bytes of a text, lower-cased: what a pattern needs, or
 * what a subject has. A pattern cannot match where it needs more. */
struct pattern_mask {
	uint64_t bits[PATTERN_WORDS];
};

/* Kinds of subject: of bytes or of UTF-8, with or without line ends, longer
 * than LIMIT_SUBJECT or not. Without line ends "^" and "$" are the ends of
 * the text, which is sooner known; of long ones the time is looked at. */
#define PATTERN_UTF 1u
#define PATTERN_LINES 2u
#define PATTERN_LONG 4u
#define PATTERN_KINDS 8

struct pattern {
	const char *source; /* as in the XML; borrowed */
	bool caseless, dotall;
	struct pattern_mask needs;
	char *exact; /* the one text that it matches; NULL: not so simple */
	size_t exact_len;
	bool exact_caseless;
	/* For each kind of subject, and to count steps; NULL: not compiled
	 * yet. */
	struct pattern_code *code[PATTERN_KINDS], *counted;
	bool broken; /* it does not compile */
};

enum pattern_result {
	PATTERN_MISS,
	PATTERN_MATCH,
	PATTERN_LIMIT_HIT, /* given up: too much work */
	PATTERN_ERROR,     /* does not compile */
};

/** What is matched, prepared once for all patterns. */
struct pattern_subject {
	const char *text;
	size_t len;
	unsigned kind;
	struct pattern_mask has;
};

/* The work that a match may take at one place of its subject, in PCRE2's
 * units: all of Recog's examples need less. It bounds time only together
 * with LIMIT_SUBJECT; of a longer subject the clock does. */
#define PATTERN_LIMIT 10000u
#define PATTERN_LONG_MS 20

#define PATTERN_GROUPS 16 /* captures that are handed out, with the whole */

/** Captures, of which those from @count on are not set. Valid until the next
 * match. */
struct pattern_groups {
	const size_t *ends; /* start and end of each in the subject */
	size_t count;
};

/** pattern_group_is_set: Whether ends[2 * n] and ends[2 * n + 1] count. */
static inline bool pattern_group_is_set(const struct pattern_groups *g,
					size_t n)
{
	return n < g->count && g->ends[2 * n] != SIZE_MAX &&
	       g->ends[2 * n] <= g->ends[2 * n + 1];
}

/**
 * pattern_init: Reads flags such as "REG_DOT_NEWLINE,REG_ICASE" ("" or NULL
 * is none). Returns -1 for a flag that Recog does not have; logs nothing.
 */
int pattern_init(struct pattern *p, const char *source,
		 const char *flags) WARN_UNUSED;
void pattern_release(struct pattern *p);

/** pattern_compile: Both variants, for a check. Returns NULL when right, else
 * why not; caller frees with free. */
char *pattern_compile(struct pattern *p);

/** pattern_group_count: Of a compiled pattern; 0 when it is broken. */
int pattern_group_count(const struct pattern *p);

void pattern_subject(struct pattern_subject *s, const char *text, size_t len);

/** pattern_match: With PATTERN_LIMIT. @groups: out, may be NULL. */
enum pattern_result pattern_match(struct pattern *p,
				  const struct pattern_subject *s,
				  struct pattern_groups *groups);

/** pattern_run: The same without a look at the mask, which fits. */
enum pattern_result pattern_run(struct pattern *p,
				const struct pattern_subject *s,
				struct pattern_groups *groups);

/** pattern_takes: Whether it takes more than @most steps, which are counted
 * one by one, to decide. The same on every machine, and slow. */
bool pattern_takes(struct pattern *p, const struct pattern_subject *s,
		   uint32_t most);

/** pattern_translate: Ruby's spelling to PCRE2's: (?m is (?s, \h a digit of
 * hexadecimal, \v the vertical tab, and x(?i)y|z is x(?i:y|z). What would
 * take exponential time for nothing, (.+)*, becomes (.+)?. */
void pattern_translate(const char *source, struct buf *out);

#endif
