#include <stdlib.h>

#include "group_chance.h"
#include "xalloc.h"
#include "group_candidates.h"

/* Profiles that share a pair of items are compared two by two up to this
 * many; beyond, only with all others at once: such a pair is common, and a
 * group among its owners has a rarer pair of its own. */
#define COMPARED 64

struct pair {
	uint32_t a, b;    /* items, a < b */
	uint32_t profile; /* the first with its shape */
};

struct pairs {
	struct pair *list;
	size_t count, cap;
};

struct rarity {
	uint32_t item;
	size_t owners;
};

static int by_rarity(const void *a, const void *b)
{
	const struct rarity *x = a, *y = b;

	if (x->owners != y->owners)
		return x->owners < y->owners ? -1 : 1;
	return (x->item > y->item) - (x->item < y->item);
}

static int by_number(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static struct ids shape_of(const struct population *p, const struct ids *all)
{
	struct ids shape = population_copy(all);
	struct rarity *order;

	if (all->count <= GROUP_CHANCE_ITEMS)
		return shape;
	order = xalloc_zero(all->count, sizeof(*order));
	for (size_t i = 0; i < all->count; i++)
		order[i] = (struct rarity){all->list[i],
					   p->owners[all->list[i]].count};
	qsort(order, all->count, sizeof(*order), by_rarity);
	shape.count = GROUP_CHANCE_ITEMS;
	for (size_t i = 0; i < shape.count; i++)
		shape.list[i] = order[i].item;
	qsort(shape.list, shape.count, sizeof(*shape.list), by_number);
	free(order);
	return shape;
}

/* @core: moved in. */
static void add_core(struct group_candidates *c, struct ids core, size_t ports)
{
	void *cores = c->cores;

	if (core.count < ports) {
		free(core.list);
		return;
	}
	xalloc_room(&cores, &c->cap, c->count, sizeof(*c->cores));
	c->cores = cores;
	c->cores[c->count++] = core;
}

static void add_pairs(struct pairs *pairs, const struct ids *shape,
		      uint32_t profile)
{
	for (size_t i = 0; i < shape->count; i++) {
		for (size_t j = i + 1; j < shape->count; j++) {
			void *list = pairs->list;

			xalloc_room(&list, &pairs->cap, pairs->count,
				    sizeof(*pairs->list));
			pairs->list = list;
			pairs->list[pairs->count++] = (struct pair){
			    shape->list[i], shape->list[j], profile};
		}
	}
}

static int by_pair(const void *a, const void *b)
{
	const struct pair *x = a, *y = b;

	if (x->a != y->a)
		return x->a < y->a ? -1 : 1;
	if (x->b != y->b)
		return x->b < y->b ? -1 : 1;
	return (x->profile > y->profile) - (x->profile < y->profile);
}

/* What the profiles of one pair of items have in common. Two profiles are
 * compared where they meet first: at their first two common items. */
static void compare_run(struct group_candidates *c, const struct pair *run,
			size_t count, size_t ports)
{
	struct ids all = population_copy(&c->shapes[run[0].profile]);

	for (size_t i = 1; i < count; i++) {
		struct ids fewer =
		    population_both(&all, &c->shapes[run[i].profile]);

		free(all.list);
		all = fewer;
	}
	add_core(c, all, ports);
	for (size_t i = 0; i < count && count <= COMPARED; i++) {
		for (size_t j = i + 1; j < count; j++) {
			struct ids both =
			    population_both(&c->shapes[run[i].profile],
					    &c->shapes[run[j].profile]);

			if (both.list[0] == run->a && both.list[1] == run->b)
				add_core(c, both, ports);
			else
				free(both.list);
		}
	}
}

static int by_items(const void *a, const void *b)
{
	return population_compare(a, b);
}

struct shape_order {
	const struct ids *shape;
	uint32_t profile;
};

static int by_shape(const void *a, const void *b)
{
	const struct shape_order *x = a, *y = b;
	int order = population_compare(x->shape, y->shape);

	return order != 0
		   ? order
		   : (x->profile > y->profile) - (x->profile < y->profile);
}

/* Each shape once, by its first owner; those of several are candidates. */
static void add_shapes(const struct population *p, struct group_candidates *c,
		       struct pairs *pairs, size_t ports, size_t members)
{
	size_t n = p->profiles->count;
	struct shape_order *order = xalloc_zero(n + 1, sizeof(*order));

	for (size_t i = 0; i < n; i++)
		order[i] = (struct shape_order){&c->shapes[i], (uint32_t)i};
	qsort(order, n, sizeof(*order), by_shape);
	for (size_t from = 0, to; from < n; from = to) {
		for (to = from + 1;
		     to < n && population_compare(order[to].shape,
						  order[from].shape) == 0;
		     to++)
			;
		add_pairs(pairs, order[from].shape, order[from].profile);
		if (to - from >= members)
			add_core(c, population_copy(order[from].shape), ports);
	}
	free(order);
}

/* Keeps each core once, and only those that enough addresses have. */
static void prune(const struct population *p, struct group_candidates *c,
		  size_t members)
{
	size_t kept = 0;

	qsort(c->cores, c->count, sizeof(*c->cores), by_items);
	for (size_t i = 0; i < c->count; i++) {
		struct ids owners;
		bool keep = kept == 0 || population_compare(&c->cores[kept - 1],
							    &c->cores[i]) != 0;

		if (keep) {
			owners = population_owners(p, &c->cores[i]);
			keep = owners.count >= members;
			free(owners.list);
		}
		if (keep)
			c->cores[kept++] = c->cores[i];
		else
			free(c->cores[i].list);
	}
	c->count = kept;
}

void group_candidates_find(const struct population *p, size_t ports,
			   size_t members, struct group_candidates *out)
{
	size_t n = p->profiles->count;
	struct pairs pairs = {0};

	*out = (struct group_candidates){0};
	out->shapes = xalloc_zero(n + 1, sizeof(*out->shapes));
	for (size_t i = 0; i < n; i++)
		out->shapes[i] = shape_of(p, &p->of[i]);
	add_shapes(p, out, &pairs, ports, members);
	if (pairs.count > 0)
		qsort(pairs.list, pairs.count, sizeof(*pairs.list), by_pair);
	for (size_t from = 0, to; from < pairs.count; from = to) {
		for (to = from + 1; to < pairs.count &&
				    pairs.list[to].a == pairs.list[from].a &&
				    pairs.list[to].b == pairs.list[from].b;
		     to++)
			;
		if (to - from > 1)
			compare_run(out, &pairs.list[from], to - from, ports);
	}
	free(pairs.list);
	if (out->count > 0)
		prune(p, out, members);
}

void group_candidates_release(const struct population *p,
			      struct group_candidates *c)
{
	for (size_t i = 0; i < p->profiles->count; i++)
		free(c->shapes[i].list);
	for (size_t i = 0; i < c->count; i++)
		free(c->cores[i].list);
	free(c->shapes);
	free(c->cores);
	*c = (struct group_candidates){0};
}
