#include <argp.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "exit_status.h"
#include "jsonout.h"
#include "log.h"
#include "workspace.h"
#include "sensordb.h"
#include "findings_commands.h"
#include "findings.h"
#include "traffic.h"

struct findings_command {
	const char *period;
	bool json;
	struct traffic_options options;
};

enum { OPTION_JSON = 256, OPTION_SCANNING_ONLY };

static const struct argp_option command_options[] = {
    {"json", OPTION_JSON, NULL, 0, "one JSON document", 0},
    {"scanning-only", OPTION_SCANNING_ONLY, NULL, 0,
     "leave backscatter out: answers of victims whose addresses were forged",
     0},
    {0},
};

static error_t read_option(int key, char *arg, struct argp_state *state)
{
	struct findings_command *c = state->input;

	switch (key) {
	case OPTION_JSON:
		c->json = true;
		break;
	case OPTION_SCANNING_ONLY:
		c->options.scanning_only = true;
		break;
	case ARGP_KEY_ARG:
		if (c->period != NULL)
			argp_error(state, "one period, not '%s' as well", arg);
		c->period = arg;
		break;
	case ARGP_KEY_END:
		if (c->period == NULL)
			argp_error(state, "which period? Such as 2025Q3");
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static json_t *query(const struct finding_number *n)
{
	json_t *o, *list;

	if (n->database == NULL)
		return json_null();
	o = json_object();
	list = json_array();
	json_object_set_new(o, "database", json_string(n->database));
	json_object_set_new(o, "statement", jsonout_text(n->statement));
	for (size_t i = 0; i < n->parameter_count; i++) {
		const struct sensordb_value *v = &n->parameters[i];

		json_array_append_new(list, v->type == SENSORDB_INT
						? json_integer(v->number)
						: jsonout_text(v->text));
	}
	json_object_set_new(o, "parameters", list);
	return o;
}

static json_t *number(const struct finding_number *n)
{
	json_t *o = json_object();

	json_object_set_new(o, "name", jsonout_text(n->name));
	json_object_set_new(o, "value",
			    n->formula == NULL
				? json_integer((json_int_t)n->value)
				: jsonout_real(n->value));
	json_object_set_new(o, "query", query(n));
	json_object_set_new(o, "formula", jsonout_text(n->formula));
	return o;
}

static json_t *finding(const struct finding *f)
{
	json_t *o = json_object(), *text = json_object(), *list = json_array();

	json_object_set_new(text, "en", jsonout_text(f->text_en));
	json_object_set_new(text, "ja", jsonout_text(f->text_ja));
	for (size_t i = 0; i < f->number_count; i++)
		json_array_append_new(list, number(&f->numbers[i]));
	json_object_set_new(o, "id", jsonout_text(f->id));
	json_object_set_new(o, "kind", json_string(finding_kind_text(f->kind)));
	json_object_set_new(o, "text", text);
	json_object_set_new(o, "numbers", list);
	json_object_set_new(o, "confidence", json_string(f->confidence));
	json_object_set_new(o, "status", json_string(f->status));
	return o;
}

static int print_json(const struct traffic *t, const struct findings *f)
{
	json_t *doc = jsonout_document("findings"), *list = json_array();

	for (size_t i = 0; i < f->count; i++)
		json_array_append_new(list, finding(&f->list[i]));
	json_object_set_new(doc, "period", json_string(t->period.text));
	json_object_set_new(doc, "scanning_only",
			    json_boolean(t->scanning_only));
	json_object_set_new(doc, "findings", list);
	return jsonout_print(doc, stdout) < 0 ? EXIT_FAILED : EXIT_DONE;
}

static int print_text(const struct traffic *t, const struct findings *f)
{
	if (f->count == 0)
		log_note("nothing was found in %s", t->period.text);
	for (size_t i = 0; i < f->count; i++) {
		const struct finding *one = &f->list[i];

		printf("%s%s  (confidence %s, %s)\n  %s\n  %s\n",
		       i > 0 ? "\n" : "", one->id, one->confidence, one->status,
		       one->text_en, one->text_ja != NULL ? one->text_ja : "");
	}
	if (fflush(stdout) == 0 && !ferror(stdout))
		return EXIT_DONE;
	log_error("cannot write the result: %s", strerror(errno));
	return EXIT_FAILED;
}

static int list(const struct findings_command *c, const struct workspace *ws,
		struct sensordb *db, struct casefile *cf,
		const struct period *period)
{
	struct traffic t;
	struct findings f;
	int status = EXIT_FAILED;

	if (traffic_load(db, ws->config, period, &c->options, &t) < 0)
		return EXIT_FAILED;
	if (findings_list(&t, db, cf, &f) == 0) {
		status = c->json ? print_json(&t, &f) : print_text(&t, &f);
		findings_release(&f);
	}
	traffic_release(&t);
	return status;
}

/* Before the first scan there is no case database, and that is no error.
 * Returns -1, logged, when there is one that cannot be read. */
static int open_case(const struct workspace *ws, struct casefile **cf)
{
	char *path = workspace_path(ws, "martlet.db");
	bool there = access(path, F_OK) == 0;

	free(path);
	*cf = there ? casefile_open(ws, CASEFILE_READ) : NULL;
	return there && *cf == NULL ? -1 : 0;
}

int cmd_findings(const struct invocation *with, int argc, char **argv)
{
	static const struct argp argp = {
	    command_options,
	    read_option,
	    "PERIOD",
	    "What the data of a period say: sentences with the numbers behind "
	    "them, and the statement that made each number.",
	    NULL,
	    NULL,
	    NULL};
	struct findings_command c = {0};
	struct period period;
	struct workspace *ws;
	struct sensordb *db;
	struct casefile *cf = NULL;
	int status = EXIT_FAILED;

	argp_parse(&argp, argc, argv, 0, NULL, &c);
	if (period_parse_argument(c.period, &period) < 0)
		return EXIT_USAGE;
	ws = workspace_open(with);
	db = ws != NULL ? sensordb_open(ws) : NULL;
	if (db != NULL && open_case(ws, &cf) == 0)
		status = list(&c, ws, db, cf, &period);
	casefile_close(cf);
	sensordb_close(db);
	workspace_free(ws);
	return status;
}
