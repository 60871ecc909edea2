#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "civil.h"
#include "compiler.h"
#include "jsonout.h"
#include "scannerlists.h"
#include "xalloc.h"
#include "answer_parts.h"
#include "events_print.h"
#include "traffic_json.h"
#include "traffic_table.h"

static struct table *csv_months(const struct answers *a)
{
	return traffic_table_months(&a->traffic, true);
}

static void print_months(const struct answers *a, FILE *out)
{
	traffic_table_print_months(&a->traffic, out);
}

static struct table *csv_ranks(const struct answers *a)
{
	return traffic_table_ranks(&a->traffic);
}

static void print_ranks(const struct answers *a, FILE *out)
{
	traffic_table_print_ranks(&a->traffic, out);
}

static struct table *csv_changes(const struct answers *a)
{
	return traffic_table_changes(&a->traffic, true);
}

static void print_changes(const struct answers *a, FILE *out)
{
	traffic_table_print_changes(&a->traffic, out);
}

static void json_events(const struct answers *a, json_t *document)
{
	json_object_set_new(document, "events",
			    events_json(&a->events, &a->traffic));
}

static struct table *csv_events(const struct answers *a)
{
	return events_table(&a->events, &a->traffic);
}

static void print_events(const struct answers *a, FILE *out)
{
	fprintf(out, "Days above their neighbours\n\n");
	events_print(&a->events, &a->traffic, out);
}

#define AGED_DAYS 90 /* DESIGN section 5, "Geography ages" */

/* What answers are made of. */
enum {
	NEEDS_THEN = 1,    /* traffic of the earlier periods, all ranks */
	NEEDS_SOURCES = 2, /* what every source sent */
	NEEDS_PORTS = 4,   /* what every port received, by signature */
	NEEDS_COUNTRIES = 8,
	NEEDS_RESEARCH = 16,
	NEEDS_EVENTS = 32,
	NEEDS_HABITS = 64,
	NEEDS_MOVERS = 128,
	NEEDS_CONCENTRATION = 256,
};

static const struct answer {
	const char *name;
	bool usual;
	unsigned needs;
	/* What struct traffic has is always part of the document. */
	void (*json)(const struct answers *a, json_t *document);
	struct table *(*csv)(const struct answers *a);
	void (*print)(const struct answers *a, FILE *out);
} known_answers[] = {
    {"months", true, 0, NULL, csv_months, print_months},
    {"ranks", true, NEEDS_THEN, NULL, csv_ranks, print_ranks},
    {"changes", true, 0, NULL, csv_changes, print_changes},
    {"days", false, 0, answer_days_json, answer_days_csv, answer_days_print},
    {"movers", false,
     NEEDS_THEN | NEEDS_SOURCES | NEEDS_COUNTRIES | NEEDS_MOVERS,
     answer_movers_json, answer_movers_csv, answer_movers_print},
    {"events", false, NEEDS_EVENTS, json_events, csv_events, print_events},
    {"signatures", false, NEEDS_PORTS | NEEDS_SOURCES | NEEDS_COUNTRIES,
     answer_signatures_json, answer_signatures_csv, answer_signatures_print},
    {"countries", false, NEEDS_SOURCES | NEEDS_COUNTRIES, answer_countries_json,
     answer_countries_csv, answer_countries_print},
    {"concentration", false, NEEDS_SOURCES | NEEDS_CONCENTRATION,
     answer_concentration_json, answer_concentration_csv,
     answer_concentration_print},
    {"scanners", false, NEEDS_SOURCES | NEEDS_RESEARCH, answer_scanners_json,
     answer_scanners_csv, answer_scanners_print},
    {"habits", false, NEEDS_HABITS, answer_habits_json, answer_habits_csv,
     answer_habits_print},
    {"uptime", false, 0, answer_uptime_json, answer_uptime_csv,
     answer_uptime_print},
};

int answers_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(known_answers); i++)
		if (strcmp(known_answers[i].name, name) == 0)
			return (int)i;
	return -1;
}

static bool is_shown(const struct answers *a, size_t answer)
{
	return (a->shown & 1u << answer) != 0;
}

static unsigned needs(const struct answers *a)
{
	unsigned all = 0;

	for (size_t i = 0; i < ARRAY_LEN(known_answers); i++)
		if (is_shown(a, i))
			all |= known_answers[i].needs;
	return a->without_research ? all | NEEDS_RESEARCH | NEEDS_SOURCES : all;
}

/* Without the system's database the sensor database may know; a file that
 * somebody named must be there. */
static int open_location(struct answers *a)
{
	const char *named = config_text(a->ws->config, "reference.location");

	a->location = location_open(named);
	return a->location == NULL && *named != '\0' ? -1 : 0;
}

