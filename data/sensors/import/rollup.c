#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "xalloc.h"
#include "rollup.h"

static uint64_t mix(uint64_t h, uint64_t v)
{
	h = (h ^ v) * 0x9e3779b97f4a7c15u;
	return h ^ h >> 29;
}

static uint64_t hash(const struct rollup *r, const struct rollup_row *k)
{
	uint64_t high, low;

	memcpy(&high, k->source.bytes, 8);
	memcpy(&low, k->source.bytes + 8, 8);
	low = mix(mix(high ^ r->seed, low), k->source.family);
	low = mix(low, (uint64_t)(uint32_t)k->day << 32 | k->sensor);
	return mix(low, (uint64_t)k->port << 16 | (uint64_t)k->protocol << 8 |
			    k->signature);
}

bool rollup_same_base(const struct rollup_row *a, const struct rollup_row *b)
{
	return memcmp(&a->source, &b->source, sizeof(a->source)) == 0 &&
	       a->day == b->day && a->sensor == b->sensor &&
	       a->port == b->port && a->protocol == b->protocol;
}

static bool same_key(const struct rollup_row *a, const struct rollup_row *b)
{
	return rollup_same_base(a, b) && a->signature == b->signature;
}

static uint32_t *find_slot(const struct rollup *r, const struct rollup_row *key)
{
	size_t mask = r->slot_count - 1, i = hash(r, key) & mask;

	while (r->slots[i] != 0 && !same_key(&r->rows[r->slots[i] - 1], key))
		i = (i + 1) & mask;
	return &r->slots[i];
}

static void make_room(struct rollup *r)
{
	void *rows = r->rows;

	xalloc_room(&rows, &r->cap, r->count, sizeof(*r->rows));
	r->rows = rows;
	if (r->slot_count > 2 * (r->count + 1))
		return;
	/* Senders choose the keys: they must not know where they fall. */
	if (r->slot_count == 0 &&
	    getrandom(&r->seed, sizeof(r->seed), 0) != sizeof(r->seed))
		r->seed = 0;
	free(r->slots);
	r->slot_count = r->slot_count ? r->slot_count * 2 : 1u << 14;
	r->slots = xalloc_zero(r->slot_count, sizeof(*r->slots));
	for (size_t i = 0; i < r->count; i++)
		*find_slot(r, &r->rows[i]) = (uint32_t)i + 1;
}

/* Of several packets in the last second the largest source port is kept:
 * the order of the rows must not matter. */
void rollup_merge(struct rollup_row *to, const struct rollup_row *from)
{
	to->packets += from->packets;
	if (from->first_seen < to->first_seen)
		to->first_seen = from->first_seen;
	if (from->last_seen > to->last_seen ||
	    (from->last_seen == to->last_seen &&
	     from->source_port > to->source_port))
		to->source_port = from->source_port;
	if (from->last_seen > to->last_seen)
		to->last_seen = from->last_seen;
}

void rollup_add(struct rollup *r, const struct packet *p, int32_t day)
{
	struct rollup_row key = {
	    .source = p->source,
	    .protocol = p->protocol,
	    .signature = p->signature,
	    .port = p->port,
	    .sensor = p->sensor,
	    .day = day,
	    .source_port = p->source_port,
	    .packets = p->packets,
	    .first_seen = p->time,
	    .last_seen = p->time,
	};
	uint32_t *slot;

	make_room(r);
	slot = find_slot(r, &key);
	if (*slot != 0) {
		rollup_merge(&r->rows[*slot - 1], &key);
		return;
	}
	r->rows[r->count++] = key;
	*slot = (uint32_t)r->count;
}

/* --- the order of the table */

/* 15 characters, all of an IPv4 address, as digits to the base of how many
 * characters addresses have: what is greater as text is greater as a number.
 * 19^15 is just below 2^64. */
#define DIGITS 15
#define BASE 19

