/*
 * What people say of their sensors: descriptions and times of uptime.
 */
#include <argp.h>
#include <stdlib.h>
#include <string.h>

#include "civil.h"
#include "csvfile.h"
#include "exit_status.h"
#include "jsonout.h"
#include "log.h"
#include "table.h"
#include "xalloc.h"
#include "network.h"
#include "sensordb.h"
#include "sensorstore.h"
#include "sensors_commands.h"

/* --- add */

enum {
	OPT_LABEL = 256,
	OPT_REGION,
	OPT_NAME_EN,
	OPT_NAME_JA,
	OPT_COUNTRY,
	OPT_FILE
};

struct add_options {
	struct network_sensor sensor;
	const char *file;
};

static const struct argp_option add_argp_options[] = {
    {"label", OPT_LABEL, "LABEL", 0,
     "What may be published, such as 'Japan #1'", 0},
    {"region", OPT_REGION, "REGION", 0,
     "japan, north-america, europe, asia, south-america, africa, oceania, "
     "other, or an id of your own",
     0},
    {"region-name-en", OPT_NAME_EN, "NAME", 0, "The region's name in English",
     0},
    {"region-name-ja", OPT_NAME_JA, "NAME", 0, "The region's name in Japanese",
     0},
    {"country", OPT_COUNTRY, "CC", 0, "Code of ISO 3166, such as JP", 0},
    {"file", OPT_FILE, "CSV", 0,
     "Many at once: header id,label,region,country and, as it likes, "
     "region_en,region_ja",
     0},
    {0},
};

