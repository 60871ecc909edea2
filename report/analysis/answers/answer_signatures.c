/*
 * Shares of signatures by port, day and country.
 */
#include <math.h>

#include "jsonout.h"
#include "portdays.h"
#include "transport.h"
#include "answer_parts.h"
#include "answer_words.h"

static double share_of(int64_t part, int64_t all)
{
	return all > 0 ? (double)part / (double)all : NAN;
}

static json_t *shares_json(const int64_t *by, int64_t packets,
			   const uint32_t *sources)
{
	json_t *all = json_object();

	for (int i = 0; i < (int)SIGNATURE_COUNT; i++) {
		json_t *o;

		if (i == SIGNATURE_NONE || by[i] == 0)
			continue;
		o = json_object();
		json_object_set_new(o, "packets", json_integer(by[i]));
		json_object_set_new(o, "share",
				    jsonout_real(share_of(by[i], packets)));
		if (sources != NULL)
			json_object_set_new(o, "sources",
					    json_integer(sources[i]));
		json_object_set_new(all, signature_text((enum signature)i), o);
	}
	return all;
}

static json_t *ports_json(const struct signatures *s)
{
	json_t *list = json_array();

	for (size_t i = 0; i < s->port_count && i < SIGNATURES_TOP; i++) {
		const struct signature_sums *p = &s->ports[i];
		json_t *o = json_object();

		answer_words_set_service(o, p->service);
		json_object_set_new(o, "packets", json_integer(p->packets));
		json_object_set_new(o, "signatures",
				    shares_json(p->by, p->packets, NULL));
		json_array_append_new(list, o);
	}
	return list;
}

static json_t *days_json(const struct signatures *s)
{
	json_t *list = json_array();

	for (size_t i = 0; i < s->day_count; i++) {
		const struct signature_sums *d = &s->days[i];
		json_t *o = json_object();

		answer_words_set_day(o, "day", d->day);
		json_object_set_new(o, "packets", json_integer(d->packets));
		json_object_set_new(o, "signatures",
				    shares_json(d->by, d->packets, NULL));
		json_array_append_new(list, o);
	}
	return list;
}

static json_t *countries_json(const struct countries *c)
{
	json_t *list = json_array();

	for (size_t i = 0; i < c->count; i++) {
		const struct country *country = &c->list[i];
		json_t *o = json_object();

		json_object_set_new(o, "country",
				    answer_words_text(country->code));
		json_object_set_new(o, "packets",
				    json_integer(country->packets));
		json_object_set_new(o, "sources",
				    json_integer(country->sources));
		json_object_set_new(o, "signatures",
				    shares_json(country->signatures,
						country->packets,
						country->signature_sources));
		json_array_append_new(list, o);
	}
	return list;
}

void answer_signatures_json(const struct answers *a, json_t *document)
{
	const struct signatures *s = &a->signatures;
	json_t *o = json_object();

	json_object_set_new(o, "packets", json_integer(s->all.packets));
	json_object_set_new(o, "signatures",
			    shares_json(s->all.by, s->all.packets, NULL));
	json_object_set_new(o, "ports", ports_json(s));
	json_object_set_new(o, "days", days_json(s));
	json_object_set_new(o, "countries", countries_json(&a->countries));
	json_object_set_new(document, "signatures", o);
}

static void add_shares(struct table *table, const int64_t *by, int64_t packets,
		       bool exact)
{
	table_number(table, packets);
	for (int i = 0; i < (int)SIGNATURE_COUNT; i++) {
		if (i == SIGNATURE_NONE)
			continue;
		if (exact)
			table_number(table, by[i]);
		else if (by[i] == 0)
			table_text(table, "");
		else
			answer_words_share(table, share_of(by[i], packets),
					   false);
	}
}

static struct table *new_table(const char *first, const char *second)
{
	struct table *table = table_new();

	table_column(table, first, TABLE_LEFT);
	if (second != NULL)
		table_column(table, second, TABLE_LEFT);
	table_column(table, "packets", TABLE_RIGHT);
	for (int i = 0; i < (int)SIGNATURE_COUNT; i++)
		if (i != SIGNATURE_NONE)
			table_column(table, signature_text((enum signature)i),
				     TABLE_RIGHT);
	return table;
}

struct table *answer_signatures_csv(const struct answers *a)
{
	const struct signatures *s = &a->signatures;
	struct table *table = new_table("of", "what");
	char text[TRANSPORT_TEXT];

	for (size_t i = 0; i < s->port_count; i++) {
		const struct signature_sums *p = &s->ports[i];

		table_text(table, "port");
		table_text(table,
			   transport_service(portdays_protocol(p->service),
					     portdays_port(p->service), text));
		add_shares(table, p->by, p->packets, true);
	}
	for (size_t i = 0; i < s->day_count; i++) {
		table_text(table, "day");
		answer_words_day(table, s->days[i].day);
		add_shares(table, s->days[i].by, s->days[i].packets, true);
	}
	for (size_t i = 0; i < a->countries.count; i++) {
		const struct country *c = &a->countries.list[i];

		table_text(table, "country");
		table_text(table, c->code);
		add_shares(table, c->signatures, c->packets, true);
	}
	return table;
}

void answer_signatures_print(const struct answers *a, FILE *out)
{
	const struct signatures *s = &a->signatures;
	struct table *table = new_table("port", NULL);
	char text[TRANSPORT_TEXT];

	fprintf(out, "Share of %s with a signature\n\n", a->traffic.unit);
	for (size_t i = 0; i < s->port_count && i < SIGNATURES_TOP; i++) {
		const struct signature_sums *p = &s->ports[i];

		table_text(table,
			   transport_service(portdays_protocol(p->service),
					     portdays_port(p->service), text));
		add_shares(table, p->by, p->packets, false);
	}
	table_text(table, "(all)");
	add_shares(table, s->all.by, s->all.packets, false);
	answer_words_print(table, out);
	fputc('\n', out);
	table = new_table("country", NULL);
	for (size_t i = 0; i < a->countries.count && i < SIGNATURES_TOP; i++) {
		const struct country *c = &a->countries.list[i];

		table_text(table, c->code[0] != '\0' ? c->code : "??");
		add_shares(table, c->signatures, c->packets, false);
	}
	answer_words_print(table, out);
}
