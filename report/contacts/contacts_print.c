#include <stdlib.h>
#include <string.h>

#include "civil.h"
#include "compiler.h"
#include "jsonout.h"
#include "table.h"
#include "transport.h"
#include "contacts_print.h"
#include "contacts_text.h"

#define PORTS_IN_CSV 10
#define PORTS_IN_TABLE 3

static json_t *ports_json(const struct contact_address *s)
{
	json_t *list = json_array();
	char name[TRANSPORT_TEXT];

	for (size_t i = 0; i < s->port_count; i++)
		json_array_append_new(
		    list,
		    json_pack("{s:i, s:s, s:I}", "port", (int)s->ports[i].port,
			      "transport",
			      transport_name(s->ports[i].protocol, name),
			      "packets", (json_int_t)s->ports[i].packets));
	return list;
}

static json_t *signatures_json(const struct contact_address *a)
{
	json_t *list = json_array();

	for (int i = 0; i < SIGNATURE_COUNT; i++)
		if ((a->source->signatures >> i & 1) != 0 &&
		    i != SIGNATURE_NONE && i != SIGNATURE_BACKSCATTER)
			json_array_append_new(list, json_string(signature_text(
							(enum signature)i)));
	return list;
}

static json_t *identity_json(const struct identity *id)
{
	json_t *o;

	if (id->fingerprint == NULL)
		return json_null();
	o = json_object();
	json_object_set_new(o, "vendor", jsonout_text(id->vendor));
	json_object_set_new(o, "product", jsonout_text(id->product));
	json_object_set_new(o, "version", jsonout_text(id->version));
	json_object_set_new(o, "device_type", jsonout_text(id->device_type));
	json_object_set_new(o, "certainty", jsonout_real(id->certainty));
	return o;
}

static json_t *lag_json(const struct contact_service *s)
{
	return s == NULL || s->lag < 0 ? json_null() : json_integer(s->lag);
}

static json_t *services_json(const struct contact_address *a)
{
	json_t *list = json_array();

	for (size_t i = 0; i < a->service_count; i++) {
		const struct contact_service *s = &a->services[i];
		json_t *o = json_object();

		json_object_set_new(o, "port", json_integer(s->port));
		json_object_set_new(o, "transport", json_string(s->transport));
		json_object_set_new(o, "protocol",
				    json_string(protocol_text(s->protocol)));
		json_object_set_new(o, "observed", jsonout_time(s->observed));
		json_object_set_new(o, "lag_seconds", lag_json(s));
		json_object_set_new(o, "identity", identity_json(&s->identity));
		json_array_append_new(list, o);
	}
	return list;
}

static json_t *evidence_json(const struct contact_address *a)
{
	json_t *list = json_array();
	char name[TRANSPORT_TEXT];

	for (size_t i = 0; i < a->evidence_count; i++) {
		const struct contact_evidence *e = &a->evidence[i];
		char *text = contacts_text_evidence(e);
		json_t *o = json_object();

		json_object_set_new(o, "first_seen",
				    jsonout_time(e->first_seen));
		json_object_set_new(o, "last_seen", jsonout_time(e->last_seen));
		json_object_set_new(o, "port", json_integer(e->port));
		json_object_set_new(
		    o, "transport",
		    json_string(transport_name(e->protocol, name)));
		json_object_set_new(o, "packets", json_integer(e->packets));
		json_object_set_new(o, "sensors", json_integer(e->sensors));
		json_object_set_new(o, "old", json_boolean(e->old));
		json_object_set_new(o, "text", jsonout_text(text));
		json_array_append_new(list, o);
		free(text);
	}
	return list;
}

/* The probe that the row speaks of: of the device, else the first. */
static const struct contact_service *probe_of(const struct contact_address *a)
{
	const struct contact_service *s = contacts_device(a);

	return s == NULL && a->service_count > 0 ? &a->services[0] : s;
}

/* null where nobody was asked. */
static json_t *origin_json(const char *database, int32_t day,
			   const struct source *s)
{
	char text[CIVIL_DAY_TEXT];
	json_t *o;

	if (*database == '\0')
		return json_null();
	civil_format_day(contacts_text_origin_day(day, s), text);
	o = json_object();
	json_object_set_new(o, "database", jsonout_text(database));
	json_object_set_new(o, "date", json_string(text));
	json_object_set_new(o, "aged",
			    json_boolean(contacts_text_is_aged(day, s)));
	return o;
}

