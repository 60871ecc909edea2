#include <stdlib.h>
#include <string.h>

#include "xalloc.h"
#include "pattern_index.h"
#include "pattern_mask.h"

#define BITS (PATTERN_WORDS * 64)
#define NO_BIT BITS /* of a pattern that needs nothing */

/* A pattern with a second bit that it needs, which spares a look at all; the
 * first once more where it needs no other. */
struct entry {
	uint16_t pattern, second;
};

struct pattern_index {
	size_t count, words;
	struct pattern_mask filed; /* bits that patterns are found by */
	uint16_t start[BITS + 2];  /* of the entries of each bit */
	struct entry *entries;
	struct pattern_mask *needs; /* in the order of the entries */
};

/* The numbers of the bits that are set; returns how many. */
static size_t list_bits(const struct pattern_mask *m, uint16_t out[BITS])
{
	size_t n = 0;

	for (size_t w = 0; w < PATTERN_WORDS; w++)
		for (uint64_t left = m->bits[w]; left != 0; left &= left - 1)
			out[n++] =
			    (uint16_t)(w * 64 + (size_t)__builtin_ctzll(left));
	return n;
}

/* The bit that the fewest patterns need, save one; pairs of bytes before
 * bytes, as subjects have fewer of all pairs than of all bytes. */
static uint16_t rarest(const struct pattern_mask *m, const unsigned *needed,
		       uint16_t save)
{
	uint16_t bits[BITS], best = NO_BIT;
	size_t n = list_bits(m, bits);

	for (size_t i = 0; i < n; i++) {
		bool byte = bits[i] >= BITS / 2;

		if (bits[i] != save &&
		    (best == NO_BIT || (needed[bits[i]] < needed[best] &&
					(!byte || best >= BITS / 2))))
			best = bits[i];
	}
	return best;
}

static void count_needs(const struct pattern_mask *needs, size_t count,
			unsigned *needed)
{
	uint16_t bits[BITS];

	for (size_t i = 0; i < count; i++) {
		size_t n = list_bits(&needs[i], bits);

		for (size_t j = 0; j < n; j++)
			needed[bits[j]]++;
	}
}

struct pattern_index *pattern_index_new(const struct pattern_mask *needs,
					size_t count)
{
	struct pattern_index *x;
	unsigned needed[BITS] = {0};
	uint16_t *by, at[BITS + 2];

	if (count > PATTERN_INDEX_MAX)
		return NULL;
	x = xalloc_zero(1, sizeof(*x));
	x->count = count;
	x->words = count / 64 + 1;
	x->entries = xalloc_zero(count + 1, sizeof(*x->entries));
	x->needs = xalloc_zero(count + 1, sizeof(*x->needs));
	by = xalloc_zero(count + 1, sizeof(*by));
	count_needs(needs, count, needed);
	for (size_t i = 0; i < count; i++) {
		by[i] = rarest(&needs[i], needed, NO_BIT);
		if (by[i] != NO_BIT)
			x->filed.bits[by[i] / 64] |= (uint64_t)1
						     << (by[i] % 64);
		x->start[by[i] + 1]++;
	}
	for (size_t bit = 0; bit <= NO_BIT; bit++)
		x->start[bit + 1] =
		    (uint16_t)(x->start[bit + 1] + x->start[bit]);
	memcpy(at, x->start, sizeof(at));
	for (size_t i = 0; i < count; i++) {
		uint16_t place = at[by[i]]++;

		x->entries[place].pattern = (uint16_t)i;
		x->entries[place].second = rarest(&needs[i], needed, by[i]);
		if (x->entries[place].second == NO_BIT)
			x->entries[place].second = by[i];
		x->needs[place] = needs[i];
	}
	free(by);
	return x;
}

void pattern_index_free(struct pattern_index *x)
{
	if (x == NULL)
		return;
	free(x->entries);
	free(x->needs);
	free(x);
}

static bool has_bit(const struct pattern_mask *m, uint16_t bit)
{
	return (m->bits[bit / 64] >> (bit % 64) & 1) != 0;
}

/* The entries with both of their bits. Without branches on what a subject
 * has, here and below: they would be guessed wrong half of the time. */
static size_t list_entries(const struct pattern_index *x,
			   const struct pattern_mask *has,
			   uint16_t list[PATTERN_INDEX_MAX + 1])
{
	size_t n = 0;

	for (size_t w = 0; w < PATTERN_WORDS; w++)
		for (uint64_t left = has->bits[w] & x->filed.bits[w]; left != 0;
		     left &= left - 1) {
			size_t bit = w * 64 + (size_t)__builtin_ctzll(left);
			size_t i = x->start[bit], end = x->start[bit + 1];

			do {
				list[n] = (uint16_t)i;
				n += has_bit(has, x->entries[i].second);
			} while (++i < end);
		}
	for (size_t i = x->start[NO_BIT]; i < x->start[NO_BIT + 1]; i++)
		list[n++] = (uint16_t)i;
	return n;
}

void pattern_index_find(const struct pattern_index *x,
			const struct pattern_mask *has,
			uint64_t could[PATTERN_INDEX_WORDS])
{
	uint16_t list[PATTERN_INDEX_MAX + 1];
	size_t n = list_entries(x, has, list);

	memset(could, 0, x->words * sizeof(*could));
	could[x->count / 64] |= (uint64_t)1 << (x->count % 64);
	for (size_t i = 0; i < n; i++) {
		uint16_t pattern = x->entries[list[i]].pattern;

		could[pattern / 64] |=
		    (uint64_t)pattern_mask_fits(&x->needs[list[i]], has)
		    << (pattern % 64);
	}
}