static int open_references(struct answers *a, unsigned needed)
{
	if (needed & (NEEDS_SOURCES | NEEDS_EVENTS) && open_location(a) < 0)
		return -1;
	if (needed & NEEDS_RESEARCH &&
	    (a->known = scannerlists_load(a->ws)) == NULL)
		return -1;
	return 0;
}

/* The addresses of the research scanners. Caller frees. */
static struct addr *addresses_of(const struct sourcedays *s,
				 const struct research *r)
{
	struct addr *list = xalloc_zero(r->count + 1, sizeof(*list));

	for (size_t i = 0; i < r->count; i++)
		list[i] = s->sources[r->list[i].source].address;
	return list;
}

/* The traffic of a period; without its own research scanners, if so. */
static int load_traffic(struct answers *a, const struct period *p,
			struct traffic_options options,
			const struct sourcedays *s, const struct research *r,
			struct traffic *out)
{
	struct addr *without = NULL;
	int rc;

	if (a->without_research) {
		without = addresses_of(s, r);
		options.without = without;
		options.without_count = r->count;
	}
	rc = traffic_load(a->db, a->ws->config, p, &options, out);
	free(without);
	return rc;
}

static int load_sources(struct answers *a, const struct period *p,
			bool scanning_only, unsigned needed,
			struct sourcedays *s, struct research *r)
{
	*s = (struct sourcedays){0};
	*r = (struct research){0};
	if ((needed & NEEDS_SOURCES) == 0)
		return 0;
	if (sourcedays_load(a->db, p, a->location, scanning_only, s) < 0)
		return -1;
	return needed & NEEDS_RESEARCH ? research_load(a->db, s, a->known, r)
				       : 0;
}

static void move_ports(struct answers *a, enum traffic_then then)
{
	struct mover_amount *now, *before;
	size_t now_count = movers_ports(&a->traffic, &now);
	size_t before_count = movers_ports(&a->then[then], &before);

	movers_add(&a->port_movers, &a->traffic, &a->then[then], then, now,
		   now_count, before, before_count);
	free(now);
	free(before);
}

static void move_countries(struct answers *a, enum traffic_then then,
			   const struct sourcedays *s)
{
	struct mover_amount *now, *before;
	struct countries countries;
	size_t now_count, before_count;

	countries_make(s, &a->then[then], &countries);
	now_count = countries_amounts(&a->countries, &now);
	before_count = countries_amounts(&countries, &before);
	movers_add(&a->country_movers, &a->traffic, &a->then[then], then, now,
		   now_count, before, before_count);
	free(now);
	free(before);
	countries_release(&countries);
}

static int load_then(struct answers *a, enum traffic_then then, unsigned needed)
{
	const struct traffic_options options = {.scanning_only =
						    a->traffic.scanning_only,
						.top = INT_MAX,
						.no_changes = true,
						.quiet = true};
	struct period p = traffic_then_period(&a->traffic, then);
	/* Earlier sources only for what moved, or to leave some out. */
	unsigned of_then =
	    (needed & NEEDS_MOVERS ? NEEDS_SOURCES : 0u) |
	    (a->without_research ? NEEDS_SOURCES | NEEDS_RESEARCH : 0u);
	struct sourcedays s;
	struct research r;
	int rc;

	rc = load_sources(a, &p, options.scanning_only, of_then, &s, &r);
	if (rc == 0)
		rc = load_traffic(a, &p, options, &s, &r, &a->then[then]);
	if (rc == 0)
		traffic_ranks_compare(&a->traffic, then, &a->then[then]);
	if (rc == 0 && needed & NEEDS_MOVERS) {
		move_ports(a, then);
		move_countries(a, then, &s);
	}
	research_release(&r);
	sourcedays_release(&s);
	return rc;
}

static int load_shown(struct answers *a, unsigned needed)
{
	if (needed & NEEDS_COUNTRIES)
		countries_make(&a->sources, &a->traffic, &a->countries);
	if (needed & NEEDS_CONCENTRATION)
		concentration_make(&a->sources, &a->concentration);
	if (needed & NEEDS_PORTS) {
		if (portdays_load(a->db, &a->traffic.period,
				  a->traffic.scanning_only, &a->ports) < 0)
			return -1;
		signatures_make(&a->ports, &a->signatures);
	}
	if (needed & NEEDS_HABITS &&
	    habits_load(a->db, &a->traffic, &a->habits) < 0)
		return -1;
	for (int i = 0; needed & NEEDS_THEN && i < TRAFFIC_THENS; i++)
		if (load_then(a, (enum traffic_then)i, needed) < 0)
			return -1;
	return needed & NEEDS_EVENTS
		   ? events_load(a->db, a->ws->config, &a->traffic, a->location,
				 &a->events)
		   : 0;
}