static uint64_t text_number(const struct addr *a)
{
	char text[ADDR_TEXT_MAX + 1];
	uint64_t n = 0;
	size_t i = 0;

	addr_format(a, text);
	for (; i < DIGITS && text[i] != '\0'; i++) {
		unsigned c = (unsigned char)text[i];

		n *= BASE;
		if (c == '.')
			n += 1;
		else if (c <= ':')
			n += c - '0' + 2;
		else
			n += c - 'a' + 13;
	}
	for (; i < DIGITS; i++)
		n *= BASE;
	return n;
}

struct word {
	const char *text;
	uint32_t number;
};

static int compare_words(const void *a, const void *b)
{
	const struct word *x = a, *y = b;

	return strcmp(x->text, y->text);
}

uint32_t *rollup_ranks(const struct wordlist *sensors)
{
	size_t n = sensors->count;
	struct word *words = xalloc_zero(n + 1, sizeof(*words));
	uint32_t *ranks = xalloc_zero(n + 1, sizeof(*ranks));

	for (size_t i = 0; i < n; i++)
		words[i] = (struct word){sensors->words[i], (uint32_t)i};
	if (n > 1)
		qsort(words, n, sizeof(*words), compare_words);
	for (size_t i = 0; i < n; i++)
		ranks[words[i].number] = (uint32_t)i;
	free(words);
	return ranks;
}

void rollup_place_of_known(const struct rollup_row *row, const uint32_t *ranks,
			   uint64_t source, struct rollup_place *out)
{
	/* The sign bit turned, so that days before 1970 come first. */
	uint32_t day = (uint32_t)row->day ^ 0x80000000u;

	out->day_sensor = (uint64_t)day << 32 | ranks[row->sensor];
	out->source = source;
	out->rest = (uint32_t)row->protocol << 24 | (uint32_t)row->port << 8 |
		    row->signature;
}

void rollup_place_of(const struct rollup_row *row, const uint32_t *ranks,
		     struct rollup_place *out)
{
	rollup_place_of_known(row, ranks, text_number(&row->source), out);
}

/* Of two IPv6 addresses that begin with the same characters. */
static int compare_texts(const struct addr *a, const struct addr *b)
{
	char x[ADDR_TEXT_MAX], y[ADDR_TEXT_MAX];

	if (a->family == 4 && b->family == 4)
		return 0;
	return strcmp(addr_format(a, x), addr_format(b, y));
}

int rollup_compare(const struct rollup_place *a, const struct rollup_row *x,
		   const struct rollup_place *b, const struct rollup_row *y)
{
	int order;

	if (a->day_sensor != b->day_sensor)
		return a->day_sensor < b->day_sensor ? -1 : 1;
	if (a->source != b->source)
		return a->source < b->source ? -1 : 1;
	order = compare_texts(&x->source, &y->source);
	if (order != 0)
		return order;
	return (a->rest > b->rest) - (a->rest < b->rest);
}

static int compare_places(const void *a, const void *b, void *rows)
{
	const struct rollup_place *x = a, *y = b;
	const struct rollup_row *r = rows;

	return rollup_compare(x, &r[x->index], y, &r[y->index]);
}

void rollup_sort(struct rollup *r, const uint32_t *ranks)
{
	r->order = xalloc_grow(r->order, r->count + 1, sizeof(*r->order));
	for (size_t i = 0; i < r->count; i++) {
		rollup_place_of(&r->rows[i], ranks, &r->order[i]);
		r->order[i].index = (uint32_t)i;
	}
	if (r->count > 1)
		qsort_r(r->order, r->count, sizeof(*r->order), compare_places,
			r->rows);
}

void rollup_reset(struct rollup *r)
{
	r->count = 0;
	if (r->slot_count > 0)
		memset(r->slots, 0, r->slot_count * sizeof(*r->slots));
}

void rollup_release(struct rollup *r)
{
	free(r->rows);
	free(r->slots);
	free(r->order);
	*r = (struct rollup){0};
}
