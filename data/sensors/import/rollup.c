#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "xalloc.h"
#include "rollup.h"

#define ROWS_MIN 1024

_Static_assert(sizeof(struct rollup_row) == 64, "one cache line");

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

static bool same_addr(const struct addr *a, const struct addr *b)
{
	uint64_t x[2], y[2];

	memcpy(x, a->bytes, sizeof(x));
	memcpy(y, b->bytes, sizeof(y));
	return x[0] == y[0] && x[1] == y[1] && a->family == b->family;
}

bool rollup_same_base(const struct rollup_row *a, const struct rollup_row *b)
{
	return same_addr(&a->source, &b->source) && a->day == b->day &&
	       a->sensor == b->sensor && a->port == b->port &&
	       a->protocol == b->protocol;
}

static bool same_key(const struct rollup_row *a, const struct rollup_row *b)
{
	return rollup_same_base(a, b) && a->signature == b->signature;
}

/* Slots hold half of the hash, so that few rows are looked at in vain. */
static uint64_t slot_of(uint64_t h, size_t place)
{
	return (h & 0xffffffff00000000u) | (uint32_t)(place + 1);
}

static uint64_t *find_slot(const struct rollup *r, uint64_t h,
			   const struct rollup_row *key)
{
	size_t mask = r->slot_count - 1, i = h & mask;

	while (r->slots[i] != 0) {
		uint64_t slot = r->slots[i];

		if ((slot ^ h) >> 32 == 0 &&
		    same_key(&r->rows[(uint32_t)slot - 1], key))
			break;
		i = (i + 1) & mask;
	}
	return &r->slots[i];
}

static void grow_slots(struct rollup *r)
{
	/* Senders choose the keys: they must not know where they fall. */
	if (r->slot_count == 0 &&
	    getrandom(&r->seed, sizeof(r->seed), 0) != sizeof(r->seed))
		r->seed = 0;
	free(r->slots);
	r->slot_count = r->slot_count ? r->slot_count * 2 : 1u << 14;
	r->slots = xalloc_table(r->slot_count, sizeof(*r->slots));
	memset(r->slots, 0, r->slot_count * sizeof(*r->slots));
	for (size_t i = 0; i < r->count; i++) {
		uint64_t h = hash(r, &r->rows[i]);
		size_t mask = r->slot_count - 1, at = h & mask;

		while (r->slots[at] != 0)
			at = (at + 1) & mask;
		r->slots[at] = slot_of(h, i);
	}
}

static void grow_rows(struct rollup *r)
{
	size_t cap = r->cap ? r->cap * 2 : ROWS_MIN;
	struct rollup_row *rows = xalloc_table(cap, sizeof(*rows));

	if (r->count > 0)
		memcpy(rows, r->rows, r->count * sizeof(*rows));
	free(r->rows);
	r->rows = rows;
	r->cap = cap;
}

static void make_room(struct rollup *r)
{
	if (r->cap < r->count + ROLLUP_WAITING)
		grow_rows(r);
	if (r->slot_count * 3 <= 4 * (r->count + ROLLUP_WAITING))
		grow_slots(r);
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
	size_t n = r->waiting_count;

	if (n == 0)
		make_room(r);
	r->waiting[n].row = key;
	r->waiting[n].hash = hash(r, &key);
	__builtin_prefetch(&r->slots[r->waiting[n].hash & (r->slot_count - 1)]);
	if (++r->waiting_count == ROLLUP_WAITING)
		rollup_settle(r);
}

static void fetch_row(const struct rollup *r, uint64_t h)
{
	uint64_t slot = r->slots[h & (r->slot_count - 1)];

	if (slot != 0)
		__builtin_prefetch(&r->rows[(uint32_t)slot - 1]);
}

void rollup_settle(struct rollup *r)
{
	for (size_t i = 0; i < r->waiting_count; i++)
		fetch_row(r, r->waiting[i].hash);
	for (size_t i = 0; i < r->waiting_count; i++) {
		const struct rollup_row *key = &r->waiting[i].row;
		uint64_t h = r->waiting[i].hash;
		uint64_t *slot = find_slot(r, h, key);

		if (*slot != 0) {
			rollup_merge(&r->rows[(uint32_t)*slot - 1], key);
			continue;
		}
		*slot = slot_of(h, r->count);
		r->rows[r->count++] = *key;
	}
	r->waiting_count = 0;
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

static bool comes_first(const struct rollup_row *rows,
			const struct rollup_place *a,
			const struct rollup_place *b)
{
	if (a->day_sensor != b->day_sensor)
		return a->day_sensor < b->day_sensor;
	if (a->source != b->source)
		return a->source < b->source;
	return rollup_compare(a, &rows[a->index], b, &rows[b->index]) <= 0;
}

#define SMALL 12 /* places that are sorted by insertion */

static void sort_small(const struct rollup_row *rows, struct rollup_place *p,
		       size_t count)
{
	for (size_t i = 1; i < count; i++) {
		struct rollup_place moved = p[i];
		size_t at = i;

		for (; at > 0 && !comes_first(rows, &p[at - 1], &moved); at--)
			p[at] = p[at - 1];
		p[at] = moved;
	}
}

/* A merge sort, several times as fast as qsort with its calls. @spare:
 * room for half of p. The depth is the logarithm of count. */
static void sort_places(const struct rollup_row *rows, struct rollup_place *p,
			struct rollup_place *spare, size_t count)
{
	size_t half = count / 2, left = 0, right = half, out = 0;

	if (count <= SMALL) {
		sort_small(rows, p, count);
		return;
	}
	sort_places(rows, p, spare, half);
	sort_places(rows, p + half, spare, count - half);
	if (comes_first(rows, &p[half - 1], &p[half]))
		return;
	memcpy(spare, p, half * sizeof(*p));
	while (left < half && right < count)
		p[out++] = comes_first(rows, &spare[left], &p[right])
			       ? spare[left++]
			       : p[right++];
	memcpy(p + out, spare + left, (half - left) * sizeof(*p));
}

void rollup_sort(struct rollup *r, const uint32_t *ranks)
{
	struct rollup_place *spare;

	rollup_settle(r);
	r->order = xalloc_grow(r->order, r->count + 1, sizeof(*r->order));
	for (size_t i = 0; i < r->count; i++) {
		rollup_place_of(&r->rows[i], ranks, &r->order[i]);
		r->order[i].index = (uint32_t)i;
	}
	spare = xalloc((r->count / 2 + 1) * sizeof(*spare));
	sort_places(r->rows, r->order, spare, r->count);
	free(spare);
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