static error_t add_option(int key, char *arg, struct argp_state *state)
{
	struct add_options *o = state->input;
	struct network_sensor *n = &o->sensor;

	switch (key) {
	case OPT_LABEL:
		n->label = arg;
		break;
	case OPT_REGION:
		n->region = arg;
		break;
	case OPT_NAME_EN:
		n->region_en = arg;
		break;
	case OPT_NAME_JA:
		n->region_ja = arg;
		break;
	case OPT_COUNTRY:
		n->country = arg;
		break;
	case OPT_FILE:
		o->file = arg;
		break;
	case ARGP_KEY_ARG:
		if (n->id != NULL)
			argp_error(state, "one sensor at a time; --file takes "
					  "many");
		n->id = arg;
		break;
	case ARGP_KEY_END:
		if (o->file != NULL &&
		    (n->id || n->label || n->region || n->region_en ||
		     n->region_ja || *n->country))
			argp_error(state, "--file goes alone");
		if (o->file == NULL && (!n->id || !n->label || !n->region))
			argp_error(state, "name the sensor, --label and "
					  "--region, or --file");
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static int put(struct sensorstore *s, const struct network_sensor *n,
	       const char *where)
{
	bool changed;

	if (network_check(n, where) < 0 || network_put(s, n, &changed) < 0)
		return -1;
	log_note("%s the sensor '%s': '%s', region '%s'",
		 changed ? "changed" : "added", n->id, n->label, n->region);
	return 0;
}

static const char *not_empty(const char *text)
{
	return text != NULL && *text != '\0' ? text : NULL;
}

static int put_file(struct sensorstore *s, const char *path)
{
	static const char *const columns[] = {"id", "label", "region",
					      "country", NULL};
	struct csvfile *f = csvfile_read(path, columns);
	int rc = f != NULL ? 0 : -1;

	for (size_t i = 0; rc == 0 && i < csvfile_rows(f); i++) {
		const struct network_sensor n = {
		    csvfile_cell(f, i, 0),
		    csvfile_cell(f, i, 1),
		    csvfile_cell(f, i, 2),
		    csvfile_cell(f, i, 3),
		    not_empty(csvfile_optional(f, i, "region_en")),
		    not_empty(csvfile_optional(f, i, "region_ja"))};
		char *where = xalloc_printf("%s:%d", path, csvfile_line(f, i));

		rc = put(s, &n, where);
		free(where);
	}
	if (f == NULL)
		log_hint("the file is CSV with the header id,label,region,"
			 "country; region_en and region_ja may follow");
	csvfile_free(f);
	return rc;
}

int cmd_sensors_add(const struct invocation *with, int argc, char **argv)
{
	static const struct argp argp = {
	    add_argp_options,
	    add_option,
	    "ID",
	    "Describes a sensor: adds it, or changes the one with this ID, "
	    "such as one that an import added. A region is made when it is "
	    "new.",
	    NULL,
	    NULL,
	    NULL};
	struct add_options o = {.sensor = {.country = ""}};
	struct workspace *ws;
	struct sensorstore *s;
	int rc = -1;

	argp_parse(&argp, argc, argv, 0, NULL, &o);
	if (o.file == NULL && network_check(&o.sensor, "sensors add") < 0)
		return EXIT_USAGE;
	ws = workspace_open(with);
	s = ws != NULL ? sensorstore_open(ws) : NULL;
	if (s != NULL && sensorstore_begin(s) == 0) {
		rc = o.file != NULL ? put_file(s, o.file)
				    : put(s, &o.sensor, "sensors add");
		if (rc == 0)
			rc = sensorstore_commit(s);
		else
			log_note("nothing was changed");
		sensorstore_rollback(s);
	}
	sensorstore_close(s);
	workspace_free(ws);
	return rc == 0 ? EXIT_DONE : EXIT_FAILED;
}

/* --- uptime */

enum { OPT_REMOVE = 256, OPT_JSON, OPT_CSV };

struct uptime_options {
	const char *words[3]; /* sensor, from, until */
	int count;
	bool remove, json, csv;
};

static const struct argp_option uptime_argp_options[] = {
    {"remove", OPT_REMOVE, NULL, 0, "Remove the record of exactly this time",
     0},
    {"json", OPT_JSON, NULL, 0, "One JSON document", 0},
    {"csv", OPT_CSV, NULL, 0, "CSV", 0},
    {0},
};

static error_t uptime_option(int key, char *arg, struct argp_state *state)
{
	struct uptime_options *o = state->input;

	switch (key) {
	case OPT_REMOVE:
		o->remove = true;
		break;
	case OPT_JSON:
		o->json = true;
		break;
	case OPT_CSV:
		o->csv = true;
		break;
	case ARGP_KEY_ARG:
		if (o->count == 3)
			argp_error(state, "'%s' is too much", arg);
		o->words[o->count++] = arg;
		break;
	case ARGP_KEY_END:
		if (o->count == 2 || (o->remove && o->count != 3))
			argp_error(state, "write SENSOR FROM UNTIL");
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

/* A day is its first instant in the network's zone. */
static bool read_instant(struct zone *zone, const char *text, int64_t *out)
{
	int32_t day;

	if (civil_parse_time(text, out))
		return true;
	if (!civil_parse_day(text, &day))
		return false;
	*out = zone_day_start(zone, day);
	return true;
}

static int set_uptime(const struct workspace *ws,
		      const struct uptime_options *o)
{
	struct sensorstore *s = sensorstore_open(ws);
	int64_t since, until;
	int status = EXIT_FAILED, rc = -1;

	if (s == NULL)
		return EXIT_FAILED;
	if (!read_instant(s->zone, o->words[1], &since) ||
	    !read_instant(s->zone, o->words[2], &until) || since >= until) {
		log_error("'%s' to '%s' is no time from an earlier to a later "
			  "instant",
			  o->words[1], o->words[2]);
		log_hint("write days (2013-04-01, which begin in the "
			 "network's zone) or times (2013-04-01T09:30:00Z); "
			 "UNTIL is no part of it");
		status = EXIT_USAGE;
	} else if (sensorstore_begin(s) == 0) {
		rc = o->remove
			 ? network_remove_uptime(s, o->words[0], since, until)
			 : network_add_uptime(s, o->words[0], since, until);
		if (rc == 0)
			rc = sensorstore_commit(s);
		sensorstore_rollback(s);
		status = rc == 0 ? EXIT_DONE : EXIT_FAILED;
	}
	sensorstore_close(s);
	return status;
}

static void add_record(struct sensordb_rows *rows, struct table *t,
		       json_t *list)
{
	int64_t since = sensordb_int(rows, 1), until = sensordb_int(rows, 2);
	bool inferred = sensordb_int(rows, 3) != 0;
	char text[CIVIL_TIME_TEXT];
	json_t *o = json_object();

	table_text(t, sensordb_text(rows, 0));
	table_text(t, civil_format_time(since, text));
	table_text(t, civil_format_time(until, text));
	table_text(t, inferred ? "yes" : "");
	json_object_set_new(o, "sensor", jsonout_text(sensordb_text(rows, 0)));
	json_object_set_new(o, "up_since", jsonout_time(since));
	json_object_set_new(o, "up_until", jsonout_time(until));
	json_object_set_new(o, "inferred", json_boolean(inferred));
	json_array_append_new(list, o);
}

static int print_uptime(struct sensordb *db, const struct uptime_options *o)
{
	const char *only = o->count > 0 ? o->words[0] : "";
	const struct sensordb_value values[] = {{SENSORDB_TEXT, 0, only},
						{SENSORDB_TEXT, 0, only}};
	struct sensordb_rows *rows = sensordb_ask(
	    db,
	    "SELECT sensor, up_since, up_until, inferred FROM sensor_uptime "
	    "WHERE ? = '' OR sensor = ? ORDER BY sensor COLLATE BINARY, "
	    "up_since",
	    values, 2);
	json_t *document = jsonout_document("sensors-uptime");
	json_t *list = json_array();
	struct table *t = table_new();
	int got = -1, status = EXIT_FAILED;

	table_column(t, "sensor", TABLE_LEFT);
	table_column(t, "up_since", TABLE_LEFT);
	table_column(t, "up_until", TABLE_LEFT);
	table_column(t, "inferred", TABLE_LEFT);
	while (rows != NULL && (got = sensordb_next(rows)) > 0)
		add_record(rows, t, list);
	sensordb_rows_free(rows);
	json_object_set_new(document, "uptime", list);
	if (got == 0 && o->json) {
		if (jsonout_print(json_incref(document), stdout) == 0)
			status = EXIT_DONE;
	} else if (got == 0) {
		(o->csv ? table_print_csv : table_print)(t, stdout);
		status = EXIT_DONE;
	}
	json_decref(document);
	table_free(t);
	return status;
}

int cmd_sensors_uptime(const struct invocation *with, int argc, char **argv)
{
	static const struct argp argp = {
	    uptime_argp_options,
	    uptime_option,
	    "[SENSOR [FROM UNTIL]]",
	    "Records that a sensor was up from FROM until, but not including, "
	    "UNTIL; without them lists the records.",
	    NULL,
	    NULL,
	    NULL};
	struct uptime_options o = {0};
	struct workspace *ws;
	struct sensordb *db;
	int status = EXIT_FAILED;

	argp_parse(&argp, argc, argv, 0, NULL, &o);
	ws = workspace_open(with);
	if (ws != NULL && o.count == 3) {
		status = set_uptime(ws, &o);
	} else if (ws != NULL && (db = sensordb_open(ws)) != NULL) {
		status = print_uptime(db, &o);
		sensordb_close(db);
	}
	workspace_free(ws);
	return status;
}
