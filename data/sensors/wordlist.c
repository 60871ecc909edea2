#include <stdlib.h>
#include <string.h>

#include "xalloc.h"
#include "wordlist.h"

static size_t hash(const char *text)
{
	uint64_t h = 14695981039346656037u;

	for (; *text != '\0'; text++)
		h = (h ^ (unsigned char)*text) * 1099511628211u;
	return (size_t)(h ^ h >> 32);
}

static uint32_t *find_slot(const struct wordlist *w, const char *text)
{
	size_t mask = w->slot_count - 1, i = hash(text) & mask;

	while (w->slots[i] != 0 && strcmp(w->words[w->slots[i] - 1], text) != 0)
		i = (i + 1) & mask;
	return &w->slots[i];
}

/* Keeps at least half of the slots free. */
static void make_room(struct wordlist *w)
{
	if (w->slot_count > 2 * (w->count + 1))
		return;
	free(w->slots);
	w->slot_count = w->slot_count ? w->slot_count * 2 : 64;
	w->slots = xalloc_zero(w->slot_count, sizeof(*w->slots));
	for (size_t i = 0; i < w->count; i++)
		*find_slot(w, w->words[i]) = (uint32_t)i + 1;
}

uint32_t wordlist_add(struct wordlist *w, const char *text)
{
	void *words = w->words;
	uint32_t *slot;

	make_room(w);
	slot = find_slot(w, text);
	if (*slot == 0) {
		xalloc_room(&words, &w->cap, w->count, sizeof(*w->words));
		w->words = words;
		w->words[w->count++] = xalloc_string(text);
		*slot = (uint32_t)w->count;
	}
	return *slot - 1;
}

void wordlist_release(struct wordlist *w)
{
	for (size_t i = 0; i < w->count; i++)
		free(w->words[i]);
	free(w->words);
	free(w->slots);
	*w = (struct wordlist){0};
}
