#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "xalloc.h"
#include "groups_findings.h"

static bool is_member(const struct group *g, const struct profile *p)
{
	for (size_t i = 0; i < g->member_count; i++)
		if (g->members[i] == p)
			return true;
	return false;
}

/* Members' places in all->profiles, so that others are found in one pass. */
static bool *mark_members(const struct groups *all, const struct group *g)
{
	bool *member = xalloc_zero(all->profiles.count + 1, sizeof(*member));

	for (size_t i = 0; i < all->profiles.count; i++)
		member[i] = is_member(g, &all->profiles.list[i]);
	return member;
}

static bool has_port(const struct profile *p, uint16_t port)
{
	for (size_t i = 0; i < p->count; i++)
		if (p->items[i].port == port)
			return true;
	return false;
}

static size_t count_unusual_ports(const struct groups *all,
				  const struct group *g, const bool *member)
{
	size_t others = all->profiles.count - g->member_count, unusual = 0;

	for (size_t i = 0; i < g->port_count; i++) {
		size_t open = 0;

		for (size_t j = 0; j < all->profiles.count; j++)
			open += !member[j] && has_port(&all->profiles.list[j],
						       g->ports[i]->port);
		unusual += (double)open < DEPLOYMENT_RARE_PORT * (double)others;
	}
	return unusual;
}

/* Whether others have the product with a key of its own, and nobody but
 * members has this one. */
static bool is_own_key(const struct groups *all, const bool *member,
		       const struct profile_item *item)
{
	bool others = false;

	for (size_t i = 0; i < all->profiles.count; i++) {
		const struct profile *p = &all->profiles.list[i];

		for (size_t j = 0; !member[i] && j < p->count; j++) {
			const struct profile_item *other = &p->items[j];

			if (strcmp(other->spki, item->spki) == 0)
				return false;
			others |= other->spki[0] != '\0' &&
				  strcmp(other->element, item->element) == 0;
		}
	}
	return others;
}

static size_t count_with_key(const struct group *g,
			     const struct profile_item *port, const char *spki)
{
	size_t count = 0;

	for (size_t i = 0; i < g->member_count; i++) {
		const struct profile_item *item =
		    groups_item(g->members[i], port);

		count += item != NULL && strcmp(item->spki, spki) == 0;
	}
	return count;
}

static bool shares_own_key(const struct groups *all, const struct group *g,
			   const bool *member)
{
	for (size_t i = 0; i < g->port_count; i++) {
		for (size_t j = 0; j < g->member_count; j++) {
			const struct profile_item *item =
			    groups_item(g->members[j], g->ports[i]);

			if (item != NULL && item->spki[0] != '\0' &&
			    count_with_key(g, g->ports[i], item->spki) >=
				GROUP_MIN_MEMBERS &&
			    is_own_key(all, member, item))
				return true;
		}
	}
	return false;
}

