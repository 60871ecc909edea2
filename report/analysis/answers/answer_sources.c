/*
 * Who the sources are: countries, concentration, research scanners.
 */
#include <string.h>

#include "civil.h"
#include "jsonout.h"
#include "answer_parts.h"
#include "answer_words.h"

#define NAME_SHOWN 28 /* bytes of a name of an AS, for people */

/* --- countries */

static json_t *country_json(const struct countries *c,
			    const struct country *country)
{
	json_t *o = json_object(), *sources = json_array();
	json_t *packets = json_array(), *mirai = json_array();

	json_object_set_new(o, "country", answer_words_text(country->code));
	json_object_set_new(o, "packets", json_integer(country->packets));
	json_object_set_new(o, "share", jsonout_real(country->share));
	json_object_set_new(o, "sources", json_integer(country->sources));
	for (size_t d = 0; d < c->day_count; d++) {
		const struct country_day *day = &country->days[d];
		bool ran = c->ran[d];

		json_array_append_new(sources, ran ? json_integer(day->sources)
						   : json_null());
		json_array_append_new(packets, ran ? json_integer(day->packets)
						   : json_null());
		json_array_append_new(mirai, ran ? json_integer(day->mirai)
						 : json_null());
	}
	json_object_set_new(o, "sources_by_day", sources);
	json_object_set_new(o, "packets_by_day", packets);
	json_object_set_new(o, "mirai_sources_by_day", mirai);
	return o;
}

void answer_countries_json(const struct answers *a, json_t *document)
{
	const struct countries *c = &a->countries;
	json_t *list = json_array(), *days = json_array();
	char text[CIVIL_DAY_TEXT];

	for (size_t i = 0; i < c->count; i++)
		json_array_append_new(list, country_json(c, &c->list[i]));
	for (size_t d = 0; d < c->day_count; d++)
		json_array_append_new(
		    days, json_string(civil_format_day(
			      a->traffic.period.first + (int32_t)d, text)));
	json_object_set_new(document, "country_days", days);
	json_object_set_new(document, "countries", list);
}

struct table *answer_countries_csv(const struct answers *a)
{
	static const char *const columns[] = {
	    "day", "country", "sources", "packets", "mirai_sources", NULL};
	const struct countries *c = &a->countries;
	struct table *table = answer_words_table(columns, 2);

	for (size_t d = 0; d < c->day_count; d++) {
		for (size_t i = 0; i < c->count; i++) {
			const struct country_day *day = &c->list[i].days[d];

			answer_words_day(table,
					 a->traffic.period.first + (int32_t)d);
			table_text(table, c->list[i].code);
			for (int k = 0; k < 3 && !c->ran[d]; k++)
				table_text(table, "");
			if (!c->ran[d])
				continue;
			table_number(table, day->sources);
			table_number(table, day->packets);
			table_number(table, day->mirai);
		}
	}
	return table;
}

static double mean_sources(const struct countries *c, const struct country *one)
{
	double sum = 0, days = 0;

	for (size_t d = 0; d < c->day_count; d++) {
		sum += one->days[d].sources;
		days += c->ran[d];
	}
	return days > 0 ? sum / days : 0;
}

void answer_countries_print(const struct answers *a, FILE *out)
{
	static const char *const columns[] = {"country", "sources", "of a day",
					      "packets", "share",   NULL};
	const struct countries *c = &a->countries;
	struct table *table = answer_words_table(columns, 1);

	fprintf(out, "Sources by country, and on the average day "
		     "(--csv=countries: each day)\n\n");
	for (size_t i = 0; i < c->count && i < (size_t)a->top; i++) {
		const struct country *one = &c->list[i];

		table_text(table, one->code[0] != '\0' ? one->code : "??");
		table_number(table, one->sources);
		answer_words_real(table, mean_sources(c, one), 1, false);
		table_number(table, one->packets);
		answer_words_share(table, one->share, false);
	}
	answer_words_print(table, out);
}

/* --- concentration */

