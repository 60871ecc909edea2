/*
 * The sensors of the network with what each saw.
 */
#include <argp.h>
#include <stdlib.h>
#include <string.h>

#include "compiler.h"
#include "exit_status.h"
#include "jsonout.h"
#include "log.h"
#include "table.h"
#include "xalloc.h"
#include "sensordb.h"
#include "sensors_commands.h"

enum format { FOR_PEOPLE, AS_JSON, AS_CSV };

static const struct argp_option options[] = {
    {"json", 'j', NULL, 0, "One JSON document", 0},
    {"csv", 'c', NULL, 0, "CSV", 0},
    {0},
};

static error_t take_option(int key, char *arg, struct argp_state *state)
{
	enum format *f = state->input;

	if (key == 'j')
		*f = AS_JSON;
	else if (key == 'c')
		*f = AS_CSV;
	else if (key == ARGP_KEY_ARG)
		argp_error(state, "'%s' is too much", arg);
	else
		return ARGP_ERR_UNKNOWN;
	return 0;
}

struct sensor {
	char *id, *label, *region, *country;
	char *name_en, *name_ja, *first_day, *last_day; /* NULL: none */
	int64_t sort, packets, days, records;
};

struct sensors {
	struct sensor *list;
	size_t count, cap;
};

typedef void take_row(struct sensors *s, struct sensordb_rows *rows);

static struct sensor *find(struct sensors *s, const char *id)
{
	for (size_t i = 0; i < s->count; i++)
		if (strcmp(s->list[i].id, id) == 0)
			return &s->list[i];
	return NULL;
}

static char *copy(struct sensordb_rows *rows, int column)
{
	return xalloc_string(sensordb_text(rows, column));
}

static void take_sensor(struct sensors *s, struct sensordb_rows *rows)
{
	void *list = s->list;

	xalloc_room(&list, &s->cap, s->count, sizeof(*s->list));
	s->list = list;
	s->list[s->count++] = (struct sensor){.id = copy(rows, 0),
					      .label = copy(rows, 1),
					      .region = copy(rows, 2),
					      .country = copy(rows, 3),
					      .sort = INT64_MIN};
}

static void take_region(struct sensors *s, struct sensordb_rows *rows)
{
	for (size_t i = 0; i < s->count; i++) {
		struct sensor *one = &s->list[i];

		if (one->name_en != NULL ||
		    strcmp(one->region, sensordb_text(rows, 0)) != 0)
			continue;
		one->name_en = copy(rows, 1);
		one->name_ja = copy(rows, 2);
		one->sort = sensordb_int(rows, 3);
	}
}

static void take_traffic(struct sensors *s, struct sensordb_rows *rows)
{
	struct sensor *one = find(s, sensordb_text(rows, 0));

	if (one == NULL || one->first_day != NULL)
		return;
	one->packets = sensordb_int(rows, 1);
	one->first_day = copy(rows, 2);
	one->last_day = copy(rows, 3);
	one->days = sensordb_int(rows, 4);
}

static void take_uptime(struct sensors *s, struct sensordb_rows *rows)
{
	struct sensor *one = find(s, sensordb_text(rows, 0));

	if (one != NULL)
		one->records = sensordb_int(rows, 1);
}

static int load(struct sensors *s, struct sensordb *db, const char *sql,
		take_row *take)
{
	struct sensordb_rows *rows = sensordb_ask(db, sql, NULL, 0);
	int got = -1;

	while (rows != NULL && (got = sensordb_next(rows)) > 0)
		take(s, rows);
	sensordb_rows_free(rows);
	return got;
}

/* By the regions' order; what has no region comes first. */
static int compare(const void *a, const void *b)
{
	const struct sensor *x = a, *y = b;
	int order;

	if (x->sort != y->sort)
		return x->sort < y->sort ? -1 : 1;
	if ((order = strcmp(x->region, y->region)) != 0)
		return order;
	order = strcmp(x->label, y->label);
	return order != 0 ? order : strcmp(x->id, y->id);
}

static int load_all(struct sensors *s, struct sensordb *db)
{
	if (load(s, db, "SELECT id, label, region, country FROM sensor",
		 take_sensor) < 0 ||
	    load(s, db, "SELECT id, name_en, name_ja, sort FROM region",
		 take_region) < 0 ||
	    load(s, db,
		 "SELECT sensor, SUM(packets), MIN(day), MAX(day), "
		 "COUNT(DISTINCT day) FROM traffic GROUP BY sensor",
		 take_traffic) < 0 ||
	    load(s, db,
		 "SELECT sensor, COUNT(*) FROM sensor_uptime GROUP BY sensor",
		 take_uptime) < 0)
		return -1;
	if (s->count > 1)
		qsort(s->list, s->count, sizeof(*s->list), compare);
	return 0;
}

