#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "civil.h"
#include "jsonout.h"
#include "log.h"
#include "str.h"
#include "table.h"
#include "transport.h"
#include "xalloc.h"
#include "sources_output.h"

#define SHOWN_PORTS 4 /* in the table for people */
#define AGED_DAYS 90  /* DESIGN section 5, "Geography ages" */
#define DAY_SECONDS 86400
#define NO_LIMIT ((size_t)-1)

/* Whether a place was looked up in a database of another time. */
static bool is_aged(int32_t database_day, const struct source *s)
{
	int64_t seen = s->last_seen / DAY_SECONDS;

	return database_day != 0 && llabs(database_day - seen) > AGED_DAYS;
}

/* --- JSON */

static int by_port(const void *a, const void *b)
{
	const struct source_port *x = a, *y = b;

	if (x->port != y->port)
		return x->port < y->port ? -1 : 1;
	return x->protocol - y->protocol;
}

static json_t *ports_json(const struct source *s)
{
	size_t size = s->port_count * sizeof(*s->ports);
	struct source_port *sorted = xalloc(size + 1);
	char text[TRANSPORT_TEXT];
	json_t *list = json_array();

	if (size > 0)
		memcpy(sorted, s->ports, size);
	qsort(sorted, s->port_count, sizeof(*sorted), by_port);
	for (size_t i = 0; i < s->port_count; i++) {
		const struct source_port *p = &sorted[i];
		json_t *o = json_object();

		json_object_set_new(o, "port", json_integer(p->port));
		json_object_set_new(
		    o, "transport",
		    json_string(transport_name(p->protocol, text)));
		json_object_set_new(
		    o, "service",
		    json_string(transport_service(p->protocol, p->port, text)));
		json_object_set_new(o, "packets", json_integer(p->packets));
		json_array_append_new(list, o);
	}
	free(sorted);
	return list;
}

static json_t *signatures_json(const struct source *s)
{
	json_t *list = json_array();

	for (int i = 0; i < (int)SIGNATURE_COUNT; i++)
		if (i != SIGNATURE_NONE && (s->signatures & 1u << i) != 0)
			json_array_append_new(list, json_string(signature_text(
							(enum signature)i)));
	return list;
}

/* null where nobody was asked. */
static json_t *database_json(const char *name, int32_t day,
			     const struct source *s)
{
	char text[CIVIL_DAY_TEXT];
	json_t *o;

	if (*name == '\0')
		return json_null();
	/* What the sensor database says is of the day it was seen. */
	if (day == 0)
		civil_format_day((int32_t)(s->last_seen / DAY_SECONDS), text);
	else
		civil_format_day(day, text);
	o = json_object();
	json_object_set_new(o, "database", jsonout_text(name));
	json_object_set_new(o, "date", json_string(text));
	json_object_set_new(o, "aged", json_boolean(is_aged(day, s)));
	return o;
}

static json_t *text_or_null(const char *text)
{
	return *text != '\0' ? jsonout_text(text) : json_null();
}

static json_t *source_json(const struct judged *j)
{
	const struct source *s = j->source;
	char address[ADDR_TEXT_MAX];
	json_t *o = json_object();

	json_object_set_new(o, "address",
			    json_string(addr_format(&s->address, address)));
	json_object_set_new(o, "packets", json_integer(s->packets));
	json_object_set_new(o, "sensors", json_integer(s->sensors));
	json_object_set_new(o, "days", json_integer(s->days));
	json_object_set_new(o, "ports", ports_json(s));
	json_object_set_new(o, "first_seen", jsonout_time(s->first_seen));
	json_object_set_new(o, "last_seen", jsonout_time(s->last_seen));
	json_object_set_new(o, "signatures", signatures_json(s));
	json_object_set_new(o, "country", text_or_null(s->origin.country));
	json_object_set_new(o, "asn",
			    s->origin.asn != 0 ? json_integer(s->origin.asn)
					       : json_null());
	json_object_set_new(o, "as_name", text_or_null(s->origin.as_name));
	json_object_set_new(
	    o, "origin", database_json(s->origin_database, s->origin_day, s));
	json_object_set_new(o, "as_origin",
			    database_json(s->as_database, s->as_day, s));
	json_object_set_new(o, "target",
			    json_boolean(j->reason == REFUSAL_TARGET));
	json_object_set_new(o, "reason", json_string(refusal_text(j->reason)));
	return o;
}