static void set_part(json_t *o, const struct concentration_part *p,
		     enum concentration_of of)
{
	char text[ADDR_TEXT_MAX + 4];

	if (of == CONCENTRATION_SOURCES)
		json_object_set_new(
		    o, "address",
		    json_string(addr_format(&p->network.base, text)));
	if (of == CONCENTRATION_NETWORKS)
		json_object_set_new(
		    o, "network",
		    json_string(prefix_format(&p->network, text)));
	json_object_set_new(o, "asn",
			    p->asn != 0 ? json_integer(p->asn) : json_null());
	json_object_set_new(o, "as_name", answer_words_text(p->as_name));
	if (of != CONCENTRATION_ASES)
		json_object_set_new(o, "country",
				    answer_words_text(p->country));
	json_object_set_new(o, "packets", json_integer(p->packets));
	json_object_set_new(o, "share", jsonout_real(p->share));
	json_object_set_new(o, "sources", json_integer(p->sources));
}

static json_t *needed_json(size_t count)
{
	return count > 0 ? json_integer((json_int_t)count) : json_null();
}

void answer_concentration_json(const struct answers *a, json_t *document)
{
	json_t *all = json_object();

	for (int of = 0; of < CONCENTRATION_KINDS; of++) {
		const struct concentration_list *l =
		    &a->concentration.lists[of];
		json_t *o = json_object(), *list = json_array();

		for (size_t i = 0; i < l->kept; i++) {
			json_t *part = json_object();

			set_part(part, &l->parts[i], (enum concentration_of)of);
			json_array_append_new(list, part);
		}
		json_object_set_new(o, "count",
				    json_integer((json_int_t)l->count));
		json_object_set_new(o, "half", needed_json(l->half));
		json_object_set_new(o, "four_fifths",
				    needed_json(l->four_fifths));
		json_object_set_new(o, "nine_tenths",
				    needed_json(l->nine_tenths));
		json_object_set_new(o, "list", list);
		json_object_set_new(
		    all, concentration_text((enum concentration_of)of), o);
	}
	json_object_set_new(document, "concentration", all);
}

/* People get the beginning, cut between characters. */
static void add_name(struct table *table, const char *name, bool exact)
{
	size_t len = strlen(name);

	if (!exact && len > NAME_SHOWN) {
		len = NAME_SHOWN;
		while (len > 0 && (name[len] & 0xc0) == 0x80)
			len--;
	}
	table_printf(table, "%.*s", (int)len, name);
}

static struct table *concentration_table(const struct answers *a, bool exact)
{
	static const char *const columns[] = {"of",      "what",    "country",
					      "as_name", "packets", "share",
					      "sources", NULL};
	struct table *table = answer_words_table(columns, 4);
	char text[ADDR_TEXT_MAX + 4];

	for (int of = 0; of < CONCENTRATION_KINDS; of++) {
		const struct concentration_list *l =
		    &a->concentration.lists[of];

		for (size_t i = 0; i < l->kept; i++) {
			const struct concentration_part *p = &l->parts[i];

			table_text(table, concentration_text(
					      (enum concentration_of)of));
			if (of == CONCENTRATION_ASES)
				table_printf(table, "AS%u", (unsigned)p->asn);
			else if (of == CONCENTRATION_SOURCES)
				table_text(table,
					   addr_format(&p->network.base, text));
			else
				table_text(table,
					   prefix_format(&p->network, text));
			table_text(table, p->country);
			add_name(table, p->as_name, exact);
			table_number(table, p->packets);
			answer_words_share(table, p->share, exact);
			table_number(table, p->sources);
		}
	}
	return table;
}

struct table *answer_concentration_csv(const struct answers *a)
{
	return concentration_table(a, true);
}

