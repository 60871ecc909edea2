#include <argp.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "casefile.h"
#include "civil.h"
#include "compiler.h"
#include "exit_status.h"
#include "jsonout.h"
#include "log.h"
#include "services.h"
#include "sources.h"
#include "str.h"
#include "table.h"
#include "xalloc.h"
#include "show_commands.h"

#define SHOWN_BYTES 60 /* of a title or banner in the table */

struct options {
	struct period period;
	bool has_period, json, csv, bad;
};

static const struct argp_option argp_options[] = {
    {"json", 'j', NULL, 0, "print one JSON document", 0},
    {"csv", 'v', NULL, 0, "print CSV", 0},
    {0},
};

static error_t take_option(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	switch (key) {
	case 'j':
		o->json = true;
		return 0;
	case 'v':
		o->csv = true;
		return 0;
	case ARGP_KEY_ARG:
		if (state->arg_num > 0)
			argp_usage(state);
		o->has_period = true;
		o->bad = period_parse_argument(arg, &o->period) < 0;
		return 0;
	case ARGP_KEY_END:
		if (!o->has_period)
			argp_usage(state);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* --- gathering */

struct gathering {
	struct sources sources;
	struct services services;
};

static int take(struct observation *o, void *arg)
{
	struct gathering *g = arg;

	if (sources_find(&g->sources, &o->address) == NULL)
		return 0;
	/* A page may be large and is for `show`. */
	blob_release(&o->body);
	blob_release(&o->http_headers);
	services_take(&g->services, o);
	return 0;
}

static int gather(const struct workspace *ws, const struct period *p,
		  struct gathering *g)
{
	struct sensordb *db = sensordb_open(ws);
	struct casefile *cf = NULL;
	int rc = -1;

	if (db != NULL)
		cf = casefile_open(ws, CASEFILE_READ);
	if (cf != NULL && sources_load(db, p, NULL, &g->sources) == 0) {
		int64_t end = zone_day_start(sensordb_zone(db), p->last + 1);

		/* An address that was seen again later may be another's by
		 * then: what was probed on behalf of a later period is not
		 * this one's. */
		rc = casefile_services_before(cf, end, take, g);
		services_number_machines(&g->services);
	}
	casefile_close(cf);
	sensordb_close(db);
	return rc;
}

/* --- printing */

static int print_json(const struct services *s, const struct period *p)
{
	json_t *doc = jsonout_document("services");
	json_t *list = json_array();

	for (size_t i = 0; i < s->count; i++)
		json_array_append_new(list, services_json(&s->list[i], false));
	json_object_set_new(doc, "period", json_string(p->text));
	json_object_set_new(doc, "services", list);
	return jsonout_print(doc, stdout);
}

static void name_cell(struct table *t, const struct observation *o)
{
	char *name = services_name(o);

	/* What nothing recognises can be named by its page class. */
	if (*name == '\0' && o->page_class[0] != '\0')
		table_printf(t, "page %s", o->page_class);
	else
		table_text(t, name);
	free(name);
}

/* The most telling words of a service, for one line. */
static void words_cell(struct table *t, const struct observation *o)
{
	const char *text = o->title != NULL    ? o->title
			   : o->realm != NULL  ? o->realm
			   : o->server != NULL ? o->server
					       : NULL;
	size_t len = text != NULL ? strlen(text) : o->banner.len;
	char *shown;

	if (text == NULL)
		text = o->banner.data != NULL ? o->banner.data : "";
	while (len > 0 && memchr("\r\n \0", text[len - 1], 4) != NULL)
		len--;
	shown = str_vis(text, len, SHOWN_BYTES);
	table_text(t, shown);
	free(shown);
}

static void add_row(struct table *t, const struct service *s)
{
	char text[ADDR_TEXT_MAX], time[CIVIL_TIME_TEXT];
	char lag[SERVICES_LAG_TEXT];
	const struct observation *o = &s->o;

	table_text(t, addr_format(&o->address, text));
	table_printf(t, "%u", o->port);
	table_text(t, protocol_text(o->protocol));
	table_text(t, outcome_text(o->outcome));
	name_cell(t, o);
	table_text(t, o->identity.device_type);
	words_cell(t, o);
	civil_format_time(o->observed_ms / 1000, time);
	table_printf(t, "%.10s", time); /* the time: show, CSV, JSON */
	table_text(t, services_lag(o->lag, lag));
}

static void print_table(const struct services *s)
{
	static const struct {
		const char *title;
		enum table_align align;
	} columns[] = {
	    {"ADDRESS", TABLE_LEFT},        {"PORT", TABLE_RIGHT},
	    {"PROTOCOL", TABLE_LEFT},       {"OUTCOME", TABLE_CUT},
	    {"IDENTITY", TABLE_CUT},        {"TYPE", TABLE_CUT},
	    {"TITLE OR BANNER", TABLE_CUT}, {"OBSERVED", TABLE_LEFT},
	    {"LAG", TABLE_RIGHT},
	};
	struct table *t = table_new();

	for (size_t i = 0; i < ARRAY_LEN(columns); i++)
		table_column(t, columns[i].title, columns[i].align);
	for (size_t i = 0; i < s->count; i++)
		add_row(t, &s->list[i]);
	table_print(t, stdout);
	table_free(t);
}

/* Peers choose the bytes; a CSV file is text. */
static void utf8_cell(struct table *t, const char *text, size_t len)
{
	struct buf b;

	buf_init(&b, BUF_NO_LIMIT);
	if (text != NULL)
		str_add_utf8(&b, text, strnlen(text, len));
	table_text(t, buf_text(&b));
	buf_release(&b);
}

static void add_csv_row(struct table *t, const struct service *s)
{
	char text[ADDR_TEXT_MAX], time[CIVIL_TIME_TEXT];
	const struct observation *o = &s->o;
	const struct identity *id = &o->identity;
	const char *const texts[] = {
	    id->vendor,
	    id->product,
	    id->version,
	    id->device_type,
	    id->fingerprint,
	    o->title,
	    o->server,
	    o->realm,
	    o->page_class,
	    o->favicon.sha256,
	    o->certificate.subject,
	    o->certificate.spki_sha256,
	};

	table_text(t, addr_format(&o->address, text));
	table_number(t, o->port);
	table_text(t, o->transport);
	table_text(t, protocol_text(o->protocol));
	table_text(t, outcome_text(o->outcome));
	table_text(t, civil_format_time(o->observed_ms / 1000, time));
	if (o->lag >= 0)
		table_number(t, o->lag);
	else
		table_text(t, NULL);
	if (s->machine > 0)
		table_number(t, s->machine);
	else
		table_text(t, NULL);
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		utf8_cell(t, texts[i], SIZE_MAX);
	utf8_cell(t, o->banner.data, o->banner.len);
}

static void print_csv(const struct services *s)
{
	static const char *const columns[] = {
	    "address",
	    "port",
	    "transport",
	    "protocol",
	    "outcome",
	    "observed",
	    "lag_seconds",
	    "machine",
	    "vendor",
	    "product",
	    "version",
	    "device_type",
	    "fingerprint",
	    "title",
	    "server",
	    "realm",
	    "page_class",
	    "favicon_sha256",
	    "certificate_subject",
	    "certificate_spki_sha256",
	    "banner",
	};
	struct table *t = table_new();

	for (size_t i = 0; i < ARRAY_LEN(columns); i++)
		table_column(t, columns[i], TABLE_LEFT);
	for (size_t i = 0; i < s->count; i++)
		add_csv_row(t, &s->list[i]);
	table_print_csv(t, stdout);
	table_free(t);
}

static int print(const struct gathering *g, const struct options *o)
{
	log_note("%zu services of %zu sources in %s", g->services.count,
		 g->sources.count, o->period.text);
	if (o->json)
		return print_json(&g->services, &o->period);
	if (o->csv)
		print_csv(&g->services);
	else
		print_table(&g->services);
	if (fflush(stdout) == 0 && !ferror(stdout))
		return 0;
	log_error("cannot write the services: %s", strerror(errno));
	return -1;
}

int cmd_services(const struct invocation *with, int argc, char **argv)
{
	static const struct argp argp = {
	    argp_options,
	    take_option,
	    "PERIOD",
	    "Lists the latest observation of each open address and port whose "
	    "source was seen in the period.\v"
	    "PERIOD is 2025Q3, 2025, FY2024, 2025-07, 2025-W31 or "
	    "2025-07-01..2025-07-15. LAG is the time from the source's last "
	    "packet to the probe. What was probed because of packets after "
	    "the period is left out: addresses change hands.",
	    NULL,
	    NULL,
	    NULL};
	struct options o = {0};
	struct gathering g = {0};
	struct workspace *ws;
	int status = EXIT_FAILED;

	argp_parse(&argp, argc, argv, 0, NULL, &o);
	if (o.json && o.csv) {
		log_error("--json and --csv exclude each other");
		o.bad = true;
	}
	if (o.bad)
		return EXIT_USAGE;
	ws = workspace_open(with);
	if (ws == NULL)
		return EXIT_FAILED;
	if (gather(ws, &o.period, &g) == 0 && print(&g, &o) == 0)
		status = EXIT_DONE;
	services_release(&g.services);
	sources_release(&g.sources);
	workspace_free(ws);
	return status;
}