static int load(struct answers *a, const struct period *period,
		const struct answers_options *o)
{
	unsigned needed = needs(a);
	/* What moved is told from all ports. */
	struct traffic_options options = {
	    .scanning_only = o->scanning_only,
	    .top = needed & NEEDS_MOVERS ? INT_MAX : a->top};

	if (open_references(a, needed) < 0 ||
	    load_sources(a, period, o->scanning_only, needed, &a->sources,
			 &a->research) < 0)
		return -1;
	if (load_traffic(a, period, options, &a->sources, &a->research,
			 &a->traffic) < 0)
		return -1;
	if (!a->traffic.empty && load_shown(a, needed) < 0)
		return -1;
	traffic_ranks_cut(&a->traffic, a->top);
	return 0;
}

int answers_load(const struct workspace *ws, struct sensordb *db,
		 const struct period *period,
		 const struct answers_options *options, struct answers *out)
{
	int rc;

	*out = (struct answers){.ws = ws,
				.db = db,
				.shown = options->show,
				.without_research = options->without_research,
				.top = options->top > 0 ? options->top
							: TRAFFIC_TOP};
	for (size_t i = 0; i < ARRAY_LEN(known_answers) && options->show == 0;
	     i++)
		if (known_answers[i].usual)
			out->shown |= 1u << i;
	rc = load(out, period, options);
	if (rc < 0)
		answers_release(out);
	return rc;
}

void answers_release(struct answers *a)
{
	events_release(&a->events);
	countries_release(&a->countries);
	signatures_release(&a->signatures);
	movers_release(&a->port_movers);
	movers_release(&a->country_movers);
	research_release(&a->research);
	portdays_release(&a->ports);
	sourcedays_release(&a->sources);
	for (int i = 0; i < TRAFFIC_THENS; i++)
		traffic_release(&a->then[i]);
	traffic_release(&a->traffic);
	prefixes_free(a->known);
	location_free(a->location);
	*a = (struct answers){0};
}

/* How many sources the sensor database and the location database placed. */
static void count_placed(const struct answers *a, size_t *by_sensors,
			 size_t *looked_up)
{
	bool events = (needs(a) & NEEDS_SOURCES) == 0;

	*by_sensors = events ? a->events.by_sensors : a->sources.by_sensors;
	*looked_up = events ? a->events.by_location : a->sources.by_location;
}

/* Whether places were looked up in a database of another time. */
static bool is_aged(const struct answers *a)
{
	int32_t day = location_day(a->location);

	return day - a->traffic.period.first > AGED_DAYS ||
	       a->traffic.period.last - day > AGED_DAYS;
}

static json_t *origin_json(const struct answers *a)
{
	json_t *o = json_object();
	size_t by_sensors, looked_up;
	char text[CIVIL_DAY_TEXT];

	count_placed(a, &by_sensors, &looked_up);
	json_object_set_new(o, "by_sensor_database",
			    json_integer((json_int_t)by_sensors));
	json_object_set_new(o, "looked_up",
			    json_integer((json_int_t)looked_up));
	if (a->location == NULL) {
		json_object_set_new(o, "database", json_null());
		return o;
	}
	json_object_set_new(o, "database",
			    jsonout_text(location_database(a->location)));
	json_object_set_new(
	    o, "date",
	    json_string(civil_format_day(location_day(a->location), text)));
	json_object_set_new(o, "aged", json_boolean(is_aged(a)));
	return o;
}

static void print_origin(const struct answers *a, FILE *out)
{
	size_t by_sensors, looked_up;
	char text[CIVIL_DAY_TEXT];

	count_placed(a, &by_sensors, &looked_up);
	if (a->location == NULL || looked_up == 0 || !is_aged(a))
		return;
	fprintf(out,
		"\nCountries of %zu sources were looked up in a database of "
		"%s: addresses may have moved.\n",
		looked_up, civil_format_day(location_day(a->location), text));
}

json_t *answers_json(const struct answers *a, const char *note)
{
	json_t *document = traffic_json_document(&a->traffic, note);

	for (size_t i = 0; i < ARRAY_LEN(known_answers); i++)
		if (is_shown(a, i) && known_answers[i].json != NULL &&
		    !a->traffic.empty)
			known_answers[i].json(a, document);
	if (needs(a) & (NEEDS_SOURCES | NEEDS_EVENTS) && !a->traffic.empty)
		json_object_set_new(document, "origin", origin_json(a));
	return document;
}

void answers_print(const struct answers *a, FILE *out)
{
	bool first = true;

	for (size_t i = 0; i < ARRAY_LEN(known_answers); i++) {
		if (!is_shown(a, i))
			continue;
		if (!first)
			fputc('\n', out);
		known_answers[i].print(a, out);
		first = false;
	}
	if (needs(a) & (NEEDS_SOURCES | NEEDS_EVENTS))
		print_origin(a, out);
}

void answers_print_csv(const struct answers *a, int answer, FILE *out)
{
	struct table *table = known_answers[answer].csv(a);

	table_print_csv(table, out);
	table_free(table);
}
