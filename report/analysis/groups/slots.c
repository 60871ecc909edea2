#include <ctype.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "compiler.h"
#include "str.h"
#include "xalloc.h"
#include "slots.h"

#define WORDS_MAX 64  /* of one string; what follows is the last word */
#define SLOTS_MAX 8   /* of one string: with more, nothing is aligned */
#define STRINGS_MIN 3 /* below, nothing can be told from chance */

/* A slot is of places when so many readings by chance are less likely. */
#define READING_MAX_CHANCE 0.001
#define READINGS_MIN 3

struct words {
	struct word {
		const char *text;
		size_t len;
	} list[WORDS_MAX];
	size_t count;
};

enum class { LETTERS, DIGITS, FOREIGN, OTHER };

static enum class class_of(char c) {
	unsigned char u = (unsigned char)c;

	return u >= 0x80    ? FOREIGN
	       : isalpha(u) ? LETTERS
	       : isdigit(u) ? DIGITS
			    : OTHER;
}

/* Runs of letters, digits or of other scripts; a capital after a small
 * letter starts a word ("siteTKY"); every other byte is its own word. */
static void cut_words(const char *s, struct words *out)
{
	out->count = 0;
	while (*s != '\0') {
		enum class class = class_of(*s);
		size_t len = 1;

		while (class != OTHER && s[len] != '\0' &&
		       class_of(s[len]) == class &&
		       !(islower((unsigned char)s[len - 1]) &&
			 isupper((unsigned char)s[len])))
			len++;
		if (out->count + 1 == WORDS_MAX)
			len = strlen(s);
		out->list[out->count++] = (struct word){s, len};
		s += len;
	}
}

static bool same_word(const struct word *a, const struct word *b)
{
	return a->len == b->len && memcmp(a->text, b->text, a->len) == 0;
}

struct alignment {
	const struct slot_string *strings;
	struct words *words;
	size_t count;
	bool varies[WORDS_MAX];
};

/* Words from both ends that all share. */
static void common_ends(const struct alignment *a, size_t *head, size_t *tail)
{
	size_t shortest = WORDS_MAX;

	for (size_t i = 0; i < a->count; i++)
		if (a->words[i].count < shortest)
			shortest = a->words[i].count;
	*head = *tail = shortest;
	for (size_t i = 1; i < a->count; i++) {
		const struct words *x = &a->words[0], *y = &a->words[i];
		size_t h = 0, t = 0;

		while (h < *head && same_word(&x->list[h], &y->list[h]))
			h++;
		*head = h;
		while (t < *tail && t + h < shortest &&
		       same_word(&x->list[x->count - 1 - t],
				 &y->list[y->count - 1 - t]))
			t++;
		*tail = t;
	}
	if (*head + *tail > shortest)
		*tail = shortest - *head;
}

/* Marks the words that differ; false when the strings have not all as many
 * words, or too many differ. */
static bool align_words(struct alignment *a, size_t *slots)
{
	*slots = 0;
	for (size_t i = 1; i < a->count; i++)
		if (a->words[i].count != a->words[0].count)
			return false;
	for (size_t w = 0; w < a->words[0].count; w++) {
		a->varies[w] = false;
		for (size_t i = 1; i < a->count && !a->varies[w]; i++)
			a->varies[w] = !same_word(&a->words[i].list[w],
						  &a->words[0].list[w]);
		*slots += a->varies[w] ? 1 : 0;
	}
	return *slots <= SLOTS_MAX;
}

static char *make_pattern(const struct alignment *a, size_t slot)
{
	struct buf b;

	buf_init(&b, BUF_NO_LIMIT);
	for (size_t w = 0; w < a->words[0].count; w++) {
		const struct word *word = &a->words[0].list[w];

		if (a->varies[w])
			buf_add_string(&b, w == slot ? "{}" : "*");
		else
			buf_add(&b, word->text, word->len);
	}
	return buf_detach(&b);
}

/* What stands between the common ends, as one slot. */
static char *between(const struct words *words, size_t head, size_t tail)
{
	struct buf b;
	char *text, *value;

	buf_init(&b, BUF_NO_LIMIT);
	for (size_t w = head; w + tail < words->count; w++)
		buf_add(&b, words->list[w].text, words->list[w].len);
	text = buf_detach(&b);
	value = xalloc_string(str_trim(text));
	free(text);
	return value;
}

static char *between_pattern(const struct words *words, size_t head,
			     size_t tail)
{
	struct buf b;

	buf_init(&b, BUF_NO_LIMIT);
	for (size_t w = 0; w < head; w++)
		buf_add(&b, words->list[w].text, words->list[w].len);
	buf_add_string(&b, "{}");
	for (size_t w = words->count - tail; w < words->count; w++)
		buf_add(&b, words->list[w].text, words->list[w].len);
	return buf_detach(&b);
}

/* The first word of a value that reads as a place, and the chance that any
 * of its words would. */
