/*
 * Ports and countries that rose and fell.
 */
#include <math.h>

#include "jsonout.h"
#include "portdays.h"
#include "transport.h"
#include "answer_parts.h"
#include "answer_words.h"

static const char *kind_of(const struct mover *m)
{
	if (m->packets_before == 0)
		return "new";
	if (m->packets == 0)
		return "gone";
	return m->per_sensor_day > m->before ? "risen" : "fallen";
}

static json_t *mover_json(const struct mover *m)
{
	json_t *o = json_object();

	json_object_set_new(o, "against",
			    json_string(traffic_then_text(m->then)));
	json_object_set_new(o, "side", json_string(traffic_side_text(m->side)));
	json_object_set_new(o, "kind", json_string(kind_of(m)));
	return o;
}

static void set_amounts(json_t *o, const struct mover *m)
{
	json_object_set_new(o, "packets", json_integer(m->packets));
	json_object_set_new(o, "packets_before",
			    json_integer(m->packets_before));
	json_object_set_new(o, "per_sensor_day",
			    jsonout_real(m->per_sensor_day));
	json_object_set_new(o, "before", jsonout_real(m->before));
	json_object_set_new(o, "change", jsonout_real(m->change));
	json_object_set_new(o, "share", jsonout_real(m->share));
}

void answer_movers_json(const struct answers *a, json_t *document)
{
	json_t *ports = json_array(), *countries = json_array();
	json_t *both = json_object();
	char code[3];

	for (size_t i = 0; i < a->port_movers.count; i++) {
		const struct mover *m = &a->port_movers.list[i];
		json_t *o = mover_json(m);

		answer_words_set_service(o, m->key);
		set_amounts(o, m);
		json_array_append_new(ports, o);
	}
	for (size_t i = 0; i < a->country_movers.count; i++) {
		const struct mover *m = &a->country_movers.list[i];
		json_t *o = mover_json(m);

		json_object_set_new(
		    o, "country",
		    answer_words_text(countries_code(m->key, code)));
		set_amounts(o, m);
		json_array_append_new(countries, o);
	}
	json_object_set_new(both, "ports", ports);
	json_object_set_new(both, "countries", countries);
	json_object_set_new(document, "movers", both);
}

static void add_rows(struct table *table, const struct movers *movers,
		     bool ports, bool exact)
{
	char text[TRANSPORT_TEXT], code[3];

	for (size_t i = 0; i < movers->count; i++) {
		const struct mover *m = &movers->list[i];

		table_text(table, traffic_then_text(m->then));
		table_text(table, traffic_side_text(m->side));
		if (ports)
			table_text(table, transport_service(
					      portdays_protocol(m->key),
					      portdays_port(m->key), text));
		else
			table_text(table, *countries_code(m->key, code) != '\0'
					      ? code
					      : "??");
		table_text(table, kind_of(m));
		table_number(table, m->packets);
		table_number(table, m->packets_before);
		answer_words_real(table, m->per_sensor_day, 1, exact);
		answer_words_real(table, m->before, 1, exact);
		if (exact || isnan(m->change))
			answer_words_real(table, m->change, 0, exact);
		else
			table_printf(table, "%+.1f%%", m->change * 100);
	}
}

static struct table *make_table(const struct answers *a, bool ports,
				bool countries, bool exact)
{
	static const char *const columns[] = {
	    "against",        "of",   "what",   "kind",   "packets",
	    "packets_before", "mean", "before", "change", NULL};
	struct table *table = answer_words_table(columns, 4);

	if (ports)
		add_rows(table, &a->port_movers, true, exact);
	if (countries)
		add_rows(table, &a->country_movers, false, exact);
	return table;
}

struct table *answer_movers_csv(const struct answers *a)
{
	return make_table(a, true, true, true);
}

void answer_movers_print(const struct answers *a, FILE *out)
{
	fprintf(out,
		"Ports that rose and fell, by the mean\n"
		"previous: %s, year before: %s; only those that moved all of "
		"it by %.0f%%\n\n",
		traffic_then_period(&a->traffic, TRAFFIC_PREVIOUS).text,
		traffic_then_period(&a->traffic, TRAFFIC_YEAR_BEFORE).text,
		MOVERS_LEAST_SHARE * 100);
	answer_words_print(make_table(a, true, false, false), out);
	fprintf(out, "\nCountries that rose and fell\n\n");
	answer_words_print(make_table(a, false, true, false), out);
}
