#include <argp.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "exit_status.h"
#include "jsonout.h"
#include "log.h"
#include "str.h"
#include "table.h"
#include "xalloc.h"
#include "workspace.h"
#include "importer.h"
#include "importformat.h"
#include "packetrow.h"
#include "sensors_commands.h"

#define SENSORS_SHOWN 20 /* of those that an import added */

enum {
	OPT_FORMAT = 256,
	OPT_MAP,
	OPT_SENSOR,
	OPT_SENSOR_MAP,
	OPT_COUNT,
	OPT_UNDO,
	OPT_LIST,
	OPT_JSON,
	OPT_CSV
};

struct import_options {
	struct importer_options how;
	const char **maps;
	char **files;
	int file_count;
	int64_t undo; /* 0: no */
	bool list, json, csv;
};

static const struct argp_option options[] = {
    {"format", OPT_FORMAT, "F", 0,
     "Format of the files, when not as they begin: csv, pcap, zeek, suricata, "
     "dshield",
     0},
    {"map", OPT_MAP, "COLUMN=NAME,...", 0,
     "Names of the columns in the file: time=datetime,source=srcstr,...", 0},
    {"sensor", OPT_SENSOR, "ID", 0,
     "The sensor of all rows, for files without such a column", 0},
    {"sensor-map", OPT_SENSOR_MAP, "FILE", 0,
     "Which addresses the sensors have, for captures and logs: CSV with the "
     "header "
     "sensor,prefix. Private: others must not be able to read it, and nothing "
     "of it is stored",
     0},
    {"count", OPT_COUNT, "packets|flows", 0,
     "What is counted: one for each flow of a log of flows (default), or the "
     "packets that it tells; rows of CSV are packets (default) or flows",
     0},
    {"undo", OPT_UNDO, "ID", 0, "Take one import back, exactly", 0},
    {"list", OPT_LIST, NULL, 0, "What was imported", 0},
    {"json", OPT_JSON, NULL, 0, "One JSON document", 0},
    {"csv", OPT_CSV, NULL, 0, "CSV (of --list)", 0},
    {0},
};

/* A mapping is judged before any file is read. */
static void check_map(const char *text, struct argp_state *state)
{
	struct packetrow rows;
	int rc;

	packetrow_init(&rows, NULL, NULL);
	rc = packetrow_map(&rows, text);
	packetrow_release(&rows);
	if (rc < 0)
		argp_error(state, "--map '%s' is wrong", text);
}

static void check_end(const struct import_options *o, struct argp_state *state)
{
	int works = (o->undo > 0) + o->list + (o->file_count > 0);

	if (works == 0)
		argp_error(state, "name a file, or --undo ID, or --list");
	else if (works > 1)
		argp_error(state, "files, --undo and --list do not go "
				  "together");
	else if (o->csv && !o->list)
		argp_error(state, "--csv goes with --list");
}