int sources_output_json(const struct sources_output *s, FILE *out)
{
	json_t *doc = jsonout_document("sources");
	json_t *list = json_array();

	for (size_t i = 0; i < s->count; i++)
		json_array_append_new(list, source_json(&s->list[i]));
	json_object_set_new(doc, "period", json_string(s->period));
	json_object_set_new(doc, "sources", list);
	return jsonout_print(doc, out);
}

/* --- tables */

static void ports_cell(struct table *t, const struct source *s, size_t max)
{
	char text[TRANSPORT_TEXT];
	struct buf b;

	buf_init(&b, BUF_NO_LIMIT);
	for (size_t i = 0; i < s->port_count && i < max; i++)
		buf_printf(&b, "%s%s", i > 0 ? " " : "",
			   transport_service(s->ports[i].protocol,
					     s->ports[i].port, text));
	if (s->port_count > max)
		buf_printf(&b, " +%zu", s->port_count - max);
	table_text(t, buf_text(&b));
	buf_release(&b);
}

static void signatures_cell(struct table *t, const struct source *s)
{
	struct buf b;

	buf_init(&b, BUF_NO_LIMIT);
	for (int i = 0; i < (int)SIGNATURE_COUNT; i++)
		if (i != SIGNATURE_NONE && (s->signatures & 1u << i) != 0)
			buf_printf(&b, "%s%s", b.len > 0 ? " " : "",
				   signature_text((enum signature)i));
	table_text(t, buf_text(&b));
	buf_release(&b);
}

static int finish(const char *what, FILE *out)
{
	if (fflush(out) == 0 && !ferror(out))
		return 0;
	log_error("cannot write the %s: %s", what, strerror(errno));
	return -1;
}

static void add_row(struct table *t, const struct judged *j)
{
	const struct source *s = j->source;
	char address[ADDR_TEXT_MAX], day[CIVIL_TIME_TEXT];

	table_text(t, addr_format(&s->address, address));
	table_number(t, s->packets);
	table_number(t, s->sensors);
	table_number(t, s->days);
	ports_cell(t, s, SHOWN_PORTS);
	civil_format_time(s->last_seen, day);
	table_printf(t, "%.16sZ", day);
	signatures_cell(t, s);
	table_printf(t, "%s%s", s->origin.country,
		     is_aged(s->origin_day, s) ? "*" : "");
	if (s->origin.asn == 0)
		table_text(t, s->origin.as_name);
	else
		table_printf(t, "AS%" PRIu32 "%s%s%s", s->origin.asn,
			     is_aged(s->as_day, s) ? "*" : "",
			     *s->origin.as_name != '\0' ? " " : "",
			     s->origin.as_name);
	table_text(t, refusal_text(j->reason));
}

int sources_output_table(const struct sources_output *s, FILE *out)
{
	static const struct {
		const char *title;
		enum table_align align;
	} columns[] = {
	    {"ADDRESS", TABLE_LEFT},   {"PACKETS", TABLE_RIGHT},
	    {"SENSORS", TABLE_RIGHT},  {"DAYS", TABLE_RIGHT},
	    {"PORTS", TABLE_CUT},      {"LAST SEEN", TABLE_LEFT},
	    {"SIGNATURES", TABLE_CUT}, {"CC", TABLE_LEFT},
	    {"AS", TABLE_CUT},         {"REASON", TABLE_LEFT},
	};
	struct table *t = table_new();

	for (size_t i = 0; i < ARRAY_LEN(columns); i++)
		table_column(t, columns[i].title, columns[i].align);
	for (size_t i = 0; i < s->count; i++)
		add_row(t, &s->list[i]);
	table_print(t, out);
	table_free(t);
	return finish("table", out);
}

