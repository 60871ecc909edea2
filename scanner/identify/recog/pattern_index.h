/*
 * Which patterns of a file could match a subject, by their masks, without
 * looking at each: a pattern is found by the one thing that it needs and
 * that the fewest others need.
 */
#ifndef MARTLET_PATTERN_INDEX_H
#define MARTLET_PATTERN_INDEX_H

#include <stddef.h>
#include <stdint.h>

#include "pattern.h"

/* A file of more patterns has no index. */
#define PATTERN_INDEX_MAX 4096
#define PATTERN_INDEX_WORDS (PATTERN_INDEX_MAX / 64 + 1)

struct pattern_index;

/** pattern_index_new: @needs: the mask of each pattern, copied. Returns NULL
 * for more than PATTERN_INDEX_MAX; caller frees with pattern_index_free. */
struct pattern_index *pattern_index_new(const struct pattern_mask *needs,
					size_t count);
void pattern_index_free(struct pattern_index *x);

/** pattern_index_find: Sets bit i of @could where pattern i could match; a
 * bit after the last one is set, too. */
void pattern_index_find(const struct pattern_index *x,
			const struct pattern_mask *has,
			uint64_t could[PATTERN_INDEX_WORDS]);

/** pattern_index_next: The first bit that is set from @from on; the one
 * after the last pattern at the latest, which @from may not be over. */
static inline size_t pattern_index_next(const uint64_t *could, size_t from)
{
	size_t word = from / 64;
	uint64_t bits = could[word] >> (from % 64);

	if (bits != 0)
		return from + (size_t)__builtin_ctzll(bits);
	while (could[++word] == 0)
		;
	return word * 64 + (size_t)__builtin_ctzll(could[word]);
}

#endif
