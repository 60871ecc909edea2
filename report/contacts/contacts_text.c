#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "civil.h"
#include "str.h"
#include "transport.h"
#include "contacts_text.h"

#define DAY_SECONDS 86400
#define AGED_DAYS 90 /* DESIGN section 5, "Geography ages" */

char *contacts_text_ports(const struct contact_address *a, size_t shown)
{
	char service[TRANSPORT_TEXT];
	struct buf b;

	buf_init(&b, BUF_NO_LIMIT);
	for (size_t i = 0; i < a->port_count && i < shown; i++)
		buf_printf(&b, "%s%s %" PRId64, i > 0 ? ", " : "",
			   transport_service(a->ports[i].protocol,
					     a->ports[i].port, service),
			   a->ports[i].packets);
	if (a->port_count > shown)
		buf_printf(&b, ", %zu more", a->port_count - shown);
	return buf_detach(&b);
}

char *contacts_text_signatures(const struct contact_address *a)
{
	struct buf b;

	buf_init(&b, BUF_NO_LIMIT);
	for (int i = 0; i < SIGNATURE_COUNT; i++)
		if ((a->source->signatures >> i & 1) != 0 &&
		    i != SIGNATURE_NONE && i != SIGNATURE_BACKSCATTER)
			buf_printf(&b, "%s%s", b.len > 0 ? " " : "",
				   signature_text((enum signature)i));
	return buf_detach(&b);
}

static void add_evidence(struct buf *b, const struct contact_evidence *e)
{
	char first[CIVIL_TIME_TEXT], last[CIVIL_TIME_TEXT];
	char service[TRANSPORT_TEXT];

	buf_printf(b, "%s to %s: %" PRId64 " packet%s to %s on %d sensor%s",
		   civil_format_time(e->first_seen, first),
		   civil_format_time(e->last_seen, last), e->packets,
		   e->packets == 1 ? "" : "s",
		   transport_service(e->protocol, e->port, service), e->sensors,
		   e->sensors == 1 ? "" : "s");
}

char *contacts_text_evidence(const struct contact_evidence *e)
{
	struct buf b;

	buf_init(&b, BUF_NO_LIMIT);
	add_evidence(&b, e);
	return buf_detach(&b);
}

char *contacts_text_all_evidence(const struct contact_address *a)
{
	struct buf b;

	buf_init(&b, BUF_NO_LIMIT);
	for (size_t i = 0; i < a->evidence_count; i++) {
		if (i > 0)
			buf_add_string(&b, "; ");
		add_evidence(&b, &a->evidence[i]);
	}
	return buf_detach(&b);
}

static void add_identity(struct buf *b, const struct identity *id)
{
	const char *const parts[] = {id->vendor, id->product, id->version};
	size_t before = b->len;

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		if (parts[i] == NULL || *parts[i] == '\0')
			continue;
		/* "nginx nginx" says no more. */
		if (i == 0 && parts[1] != NULL &&
		    str_starts(parts[1], parts[0]))
			continue;
		buf_printf(b, "%s%s", b->len > before ? " " : "", parts[i]);
	}
}

static void add_device(struct buf *b, const struct identity *id)
{
	add_identity(b, id);
	if (id->device_type != NULL)
		buf_printf(b, " (%s)", id->device_type);
}

static bool is_same_device(const struct identity *x, const struct identity *y)
{
	struct buf a, b;
	bool same;

	buf_init(&a, BUF_NO_LIMIT);
	buf_init(&b, BUF_NO_LIMIT);
	add_device(&a, x);
	add_device(&b, y);
	same = strcmp(buf_text(&a), buf_text(&b)) == 0;
	buf_release(&a);
	buf_release(&b);
	return same;
}

/* Devices of another name than the one that is shown. */
static size_t count_others(const struct contact_address *a,
			   const struct identity *shown)
{
	size_t count = 0;

	for (size_t i = 0; i < a->service_count; i++) {
		const struct identity *id = &a->services[i].identity;
		bool known =
		    !contacts_is_device(id) || is_same_device(id, shown);

		for (size_t j = 0; j < i && !known; j++)
			known = is_same_device(id, &a->services[j].identity);
		count += !known;
	}
	return count;
}

char *contacts_text_services(const struct contact_address *a)
{
	struct buf b;

	buf_init(&b, BUF_NO_LIMIT);
	for (size_t i = 0; i < a->service_count; i++) {
		const struct contact_service *s = &a->services[i];

		buf_printf(&b, "%s%u/%s", i > 0 ? "; " : "", s->port,
			   protocol_text(s->protocol));
		if (s->identity.fingerprint != NULL) {
			buf_add_char(&b, ':');
			add_identity(&b, &s->identity);
		}
	}
	return buf_detach(&b);
}

char *contacts_text_device(const struct contact_address *a)
{
	const struct contact_service *s = contacts_device(a);
	struct buf b;

	buf_init(&b, BUF_NO_LIMIT);
	if (s != NULL) {
		size_t others = count_others(a, &s->identity);

		add_device(&b, &s->identity);
		if (others > 0)
			buf_printf(&b, ", %zu more", others);
	}
	return buf_detach(&b);
}

int32_t contacts_text_origin_day(int32_t database_day, const struct source *s)
{
	return database_day != 0 ? database_day
				 : (int32_t)(s->last_seen / DAY_SECONDS);
}

bool contacts_text_is_aged(int32_t database_day, const struct source *s)
{
	int64_t seen = s->last_seen / DAY_SECONDS;

	return database_day != 0 && llabs(database_day - seen) > AGED_DAYS;
}

const char *contacts_text_origin(const struct contact_entry *e)
{
	return e->kind == CONTACT_COUNTRY ? "national" : "manual";
}
