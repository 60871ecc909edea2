#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "jsonout.h"
#include "str.h"
#include "table.h"
#include "xalloc.h"
#include "groups_print.h"

static json_t *address_json(const struct profile *p)
{
	char text[ADDR_TEXT_MAX];

	return json_string(addr_format(&p->address, text));
}

static json_t *port_json(const struct profile_item *item)
{
	json_t *port = json_object();

	json_object_set_new(port, "port", json_integer(item->port));
	json_object_set_new(port, "transport", json_string(item->transport));
	json_object_set_new(port, "element", jsonout_text(item->element));
	json_object_set_new(port, "device_type",
			    json_string(device_type_text(item->type)));
	return port;
}

static json_t *slot_json(const struct slot *slot)
{
	json_t *object = json_object(), *values = json_array();

	json_object_set_new(object, "where", json_string(slot->where));
	json_object_set_new(object, "template", jsonout_text(slot->pattern));
	for (size_t i = 0; i < slot->count; i++) {
		const struct slot_value *v = &slot->values[i];
		json_t *value = json_object();

		json_object_set_new(value, "address", address_json(v->member));
		json_object_set_new(value, "value", jsonout_text(v->value));
		json_object_set_new(value, "reading", jsonout_text(v->reading));
		json_array_append_new(values, value);
	}
	json_object_set_new(object, "values", values);
	json_object_set_new(object, "kind", json_string(slot->kind));
	json_object_set_new(object, "readable", json_integer(slot->readable));
	json_object_set_new(object, "distinct", json_integer(slot->distinct));
	json_object_set_new(object, "expected", jsonout_real(slot->expected));
	return object;
}

static json_t *group_json(const struct group *g)
{
	json_t *object = json_object(), *members = json_array();
	json_t *ports = json_array(), *slots = json_array();
	json_t *differs = json_array();

	json_object_set_new(object, "id",
			    g->id > 0 ? json_integer(g->id) : json_null());
	for (size_t i = 0; i < g->member_count; i++)
		json_array_append_new(members, address_json(g->members[i]));
	for (size_t i = 0; i < g->port_count; i++)
		json_array_append_new(ports, port_json(g->ports[i]));
	for (size_t i = 0; i < g->slot_count; i++)
		json_array_append_new(slots, slot_json(&g->slots[i]));
	for (size_t i = 0; i < g->difference_count; i++) {
		const struct group_difference *d = &g->differs[i];
		json_t *difference = port_json(d->item);

		json_object_set_new(difference, "address",
				    address_json(d->member));
		json_object_set_new(difference, "missing",
				    json_boolean(d->missing));
		json_array_append_new(differs, difference);
	}
	json_object_set_new(object, "members", members);
	json_object_set_new(object, "ports", ports);
	json_object_set_new(object, "chance", jsonout_real(g->chance));
	json_object_set_new(object, "units", json_integer(g->units));
	json_object_set_new(object, "machines", json_integer(g->machines));
	json_object_set_new(object, "slots", slots);
	json_object_set_new(object, "differs", differs);
	return object;
}

int groups_print_json(const struct groups *g, const struct group *only,
		      const char *period, FILE *out)
{
	json_t *document = jsonout_document("groups"), *list = json_array();

	json_object_set_new(document, "period", json_string(period));
	for (size_t i = 0; i < g->count; i++)
		if (only == NULL || only == &g->list[i])
			json_array_append_new(list, group_json(&g->list[i]));
	json_object_set_new(document, "groups", list);
	return jsonout_print(document, out);
}

/* A group has no number where the case database cannot be written. */
static void id_cell(struct table *t, const struct group *g)
{
	if (g->id > 0)
		table_number(t, g->id);
	else
		table_text(t, "");
}

static void csv_row(struct table *t, const struct group *g,
		    const struct profile *member,
		    const struct profile_item *item, const char *part)
{
	char address[ADDR_TEXT_MAX];

	id_cell(t, g);
	table_printf(t, "%.3g", g->chance);
	table_text(t, addr_format(&member->address, address));
	table_number(t, item->port);
	table_text(t, item->transport);
	table_text(t, item->element);
	table_text(t, part);
}

static void csv_group(struct table *t, const struct group *g)
{
	size_t d = 0;

	for (size_t i = 0; i < g->member_count; i++) {
		const struct profile *member = g->members[i];

		for (size_t j = 0; j < g->port_count; j++)
			if (groups_item(member, g->ports[j]) != NULL)
				csv_row(t, g, member, g->ports[j], "shared");
		for (;
		     d < g->difference_count && g->differs[d].member == member;
		     d++)
			csv_row(t, g, member, g->differs[d].item,
				g->differs[d].missing ? "missing" : "besides");
	}
}

void groups_print_csv(const struct groups *g, FILE *out)
{
	struct table *t = table_new();

	table_column(t, "group", TABLE_RIGHT);
	table_column(t, "chance", TABLE_RIGHT);
	table_column(t, "address", TABLE_LEFT);
	table_column(t, "port", TABLE_RIGHT);
	table_column(t, "transport", TABLE_LEFT);
	table_column(t, "element", TABLE_LEFT);
	table_column(t, "part", TABLE_LEFT);
	for (size_t i = 0; i < g->count; i++)
		csv_group(t, &g->list[i]);
	table_print_csv(t, out);
	table_free(t);
}

