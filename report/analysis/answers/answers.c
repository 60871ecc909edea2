#include <string.h>

#include "compiler.h"
#include "jsonout.h"
#include "answers.h"
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

static int load_events(struct answers *a)
{
	return events_load(a->db, a->config, &a->traffic, a->location,
			   &a->events);
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

static const struct answer {
	const char *name;
	bool usual;
	bool located; /* needs to know where sources are */
	int (*load)(struct answers *a);
	/* What struct traffic has is always part of the document. */
	void (*json)(const struct answers *a, json_t *document);
	struct table *(*csv)(const struct answers *a);
	void (*print)(const struct answers *a, FILE *out);
} list[] = {
    {"months", true, false, NULL, NULL, csv_months, print_months},
    {"ranks", true, false, NULL, NULL, csv_ranks, print_ranks},
    {"changes", true, false, NULL, NULL, csv_changes, print_changes},
    {"events", true, true, load_events, json_events, csv_events, print_events},
};

int answers_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(list); i++)
		if (strcmp(list[i].name, name) == 0)
			return (int)i;
	return -1;
}

static bool is_shown(const struct answers *a, size_t answer)
{
	return (a->shown & 1u << answer) != 0;
}

/* Without the system's database the sensor database may know; a file that
 * somebody named must be there. */
static int open_location(struct answers *a)
{
	const char *named = config_text(a->config, "reference.location");

	if (a->location == NULL)
		a->location = location_open(named);
	return a->location == NULL && *named != '\0' ? -1 : 0;
}

static int load_shown(struct answers *a)
{
	for (size_t i = 0; i < ARRAY_LEN(list); i++) {
		if (!is_shown(a, i))
			continue;
		if (list[i].located && open_location(a) < 0)
			return -1;
		if (list[i].load != NULL && list[i].load(a) < 0)
			return -1;
	}
	return 0;
}

int answers_load(struct sensordb *db, const struct config *config,
		 const struct period *period,
		 const struct traffic_options *options, unsigned show,
		 struct answers *out)
{
	int rc;

	*out = (struct answers){.db = db, .config = config, .shown = show};
	for (size_t i = 0; i < ARRAY_LEN(list) && show == 0; i++)
		if (list[i].usual)
			out->shown |= 1u << i;
	rc = traffic_load(db, config, period, options, &out->traffic);
	if (rc == 0 && !out->traffic.empty)
		rc = load_shown(out);
	if (rc < 0)
		answers_release(out);
	return rc;
}

void answers_release(struct answers *a)
{
	events_release(&a->events);
	traffic_release(&a->traffic);
	location_free(a->location);
	*a = (struct answers){0};
}

json_t *answers_json(const struct answers *a, const char *note)
{
	json_t *document = traffic_json_document(&a->traffic, note);

	for (size_t i = 0; i < ARRAY_LEN(list); i++)
		if (is_shown(a, i) && list[i].json != NULL)
			list[i].json(a, document);
	return document;
}

void answers_print(const struct answers *a, FILE *out)
{
	bool first = true;

	for (size_t i = 0; i < ARRAY_LEN(list); i++) {
		if (!is_shown(a, i))
			continue;
		if (!first)
			fputc('\n', out);
		list[i].print(a, out);
		first = false;
	}
}

void answers_print_csv(const struct answers *a, int answer, FILE *out)
{
	struct table *table = list[answer].csv(a);

	table_print_csv(table, out);
	table_free(table);
}