static void release(struct sensors *s)
{
	for (size_t i = 0; i < s->count; i++) {
		struct sensor *one = &s->list[i];

		free(one->id);
		free(one->label);
		free(one->region);
		free(one->country);
		free(one->name_en);
		free(one->name_ja);
		free(one->first_day);
		free(one->last_day);
	}
	free(s->list);
}

static const struct {
	const char *title;
	bool number;
} list_columns[] = {
    {"id", false},        {"label", false},         {"region", false},
    {"region_en", false}, {"region_ja", false},     {"country", false},
    {"packets", true},    {"first_day", false},     {"last_day", false},
    {"days", true},       {"uptime_records", true},
};

static struct table *make_table(const struct sensors *s)
{
	struct table *t = table_new();

	for (size_t i = 0; i < ARRAY_LEN(list_columns); i++)
		table_column(t, list_columns[i].title,
			     list_columns[i].number ? TABLE_RIGHT : TABLE_LEFT);
	for (size_t i = 0; i < s->count; i++) {
		const struct sensor *one = &s->list[i];

		table_text(t, one->id);
		table_text(t, one->label);
		table_text(t, one->region);
		table_text(t, one->name_en != NULL ? one->name_en : "");
		table_text(t, one->name_ja != NULL ? one->name_ja : "");
		table_text(t, one->country);
		table_number(t, one->packets);
		table_text(t, one->first_day != NULL ? one->first_day : "");
		table_text(t, one->last_day != NULL ? one->last_day : "");
		table_number(t, one->days);
		table_number(t, one->records);
	}
	return t;
}

static json_t *sensor_as_json(const struct sensor *one)
{
	json_t *o = json_object();

	json_object_set_new(o, "id", jsonout_text(one->id));
	json_object_set_new(o, "label", jsonout_text(one->label));
	json_object_set_new(o, "region", jsonout_text(one->region));
	json_object_set_new(o, "region_en",
			    jsonout_text(one->name_en ? one->name_en : ""));
	json_object_set_new(o, "region_ja",
			    jsonout_text(one->name_ja ? one->name_ja : ""));
	json_object_set_new(o, "country", jsonout_text(one->country));
	json_object_set_new(o, "packets", json_integer(one->packets));
	json_object_set_new(o, "first_day", jsonout_text(one->first_day));
	json_object_set_new(o, "last_day", jsonout_text(one->last_day));
	json_object_set_new(o, "days", json_integer(one->days));
	json_object_set_new(o, "uptime_records", json_integer(one->records));
	return o;
}

static int print_json(const struct sensors *s, struct sensordb *db)
{
	json_t *document = jsonout_document("sensors"), *list = json_array();

	for (size_t i = 0; i < s->count; i++)
		json_array_append_new(list, sensor_as_json(&s->list[i]));
	json_object_set_new(document, "timezone",
			    jsonout_text(zone_name(sensordb_zone(db))));
	json_object_set_new(document, "unit", jsonout_text(sensordb_unit(db)));
	json_object_set_new(document, "sensors", list);
	return jsonout_print(document, stdout) == 0 ? EXIT_DONE : EXIT_FAILED;
}

static int print(struct sensordb *db, enum format format)
{
	struct sensors s = {0};
	int status = EXIT_DONE;

	if (load_all(&s, db) < 0) {
		release(&s);
		return EXIT_FAILED;
	}
	if (format == AS_JSON) {
		status = print_json(&s, db);
	} else {
		struct table *t = make_table(&s);

		(format == AS_CSV ? table_print_csv : table_print)(t, stdout);
		table_free(t);
	}
	release(&s);
	return status;
}

int cmd_sensors_list(const struct invocation *with, int argc, char **argv)
{
	static const struct argp argp = {
	    options,
	    take_option,
	    "[list | check | add | uptime | ddl]",
	    "Lists the sensors of the network.\v"
	    "Further: 'martlet sensors check' looks at the sensor database's "
	    "contract, 'add' describes a sensor, 'uptime' records when one was "
	    "up, 'ddl' prints statements for a database server. Each has its "
	    "own --help.",
	    NULL,
	    NULL,
	    NULL};
	enum format format = FOR_PEOPLE;
	struct workspace *ws;
	struct sensordb *db;
	int status = EXIT_FAILED;

	argp_parse(&argp, argc, argv, 0, NULL, &format);
	ws = workspace_open(with);
	db = ws != NULL ? sensordb_open(ws) : NULL;
	if (db != NULL)
		status = print(db, format);
	sensordb_close(db);
	workspace_free(ws);
	return status;
}
