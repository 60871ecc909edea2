#include <stdlib.h>
#include <string.h>

#include "profile.h"
#include "xalloc.h"
#include "zone.h"
#include "contacts_internal.h"

static struct contact_address *find(const struct contacts *c,
				    const struct addr *a)
{
	size_t low = 0, high = c->count;

	while (low < high) {
		size_t middle = (low + high) / 2;
		int order = addr_compare(&c->list[middle].address, a);

		if (order == 0)
			return &c->list[middle];
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

struct contact_address *contacts_find(const struct contacts *c,
				      const struct addr *a)
{
	return find(c, a);
}

/* Every source that did not only answer; by address, as sources are. */
static void list_sources(struct contacts *c)
{
	c->list = xalloc_zero(c->sources.count + 1, sizeof(*c->list));
	for (size_t i = 0; i < c->sources.count; i++) {
		const struct source *s = &c->sources.list[i];

		if (s->packets > s->backscatter)
			c->list[c->count++] = (struct contact_address){
			    .address = s->address, .source = s};
	}
}

static void copy_identity(struct identity *to, const struct identity *from)
{
	to->vendor = xalloc_string(from->vendor);
	to->product = xalloc_string(from->product);
	to->version = xalloc_string(from->version);
	to->device_type = xalloc_string(from->device_type);
	to->cpe = xalloc_string(from->cpe);
	to->fingerprint = xalloc_string(from->fingerprint);
	to->certainty = from->certainty;
}

static int add_service(struct observation *o, void *arg)
{
	struct contact_address *a = find(arg, &o->address);
	struct contact_service *s;

	if (a == NULL || !profile_is_fresh(o, a->source))
		return 0;
	a->services = xalloc_grow(a->services, a->service_count + 1,
				  sizeof(*a->services));
	s = &a->services[a->service_count++];
	*s = (struct contact_service){.port = o->port,
				      .protocol = o->protocol,
				      .observed = o->observed_ms / 1000,
				      .lag = o->lag};
	memcpy(s->transport, o->transport, sizeof(s->transport));
	copy_identity(&s->identity, &o->identity);
	return 0;
}

static char *reason_for(const struct source *s)
{
	if (s->origin.asn == 0 && s->origin.country[0] == '\0')
		return xalloc_string("no network of the contact book holds it, "
				     "and its AS and country are not known");
	if (s->origin.asn == 0)
		return xalloc_printf("no network of the contact book holds it, "
				     "its AS is not known, and there is no row "
				     "for country %s",
				     s->origin.country);
	return xalloc_printf("the contact book has no row for its network, "
			     "AS%u or country %s",
			     s->origin.asn,
			     s->origin.country[0] != '\0' ? s->origin.country
							  : "(not known)");
}

static void find_contacts(struct contacts *c, struct contact_book *book)
{
	for (size_t i = 0; i < c->count; i++) {
		struct contact_address *a = &c->list[i];
		const struct source *s = a->source;

		a->entry = contact_book_find(book, &a->address, s->origin.asn,
					     s->origin.country);
		if (a->entry == NULL)
			a->reason = reason_for(s);
	}
}

static void release_address(struct contact_address *a)
{
	for (size_t i = 0; i < a->service_count; i++)
		identity_release(&a->services[i].identity);
	free(a->services);
	free(a->evidence);
	free(a->ports);
	free(a->reason);
}

/* Leaves those that the header promises. */
static void keep_wanted(struct contacts *c, const struct contacts_input *in)
{
	size_t kept = 0;

	for (size_t i = 0; i < c->count; i++) {
		struct contact_address *a = &c->list[i];
		bool wanted = a->service_count > 0 ||
			      (a->source->tcp > 0 && a->entry != NULL);

		if (wanted && a->last_seen >= in->since) {
			const struct group *g =
			    groups_of(&c->groups, &a->address);

			a->group = g != NULL ? g->id : 0;
			a->old = in->now - a->last_seen > CONTACTS_OLD_SECONDS;
			c->list[kept++] = *a;
		} else {
			release_address(a);
		}
	}
	c->count = kept;
}

static int by_contact(const void *a, const void *b)
{
	const struct contact_address *x = a, *y = b;
	uint32_t i = x->source->origin.asn, j = y->source->origin.asn;
	int order = (x->entry == NULL) - (y->entry == NULL);

	if (order == 0 && x->entry != NULL)
		order = strcmp(x->entry->contact, y->entry->contact);
	if (order == 0 && x->entry != NULL)
		order = strcmp(x->entry->role, y->entry->role);
	if (order == 0)
		order = (i > j) - (i < j);
	return order != 0 ? order : addr_compare(&x->address, &y->address);
}

size_t contacts_next(const struct contacts *c, size_t from)
{
	const struct contact_address *a = &c->list[from];
	size_t i;

	for (i = from + 1; i < c->count; i++) {
		const struct contact_address *b = &c->list[i];

		if ((a->entry == NULL) != (b->entry == NULL) ||
		    a->source->origin.asn != b->source->origin.asn)
			break;
		if (a->entry != NULL &&
		    (strcmp(a->entry->contact, b->entry->contact) != 0 ||
		     strcmp(a->entry->role, b->entry->role) != 0))
			break;
	}
	return i;
}

/* What was probed: services, then groups. */
static int load_case(const struct contacts_input *in, struct contacts *out)
{
	int64_t end =
	    zone_day_start(sensordb_zone(in->db), in->period->last + 1);

	if (in->cf == NULL)
		return 0;
	if (casefile_services_before(in->cf, end, add_service, out) < 0)
		return -1;
	return groups_load(in->db, in->cf, in->period, &out->groups);
}

int contacts_load(const struct contacts_input *in, struct contacts *out)
{
	*out = (struct contacts){.looked_up = contact_book_changed(in->book)};
	if (sources_load(in->db, in->period, in->location, &out->sources) < 0)
		return -1;
	list_sources(out);
	find_contacts(out, in->book);
	if (load_case(in, out) < 0 || contacts_load_evidence(in, out) < 0) {
		contacts_release(out);
		return -1;
	}
	keep_wanted(out, in);
	qsort(out->list, out->count, sizeof(*out->list), by_contact);
	return 0;
}

void contacts_release(struct contacts *c)
{
	for (size_t i = 0; i < c->count; i++)
		release_address(&c->list[i]);
	free(c->list);
	groups_release(&c->groups);
	sources_release(&c->sources);
	*c = (struct contacts){0};
}

bool contacts_is_device(const struct identity *id)
{
	return id->fingerprint != NULL && id->device_type != NULL &&
	       strcmp(id->device_type, "server") != 0 &&
	       strcmp(id->device_type, "unknown") != 0;
}

const struct contact_service *contacts_device(const struct contact_address *a)
{
	const struct contact_service *best = NULL;

	for (size_t i = 0; i < a->service_count; i++) {
		const struct contact_service *s = &a->services[i];
		const struct identity *id = &s->identity;

		if (id->fingerprint == NULL)
			continue;
		if (best == NULL ||
		    contacts_is_device(id) >
			contacts_is_device(&best->identity) ||
		    (contacts_is_device(id) ==
			 contacts_is_device(&best->identity) &&
		     id->certainty > best->identity.certainty))
			best = s;
	}
	return best;
}
