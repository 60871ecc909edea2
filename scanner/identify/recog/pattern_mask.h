/*
 * Which bytes and pairs of bytes must be in every text that a pattern
 * matches. Errs on the side of asking for too little.
 */
#ifndef MARTLET_PATTERN_MASK_H
#define MARTLET_PATTERN_MASK_H

#include "pattern.h"

/** @translated: by pattern_translate. */
struct pattern_mask pattern_mask_needs(const char *translated);
/* Texts of which one must be there. */
#define PATTERN_TEXTS_MAX 16
#define PATTERN_TEXT_SIZE 33 /* of one, with its NUL */

struct pattern_texts {
	size_t count;
	char text[PATTERN_TEXTS_MAX][PATTERN_TEXT_SIZE]; /* lower case */
};

/** pattern_mask_texts: Texts of ASCII of which one is, in any case of its
 * letters, in every text that the pattern matches; where "s" and "k" may be
 * U+017F and U+212A. NULL: none is known. Caller frees with free. */
struct pattern_texts *pattern_mask_texts(const char *translated);
/** @high: whether there are bytes over 0x7f. */
struct pattern_mask pattern_mask_has(const char *text, size_t len, bool high);

_Static_assert(PATTERN_WORDS == 8, "all of them are compared");
static inline bool pattern_mask_fits(const struct pattern_mask *needs,
				     const struct pattern_mask *has)
{
	const uint64_t *n = needs->bits, *h = has->bits;

	/* Written out: this is where misses spend their time. */
	return ((n[0] & ~h[0]) | (n[1] & ~h[1]) | (n[2] & ~h[2]) |
		(n[3] & ~h[3]) | (n[4] & ~h[4]) | (n[5] & ~h[5]) |
		(n[6] & ~h[6]) | (n[7] & ~h[7])) == 0;
}

#endif