static json_t *address_json(const struct contact_address *a)
{
	const struct contact_service *device = contacts_device(a);
	const struct source *s = a->source;
	char text[ADDR_TEXT_MAX];
	json_t *o = json_object();

	json_object_set_new(o, "address",
			    json_string(addr_format(&a->address, text)));
	json_object_set_new(o, "first_seen", jsonout_time(a->first_seen));
	json_object_set_new(o, "last_seen", jsonout_time(a->last_seen));
	json_object_set_new(o, "packets", json_integer(a->packets));
	json_object_set_new(o, "sensors", json_integer(a->sensors));
	json_object_set_new(o, "country",
			    s->origin.country[0] != '\0'
				? jsonout_text(s->origin.country)
				: json_null());
	json_object_set_new(o, "origin",
			    origin_json(s->origin_database, s->origin_day, s));
	json_object_set_new(o, "as_origin",
			    origin_json(s->as_database, s->as_day, s));
	json_object_set_new(o, "ports", ports_json(a));
	json_object_set_new(o, "signatures", signatures_json(a));
	json_object_set_new(o, "identity",
			    device != NULL ? identity_json(&device->identity)
					   : json_null());
	json_object_set_new(o, "services", services_json(a));
	json_object_set_new(
	    o, "group", a->group > 0 ? json_integer(a->group) : json_null());
	json_object_set_new(o, "lag_seconds", lag_json(probe_of(a)));
	json_object_set_new(o, "old", json_boolean(a->old));
	json_object_set_new(o, "reason", jsonout_text(a->reason));
	json_object_set_new(o, "evidence", evidence_json(a));
	return o;
}

static json_t *contact_json(const struct contacts *c, size_t from, size_t to)
{
	const struct contact_entry *e = c->list[from].entry;
	const struct location_origin *origin = &c->list[from].source->origin;
	json_t *o = json_object(), *addresses = json_array();
	bool known = e != NULL;

	json_object_set_new(o, "contact",
			    jsonout_text(known ? e->contact : NULL));
	json_object_set_new(o, "role", jsonout_text(known ? e->role : NULL));
	json_object_set_new(
	    o, "name",
	    jsonout_text(known && *e->name != '\0' ? e->name : NULL));
	json_object_set_new(
	    o, "language",
	    jsonout_text(known && *e->language != '\0' ? e->language : NULL));
	json_object_set_new(
	    o, "source", jsonout_text(known ? contacts_text_origin(e) : NULL));
	json_object_set_new(o, "looked_up",
			    known ? jsonout_time(c->looked_up) : json_null());
	json_object_set_new(o, "asn",
			    origin->asn != 0 ? json_integer(origin->asn)
					     : json_null());
	json_object_set_new(o, "as_name",
			    origin->as_name[0] != '\0'
				? jsonout_text(origin->as_name)
				: json_null());
	for (size_t i = from; i < to; i++)
		json_array_append_new(addresses, address_json(&c->list[i]));
	json_object_set_new(o, "addresses", addresses);
	return o;
}

int contacts_print_json(const struct contacts *c, const char *period, FILE *out)
{
	json_t *document = jsonout_document("contacts"), *list = json_array();

	json_object_set_new(document, "tlp", json_string(CONTACTS_TLP));
	json_object_set_new(document, "period", json_string(period));
	for (size_t from = 0, to; from < c->count; from = to) {
		to = contacts_next(c, from);
		json_array_append_new(list, contact_json(c, from, to));
	}
	json_object_set_new(document, "contacts", list);
	return jsonout_print(document, out);
}

static void time_cell(struct table *t, int64_t seconds)
{
	char text[CIVIL_TIME_TEXT];

	table_text(t, seconds > 0 ? civil_format_time(seconds, text) : "");
}

/* @text: moved in. */
static void text_cell(struct table *t, char *text)
{
	table_text(t, text);
	free(text);
}

static void count_cell(struct table *t, int64_t value, bool known)
{
	if (known)
		table_number(t, value);
	else
		table_text(t, "");
}

static const char *const csv_columns[] = {
    "tlp",
    "contact",
    "contact_role",
    "contact_name",
    "contact_language",
    "contact_source",
    "contact_looked_up_at",
    "source_ip",
    "source_asn",
    "as_name",
    "country",
    "as_date",
    "country_date",
    "origin_aged",
    "first_seen_utc",
    "last_seen_utc",
    "older_than_14_days",
    "days_seen",
    "packets",
    "sensors_hit",
    "dst_ports",
    "src_port_sample",
    "sample_time_utc",
    "flags",
    "device_vendor",
    "device_model",
    "device_version",
    "device_type",
    "fingerprint_confidence",
    "open_services",
    "group_id",
    "probe_time_utc",
    "lag_seconds",
    "evidence",
    "reason",
};