static error_t take_option(int key, char *arg, struct argp_state *state)
{
	struct import_options *o = state->input;

	switch (key) {
	case OPT_FORMAT:
		if (importformat_named(arg) == NULL)
			argp_error(state, "the formats are %s, not '%s'",
				   importformat_names(), arg);
		o->how.format = arg;
		break;
	case OPT_MAP:
		check_map(arg, state);
		o->maps[o->how.map_count++] = arg;
		break;
	case OPT_SENSOR:
		o->how.sensor = arg;
		break;
	case OPT_SENSOR_MAP:
		o->how.sensor_map = arg;
		break;
	case OPT_COUNT:
		if (strcmp(arg, "packets") != 0 && strcmp(arg, "flows") != 0)
			argp_error(state,
				   "--count is packets or flows, not '%s'",
				   arg);
		o->how.count = arg;
		break;
	case OPT_UNDO:
		if (!str_to_int64(arg, 1, INT64_MAX, &o->undo))
			argp_error(state,
				   "--undo needs the number of an "
				   "import, not '%s'",
				   arg);
		break;
	case OPT_LIST:
		o->list = true;
		break;
	case OPT_JSON:
		o->json = true;
		break;
	case OPT_CSV:
		o->csv = true;
		break;
	case ARGP_KEY_ARGS:
		o->files = state->argv + state->next;
		o->file_count = state->argc - state->next;
		break;
	case ARGP_KEY_END:
		check_end(o, state);
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static json_t *drops_json(const struct importer_result *r)
{
	json_t *o = json_object();

	for (int i = 0; i < DROP_COUNT; i++)
		if (r->dropped[i] > 0)
			json_object_set_new(o, drop_text((enum drop)i),
					    json_integer(r->dropped[i]));
	return o;
}

static json_t *as_json(const struct importer_result *r)
{
	json_t *o = json_object(), *sensors = json_array();

	json_object_set_new(o, "id", r->id ? json_integer(r->id) : json_null());
	json_object_set_new(o, "file", jsonout_text(r->file));
	json_object_set_new(o, "sha256", jsonout_text(r->sha256));
	json_object_set_new(
	    o, "same_as", r->same_as ? json_integer(r->same_as) : json_null());
	json_object_set_new(o, "imported", jsonout_time(r->imported));
	json_object_set_new(o, "bytes", json_integer(r->bytes));
	json_object_set_new(o, "rows", json_integer(r->rows));
	json_object_set_new(o, "packets", json_integer(r->packets));
	json_object_set_new(o, "skipped", json_integer(r->skipped));
	json_object_set_new(o, "first_day", jsonout_text(r->first_day));
	json_object_set_new(o, "last_day", jsonout_text(r->last_day));
	json_object_set_new(o, "damage", jsonout_text(r->damage));
	for (size_t i = 0; i < r->new_sensor_count; i++)
		json_array_append_new(sensors, jsonout_text(r->new_sensors[i]));
	json_object_set_new(o, "new_sensors", sensors);
	/* Of a run, not of the list: the database keeps the sum. */
	if (r->unit != NULL)
		json_object_set_new(o, "unit", json_string(r->unit));
	if (r->read > 0) {
		json_object_set_new(o, "read", json_integer(r->read));
		json_object_set_new(o, "dropped", drops_json(r));
	}
	return o;
}

static void add_json(const struct importer_result *r, void *arg)
{
	json_array_append_new(arg, as_json(r));
}

static int print_json(json_t *imports)
{
	json_t *document = jsonout_document("import");

	json_object_set_new(document, "imports", imports);
	return jsonout_print(document, stdout) == 0 ? EXIT_DONE : EXIT_FAILED;
}

static void add_line(const struct importer_result *r, void *arg)
{
	struct table *t = arg;
	char when[CIVIL_TIME_TEXT];

	table_number(t, r->id);
	table_text(t, civil_format_time(r->imported, when));
	table_number(t, r->rows);
	table_number(t, r->packets);
	table_number(t, r->skipped);
	table_text(t, r->first_day);
	table_text(t, r->last_day);
	table_text(t, r->damage != NULL ? "yes" : "");
	table_text(t, r->file);
}

static int print_imports(struct sensordb *db, const struct import_options *o)
{
	struct table *t = table_new();
	json_t *imports = json_array();
	int status = EXIT_FAILED;

	table_column(t, "id", TABLE_RIGHT);
	table_column(t, "imported", TABLE_LEFT);
	table_column(t, "rows", TABLE_RIGHT);
	table_column(t, "packets", TABLE_RIGHT);
	table_column(t, "skipped", TABLE_RIGHT);
	table_column(t, "first day", TABLE_LEFT);
	table_column(t, "last day", TABLE_LEFT);
	table_column(t, "damaged", TABLE_LEFT);
	table_column(t, "file", TABLE_LEFT);
	if (o->json && importer_each(db, add_json, imports) == 0) {
		status = print_json(json_incref(imports));
	} else if (!o->json && importer_each(db, add_line, t) == 0) {
		if (o->csv)
			table_print_csv(t, stdout);
		else
			table_print(t, stdout);
		status = EXIT_DONE;
	}
	json_decref(imports);
	table_free(t);
	return status;
}

/* Reads only: it works on a read-only disk too. */
static int list(const struct workspace *ws, const struct import_options *o)
{
	struct sensordb *db = sensordb_open(ws);
	int status = EXIT_FAILED;

	if (db != NULL && sensordb_engine(db) != SENSORDB_SQLITE) {
		log_error("sensors.database names a database server, where "
			  "nothing is imported");
		log_hint("only an embedded database (sqlite:FILE) has a list "
			 "of imports");
	} else if (db != NULL) {
		status = print_imports(db, o);
	}
	sensordb_close(db);
	return status;
}

static void report_sensors(const struct importer_result *r)
{
	for (size_t i = 0; i < r->new_sensor_count && i < SENSORS_SHOWN; i++)
		log_note("%s: added the sensor '%s', which was not known",
			 r->file, r->new_sensors[i]);
	if (r->new_sensor_count > SENSORS_SHOWN)
		log_note("%s: and %zu more sensors", r->file,
			 r->new_sensor_count - SENSORS_SHOWN);
	if (r->new_sensor_count > 0)
		log_hint("give it a label and a region: martlet sensors add "
			 "ID --label 'Japan #1' --region japan");
}

/* "; dropped: 12 not-to-a-sensor, 3 not-ip" */
static void print_drops(const struct importer_result *r)
{
	const char *before = "; dropped: ";

	for (int i = 0; i < DROP_COUNT; i++) {
		if (r->dropped[i] == 0)
			continue;
		printf("%s%" PRId64 " %s", before, r->dropped[i],
		       drop_text((enum drop)i));
		before = ", ";
	}
}

static void print_result(const struct importer_result *r)
{
	printf("import %" PRId64 ": %" PRId64 " %s", r->id, r->packets,
	       r->unit);
	if (r->read > 0)
		printf(" of %" PRId64 " read, %s to %s", r->read, r->first_day,
		       r->last_day);
	else
		printf(" in %" PRId64 " rows, %s to %s, %" PRId64
		       " rows skipped",
		       r->rows, r->first_day, r->last_day, r->skipped);
	if (r->read > 0)
		print_drops(r);
	printf(", from %s\n", r->file);
}

static void report(const struct importer_result *r, bool json)
{
	if (r->same_as != 0) {
		log_note("%s: the same content is import %" PRId64
			 " already; it counts once, nothing was changed",
			 r->file, r->same_as);
		return;
	}
	if (r->id == 0 && r->read > 0) {
		log_warning("%s: none of its %" PRId64 " %s counts; "
			    "nothing was changed",
			    r->file, r->read, r->unit);
		for (int i = 0; i < DROP_COUNT; i++)
			if (r->dropped[i] > 0)
				log_hint("%" PRId64 " %s", r->dropped[i],
					 drop_text((enum drop)i));
		return;
	}
	if (r->id == 0) {
		log_note("%s: there are no rows in it; nothing was changed",
			 r->file);
		return;
	}
	report_sensors(r);
	if (!json)
		print_result(r);
}

static int import_files(struct sensorstore *s, const struct import_options *o)
{
	json_t *imports = json_array();
	int status = EXIT_DONE;

	for (int i = 0; i < o->file_count; i++) {
		struct importer_result r;

		if (importer_run(s, &o->how, o->files[i], &r) == 0) {
			report(&r, o->json);
			json_array_append_new(imports, as_json(&r));
		} else {
			status = EXIT_FAILED;
		}
		importer_release(&r);
	}
	if (o->json && print_json(json_incref(imports)) != EXIT_DONE)
		status = EXIT_FAILED;
	json_decref(imports);
	return status;
}

static int undo(struct sensorstore *s, const struct import_options *o)
{
	if (importer_undo(s, o->undo) < 0)
		return EXIT_FAILED;
	log_note("took import %" PRId64 " back", o->undo);
	return EXIT_DONE;
}

static int work(struct sensorstore *s, const struct import_options *o)
{
	if (o->undo > 0)
		return undo(s, o);
	return import_files(s, o);
}

int cmd_import(const struct invocation *with, int argc, char **argv)
{
	static const struct argp argp = {
	    options,
	    take_option,
	    "FILE...",
	    "Imports packets that sensors saw into the sensor database; '-' "
	    "is the standard input, .gz and .zst are read as they are.\v"
	    "Captures are pcap or pcapng: Ethernet with or without VLAN tags, "
	    "raw IP, Linux cooked; IPv4 and IPv6. Packets count that are "
	    "addressed to a sensor of --sensor-map; the others are dropped, "
	    "and counted by reason. "
	    "CSV has the header time,sensor,source,protocol,port and, as it "
	    "likes, packets,source_port,signature,country,asn,as_name; --map "
	    "tells other names. Times are ISO 8601 or Unix seconds, UTC "
	    "unless they say otherwise. Logs of flows are Zeek's conn.log (TSV "
	    "or JSON) and the flow events of Suricata's EVE log; DShield's "
	    "lines have packets. They need --sensor-map too, or --sensor. A "
	    "file with the same content counts once.",
	    NULL,
	    NULL,
	    NULL};
	struct import_options o = {0};
	struct workspace *ws;
	struct sensorstore *s = NULL;
	int status = EXIT_FAILED;

	o.maps = xalloc_zero((size_t)argc, sizeof(*o.maps));
	argp_parse(&argp, argc, argv, 0, NULL, &o);
	o.how.maps = o.maps;
	ws = workspace_open(with);
	if (ws != NULL)
		o.how.memory_mb = config_int(ws->config, "import.memory_mb");
	if (ws != NULL && o.list)
		status = list(ws, &o);
	else if (ws != NULL && (s = sensorstore_open(ws)) != NULL)
		status = work(s, &o);
	sensorstore_close(s);
	workspace_free(ws);
	free(o.maps);
	return status;
}