static bool same_text(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static bool could_be_one(const struct group *g, const struct profile *a,
			 const struct profile *b)
{
	if (a->first_seen <= b->last_seen && b->first_seen <= a->last_seen)
		return false;
	for (size_t i = 0; i < g->port_count; i++) {
		const struct profile_item *x = groups_item(a, g->ports[i]);
		const struct profile_item *y = groups_item(b, g->ports[i]);

		if (x == NULL || y == NULL)
			continue;
		if (!same_text(x->title, y->title) ||
		    !same_text(x->realm, y->realm) ||
		    strcmp(x->spki, y->spki) != 0)
			return false;
	}
	return true;
}

/* Each device is known by the address it had first; a member joins a device
 * when it could be every member of it. */
size_t groups_findings_devices(const struct group *g)
{
	size_t *device_of = xalloc_zero(g->member_count, sizeof(*device_of));
	size_t devices = 0;

	for (size_t i = 0; i < g->member_count; i++) {
		size_t device = devices;

		for (size_t d = 0; d < devices && device == devices; d++) {
			bool fits = true;

			for (size_t j = 0; j < i && fits; j++)
				fits = device_of[j] != d ||
				       could_be_one(g, g->members[i],
						    g->members[j]);
			if (fits)
				device = d;
		}
		device_of[i] = device;
		devices += device == devices ? 1 : 0;
	}
	free(device_of);
	return devices;
}

bool groups_findings_is_deployment(const struct groups *all,
				   const struct group *g)
{
	bool rare = g->chance <= DEPLOYMENT_MAX_CHANCE;
	bool found = rare && g->machines >= 2, *member;

	if (!found) {
		member = mark_members(all, g);
		found = (rare && g->units >= 2 &&
			 count_unusual_ports(all, g, member) >= 2) ||
			shares_own_key(all, g, member);
		free(member);
	}
	return found && groups_findings_devices(g) >= GROUP_MIN_MEMBERS;
}

/* Countries of the sensors in the home region; NULL, logged. */
static char *home_countries(const struct traffic *t, struct sensordb *db)
{
	size_t home = traffic_home(t);
	struct sensordb_value region = {
	    .type = SENSORDB_TEXT,
	    .text = home < t->region_count ? t->regions[home].id : ""};
	struct sensordb_rows *rows =
	    sensordb_ask(db,
			 "SELECT DISTINCT country FROM sensor WHERE region = ?"
			 " ORDER BY country",
			 &region, 1);
	struct buf b;
	int more = -1;

	buf_init(&b, BUF_NO_LIMIT);
	while (rows != NULL && (more = sensordb_next(rows)) > 0)
		buf_printf(&b, "%s,", sensordb_text(rows, 0));
	sensordb_rows_free(rows);
	if (more < 0) {
		buf_release(&b);
		return NULL;
	}
	return buf_detach(&b);
}

static const char *confidence_of(const struct group *g)
{
	if (g->chance <= 1e-4 && g->machines >= 2 &&
	    groups_findings_devices(g) >= 5)
		return "high";
	return g->chance <= 1e-3 ? "medium" : "low";
}

static void add_numbers(struct finding *f, const struct period *period,
			struct sensordb *db, const struct groups *all,
			const struct group *g)
{
	groups_findings_members(f, period, db, g);
	findings_ratio(f, "devices", (double)groups_findings_devices(g),
		       "members, where those that could be one device that "
		       "moved count once");
	findings_ratio(f, "ports", (double)g->port_count,
		       "ports with the same element at the members");
	findings_ratio(f, "machines", g->machines,
		       "device types among ports that cannot be one machine");
	findings_ratio(f, "profiles", (double)all->profiles.count,
		       "sources of the period with a fresh service");
	findings_ratio(f, "chance", g->chance,
		       "C(U, units) * P(Binomial(profiles, q) >= members), q "
		       "the product of the units' shares of profiles");
	for (size_t i = 0; i < g->slot_count; i++) {
		const struct slot *s = &g->slots[i];

		if (strcmp(s->kind, "prefecture") != 0)
			continue;
		findings_ratio(f, "slot.values", (double)s->count,
			       "members that have the string");
		findings_ratio(f, "slot.readable", s->readable,
			       "slot.values that read as a prefecture");
		findings_ratio(f, "slot.distinct", s->distinct,
			       "most different prefectures they can stand for");
		findings_ratio(f, "slot.expected", s->expected,
			       "sum over different values of spellings of "
			       "that length / 26^length");
	}
}

static void add_finding(struct findings *out, const struct traffic *t,
			struct sensordb *db, const struct groups *all,
			const struct group *g, const struct vendors *v,
			const char *home)
{
	char *subject =
	    g->id > 0 ? xalloc_printf("%" PRId64, g->id)
		      : xalloc_printf("rank-%zu", (size_t)(g - all->list) + 1);
	struct finding *f = findings_add(
	    out, &t->period, FINDING_KIND_IDENTICAL_DEPLOYMENT, subject);

	f->confidence = confidence_of(g);
	f->text_en = groups_findings_text(g, v, home, false);
	f->text_ja = groups_findings_text(g, v, home, true);
	add_numbers(f, &t->period, db, all, g);
	free(subject);
}

int groups_findings(const struct traffic *t, struct sensordb *db,
		    struct casefile *cf, struct findings *out)
{
	struct groups groups;
	struct vendors *vendors = vendors_load();
	char *home = home_countries(t, db);
	int rc = -1;

	if (vendors != NULL && home != NULL &&
	    groups_load(db, cf, &t->period, &groups) == 0) {
		for (size_t i = 0; i < groups.count; i++)
			if (groups_findings_is_deployment(&groups,
							  &groups.list[i]))
				add_finding(out, t, db, &groups,
					    &groups.list[i], vendors, home);
		groups_release(&groups);
		rc = 0;
	}
	free(home);
	vendors_free(vendors);
	return rc;
}