static void csv_contact(struct table *t, const struct contacts *c,
			const struct contact_entry *e)
{
	table_text(t, CONTACTS_TLP);
	table_text(t, e != NULL ? e->contact : "");
	table_text(t, e != NULL ? e->role : "");
	table_text(t, e != NULL ? e->name : "");
	table_text(t, e != NULL ? e->language : "");
	table_text(t, e != NULL ? contacts_text_origin(e) : "");
	time_cell(t, e != NULL ? c->looked_up : 0);
}

/* Of when the AS and the country are, and whether that is too long ago. */
static void csv_origin(struct table *t, const struct source *s)
{
	char day[CIVIL_DAY_TEXT];
	bool aged = contacts_text_is_aged(s->as_day, s) ||
		    contacts_text_is_aged(s->origin_day, s);

	table_text(t, *s->as_database != '\0'
			  ? civil_format_day(
				contacts_text_origin_day(s->as_day, s), day)
			  : "");
	table_text(t, *s->origin_database != '\0'
			  ? civil_format_day(
				contacts_text_origin_day(s->origin_day, s), day)
			  : "");
	table_text(t, aged ? "yes" : "no");
}

static void csv_source(struct table *t, const struct contact_address *a)
{
	const struct source *s = a->source;
	bool sampled = s->backscatter == 0 && s->source_port != 0;
	char text[ADDR_TEXT_MAX];

	table_text(t, addr_format(&a->address, text));
	count_cell(t, s->origin.asn, s->origin.asn != 0);
	table_text(t, s->origin.as_name);
	table_text(t, s->origin.country);
	csv_origin(t, s);
	time_cell(t, a->first_seen);
	time_cell(t, a->last_seen);
	table_text(t, a->old ? "yes" : "no");
	table_number(t, s->days);
	table_number(t, a->packets);
	table_number(t, a->sensors);
	text_cell(t, contacts_text_ports(a, PORTS_IN_CSV));
	count_cell(t, s->source_port, sampled);
	time_cell(t, sampled ? s->last_seen : 0);
	text_cell(t, contacts_text_signatures(a));
}

static void csv_device(struct table *t, const struct contact_address *a)
{
	static const struct contact_service nothing = {.lag = -1};
	const struct contact_service *device = contacts_device(a);
	const struct contact_service *probe = probe_of(a);
	const struct identity *id =
	    device != NULL ? &device->identity : &nothing.identity;

	if (probe == NULL)
		probe = &nothing;
	table_text(t, id->vendor);
	table_text(t, id->product);
	table_text(t, id->version);
	table_text(t, id->device_type);
	if (device != NULL)
		table_printf(t, "%.2g", id->certainty);
	else
		table_text(t, "");
	text_cell(t, contacts_text_services(a));
	count_cell(t, a->group, a->group > 0);
	time_cell(t, probe->observed);
	count_cell(t, probe->lag, probe->lag >= 0);
}

void contacts_print_csv(const struct contacts *c, FILE *out)
{
	struct table *t = table_new();

	for (size_t i = 0; i < ARRAY_LEN(csv_columns); i++)
		table_column(t, csv_columns[i], TABLE_LEFT);
	for (size_t i = 0; i < c->count; i++) {
		const struct contact_address *a = &c->list[i];

		csv_contact(t, c, a->entry);
		csv_source(t, a);
		csv_device(t, a);
		text_cell(t, contacts_text_all_evidence(a));
		table_text(t, a->reason);
	}
	table_print_csv(t, out);
	table_free(t);
}

void contacts_print_table(const struct contacts *c, FILE *out)
{
	struct table *t = table_new();
	char text[ADDR_TEXT_MAX];

	table_column(t, "Contact", TABLE_CUT);
	table_column(t, "AS", TABLE_RIGHT);
	table_column(t, "Address", TABLE_LEFT);
	table_column(t, "Last seen", TABLE_LEFT);
	table_column(t, "Packets", TABLE_RIGHT);
	table_column(t, "Ports", TABLE_CUT);
	table_column(t, "Device", TABLE_CUT);
	table_column(t, "Group", TABLE_RIGHT);
	for (size_t i = 0; i < c->count; i++) {
		const struct contact_address *a = &c->list[i];
		char seen[CIVIL_TIME_TEXT];

		table_text(t,
			   a->entry != NULL ? a->entry->contact : "(nobody)");
		if (a->source->origin.asn != 0)
			table_printf(t, "AS%u", a->source->origin.asn);
		else
			table_text(t, "");
		table_text(t, addr_format(&a->address, text));
		table_printf(t, "%s%s", civil_format_time(a->last_seen, seen),
			     a->old ? " (old)" : "");
		table_number(t, a->packets);
		text_cell(t, contacts_text_ports(a, PORTS_IN_TABLE));
		text_cell(t, contacts_text_device(a));
		count_cell(t, a->group, a->group > 0);
	}
	table_print(t, out);
	table_free(t);
}
