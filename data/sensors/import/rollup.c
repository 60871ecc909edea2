#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "xalloc.h"
#include "rollup.h"

static uint64_t mix(uint64_t h, uint64_t v)
{
	h = (h ^ v) * 0x9e3779b97f4a7c15u;
	return h ^ h >> 29;
}

static uint64_t hash(const struct rollup_row *k)
{
	uint64_t high, low;

	memcpy(&high, k->source.bytes, 8);
	memcpy(&low, k->source.bytes + 8, 8);
	low = mix(mix(high, low), k->source.family);
	low = mix(low, (uint64_t)(uint32_t)k->day << 32 | k->sensor);
	return mix(low, (uint64_t)k->port << 16 | (uint64_t)k->protocol << 8 |
			    k->signature);
}

static bool same_key(const struct rollup_row *a, const struct rollup_row *b)
{
	return memcmp(&a->source, &b->source, sizeof(a->source)) == 0 &&
	       a->day == b->day && a->sensor == b->sensor &&
	       a->port == b->port && a->protocol == b->protocol &&
	       a->signature == b->signature;
}

static uint32_t *find_slot(const struct rollup *r, const struct rollup_row *key)
{
	size_t mask = r->slot_count - 1, i = hash(key) & mask;

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
	free(r->slots);
	r->slot_count = r->slot_count ? r->slot_count * 2 : 1u << 14;
	r->slots = xalloc_zero(r->slot_count, sizeof(*r->slots));
	for (size_t i = 0; i < r->count; i++)
		*find_slot(r, &r->rows[i]) = (uint32_t)i + 1;
}

/* Of several packets in the last second the largest source port is kept:
 * the order of the rows must not matter. */
static void add_to(struct rollup_row *row, const struct packet *p)
{
	row->packets += p->packets;
	if (p->time < row->first_seen)
		row->first_seen = p->time;
	if (p->time > row->last_seen ||
	    (p->time == row->last_seen && p->source_port > row->source_port))
		row->source_port = p->source_port;
	if (p->time > row->last_seen)
		row->last_seen = p->time;
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
		add_to(&r->rows[*slot - 1], p);
		return;
	}
	r->rows[r->count++] = key;
	*slot = (uint32_t)r->count;
}

static int compare_rows(const void *a, const void *b)
{
	const struct rollup_row *x = a, *y = b;
	int order;

	if (x->day != y->day)
		return x->day < y->day ? -1 : 1;
	if (x->sensor != y->sensor)
		return x->sensor < y->sensor ? -1 : 1;
	order = addr_compare(&x->source, &y->source);
	if (order != 0)
		return order;
	if (x->protocol != y->protocol)
		return x->protocol - y->protocol;
	if (x->port != y->port)
		return x->port - y->port;
	return x->signature - y->signature;
}

void rollup_sort(struct rollup *r)
{
	if (r->count > 1)
		qsort(r->rows, r->count, sizeof(*r->rows), compare_rows);
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
	*r = (struct rollup){0};
}
