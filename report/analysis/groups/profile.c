#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "str.h"
#include "xalloc.h"
#include "profile.h"

#define SHAPE_MAX 64 /* bytes of one shape: the start tells the software */

/* Clocks of sensors and prober may differ by so many seconds. */
#define CLOCK_SLACK 60
/* After the last packet an unknown lag still counts as soon: the default of
 * triage.max_age_days, in seconds. */
#define SOON (7 * 86400)

static bool within(int64_t t, const struct source *s)
{
	return t >= s->first_seen - CLOCK_SLACK &&
	       t <= s->last_seen + CLOCK_SLACK;
}

bool profile_is_fresh(const struct observation *o, const struct source *s)
{
	int64_t when = o->observed_ms / 1000;

	if (o->stale)
		return false;
	if (within(when, s))
		return true;
	if (o->lag >= 0)
		return within(when - o->lag, s);
	return when > s->last_seen && when - s->last_seen <= SOON;
}

/* Words to the letter where they name software, else only that there are
 * letters: a greeting may hold the name of a place. */
static void add_shape(struct buf *out, const char *s, size_t len, bool words)
{
	int last = -1;

	for (size_t i = 0; i < len && s[i] != '\n' && s[i] != '\0'; i++) {
		unsigned char c = (unsigned char)s[i];
		int shown = c >= 0x80    ? 'x'
			    : isdigit(c) ? '0'
			    : isalpha(c) ? 'a'
			    : isgraph(c) ? c
					 : ' ';

		if (words && isalpha(c))
			buf_add_char(out, s[i]);
		else if (shown != last || (shown != '0' && shown != 'a' &&
					   shown != 'x' && shown != ' '))
			buf_add_char(out, (char)shown);
		last = shown;
	}
}

static bool is_recognised(const struct identity *id)
{
	return id->fingerprint != NULL &&
	       (id->vendor != NULL || id->product != NULL);
}

static enum device_type type_of(const struct identity *id)
{
	int type =
	    id->device_type != NULL ? device_type_from(id->device_type) : -1;

	return type < 0 ? DEVICE_TYPE_UNKNOWN : (enum device_type)type;
}

static char *product_of(const struct identity *id)
{
	if (!is_recognised(id))
		return NULL;
	return xalloc_printf("%s/%s", id->vendor != NULL ? id->vendor : "",
			     id->product != NULL ? id->product : "");
}

static char *recognised_element(const struct observation *o)
{
	enum device_type type = type_of(&o->identity);
	char *product = product_of(&o->identity), *element;
	bool device = type != DEVICE_TYPE_UNKNOWN && type != DEVICE_TYPE_SERVER;

	if (type == DEVICE_TYPE_UNKNOWN)
		element = xalloc_string(product);
	else
		element =
		    xalloc_printf("%s/%s", product, device_type_text(type));
	free(product);
	if (!device && o->page_class[0] != '\0') {
		char *more =
		    xalloc_printf("%s page:%s", element, o->page_class);

		free(element);
		element = more;
	}
	return element;
}

char *profile_element(const struct observation *o)
{
	const char *protocol = protocol_text(o->protocol);
	struct buf b;

	if (is_recognised(&o->identity))
		return recognised_element(o);
	if (o->page_class[0] != '\0')
		return xalloc_printf("%s page:%s", protocol, o->page_class);
	buf_init(&b, SHAPE_MAX);
	buf_printf(&b, "%s ", protocol);
	if (o->http_status > 0) {
		buf_printf(&b, "%d ", o->http_status);
		if (o->server != NULL)
			add_shape(&b, o->server, strlen(o->server), true);
	} else if (o->banner.len > 0) {
		add_shape(&b, o->banner.data, o->banner.len,
			  o->protocol == PROTOCOL_SSH);
	} else if (o->protocol == PROTOCOL_UNKNOWN ||
		   o->protocol == PROTOCOL_SILENT) {
		buf_release(&b);
		return NULL;
	}
	return str_trim(buf_detach(&b));
}

static void copy_strings(struct profile_item *item, const struct observation *o)
{
	item->title = xalloc_string(o->title);
	item->realm = xalloc_string(o->realm);
	item->subject = xalloc_string(o->certificate.subject);
	item->hostname = xalloc_string(o->hostname);
	item->vendor = is_recognised(&o->identity)
			   ? xalloc_string(o->identity.vendor)
			   : NULL;
	item->product = product_of(&o->identity);
	if (strstr(item->element, " page:") != NULL)
		memcpy(item->page_class, o->page_class,
		       sizeof(item->page_class));
	memcpy(item->spki, o->certificate.spki_sha256, sizeof(item->spki));
}

static struct profile *profile_for(struct profiles *p, const struct addr *a)
{
	void *list = p->list;

	if (p->count > 0 &&
	    addr_compare(&p->list[p->count - 1].address, a) == 0)
		return &p->list[p->count - 1];
	xalloc_room(&list, &p->cap, p->count, sizeof(*p->list));
	p->list = list;
	p->list[p->count] = (struct profile){.address = *a};
	return &p->list[p->count++];
}

void profiles_add(struct profiles *p, const struct observation *o)
{
	char *element = profile_element(o);
	struct profile_item item = {.port = o->port, .element = element};
	struct profile *profile;
	void *items;

	if (element == NULL)
		return;
	memcpy(item.transport, o->transport, sizeof(item.transport));
	item.key = xalloc_printf("%s/%05u %s", o->transport, o->port, element);
	item.type = is_recognised(&o->identity) ? type_of(&o->identity)
						: DEVICE_TYPE_UNKNOWN;
	item.web = o->http_status > 0;
	copy_strings(&item, o);
	profile = profile_for(p, &o->address);
	items = profile->items;
	xalloc_room(&items, &profile->cap, profile->count, sizeof(item));
	profile->items = items;
	profile->items[profile->count++] = item;
}

struct loading {
	const struct sources *sources;
	struct profiles *out;
};

static int load_service(struct observation *o, void *arg)
{
	struct loading *l = arg;
	const struct source *s = sources_find(l->sources, &o->address);

	size_t before = l->out->count;

	if (s == NULL || s->packets <= s->backscatter ||
	    !profile_is_fresh(o, s))
		return 0;
	profiles_add(l->out, o);
	if (l->out->count > before) {
		l->out->list[before].first_seen = s->first_seen;
		l->out->list[before].last_seen = s->last_seen;
	}
	return 0;
}

int profiles_load(struct casefile *cf, const struct sources *sources,
		  int64_t before, struct profiles *out)
{
	struct loading l = {.sources = sources};

	*out = (struct profiles){0};
	l.out = out;
	if (casefile_services_before(cf, before, load_service, &l) == 0)
		return 0;
	profiles_release(out);
	return -1;
}

void profiles_release(struct profiles *p)
{
	for (size_t i = 0; i < p->count; i++) {
		struct profile *profile = &p->list[i];

		for (size_t j = 0; j < profile->count; j++) {
			struct profile_item *item = &profile->items[j];

			free(item->element);
			free(item->key);
			free(item->vendor);
			free(item->product);
			free(item->title);
			free(item->realm);
			free(item->subject);
			free(item->hostname);
		}
		free(profile->items);
	}
	free(p->list);
	*p = (struct profiles){0};
}
