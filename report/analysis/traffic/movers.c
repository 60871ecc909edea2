#include <math.h>
#include <stdlib.h>

#include "xalloc.h"
#include "movers.h"

static int by_key(const void *a, const void *b)
{
	const struct mover_amount *x = a, *y = b;

	return (x->key > y->key) - (x->key < y->key);
}

static int by_difference(const void *a, const void *b)
{
	const struct mover *x = a, *y = b;
	double p = fabs(x->per_sensor_day - x->before);
	double q = fabs(y->per_sensor_day - y->before);

	if (p != q)
		return p > q ? -1 : 1;
	return (x->key > y->key) - (x->key < y->key);
}

/* One comparison of one side. */
struct comparing {
	struct movers *out;
	const struct traffic_amount *now, *before; /* of the side */
	struct mover mover;                        /* then and side are set */
};

static void judge(struct comparing *c, uint32_t key, int64_t packets,
		  int64_t packets_before)
{
	double usual = fmax(c->now->per_sensor_day, c->before->per_sensor_day);
	struct mover m = c->mover;
	void *list = c->out->list;

	m.key = key;
	m.packets = packets;
	m.packets_before = packets_before;
	m.per_sensor_day = (double)packets / c->now->sensor_days;
	m.before = (double)packets_before / c->before->sensor_days;
	m.share = (m.per_sensor_day - m.before) / usual;
	m.change = m.before > 0 ? m.per_sensor_day / m.before - 1 : NAN;
	if ((packets < MOVERS_LEAST_PACKETS &&
	     packets_before < MOVERS_LEAST_PACKETS) ||
	    fabs(m.share) < MOVERS_LEAST_SHARE ||
	    fabs(m.per_sensor_day - m.before) <
		MOVERS_LEAST_CHANGE * fmax(m.per_sensor_day, m.before))
		return;
	xalloc_room(&list, &c->out->cap, c->out->count, sizeof(m));
	c->out->list = list;
	c->out->list[c->out->count++] = m;
}

/* Both are sorted by key. */
static void judge_all(struct comparing *c, const struct mover_amount *now,
		      size_t now_count, const struct mover_amount *before,
		      size_t before_count)
{
	enum traffic_side side = c->mover.side;
	size_t i = 0, k = 0;

	while (i < now_count || k < before_count) {
		bool has_now = i < now_count && (k == before_count ||
						 now[i].key <= before[k].key);
		bool has_before =
		    k < before_count &&
		    (i == now_count || before[k].key <= now[i].key);
		uint32_t key = has_now ? now[i].key : before[k].key;

		judge(c, key, has_now ? now[i].sides[side] : 0,
		      has_before ? before[k].sides[side] : 0);
		i += has_now;
		k += has_before;
	}
}

static struct mover_amount *sorted(const struct mover_amount *list,
				   size_t count)
{
	struct mover_amount *copy = xalloc_zero(count + 1, sizeof(*copy));

	for (size_t i = 0; i < count; i++)
		copy[i] = list[i];
	if (count > 1)
		qsort(copy, count, sizeof(*copy), by_key);
	return copy;
}

static bool can_compare(const struct comparing *c)
{
	return c->now->sensor_days > 0 && c->before->sensor_days > 0;
}

void movers_add(struct movers *m, const struct traffic *t,
		const struct traffic *earlier, enum traffic_then then,
		const struct mover_amount *now, size_t now_count,
		const struct mover_amount *before, size_t before_count)
{
	struct mover_amount *n = sorted(now, now_count);
	struct mover_amount *b = sorted(before, before_count);

	for (int side = 0; side < TRAFFIC_SIDES; side++) {
		struct comparing c = {
		    .out = m,
		    .now = &t->whole.sides[side],
		    .before = &earlier->whole.sides[side],
		    .mover = {.then = then, .side = (enum traffic_side)side}};
		size_t start = m->count;

		if (!can_compare(&c))
			continue;
		judge_all(&c, n, now_count, b, before_count);
		if (m->count > start)
			qsort(m->list + start, m->count - start,
			      sizeof(*m->list), by_difference);
		if (m->count > start + MOVERS_TOP)
			m->count = start + MOVERS_TOP;
	}
	free(n);
	free(b);
}

void movers_release(struct movers *m)
{
	free(m->list);
	*m = (struct movers){0};
}

/* Sorted by key: amounts of one key are added up. */
static size_t merge(struct mover_amount *list, size_t count)
{
	size_t kept = 0;

	if (count > 1)
		qsort(list, count, sizeof(*list), by_key);
	for (size_t i = 0; i < count; i++) {
		if (kept == 0 || list[kept - 1].key != list[i].key) {
			list[kept++] = list[i];
			continue;
		}
		for (int side = 0; side < TRAFFIC_SIDES; side++)
			list[kept - 1].sides[side] += list[i].sides[side];
	}
	return kept;
}

size_t movers_ports(const struct traffic *t, struct mover_amount **out)
{
	size_t count = 0, cap = 0;

	*out = NULL;
	for (size_t s = 0; s < t->sensor_count; s++) {
		enum traffic_side side = t->regions[t->sensors[s].region].side;

		for (size_t i = 0; i < t->ranks[s].count; i++) {
			const struct traffic_rank *r = &t->ranks[s].list[i];
			struct mover_amount *a;

			xalloc_room((void **)out, &cap, count, sizeof(*a));
			a = &(*out)[count++];
			*a = (struct mover_amount){
			    .key = (uint32_t)r->protocol << 16 | r->port};
			a->sides[side] = r->packets;
		}
	}
	return merge(*out, count);
}
