#include <argp.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "casefile.h"
#include "civil.h"
#include "exit_status.h"
#include "jsonout.h"
#include "log.h"
#include "services.h"
#include "show_text.h"
#include "sightings.h"
#include "transport.h"
#include "xalloc.h"
#include "show_commands.h"

#define DAY_SECONDS 86400

struct options {
	struct addr address;
	bool has_address, json, bad;
};

static const struct argp_option argp_options[] = {
    {"json", 'j', NULL, 0, "print one JSON document", 0},
    {0},
};

static error_t take_option(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	switch (key) {
	case 'j':
		o->json = true;
		return 0;
	case ARGP_KEY_ARG:
		if (state->arg_num > 0)
			argp_usage(state);
		o->has_address = true;
		if (!addr_parse(arg, &o->address)) {
			log_error("'%s' is not an address", arg);
			log_hint("write one such as 192.0.2.7 or 2001:db8::7");
			o->bad = true;
		}
		return 0;
	case ARGP_KEY_END:
		if (!o->has_address)
			argp_usage(state);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* --- gathering */

static int take(struct observation *o, void *arg)
{
	services_take(arg, o);
	return 0;
}

/* Before the first scan there is no case database, and that is no error. */
static int load_services(const struct workspace *ws, const struct addr *a,
			 struct services *out)
{
	char *path = workspace_path(ws, "martlet.db");
	bool there = access(path, F_OK) == 0;
	struct casefile *cf;
	int rc = -1;

	free(path);
	if (!there)
		return 0;
	cf = casefile_open(ws, CASEFILE_READ);
	if (cf != NULL)
		rc = casefile_each_service(cf, a, take, out);
	casefile_close(cf);
	services_number_machines(out);
	return rc;
}

/* What the sensor database does not know of the place. */
static void locate(const struct config *config, struct shown *s)
{
	struct location_origin *at = &s->origin, found;
	struct location *l;

	*at = s->seen.origin;
	if (at->country[0] != '\0' && at->asn != 0)
		return;
	l = location_open(config_text(config, "reference.location"));
	if (l == NULL)
		return;
	location_find(l, &s->address, &found);
	s->location_database = xalloc_string(location_database(l));
	s->location_day = location_day(l);
	s->country_found = at->country[0] == '\0';
	s->as_found = at->asn == 0;
	if (s->country_found)
		memcpy(at->country, found.country, sizeof(at->country));
	if (s->as_found) {
		at->asn = found.asn;
		memcpy(at->as_name, found.as_name, sizeof(at->as_name));
	}
	location_free(l);
}

static int gather(const struct workspace *ws, struct shown *s)
{
	struct sensordb *db = sensordb_open(ws);
	int rc = -1;

	if (db != NULL && sightings_load(db, &s->address, &s->seen) == 0 &&
	    load_services(ws, &s->address, &s->services) == 0) {
		locate(ws->config, s);
		rc = 0;
	}
	sensordb_close(db);
	return rc;
}

/* --- JSON */

static json_t *sighting_json(const struct sighting *g)
{
	char text[TRANSPORT_TEXT];
	json_t *o = json_object();

	json_object_set_new(o, "port", json_integer(g->port));
	json_object_set_new(o, "transport",
			    json_string(transport_name(g->protocol, text)));
	json_object_set_new(
	    o, "service",
	    json_string(transport_service(g->protocol, g->port, text)));
	json_object_set_new(o, "signature",
			    g->signature != SIGNATURE_NONE
				? json_string(signature_text(g->signature))
				: json_null());
	json_object_set_new(o, "packets", json_integer(g->packets));
	json_object_set_new(o, "sensors", json_integer(g->sensors));
	json_object_set_new(o, "days", json_integer(g->days));
	json_object_set_new(o, "first_seen", jsonout_time(g->first_seen));
	json_object_set_new(o, "last_seen", jsonout_time(g->last_seen));
	return o;
}

static json_t *sensor_json(const struct sighting_sensor *s)
{
	json_t *o = json_object();

	json_object_set_new(o, "sensor", jsonout_text(s->id));
	json_object_set_new(o, "label", jsonout_text(s->label));
	json_object_set_new(o, "packets", json_integer(s->packets));
	return o;
}

/* null where nothing is known. */
static json_t *origin_json(const struct shown *s, bool known, bool found)
{
	char day[CIVIL_DAY_TEXT];
	json_t *o;

	if (!known)
		return json_null();
	o = json_object();
	json_object_set_new(
	    o, "database",
	    jsonout_text(found ? s->location_database : "sensor database"));
	civil_format_day(found ? s->location_day
			       : (int32_t)(s->seen.last_seen / DAY_SECONDS),
			 day);
	json_object_set_new(o, "date", json_string(day));
	json_object_set_new(o, "aged", json_boolean(found && show_is_aged(s)));
	return o;
}

static int print_json(const struct shown *s)
{
	json_t *doc = jsonout_document("show"), *list = json_array();
	json_t *sensors = json_array(), *services = json_array();
	const struct location_origin *at = &s->origin;
	char address[ADDR_TEXT_MAX];

	for (size_t i = 0; i < s->seen.count; i++)
		json_array_append_new(list, sighting_json(&s->seen.list[i]));
	for (size_t i = 0; i < s->seen.sensor_count; i++)
		json_array_append_new(sensors,
				      sensor_json(&s->seen.sensors[i]));
	for (size_t i = 0; i < s->services.count; i++)
		json_array_append_new(
		    services, services_json(&s->services.list[i], true));
	json_object_set_new(doc, "address",
			    json_string(addr_format(&s->address, address)));
	json_object_set_new(doc, "packets", json_integer(s->seen.packets));
	json_object_set_new(doc, "first_seen",
			    jsonout_time(s->seen.first_seen));
	json_object_set_new(doc, "last_seen", jsonout_time(s->seen.last_seen));
	json_object_set_new(doc, "country",
			    at->country[0] != '\0' ? jsonout_text(at->country)
						   : json_null());
	json_object_set_new(doc, "asn",
			    at->asn != 0 ? json_integer(at->asn) : json_null());
	json_object_set_new(doc, "as_name",
			    at->as_name[0] != '\0' ? jsonout_text(at->as_name)
						   : json_null());
	json_object_set_new(
	    doc, "origin",
	    origin_json(s, at->country[0] != '\0', s->country_found));
	json_object_set_new(doc, "as_origin",
			    origin_json(s, at->asn != 0, s->as_found));
	json_object_set_new(doc, "traffic", list);
	json_object_set_new(doc, "sensors", sensors);
	json_object_set_new(doc, "services", services);
	return jsonout_print(doc, stdout);
}

static int print(const struct shown *s, bool json)
{
	if (json)
		return print_json(s);
	show_text(s, stdout);
	if (fflush(stdout) == 0 && !ferror(stdout))
		return 0;
	log_error("cannot write what is known: %s", strerror(errno));
	return -1;
}

int cmd_show(const struct invocation *with, int argc, char **argv)
{
	static const struct argp argp = {
	    argp_options,
	    take_option,
	    "ADDRESS",
	    "Shows everything about one address: what the sensors saw, and "
	    "each open port with its evidence.\v"
	    "What peers sent is shown with its control characters as \\xNN.",
	    NULL,
	    NULL,
	    NULL};
	struct options o = {0};
	struct shown s = {0};
	struct workspace *ws;
	int status = EXIT_FAILED;

	argp_parse(&argp, argc, argv, 0, NULL, &o);
	if (o.bad)
		return EXIT_USAGE;
	ws = workspace_open(with);
	if (ws == NULL)
		return EXIT_FAILED;
	s.address = o.address;
	if (gather(ws, &s) == 0 && print(&s, o.json) == 0)
		status = EXIT_DONE;
	free(s.location_database);
	services_release(&s.services);
	sightings_release(&s.seen);
	workspace_free(ws);
	return status;
}