void answer_concentration_print(const struct answers *a, FILE *out)
{
	static const char *const columns[] = {"of",  "all", "send half",
					      "80%", "90%", NULL};
	struct table *table = answer_words_table(columns, 1);

	fprintf(out, "How few send most of the %s\n\n", a->traffic.unit);
	for (int of = 0; of < CONCENTRATION_KINDS; of++) {
		const struct concentration_list *l =
		    &a->concentration.lists[of];
		const size_t needed[] = {l->half, l->four_fifths,
					 l->nine_tenths};

		table_text(table,
			   concentration_text((enum concentration_of)of));
		table_number(table, (int64_t)l->count);
		for (int i = 0; i < 3; i++) {
			if (needed[i] > 0)
				table_number(table, (int64_t)needed[i]);
			else
				table_text(table, "-");
		}
	}
	answer_words_print(table, out);
	fputc('\n', out);
	answer_words_print(concentration_table(a, false), out);
}

/* --- research scanners */

static void set_scanner(const struct answers *a, json_t *o,
			const struct research_source *r)
{
	const struct sourcedays_source *s = &a->sources.sources[r->source];
	char text[ADDR_TEXT_MAX];

	json_object_set_new(o, "address",
			    json_string(addr_format(&s->address, text)));
	json_object_set_new(o, "organisation", jsonout_text(r->organisation));
	json_object_set_new(
	    o, "known_by",
	    json_string(r->organisation != NULL ? "list" : "breadth"));
	json_object_set_new(o, "country", answer_words_text(s->country));
	json_object_set_new(o, "asn",
			    s->asn != 0 ? json_integer(s->asn) : json_null());
	json_object_set_new(o, "sensors", json_integer(r->sensors));
	json_object_set_new(o, "days", json_integer(r->days));
	json_object_set_new(o, "ports_a_day", json_integer(r->ports));
	json_object_set_new(o, "packets", json_integer(r->packets));
}

void answer_scanners_json(const struct answers *a, json_t *document)
{
	json_t *all = json_object(), *list = json_array(), *days = json_array();
	const struct research *r = &a->research;

	for (size_t i = 0; i < r->count; i++) {
		json_t *o = json_object();

		set_scanner(a, o, &r->list[i]);
		json_array_append_new(list, o);
	}
	for (size_t d = 0; d < a->traffic.day_count; d++) {
		json_t *o = json_object();

		answer_words_set_day(o, "day",
				     a->traffic.period.first + (int32_t)d);
		json_object_set_new(o, "by_list",
				    json_integer(r->by_list_days[d]));
		json_object_set_new(o, "by_breadth",
				    json_integer(r->by_breadth_days[d]));
		json_array_append_new(days, o);
	}
	json_object_set_new(all, "by_list",
			    json_integer((json_int_t)r->by_list));
	json_object_set_new(all, "by_breadth",
			    json_integer((json_int_t)r->by_breadth));
	json_object_set_new(all, "list", list);
	json_object_set_new(all, "days", days);
	json_object_set_new(document, "scanners", all);
}

struct table *answer_scanners_csv(const struct answers *a)
{
	static const char *const columns[] = {
	    "address", "organisation", "known_by", "country", "sensors",
	    "days",    "ports_a_day",  "packets",  NULL};
	struct table *table = answer_words_table(columns, 4);
	char text[ADDR_TEXT_MAX];

	for (size_t i = 0; i < a->research.count; i++) {
		const struct research_source *r = &a->research.list[i];
		const struct sourcedays_source *s =
		    &a->sources.sources[r->source];

		table_text(table, addr_format(&s->address, text));
		table_text(table, r->organisation);
		table_text(table, r->organisation != NULL ? "list" : "breadth");
		table_text(table, s->country);
		table_number(table, r->sensors);
		table_number(table, r->days);
		table_number(table, r->ports);
		table_number(table, r->packets);
	}
	return table;
}

void answer_scanners_print(const struct answers *a, FILE *out)
{
	fprintf(out,
		"Research scanners: %zu by published address, %zu by breadth\n"
		"(%d ports or more on most of their days, almost all sensors, "
		"most days)\n\n",
		a->research.by_list, a->research.by_breadth, RESEARCH_PORTS);
	answer_words_print(answer_scanners_csv(a), out);
}
