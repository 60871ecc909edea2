#include <math.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "compiler.h"
#include "group_candidates.h"
#include "group_chance.h"
#include "groups_internal.h"
#include "population.h"
#include "str.h"
#include "xalloc.h"

struct choice {
	struct ids core, owners;
	struct group_chance chance;
};

struct choosing {
	const struct population *p;
	const struct group_candidates *candidates;
	bool *taken; /* for each profile */
	struct groups *out;
	size_t cap;
};

static int by_chance(const void *a, const void *b)
{
	const struct choice *x = a, *y = b;
	double c = x->chance.log_chance, d = y->chance.log_chance;

	if (c != d)
		return c < d ? -1 : 1;
	if (x->owners.count != y->owners.count)
		return x->owners.count > y->owners.count ? -1 : 1;
	if (x->core.count != y->core.count)
		return x->core.count > y->core.count ? -1 : 1;
	return population_compare(&x->core, &y->core);
}

/* Owners that are in no group yet; only those with nothing besides the core
 * when exact. */
static struct ids free_owners(const struct choosing *c, const struct ids *core,
			      const struct ids *owners, bool exact)
{
	struct ids left = {xalloc_zero(owners->count + 1, sizeof(uint32_t)), 0};

	for (size_t i = 0; i < owners->count; i++) {
		uint32_t at = owners->list[i];

		if (!c->taken[at] &&
		    (!exact || c->candidates->shapes[at].count == core->count))
			left.list[left.count++] = at;
	}
	return left;
}

/* What all members have, which may be more than what brought them here. */
static struct ids close_core(const struct choosing *c,
			     const struct ids *members)
{
	struct ids core =
	    population_copy(&c->candidates->shapes[members->list[0]]);

	for (size_t i = 1; i < members->count; i++) {
		struct ids fewer = population_both(
		    &core, &c->candidates->shapes[members->list[i]]);

		free(core.list);
		core = fewer;
	}
	return core;
}

/* Addresses that lack no more than a quarter of a core of four or more. */
static void add_near(const struct choosing *c, const struct ids *core,
		     struct ids *members)
{
	size_t n = c->p->profiles->count;
	struct ids all = {xalloc_zero(n + 1, sizeof(uint32_t)), 0};

	for (size_t i = 0, next = 0; i < n; i++) {
		size_t shared;

		if (next < members->count && members->list[next] == i) {
			all.list[all.count++] = members->list[next++];
			continue;
		}
		if (c->taken[i] || core->count < 4)
			continue;
		shared = population_both_count(core, &c->p->of[i]);
		if (4 * shared >= 3 * core->count)
			all.list[all.count++] = (uint32_t)i;
	}
	free(members->list);
	*members = all;
}

static void make_group(struct choosing *c, const struct ids *core,
		       const struct ids *members,
		       const struct group_chance *chance)
{
	void *list = c->out->list;
	struct group *g;

	xalloc_room(&list, &c->cap, c->out->count, sizeof(*g));
	c->out->list = list;
	g = &c->out->list[c->out->count++];
	*g = (struct group){.units = chance->units,
			    .machines = chance->machines,
			    .chance = exp(chance->log_chance)};
	g->members = xalloc_zero(members->count, sizeof(*g->members));
	g->ports = xalloc_zero(core->count, sizeof(*g->ports));
	for (size_t i = 0; i < members->count; i++) {
		c->taken[members->list[i]] = true;
		g->members[g->member_count++] =
		    &c->p->profiles->list[members->list[i]];
	}
	for (size_t i = 0; i < core->count; i++)
		g->ports[g->port_count++] = c->p->items[core->list[i]];
}

static void choose(struct choosing *c, const struct choice *choice)
{
	struct ids members =
	    free_owners(c, &choice->core, &choice->owners, false);
	struct ids core = {0};
	struct group_chance chance;

	if (members.count >= GROUP_MIN_MEMBERS) {
		core = close_core(c, &members);
		chance = group_chance(c->p, &core, members.count);
		if (chance.log_chance < log(GROUP_NEAR_CHANCE)) {
			add_near(c, &core, &members);
			make_group(c, &core, &members, &chance);
			goto out;
		}
	}
	free(members.list);
	members = free_owners(c, &choice->core, &choice->owners, true);
	if (members.count >= GROUP_MIN_MEMBERS) {
		chance = group_chance(c->p, &choice->core, members.count);
		make_group(c, &choice->core, &members, &chance);
	}
out:
	free(members.list);
	free(core.list);
}

static void choose_all(struct choosing *c)
{
	size_t n = c->candidates->count;
	struct choice *choices = xalloc_zero(n + 1, sizeof(*choices));

	for (size_t i = 0; i < n; i++) {
		choices[i].core = c->candidates->cores[i];
		choices[i].owners = population_owners(c->p, &choices[i].core);
		choices[i].chance = group_chance(c->p, &choices[i].core,
						 choices[i].owners.count);
	}
	qsort(choices, n, sizeof(*choices), by_chance);
	for (size_t i = 0; i < n; i++) {
		choose(c, &choices[i]);
		free(choices[i].owners.list);
	}
	free(choices);
}

static int by_address(const void *a, const void *b)
{
	const struct profile *x = a, *y = b;

	return addr_compare(&x->address, &y->address);
}

static int by_rank(const void *a, const void *b)
{
	const struct group *x = a, *y = b;

	if (x->chance != y->chance)
		return x->chance < y->chance ? -1 : 1;
	return addr_compare(&x->members[0]->address, &y->members[0]->address);
}

static void hash_core(struct group *g)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned int len = 0;
	struct buf b;

	buf_init(&b, BUF_NO_LIMIT);
	for (size_t i = 0; i < g->port_count; i++)
		buf_printf(&b, "%s\n", g->ports[i]->key);
	EVP_Digest(b.data, b.len, digest, &len, EVP_sha256(), NULL);
	str_hex(digest, 32, g->profile);
	buf_release(&b);
}

int groups_find(struct profiles *profiles, struct groups *out)
{
	struct group_candidates candidates;
	struct population p;
	struct choosing c = {.p = &p, .candidates = &candidates, .out = out};
	int rc = 0;

	*out = (struct groups){.profiles = *profiles};
	*profiles = (struct profiles){0};
	if (out->profiles.count > 0)
		qsort(out->profiles.list, out->profiles.count,
		      sizeof(*out->profiles.list), by_address);
	population_build(&out->profiles, &p);
	group_candidates_find(&p, GROUP_MIN_PORTS, GROUP_MIN_MEMBERS,
			      &candidates);
	c.taken = xalloc_zero(out->profiles.count + 1, sizeof(bool));
	choose_all(&c);
	free(c.taken);
	group_candidates_release(&p, &candidates);
	population_release(&p);
	if (out->count > 0)
		qsort(out->list, out->count, sizeof(*out->list), by_rank);
	for (size_t i = 0; i < out->count; i++)
		hash_core(&out->list[i]);
	if (groups_describe(out) < 0) {
		groups_release(out);
		rc = -1;
	}
	return rc;
}
