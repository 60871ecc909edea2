#include <stdlib.h>
#include <string.h>

#include "xalloc.h"
#include "population.h"

struct mention {
	const struct profile_item *item;
	uint32_t profile;
};

static int by_key(const void *a, const void *b)
{
	const struct mention *x = a, *y = b;
	int order = strcmp(x->item->key, y->item->key);

	return order != 0
		   ? order
		   : (x->profile > y->profile) - (x->profile < y->profile);
}

static struct mention *collect(const struct profiles *profiles, size_t *count)
{
	struct mention *list;
	size_t n = 0;

	for (size_t i = 0; i < profiles->count; i++)
		n += profiles->list[i].count;
	list = xalloc_zero(n + 1, sizeof(*list));
	n = 0;
	for (size_t i = 0; i < profiles->count; i++)
		for (size_t j = 0; j < profiles->list[i].count; j++)
			list[n++] = (struct mention){
			    &profiles->list[i].items[j], (uint32_t)i};
	qsort(list, n, sizeof(*list), by_key);
	*count = n;
	return list;
}

static int by_size(const void *a, const void *b)
{
	const size_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static void count_owners(struct population *p)
{
	p->counts = xalloc_zero(p->item_count + 1, sizeof(*p->counts));
	for (size_t i = 0; i < p->item_count; i++)
		p->counts[i] = p->owners[i].count;
	qsort(p->counts, p->item_count, sizeof(*p->counts), by_size);
}

size_t population_common(const struct population *p, size_t owners)
{
	size_t low = 0, high = p->item_count;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (p->counts[middle] < owners)
			low = middle + 1;
		else
			high = middle;
	}
	return p->item_count - low;
}

void population_build(const struct profiles *profiles, struct population *out)
{
	size_t n, items = 0;
	struct mention *list = collect(profiles, &n);

	*out = (struct population){.profiles = profiles};
	out->items = xalloc_zero(n + 1, sizeof(*out->items));
	out->owners = xalloc_zero(n + 1, sizeof(*out->owners));
	out->of = xalloc_zero(profiles->count + 1, sizeof(*out->of));
	for (size_t i = 0; i < profiles->count; i++)
		out->of[i].list =
		    xalloc_zero(profiles->list[i].count + 1, sizeof(uint32_t));
	for (size_t from = 0, to; from < n; from = to, items++) {
		struct ids *owners = &out->owners[items];

		for (to = from; to < n && strcmp(list[to].item->key,
						 list[from].item->key) == 0;
		     to++)
			;
		out->items[items] = list[from].item;
		owners->list = xalloc_zero(to - from, sizeof(uint32_t));
		for (size_t i = from; i < to; i++) {
			struct ids *of = &out->of[list[i].profile];

			if (i > from && list[i].profile == list[i - 1].profile)
				continue;
			owners->list[owners->count++] = list[i].profile;
			of->list[of->count++] = (uint32_t)items;
		}
	}
	out->item_count = items;
	count_owners(out);
	free(list);
}

void population_release(struct population *p)
{
	for (size_t i = 0; i < p->item_count; i++)
		free(p->owners[i].list);
	for (size_t i = 0; i < p->profiles->count; i++)
		free(p->of[i].list);
	free(p->items);
	free(p->owners);
	free(p->of);
	free(p->counts);
	*p = (struct population){0};
}

struct ids population_both(const struct ids *a, const struct ids *b)
{
	size_t most = a->count < b->count ? a->count : b->count;
	struct ids both = {xalloc_zero(most + 1, sizeof(uint32_t)), 0};

	for (size_t i = 0, j = 0; i < a->count && j < b->count;) {
		if (a->list[i] == b->list[j]) {
			both.list[both.count++] = a->list[i++];
			j++;
		} else if (a->list[i] < b->list[j]) {
			i++;
		} else {
			j++;
		}
	}
	return both;
}

size_t population_both_count(const struct ids *a, const struct ids *b)
{
	struct ids both = population_both(a, b);

	free(both.list);
	return both.count;
}

struct ids population_copy(const struct ids *a)
{
	return population_both(a, a);
}

int population_compare(const struct ids *a, const struct ids *b)
{
	for (size_t i = 0; i < a->count && i < b->count; i++)
		if (a->list[i] != b->list[i])
			return a->list[i] < b->list[i] ? -1 : 1;
	return (a->count > b->count) - (a->count < b->count);
}

struct ids population_owners(const struct population *p,
			     const struct ids *items)
{
	size_t rarest = 0;
	struct ids owners;

	for (size_t i = 1; i < items->count; i++)
		if (p->owners[items->list[i]].count <
		    p->owners[items->list[rarest]].count)
			rarest = i;
	owners = population_copy(&p->owners[items->list[rarest]]);
	for (size_t i = 0; i < items->count; i++) {
		struct ids fewer =
		    population_both(&owners, &p->owners[items->list[i]]);

		free(owners.list);
		owners = fewer;
	}
	return owners;
}
