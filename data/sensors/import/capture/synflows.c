#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "xalloc.h"
#include "synflows.h"

#define SLOTS_MIN 1024

static uint64_t mix(uint64_t h, uint64_t v)
{
	h = (h ^ v) * 0x9e3779b97f4a7c15u;
	return h ^ h >> 32;
}

static uint64_t mix_addr(uint64_t h, const struct addr *a)
{
	uint64_t high, low;

	memcpy(&high, a->bytes, 8);
	memcpy(&low, a->bytes + 8, 8);
	return mix(mix(h, high), low + a->family);
}

uint64_t synflows_flow(struct synflows *s, const struct addr *source,
		       uint16_t source_port, const struct addr *destination,
		       uint16_t port)
{
	uint64_t h;

	/* Without chance the fingerprints are only easier to make. */
	if (s->seed == 0 &&
	    getrandom(&s->seed, sizeof(s->seed), 0) != sizeof(s->seed))
		s->seed = 0x2545f4914f6cdd1du;
	h = mix_addr(mix_addr(s->seed, source), destination);
	h = mix(h, (uint64_t)source_port << 16 | port);
	return h != 0 ? h : 1;
}

static uint64_t *find(const struct synflows_set *set, uint64_t flow)
{
	size_t mask = set->slot_count - 1, i = flow & mask;

	while (set->slots[i] != 0 && set->slots[i] != flow)
		i = (i + 1) & mask;
	return &set->slots[i];
}

static void grow(struct synflows_set *set)
{
	struct synflows_set bigger = {.count = set->count};

	bigger.slot_count = set->slot_count ? set->slot_count * 2 : SLOTS_MIN;
	bigger.slots = xalloc_zero(bigger.slot_count, sizeof(*bigger.slots));
	for (size_t i = 0; i < set->slot_count; i++)
		if (set->slots[i] != 0)
			*find(&bigger, set->slots[i]) = set->slots[i];
	free(set->slots);
	*set = bigger;
}

/* What was young becomes old; what was old is forgotten. */
static void turn(struct synflows *s, int64_t time)
{
	struct synflows_set empty = s->old;

	s->old = s->young;
	s->young = empty;
	s->young.count = 0;
	if (empty.slot_count > 0)
		memset(empty.slots, 0, empty.slot_count * sizeof(*empty.slots));
	s->since = time;
}

void synflows_fetch(const struct synflows *s, uint64_t flow)
{
	if (s->young.slot_count > 0)
		__builtin_prefetch(
		    &s->young.slots[flow & (s->young.slot_count - 1)]);
}

void synflows_add(struct synflows *s, uint64_t flow, int64_t time)
{
	uint64_t *slot;

	if (s->young.count == 0)
		s->since = time;
	else if (s->young.count >= SYNFLOWS_MAX ||
		 time - s->since > SYNFLOWS_SECONDS)
		turn(s, time);
	if (s->young.slot_count <= 2 * s->young.count)
		grow(&s->young);
	slot = find(&s->young, flow);
	s->young.count += *slot == 0;
	*slot = flow;
}

bool synflows_has(const struct synflows *s, uint64_t flow)
{
	return (s->young.count > 0 && *find(&s->young, flow) == flow) ||
	       (s->old.count > 0 && *find(&s->old, flow) == flow);
}

void synflows_release(struct synflows *s)
{
	free(s->young.slots);
	free(s->old.slots);
	*s = (struct synflows){0};
}