static uint64_t read_value(const struct places *places, const char *value,
			   double *chance)
{
	struct words words;
	uint64_t reading = 0;

	*chance = 0;
	cut_words(value, &words);
	for (size_t w = 0; w < words.count; w++) {
		char *word =
		    xalloc_string_n(words.list[w].text, words.list[w].len);

		if (reading == 0)
			reading = places_read(places, word);
		*chance += places_chance(places, word);
		free(word);
	}
	return reading;
}

static char *reading_text(const struct places *places, uint64_t reading)
{
	struct buf b;

	if (reading == 0)
		return NULL;
	buf_init(&b, BUF_NO_LIMIT);
	for (int i = 0; i < PLACES_PREFECTURES; i++) {
		if ((reading >> i & 1) == 0)
			continue;
		if (b.len > 0)
			buf_add_char(&b, '|');
		buf_add_string(&b, places_name(places, i));
	}
	return buf_detach(&b);
}

/* P(Poisson(mean) >= count) */
static double poisson_tail(double mean, int count)
{
	double term = exp(-mean), sum = 0;

	for (int i = 0; i < count; i++) {
		sum += term;
		term *= mean / (i + 1);
	}
	return 1 - sum;
}

static bool all_digits(const struct slot *slot)
{
	for (size_t i = 0; i < slot->count; i++) {
		const char *v = slot->values[i].value;

		if (*v == '\0' || v[strspn(v, "0123456789")] != '\0')
			return false;
	}
	return true;
}

static bool seen_before(const struct slot *slot, size_t at)
{
	for (size_t i = 0; i < at; i++)
		if (strcmp(slot->values[i].value, slot->values[at].value) == 0)
			return true;
	return false;
}

static void read_slot(const struct places *places, struct slot *slot)
{
	uint64_t *readings = xalloc_zero(slot->count, sizeof(*readings));
	int different = 0, readable = 0, prefectures;

	for (size_t i = 0; i < slot->count; i++) {
		struct slot_value *v = &slot->values[i];
		double chance;
		uint64_t reading = read_value(places, v->value, &chance);

		v->reading = reading_text(places, reading);
		slot->readable += reading != 0 ? 1 : 0;
		if (seen_before(slot, i))
			continue;
		different++;
		slot->expected += chance;
		if (reading != 0)
			readings[readable++] = reading;
	}
	prefectures = places_distinct(readings, (size_t)readable);
	free(readings);
	slot->distinct = different;
	slot->kind = all_digits(slot) ? "number" : "text";
	if (prefectures >= READINGS_MIN && 2 * readable >= different &&
	    poisson_tail(slot->expected, readable) < READING_MAX_CHANCE) {
		slot->kind = "prefecture";
		slot->distinct = prefectures;
	}
}

static struct slot *add_slot(struct slot **slots, size_t *count,
			     const char *where, size_t values)
{
	struct slot *slot;

	*slots = xalloc_grow(*slots, *count + 1, sizeof(**slots));
	slot = &(*slots)[(*count)++];
	*slot = (struct slot){.where = xalloc_string(where)};
	slot->values = xalloc_zero(values, sizeof(*slot->values));
	return slot;
}

void slots_find(const struct places *places, const char *where,
		const struct slot_string *strings, size_t string_count,
		struct slot **slots, size_t *count)
{
	struct alignment a = {.strings = strings, .count = string_count};
	size_t varying, head, tail;
	bool by_word;

	if (string_count < STRINGS_MIN)
		return;
	a.words = xalloc_zero(string_count, sizeof(*a.words));
	for (size_t i = 0; i < string_count; i++)
		cut_words(strings[i].text, &a.words[i]);
	by_word = align_words(&a, &varying);
	common_ends(&a, &head, &tail);
	for (size_t w = 0; by_word && w < a.words[0].count; w++) {
		struct slot *slot;

		if (!a.varies[w])
			continue;
		slot = add_slot(slots, count, where, string_count);
		slot->pattern = make_pattern(&a, w);
		for (size_t i = 0; i < string_count; i++)
			slot->values[slot->count++] = (struct slot_value){
			    strings[i].member,
			    xalloc_string_n(a.words[i].list[w].text,
					    a.words[i].list[w].len),
			    NULL};
		read_slot(places, slot);
	}
	if (!by_word) {
		struct slot *slot = add_slot(slots, count, where, string_count);

		slot->pattern = between_pattern(&a.words[0], head, tail);
		for (size_t i = 0; i < string_count; i++)
			slot->values[slot->count++] = (struct slot_value){
			    strings[i].member, between(&a.words[i], head, tail),
			    NULL};
		read_slot(places, slot);
	}
	free(a.words);
}

void slots_release(struct slot *slots, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		for (size_t j = 0; j < slots[i].count; j++) {
			free(slots[i].values[j].value);
			free(slots[i].values[j].reading);
		}
		free(slots[i].values);
		free(slots[i].where);
		free(slots[i].pattern);
	}
	free(slots);
}
