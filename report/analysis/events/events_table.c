#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "civil.h"
#include "portdays.h"
#include "str.h"
#include "transport.h"
#include "events_internal.h"
#include "events_print.h"
#include "events_words.h"

#define NAMED_MAX 3 /* parts that a line names */

const char *events_words_dimension(enum event_dimension d)
{
	static const char *const names[] = {
	    [EVENT_SOURCES] = "sources", [EVENT_NETWORKS] = "networks",
	    [EVENT_ASES] = "ases",       [EVENT_COUNTRIES] = "countries",
	    [EVENT_PORTS] = "ports",     [EVENT_DIMENSIONS] = "",
	};

	return names[d];
}

enum events_where events_words_where(const struct event *e,
				     const struct traffic *t, size_t region)
{
	enum events_where where = EVENTS_NOBODY_RAN;

	for (size_t s = 0; s < t->sensor_count; s++) {
		if (t->sensors[s].region != region || !e->places[s].ran)
			continue;
		if (e->places[s].seen)
			return EVENTS_SEEN;
		where = EVENTS_NOT_SEEN;
	}
	return where;
}

static void add_part(const struct event_part *p, enum event_dimension d,
		     struct buf *out)
{
	char text[ADDR_TEXT_MAX + 4];

	switch (d) {
	case EVENT_NETWORKS:
		buf_add_string(out, prefix_format(&p->network, text));
		break;
	case EVENT_ASES:
		buf_printf(out, "AS%u", (unsigned)p->asn);
		break;
	case EVENT_COUNTRIES:
		buf_add_string(out, p->country);
		break;
	default:
		buf_add_string(
		    out, transport_service(portdays_protocol(p->service),
					   portdays_port(p->service), text));
	}
}

/* The first parts of a set by name; nothing for a set that is large or
 * does not account for the excess. */
static void add_parts(const struct event *e, enum event_dimension d,
		      const char *before, struct buf *out)
{
	const struct event_set *set = &e->sets[d];

	if (!set->accounts || set->count == 0)
		return;
	buf_add_string(out, before);
	for (size_t i = 0; i < set->count && i < NAMED_MAX; i++) {
		buf_add_string(out, i > 0 ? " " : "");
		add_part(&set->parts[i], d, out);
	}
	if (set->count > NAMED_MAX)
		buf_printf(out, " +%zu", set->count - NAMED_MAX);
}

void events_words_what(const struct event *e, struct buf *out)
{
	static const char *const one[] = {"source", "network", "AS", "country",
					  "port"};
	static const char *const many[] = {"sources", "networks", "ASes",
					   "countries", "ports"};
	size_t count;

	if (e->explained == EVENT_DIMENSIONS || e->explained == EVENT_PORTS) {
		buf_printf(out, "%zu sources", e->sources);
	} else {
		count = e->sets[e->explained].count;
		buf_printf(out, "%zu %s", count,
			   count == 1 ? one[e->explained] : many[e->explained]);
		if (e->explained != EVENT_SOURCES)
			add_parts(e, e->explained, " ", out);
	}
	if (e->explained < EVENT_COUNTRIES)
		add_parts(e, EVENT_COUNTRIES, " in ", out);
	add_parts(e, EVENT_PORTS, " to ", out);
}

static void add_sensors(const struct event *e, const struct traffic *t,
			struct buf *out)
{
	size_t seen = 0, ran = 0;

	for (size_t s = 0; s < t->sensor_count; s++) {
		if (t->sensors[s].region != e->region)
			continue;
		ran += e->places[s].ran;
		seen += e->places[s].seen;
	}
	buf_printf(out, "%zu of %zu", seen, ran);
}

static void add_regions(const struct event *e, const struct traffic *t,
			enum events_where where, bool ids, struct buf *out)
{
	size_t n = 0;

	for (size_t r = 0; r < t->region_count; r++) {
		if ((r == e->region && !ids) ||
		    events_words_where(e, t, r) != where)
			continue;
		buf_add_string(out, n++ > 0 ? (ids ? " " : ", ") : "");
		buf_add_string(out,
			       ids ? t->regions[r].id : t->regions[r].name_en);
	}
}

static const char *of_text(const struct event *e, char *out, size_t size)
{
	char text[TRANSPORT_TEXT];

	if (e->scope.of == EVENT_OF_PORT)
		snprintf(out, size, "%s",
			 transport_service(portdays_protocol(e->scope.service),
					   portdays_port(e->scope.service),
					   text));
	else
		snprintf(out, size, "%s",
			 e->scope.of == EVENT_OF_ALL ? "all"
						     : e->scope.country);
	return out;
}

static void set_cell(struct table *table, const struct event *e,
		     enum event_dimension d)
{
	const struct event_set *set = &e->sets[d];
	char text[ADDR_TEXT_MAX + 4];
	struct buf b;

