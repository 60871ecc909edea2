/*
 * What a group's members do not share: ports, and words in their strings.
 */
#include <stdlib.h>
#include <string.h>

#include "compiler.h"
#include "log.h"
#include "sources.h"
#include "xalloc.h"
#include "zone.h"
#include "groups_internal.h"

const struct profile_item *groups_item(const struct profile *member,
				       const struct profile_item *of)
{
	for (size_t i = 0; i < member->count; i++)
		if (strcmp(member->items[i].key, of->key) == 0)
			return &member->items[i];
	return NULL;
}

static bool is_shared(const struct group *g, const struct profile_item *item)
{
	for (size_t i = 0; i < g->port_count; i++)
		if (strcmp(g->ports[i]->key, item->key) == 0)
			return true;
	return false;
}

static int by_member(const void *a, const void *b)
{
	const struct group_difference *x = a, *y = b;
	int order = addr_compare(&x->member->address, &y->member->address);

	if (order != 0)
		return order;
	if (x->missing != y->missing)
		return x->missing ? -1 : 1;
	return strcmp(x->item->key, y->item->key);
}

static void find_differences(struct group *g)
{
	size_t cap = 0;

	for (size_t m = 0; m < g->member_count; m++) {
		const struct profile *member = g->members[m];

		for (size_t i = 0; i < member->count + g->port_count; i++) {
			bool own = i < member->count;
			const struct profile_item *item =
			    own ? &member->items[i]
				: g->ports[i - member->count];
			void *differs = g->differs;

			if (own ? is_shared(g, item)
				: groups_item(member, item) != NULL)
				continue;
			xalloc_room(&differs, &cap, g->difference_count,
				    sizeof(*g->differs));
			g->differs = differs;
			g->differs[g->difference_count++] =
			    (struct group_difference){member, item, !own};
		}
	}
	if (g->difference_count > 0)
		qsort(g->differs, g->difference_count, sizeof(*g->differs),
		      by_member);
}

enum field { TITLE, REALM, SUBJECT, HOSTNAME, FIELDS };

static const char *field_of(const struct profile_item *item, enum field field)
{
	switch (field) {
	case TITLE:
		return item->title;
	case REALM:
		return item->realm;
	case SUBJECT:
		return item->subject;
	case HOSTNAME:
		return item->hostname;
	case FIELDS:
		break;
	}
	return NULL;
}

static void find_slots(struct group *g, const struct places *places,
		       const struct profile_item *port, enum field field)
{
	static const char *const names[FIELDS] = {
	    "title", "realm", "certificate subject", "host name"};
	struct slot_string *strings =
	    xalloc_zero(g->member_count, sizeof(*strings));
	char *where = xalloc_printf("%u/%s %s", port->port, port->transport,
				    names[field]);
	size_t count = 0, before = g->slot_count;

	for (size_t i = 0; i < g->member_count; i++) {
		const struct profile_item *item =
		    groups_item(g->members[i], port);
		const char *text = item != NULL ? field_of(item, field) : NULL;

		if (text != NULL && *text != '\0')
			strings[count++] =
			    (struct slot_string){g->members[i], text};
	}
	slots_find(places, where, strings, count, &g->slots, &g->slot_count);
	for (size_t i = before; i < g->slot_count; i++) {
		g->slots[i].port = port->port;
		g->slots[i].type = port->type;
	}
	free(where);
	free(strings);
}

int groups_describe(struct groups *g)
{
	struct places *places = places_load();

	if (places == NULL)
		return -1;
	for (size_t i = 0; i < g->count; i++) {
		struct group *group = &g->list[i];

		find_differences(group);
		for (size_t j = 0; j < group->port_count; j++)
			for (int field = 0; field < FIELDS; field++)
				find_slots(group, places, group->ports[j],
					   (enum field)field);
	}
	places_free(places);
	return 0;
}

/* Numbers every group, or none changes: a reader cannot. */
static int number(struct casefile *cf, const struct period *period,
		  struct groups *g)
{
	for (size_t i = 0; i < g->count; i++)
		if (casefile_deployment(cf, period->text, g->list[i].profile,
					&g->list[i].id) < 0)
			return -1;
	return 0;
}

int groups_load(struct sensordb *db, struct casefile *cf,
		const struct period *period, struct groups *out)
{
	struct sources sources;
	struct profiles profiles;
	int64_t end = zone_day_start(sensordb_zone(db), period->last + 1);
	int rc;

	*out = (struct groups){0};
	if (sources_load(db, period, NULL, &sources) < 0)
		return -1;
	rc = profiles_load(cf, &sources, end, &profiles);
	sources_release(&sources);
	if (rc < 0 || groups_find(&profiles, out) < 0)
		return -1;
	if (number(cf, period, out) == 0)
		return 0;
	groups_release(out);
	return -1;
}

void groups_release(struct groups *g)
{
	for (size_t i = 0; i < g->count; i++) {
		struct group *group = &g->list[i];

		slots_release(group->slots, group->slot_count);
		free(group->members);
		free(group->ports);
		free(group->differs);
	}
	free(g->list);
	profiles_release(&g->profiles);
	*g = (struct groups){0};
}

const struct group *groups_of(const struct groups *g, const struct addr *a)
{
	for (size_t i = 0; i < g->count; i++) {
		const struct group *group = &g->list[i];
		size_t low = 0, high = group->member_count;

		while (low < high) {
			size_t middle = (low + high) / 2;
			int order =
			    addr_compare(&group->members[middle]->address, a);

			if (order == 0)
				return group;
			if (order < 0)
				low = middle + 1;
			else
				high = middle;
		}
	}
	return NULL;
}
