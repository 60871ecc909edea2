#include <argp.h>
#include <stdlib.h>
#include <string.h>

#include "compiler.h"
#include "exit_status.h"
#include "jsonout.h"
#include "log.h"
#include "table.h"
#include "xalloc.h"
#include "sensorcheck.h"
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

/* --- check */

static json_t *problem_as_json(const struct sensorcheck_problem *p)
{
	json_t *o = json_object();

	json_object_set_new(o, "relation", jsonout_text(p->relation));
	json_object_set_new(o, "kind", jsonout_text(p->kind));
	json_object_set_new(o, "what", jsonout_text(p->what));
	json_object_set_new(o, "rows",
			    p->rows ? json_integer(p->rows) : json_null());
	json_object_set_new(o, "example",
			    jsonout_text(*p->example ? p->example : NULL));
	json_object_set_new(o, "advice", jsonout_text(p->advice));
	return o;
}

static int print_check_json(const struct sensorcheck *c)
{
	json_t *document = jsonout_document("sensors-check");
	json_t *problems = json_array();

	for (size_t i = 0; i < c->count; i++)
		json_array_append_new(problems, problem_as_json(&c->list[i]));
	json_object_set_new(document, "ok", json_boolean(c->count == 0));
	json_object_set_new(document, "problems", problems);
	json_object_set_new(document, "unassigned_sensors",
			    json_integer(c->unassigned));
	return jsonout_print(document, stdout);
}

static void print_check_csv(const struct sensorcheck *c)
{
	struct table *t = table_new();

	table_column(t, "relation", TABLE_LEFT);
	table_column(t, "kind", TABLE_LEFT);
	table_column(t, "what", TABLE_LEFT);
	table_column(t, "rows", TABLE_RIGHT);
	table_column(t, "example", TABLE_LEFT);
	table_column(t, "advice", TABLE_LEFT);
	for (size_t i = 0; i < c->count; i++) {
		table_text(t, c->list[i].relation);
		table_text(t, c->list[i].kind);
		table_text(t, c->list[i].what);
		table_number(t, c->list[i].rows);
		table_text(t, c->list[i].example);
		table_text(t, c->list[i].advice);
	}
	table_print_csv(t, stdout);
	table_free(t);
}

static void print_check(const struct sensorcheck *c)
{
	for (size_t i = 0; i < c->count; i++) {
		const struct sensorcheck_problem *p = &c->list[i];

		printf("%s: %s: %s", p->relation, p->kind, p->what);
		if (p->rows > 0)
			printf(" (%lld row%s, such as '%s')",
			       (long long)p->rows, p->rows == 1 ? "" : "s",
			       p->example);
		else if (*p->example != '\0')
			printf(" (such as '%s')", p->example);
		printf("\n  %s\n", p->advice);
	}
	if (c->count == 0)
		puts("the sensor database keeps its contract");
}

static int run_check(const struct invocation *with, int argc, char **argv)
{
	static const struct argp argp = {
	    options,
	    take_option,
	    "",
	    "Says what of its contract the sensor database lacks, what is "
	    "ill-typed or inconsistent in it, and what would be slow. The "
	    "exit status is 3 when something was found.",
	    NULL,
	    NULL,
	    NULL};
	enum format format = FOR_PEOPLE;
	struct workspace *ws;
	struct sensorcheck c = {0};
	int status = EXIT_FAILED;

	argp_parse(&argp, argc, argv, 0, NULL, &format);
	ws = workspace_open(with);
	if (ws != NULL && sensorcheck_run(ws, &c) == 0) {
		status = c.count > 0 ? EXIT_FOUND : EXIT_DONE;
		if (format == AS_JSON && print_check_json(&c) < 0)
			status = EXIT_FAILED;
		else if (format == AS_CSV)
			print_check_csv(&c);
		else if (format == FOR_PEOPLE)
			print_check(&c);
	}
	if (c.unassigned > 0) {
		log_note("%lld sensors have not been described yet",
			 (long long)c.unassigned);
		log_hint("martlet sensors add ID --label 'Japan #1' "
			 "--region japan");
	}
	sensorcheck_release(&c);
	workspace_free(ws);
	return status;
}

int cmd_sensors(const struct invocation *with, int argc, char **argv)
{
	static const struct {
		const char *name;
		int (*run)(const struct invocation *with, int argc,
			   char **argv);
	} parts[] = {{"list", cmd_sensors_list},
		     {"check", run_check},
		     {"add", cmd_sensors_add},
		     {"uptime", cmd_sensors_uptime},
		     {"ddl", cmd_sensors_ddl}};

	if (argc < 2 || argv[1][0] == '-')
		return cmd_sensors_list(with, argc, argv);
	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		char *name;
		int status;

		if (strcmp(argv[1], parts[i].name) != 0)
			continue;
		name = xalloc_printf("martlet sensors %s", parts[i].name);
		argv[1] = name;
		status = parts[i].run(with, argc - 1, argv + 1);
		free(name);
		return status;
	}
	log_error("there is no 'sensors %s'", argv[1]);
	log_hint(
	    "list, check, add, uptime and ddl are; 'martlet sensors --help'");
	return EXIT_USAGE;
}
