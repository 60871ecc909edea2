#include <argp.h>
#include <inttypes.h>
#include <stdlib.h>

#include "groups_commands.h"
#include "casefile.h"
#include "exit_status.h"
#include "groups_print.h"
#include "log.h"
#include "period.h"
#include "sensordb.h"
#include "str.h"

struct groups_options {
	const char *argument;
	bool json, csv;
	bool one; /* the command is "group ID" */
};

enum { OPTION_JSON = 256, OPTION_CSV };

static const struct argp_option many_options[] = {
    {"json", OPTION_JSON, NULL, 0, "one JSON document", 0},
    {"csv", OPTION_CSV, NULL, 0, "a row for each port of each address", 0},
    {0},
};

static const struct argp_option one_options[] = {
    {"json", OPTION_JSON, NULL, 0, "one JSON document", 0},
    {0},
};

static error_t read_option(int key, char *arg, struct argp_state *state)
{
	struct groups_options *o = state->input;

	switch (key) {
	case OPTION_JSON:
		o->json = true;
		break;
	case OPTION_CSV:
		o->csv = true;
		break;
	case ARGP_KEY_ARG:
		if (o->argument != NULL)
			argp_error(state, "one %s, not '%s' as well",
				   o->one ? "group" : "period", arg);
		o->argument = arg;
		break;
	case ARGP_KEY_END:
		if (o->argument == NULL)
			argp_error(state, o->one
					      ? "which group? 'martlet groups "
						"PERIOD' lists their numbers"
					      : "which period? Such as 2025Q3");
		if (o->json && o->csv)
			argp_error(state, "--json or --csv, not both");
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

struct places_of_work {
	struct workspace *ws;
	struct sensordb *db;
	struct casefile *cf;
};

static int open_all(const struct invocation *with, struct places_of_work *w)
{
	w->ws = workspace_open(with);
	if (w->ws != NULL)
		w->db = sensordb_open(w->ws);
	if (w->db != NULL)
		w->cf = casefile_open(w->ws, CASEFILE_READ);
	return w->cf != NULL ? 0 : -1;
}

static void close_all(struct places_of_work *w)
{
	casefile_close(w->cf);
	sensordb_close(w->db);
	workspace_free(w->ws);
}

static int print_many(const struct groups_options *o,
		      const struct period *period, const struct groups *g)
{
	if (g->count == 0)
		log_note("no group in %s: %zu addresses of its sources have "
			 "fresh services",
			 period->text, g->profiles.count);
	if (o->json)
		return groups_print_json(g, NULL, period->text, stdout);
	if (o->csv)
		groups_print_csv(g, stdout);
	else if (g->count > 0)
		groups_print_table(g, stdout);
	return 0;
}

int cmd_groups(const struct invocation *with, int argc, char **argv)
{
	static const struct argp argp = {
	    many_options,
	    read_option,
	    "PERIOD",
	    "Lists groups: addresses of the period's sources with the same "
	    "devices on the same ports, those that coincidence explains least "
	    "first.",
	    NULL,
	    NULL,
	    NULL};
	struct groups_options o = {0};
	struct places_of_work w = {0};
	struct period period;
	struct groups groups = {0};
	int status = EXIT_FAILED;

	argp_parse(&argp, argc, argv, 0, NULL, &o);
	if (period_parse_argument(o.argument, &period) < 0)
		return EXIT_USAGE;
	if (open_all(with, &w) == 0 &&
	    groups_load(w.db, w.cf, &period, &groups) == 0 &&
	    print_many(&o, &period, &groups) == 0)
		status = EXIT_DONE;
	groups_release(&groups);
	close_all(&w);
	return status;
}

static int print_one(struct places_of_work *w, const struct groups_options *o,
		     int64_t id)
{
	char text[PERIOD_TEXT];
	struct period period;
	struct groups groups;
	const struct group *found = NULL;
	int rc = casefile_deployment_period(w->cf, id, text, sizeof(text));

	if (rc == 0) {
		log_error("there is no group %" PRId64, id);
		log_hint("'martlet groups PERIOD' lists their numbers");
	}
	if (rc <= 0 || !period_parse(text, &period) ||
	    groups_load(w->db, w->cf, &period, &groups) < 0)
		return -1;
	for (size_t i = 0; i < groups.count; i++)
		if (groups.list[i].id == id)
			found = &groups.list[i];
	rc = -1;
	if (found == NULL) {
		log_error("group %" PRId64 " of %s is no group any more: what "
			  "its addresses have was looked at again",
			  id, text);
		log_hint("'martlet groups %s' lists what there is now", text);
	} else if (o->json) {
		rc = groups_print_json(&groups, found, text, stdout);
	} else {
		groups_print_one(found, stdout);
		rc = 0;
	}
	groups_release(&groups);
	return rc;
}

int cmd_group(const struct invocation *with, int argc, char **argv)
{
	static const struct argp argp = {
	    one_options,
	    read_option,
	    "ID",
	    "Shows one group: its addresses, ports, what varies and how "
	    "likely coincidence is.",
	    NULL,
	    NULL,
	    NULL};
	struct groups_options o = {.one = true};
	struct places_of_work w = {0};
	int64_t id;
	int status = EXIT_FAILED;

	argp_parse(&argp, argc, argv, 0, NULL, &o);
	if (!str_to_int64(o.argument, 1, INT64_MAX, &id)) {
		log_error("a group is a number, not '%s'", o.argument);
		log_hint("'martlet groups PERIOD' lists their numbers");
		return EXIT_USAGE;
	}
	if (open_all(with, &w) == 0 && print_one(&w, &o, id) == 0)
		status = EXIT_DONE;
	close_all(&w);
	return status;
}