static void add_csv_row(struct table *t, const struct judged *j)
{
	const struct source *s = j->source;
	char text[ADDR_TEXT_MAX], time[CIVIL_TIME_TEXT];
	char day[CIVIL_DAY_TEXT];

	table_text(t, addr_format(&s->address, text));
	table_number(t, s->packets);
	table_number(t, s->sensors);
	table_number(t, s->days);
	ports_cell(t, s, NO_LIMIT);
	table_text(t, civil_format_time(s->first_seen, time));
	table_text(t, civil_format_time(s->last_seen, time));
	signatures_cell(t, s);
	table_text(t, s->origin.country);
	if (s->origin.asn != 0)
		table_number(t, s->origin.asn);
	else
		table_text(t, NULL);
	table_text(t, s->origin.as_name);
	table_text(t, s->origin_database);
	table_text(t, s->origin_day != 0 ? civil_format_day(s->origin_day, day)
					 : NULL);
	table_text(t, j->reason == REFUSAL_TARGET ? "true" : "false");
	table_text(t, refusal_text(j->reason));
}

int sources_output_csv(const struct sources_output *s, FILE *out)
{
	static const char *const columns[] = {
	    "address",    "packets",         "sensors",     "days",    "ports",
	    "first_seen", "last_seen",       "signatures",  "country", "asn",
	    "as_name",    "origin_database", "origin_date", "target",  "reason",
	};
	struct table *t = table_new();

	for (size_t i = 0; i < ARRAY_LEN(columns); i++)
		table_column(t, columns[i], TABLE_LEFT);
	for (size_t i = 0; i < s->count; i++)
		add_csv_row(t, &s->list[i]);
	table_print_csv(t, out);
	table_free(t);
	return finish("CSV", out);
}

/* --- the summary */

static int by_bytes(const void *a, const void *b)
{
	return memcmp(a, b, 8);
}

/* How many /64 the IPv6 sources are in. */
static size_t count_64(const struct sources_output *s, size_t *v6)
{
	uint8_t(*heads)[8] = xalloc_zero(s->count + 1, sizeof(*heads));
	size_t count = 0, distinct = 0;

	for (size_t i = 0; i < s->count; i++)
		if (s->list[i].source->address.family == 6)
			memcpy(heads[count++], s->list[i].source->address.bytes,
			       sizeof(*heads));
	qsort(heads, count, sizeof(*heads), by_bytes);
	for (size_t i = 0; i < count; i++)
		distinct += i == 0 ||
			    memcmp(heads[i], heads[i - 1], sizeof(*heads)) != 0;
	free(heads);
	*v6 = count;
	return distinct;
}

void sources_output_summary(const struct sources_output *s, size_t shown)
{
	size_t counts[REFUSAL_COUNT] = {0}, v6, nets = count_64(s, &v6);

	for (size_t i = 0; i < s->count; i++)
		counts[s->list[i].reason]++;
	log_note("%zu source%s in %s, %zu of them targets", s->count,
		 s->count == 1 ? "" : "s", s->period, counts[REFUSAL_TARGET]);
	if (v6 > 0)
		log_note("%zu sources are IPv6, in %zu networks of /64", v6,
			 nets);
	for (int i = 0; i < (int)REFUSAL_COUNT; i++)
		if (i != REFUSAL_TARGET && counts[i] > 0)
			log_note("%7zu %s", counts[i],
				 refusal_text((enum refusal)i));
	if (shown < s->count)
		log_note("%zu of the %zu sources are shown", shown, s->count);
}
