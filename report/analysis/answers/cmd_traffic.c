#include <argp.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "exit_status.h"
#include "jsonout.h"
#include "log.h"
#include "str.h"
#include "xalloc.h"
#include "workspace.h"
#include "sensordb.h"
#include "traffic_commands.h"
#include "answers.h"

struct traffic_command {
	const char *period;
	bool json;
	int csv; /* an answer; -1: none */
	struct answers_options options;
};

enum {
	OPTION_SCANNING_ONLY = 256,
	OPTION_TOP,
	OPTION_JSON,
	OPTION_CSV,
	OPTION_SHOW,
	OPTION_WITHOUT_RESEARCH
};

static const struct argp_option command_options[] = {
    {"show", OPTION_SHOW, "WHAT", 0,
     "only these, separated by commas, or all (see below)", 0},
    {"json", OPTION_JSON, NULL, 0, "one JSON document", 0},
    {"csv", OPTION_CSV, "WHAT", OPTION_ARG_OPTIONAL,
     "one table as CSV (default months)", 0},
    {"top", OPTION_TOP, "N", 0, "ranks of each sensor (default 10)", 0},
    {"scanning-only", OPTION_SCANNING_ONLY, NULL, 0,
     "leave backscatter out: answers of victims whose addresses were forged",
     0},
    {"without-research", OPTION_WITHOUT_RESEARCH, NULL, 0,
     "ranks without research scanners, known ones and those that show "
     "themselves by breadth",
     0},
    {0},
};

static void read_show(struct traffic_command *c, const char *arg,
		      struct argp_state *state)
{
	while (*arg != '\0') {
		size_t len = strcspn(arg, ",");
		char *word = xalloc_string_n(arg, len);
		int answer = answers_find(word);

		if (strcmp(word, "all") == 0)
			c->options.show = ~0u;
		else if (answer < 0)
			argp_error(state, "--show: there is no '%s'", word);
		else
			c->options.show |= 1u << answer;
		free(word);
		arg += len + (arg[len] == ',');
	}
}

static void read_csv(struct traffic_command *c, const char *arg,
		     struct argp_state *state)
{
	c->csv = answers_find(arg != NULL ? arg : "months");
	if (c->csv < 0)
		argp_error(state, "--csv: there is no '%s'; see --help", arg);
}

static error_t read_option(int key, char *arg, struct argp_state *state)
{
	struct traffic_command *c = state->input;
	int64_t number;

	switch (key) {
	case OPTION_JSON:
		c->json = true;
		break;
	case OPTION_SHOW:
		read_show(c, arg, state);
		break;
	case OPTION_CSV:
		read_csv(c, arg, state);
		break;
	case OPTION_SCANNING_ONLY:
		c->options.scanning_only = true;
		break;
	case OPTION_WITHOUT_RESEARCH:
		c->options.without_research = true;
		break;
	case OPTION_TOP:
		if (!str_to_int64(arg, 1, 1000000, &number))
			argp_error(state, "--top: a number from 1, not '%s'",
				   arg);
		c->options.top = (int)number;
		break;
	case ARGP_KEY_ARG:
		if (c->period != NULL)
			argp_error(state, "one period, not '%s' as well", arg);
		c->period = arg;
		break;
	case ARGP_KEY_END:
		if (c->period == NULL)
			argp_error(state, "which period? Such as 2025Q3");
		if (c->json && c->csv >= 0)
			argp_error(state, "--json or --csv, not both");
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

/* What to say of a period without data. Caller frees. */
static char *empty_note(const struct traffic *t, struct sensordb *db)
{
	struct sensordb_rows *rows = sensordb_ask(
	    db, "SELECT COUNT(*), MIN(day), MAX(day) FROM traffic", NULL, 0);
	char *note = NULL;

	if (rows != NULL && sensordb_next(rows) > 0 &&
	    sensordb_int(rows, 0) > 0) {
		char *first = xalloc_string(sensordb_text(rows, 1));

		note = xalloc_printf("there is no traffic in %s; the sensor "
				     "database has days from %s to %s",
				     t->period.text, first,
				     sensordb_text(rows, 2));
		free(first);
	} else {
		note = xalloc_printf("there is no traffic in %s; the sensor "
				     "database is empty",
				     t->period.text);
	}
	sensordb_rows_free(rows);
	return note;
}

static int print(const struct traffic_command *c, const struct answers *a)
{
	char *note = a->traffic.empty ? empty_note(&a->traffic, a->db) : NULL;
	int status = EXIT_DONE;

	if (note != NULL)
		log_note("%s", note);
	if (c->json) {
		if (jsonout_print(answers_json(a, note), stdout) < 0)
			status = EXIT_FAILED;
	} else if (c->csv >= 0) {
		answers_print_csv(a, c->csv, stdout);
	} else if (!a->traffic.empty) {
		answers_print(a, stdout);
	}
	free(note);
	if (status == EXIT_DONE && (fflush(stdout) != 0 || ferror(stdout))) {
		log_error("cannot write the result: %s", strerror(errno));
		status = EXIT_FAILED;
	}
	return status;
}

static int run(const struct invocation *with, const struct traffic_command *c,
	       const struct period *period)
{
	struct workspace *ws = workspace_open(with);
	struct sensordb *db = ws != NULL ? sensordb_open(ws) : NULL;
	struct answers_options options = c->options;
	struct answers a;
	int status = EXIT_FAILED;

	if (c->csv >= 0)
		options.show = 1u << c->csv;
	if (db != NULL && answers_load(ws, db, period, &options, &a) == 0) {
		status = print(c, &a);
		answers_release(&a);
	}
	sensordb_close(db);
	workspace_free(ws);
	return status;
}

int cmd_traffic(const struct invocation *with, int argc, char **argv)
{
	static const struct argp argp = {
	    command_options,
	    read_option,
	    "PERIOD",
	    "Months by region, ranks of ports by sensor, changes against the "
	    "period before and a year before, days that stand out and what "
	    "explains them.\v" ANSWERS_HELP
	    "A mean is packets divided by pooled sensor-days. PERIOD is "
	    "2025Q3, 2025, FY2024, 2025-07, 2025-W31 or DATE..DATE: whole "
	    "days of the sensor network's zone.",
	    NULL,
	    NULL,
	    NULL};
	struct traffic_command c = {.csv = -1};
	struct period period;

	argp_parse(&argp, argc, argv, 0, NULL, &c);
	if (period_parse_argument(c.period, &period) < 0)
		return EXIT_USAGE;
	return run(with, &c, &period);
}