	buf_init(&b, BUF_NO_LIMIT);
	for (size_t i = 0;
	     set->accounts && i < set->count && i < EVENTS_FEW_SOURCES; i++) {
		buf_add_string(&b, i > 0 ? " " : "");
		if (d == EVENT_SOURCES)
			buf_add_string(
			    &b, addr_format(&set->parts[i].network.base, text));
		else
			add_part(&set->parts[i], d, &b);
	}
	if (set->accounts)
		table_number(table, (int64_t)set->count);
	else
		table_text(table, "");
	table_text(table, buf_text(&b));
	buf_release(&b);
}

static void add_row(struct table *table, const struct event *e,
		    const struct traffic *t)
{
	char text[64];
	struct buf b;

	table_text(table, civil_format_day(e->first, text));
	table_text(table, civil_format_day(e->last, text));
	table_number(table, e->days);
	table_text(table, t->regions[e->region].id);
	table_text(table, of_text(e, text, sizeof(text)));
	table_printf(table, "%.12g", e->per_sensor_day);
	table_printf(table, "%.12g", e->usual);
	table_printf(table, "%.12g", e->excess);
	table_printf(table, "%.12g", e->share);
	table_text(table, events_words_dimension(e->explained));
	for (int d = 0; d < EVENT_DIMENSIONS; d++)
		set_cell(table, e, (enum event_dimension)d);
	buf_init(&b, BUF_NO_LIMIT);
	for (int i = 0; i < 2; i++) {
		buf_reset(&b);
		add_regions(e, t, i == 0 ? EVENTS_SEEN : EVENTS_NOT_SEEN, true,
			    &b);
		table_text(table, buf_text(&b));
	}
	buf_release(&b);
}

struct table *events_table(const struct events *e, const struct traffic *t)
{
	static const char *const columns[] = {
	    "first_day",    "last_day",         "days",    "region",
	    "of",           "per_sensor_day",   "usual",   "excess",
	    "share",        "explained_by",     "sources", "source_list",
	    "networks",     "network_list",     "ases",    "as_list",
	    "countries",    "country_list",     "ports",   "port_list",
	    "regions_seen", "regions_not_seen",
	};
	struct table *table = table_new();

	for (size_t i = 0; i < ARRAY_LEN(columns); i++)
		table_column(table, columns[i], TABLE_LEFT);
	for (size_t i = 0; i < e->count; i++)
		add_row(table, &e->list[i], t);
	return table;
}

static void print_scope(const struct event *e, const struct traffic *t,
			FILE *out)
{
	static const char *const words[] = {[EVENT_OF_ALL] = "",
					    [EVENT_OF_PORT] = ", ",
					    [EVENT_OF_COUNTRY] = ", from "};
	char text[64];

	if (e->scope.of != EVENT_OF_ALL)
		fprintf(out, "%s%s", words[e->scope.of],
			of_text(e, text, sizeof(text)));
	fprintf(out,
		"\n    %.1f %s per sensor and day, usually %.1f; "
		"%.1f%% of the period\n",
		e->per_sensor_day, t->unit, e->usual, e->share * 100);
}

static void print_event(const struct event *e, const struct traffic *t,
			FILE *out)
{
	char first[CIVIL_DAY_TEXT], last[CIVIL_DAY_TEXT];
	const char *name = t->regions[e->region].name_en;
	char *shown = str_vis(name, strlen(name), 200);
	struct buf b;

	civil_format_day(e->first, first);
	civil_format_day(e->last, last);
	fprintf(out, "%s", first);
	if (e->last > e->first)
		fprintf(out, " to %s", last);
	fprintf(out, " %s", shown);
	print_scope(e, t, out);
	free(shown);
	buf_init(&b, BUF_NO_LIMIT);
	events_words_what(e, &b);
	buf_add_string(&b, ", seen by ");
	add_sensors(e, t, &b);
	buf_add_string(&b, " sensors there\n");
	fprintf(out, "    %s", buf_text(&b));
	for (int where = EVENTS_SEEN; where <= EVENTS_NOT_SEEN; where++) {
		buf_reset(&b);
		add_regions(e, t, (enum events_where)where, false, &b);
		if (b.len == 0)
			continue;
		shown = str_vis(b.data, b.len, 400);
		fprintf(out, "    %s %s\n",
			where == EVENTS_SEEN ? "also in" : "not in", shown);
		free(shown);
	}
	buf_release(&b);
}

void events_print(const struct events *e, const struct traffic *t, FILE *out)
{
	if (e->count == 0)
		fprintf(out, "no day stands out\n");
	for (size_t i = 0; i < e->count; i++)
		print_event(&e->list[i], t, out);
	if (e->left_out > 0)
		fprintf(out, "and %zu smaller one%s\n", e->left_out,
			e->left_out == 1 ? "" : "s");
}