/* "8888 recorder, 10443 router" */
static char *ports_text(const struct group *g)
{
	struct buf b;

	buf_init(&b, BUF_NO_LIMIT);
	for (size_t i = 0; i < g->port_count; i++) {
		const struct profile_item *item = g->ports[i];

		buf_printf(&b, "%s%u", i > 0 ? ", " : "", item->port);
		if (item->type != DEVICE_TYPE_UNKNOWN)
			buf_printf(&b, " %s", device_type_text(item->type));
	}
	return buf_detach(&b);
}

/* "10443/TCP title: 9 prefectures of 9" */
static char *slots_text(const struct group *g)
{
	struct buf b;

	buf_init(&b, BUF_NO_LIMIT);
	for (size_t i = 0; i < g->slot_count; i++) {
		const struct slot *s = &g->slots[i];

		buf_printf(&b, "%s%s: ", b.len > 0 ? "; " : "", s->where);
		if (strcmp(s->kind, "prefecture") == 0)
			buf_printf(&b, "%d prefectures of %zu", s->distinct,
				   s->count);
		else
			buf_printf(&b, "%d %ss", s->distinct, s->kind);
	}
	return buf_detach(&b);
}

void groups_print_table(const struct groups *g, FILE *out)
{
	struct table *t = table_new();

	table_column(t, "Group", TABLE_RIGHT);
	table_column(t, "Addresses", TABLE_RIGHT);
	table_column(t, "Chance", TABLE_RIGHT);
	table_column(t, "Shared ports", TABLE_CUT);
	table_column(t, "Varies", TABLE_CUT);
	for (size_t i = 0; i < g->count; i++) {
		const struct group *group = &g->list[i];
		char *ports = ports_text(group), *slots = slots_text(group);

		id_cell(t, group);
		table_number(t, (int64_t)group->member_count);
		table_printf(t, "%.2g", group->chance);
		table_text(t, ports);
		table_text(t, slots);
		free(ports);
		free(slots);
	}
	table_print(t, out);
	table_free(t);
}

static void print_ports(const struct group *g, FILE *out)
{
	struct table *t = table_new();

	table_column(t, "Port", TABLE_LEFT);
	table_column(t, "Device", TABLE_LEFT);
	table_column(t, "Element", TABLE_LEFT);
	for (size_t i = 0; i < g->port_count; i++) {
		table_printf(t, "%u/%s", g->ports[i]->port,
			     g->ports[i]->transport);
		table_text(t, device_type_text(g->ports[i]->type));
		table_text(t, g->ports[i]->element);
	}
	table_print(t, out);
	table_free(t);
}

static void print_slot(const struct slot *s, FILE *out)
{
	struct table *t = table_new();
	char *pattern = str_vis(s->pattern, strlen(s->pattern), 200);

	fprintf(out, "\n%s: %s\n", s->where, pattern);
	if (strcmp(s->kind, "prefecture") == 0)
		fprintf(out,
			"%d of %zu read as %d different prefectures; %.2g "
			"expected by chance\n",
			s->readable, s->count, s->distinct, s->expected);
	else
		fprintf(out, "%d different %ss\n", s->distinct, s->kind);
	table_column(t, "Address", TABLE_LEFT);
	table_column(t, "Value", TABLE_LEFT);
	table_column(t, "Reading", TABLE_LEFT);
	for (size_t i = 0; i < s->count; i++) {
		char address[ADDR_TEXT_MAX];

		table_text(t,
			   addr_format(&s->values[i].member->address, address));
		table_text(t, s->values[i].value);
		table_text(t, s->values[i].reading);
	}
	table_print(t, out);
	table_free(t);
	free(pattern);
}

void groups_print_one(const struct group *g, FILE *out)
{
	char address[ADDR_TEXT_MAX];

	fprintf(out,
		"Group %" PRId64 ": %zu addresses, %.2g such groups "
		"expected by chance\n",
		g->id, g->member_count, g->chance);
	for (size_t i = 0; i < g->member_count; i++)
		fprintf(out, "%s%s", i % 4 == 0 ? "\n  " : "  ",
			addr_format(&g->members[i]->address, address));
	fputs("\n\nShared ports\n", out);
	print_ports(g, out);
	for (size_t i = 0; i < g->slot_count; i++)
		print_slot(&g->slots[i], out);
	if (g->difference_count > 0)
		fputs("\nDiffers\n", out);
	for (size_t i = 0; i < g->difference_count; i++) {
		const struct group_difference *d = &g->differs[i];
		char *element =
		    str_vis(d->item->element, strlen(d->item->element), 120);

		fprintf(out, "  %s %s %u/%s %s\n",
			addr_format(&d->member->address, address),
			d->missing ? "lacks" : "also has", d->item->port,
			d->item->transport, element);
		free(element);
	}
}
