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
struct pattern_mask pattern_mask_has(const char *text, size_t len);

static inline bool pattern_mask_fits(const struct pattern_mask *needs,
				     const struct pattern_mask *has)
{
	uint64_t missing = 0;

	for (int i = 0; i < PATTERN_WORDS; i++)
		missing |= needs->bits[i] & ~has->bits[i];
	return missing == 0;
}

#endif
