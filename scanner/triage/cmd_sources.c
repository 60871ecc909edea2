#include <argp.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "civil.h"
#include "compiler.h"
#include "exit_status.h"
#include "log.h"
#include "sources_output.h"
#include "str.h"
#include "triage.h"
#include "xalloc.h"
#include "triage_commands.h"

struct options {
	struct period period;
	bool has_period, only_new, json, csv, bad;
	const char *country;
	int signature; /* -1: any */
	int64_t top;   /* 0: all */
};

static const struct argp_option argp_options[] = {
    {"country", 'c', "CC", 0, "only sources in this country", 0},
    {"signature", 's', "S", 0,
     "only sources with this signature (backscatter, gre, mirai, zmap, "
     "masscan, none)",
     0},
    {"new", 'n', NULL, 0, "only sources not seen in the period before", 0},
    {"top", 't', "N", 0, "only the N sources with most packets", 0},
    {"json", 'j', NULL, 0, "print one JSON document", 0},
    {"csv", 'v', NULL, 0, "print CSV", 0},
    {0},
};

static int read_signature(const char *text)
{
	int value = signature_from(strcmp(text, "none") == 0 ? "" : text);

	if (value < 0) {
		log_error("'%s' is not a signature", text);
		log_hint("one of backscatter, gre, mirai, zmap, masscan, none");
	}
	return value;
}

static bool is_country(const char *text)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "abcdefghijklmnopqrstuvwxyz";

	if (strlen(text) == 2 && strspn(text, letters) == 2)
		return true;
	log_error("'%s' is not a country of two letters, such as JP", text);
	return false;
}

static bool is_top(const char *text, int64_t *top)
{
	if (str_to_int64(text, 1, INT32_MAX, top))
		return true;
	log_error("--top takes a whole number from 1, not '%s'", text);
	return false;
}

static error_t take_option(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	switch (key) {
	case 'c':
		o->country = arg;
		o->bad = o->bad || !is_country(arg);
		return 0;
	case 's':
		o->signature = read_signature(arg);
		o->bad = o->bad || o->signature < 0;
		return 0;
	case 'n':
		o->only_new = true;
		return 0;
	case 't':
		o->bad = o->bad || !is_top(arg, &o->top);
		return 0;
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
		o->bad = o->bad || period_parse_argument(arg, &o->period) < 0;
		return 0;
	case ARGP_KEY_END:
		if (!o->has_period)
			argp_usage(state);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

struct work {
	struct workspace *ws;
	struct sensordb *db;
	struct location *location;
	struct scope *scope;
	struct triage *triage;
	struct sources sources;
	struct sources_output all, out; /* of the period; shown */
};

static int by_packets(const void *a, const void *b)
{
	const struct judged *x = a, *y = b;

	if (x->source->packets != y->source->packets)
		return x->source->packets > y->source->packets ? -1 : 1;
	return addr_compare(&x->source->address, &y->source->address);
}

static int by_address(const void *a, const void *b)
{
	const struct judged *x = a, *y = b;

	return addr_compare(&x->source->address, &y->source->address);
}

static bool is_wanted(const struct options *o, const struct source *s,
		      const struct sources *before)
{
	if (o->country != NULL &&
	    !str_equal_nocase(s->origin.country, o->country))
		return false;
	if (o->signature >= 0 && (s->signatures & 1u << o->signature) == 0)
		return false;
	return !o->only_new || sources_find(before, &s->address) == NULL;
}

static int choose(struct work *w, const struct options *o)
{
	struct period previous = period_previous(&o->period);
	struct sources before = {0};

	if (o->only_new && sources_load(w->db, &previous, NULL, &before) < 0)
		return -1;
	w->all.list = xalloc_zero(w->sources.count + 1, sizeof(struct judged));
	w->out.list = xalloc_zero(w->sources.count + 1, sizeof(struct judged));
	for (size_t i = 0; i < w->sources.count; i++) {
		const struct source *s = &w->sources.list[i];
		struct judged j = {s, triage_judge(w->triage, s)};

		w->all.list[w->all.count++] = j;
		if (is_wanted(o, s, &before))
			w->out.list[w->out.count++] = j;
	}
	sources_release(&before);
	qsort(w->out.list, w->out.count, sizeof(struct judged), by_packets);
	if (o->top > 0 && (size_t)o->top < w->out.count)
		w->out.count = (size_t)o->top;
	return 0;
}

static int gather(struct work *w, const struct options *o)
{
	const struct config *config = w->ws->config;
	const char *named = config_text(config, "reference.location");

	w->db = sensordb_open(w->ws);
	if (w->db == NULL)
		return -1;
	/* Without the system's database, the sensor database may know; a
	 * file that somebody named must be there. */
	w->location = location_open(named);
	if (w->location == NULL && *named != '\0')
		return -1;
	w->scope = scope_open(w->ws);
	if (w->scope == NULL)
		return -1;
	w->triage = triage_new(w->ws, w->db, w->scope, false);
	if (w->triage == NULL)
		return -1;
	if (sources_load(w->db, &o->period, w->location, &w->sources) < 0)
		return -1;
	return choose(w, o);
}

static void release(struct work *w)
{
	free(w->all.list);
	free(w->out.list);
	sources_release(&w->sources);
	triage_free(w->triage);
	scope_free(w->scope);
	location_free(w->location);
	sensordb_close(w->db);
	workspace_free(w->ws);
}

static int print(struct work *w, const struct options *o)
{
	sources_output_summary(&w->all, w->out.count);
	if (!o->json && !o->csv)
		return sources_output_table(&w->out, stdout);
	qsort(w->out.list, w->out.count, sizeof(struct judged), by_address);
	if (o->csv)
		return sources_output_csv(&w->out, stdout);
	return sources_output_json(&w->out, stdout);
}

int cmd_sources(const struct invocation *with, int argc, char **argv)
{
	static const struct argp argp = {
	    argp_options,
	    take_option,
	    "PERIOD",
	    "Lists the sources that sensors saw in a period, and why each is "
	    "or is not a target.\v"
	    "PERIOD is 2025Q3, 2025, FY2024, 2025-07, 2025-W31 or "
	    "2025-07-01..2025-07-15. The table and --top go by packets, JSON "
	    "and CSV by address. A * marks a place from a database that is "
	    "more than 90 days younger or older than what was seen.",
	    NULL,
	    NULL,
	    NULL};
	struct options o = {.signature = -1};
	struct work w = {0};
	int status = EXIT_FAILED;

	argp_parse(&argp, argc, argv, 0, NULL, &o);
	if (o.json && o.csv) {
		log_error("--json and --csv exclude each other");
		o.bad = true;
	}
	if (o.bad)
		return EXIT_USAGE;
	w.ws = workspace_open(with);
	if (w.ws == NULL)
		return EXIT_FAILED;
	w.all.period = w.out.period = o.period.text;
	if (gather(&w, &o) == 0 && print(&w, &o) == 0)
		status = EXIT_DONE;
	release(&w);
	return status;
}
