#include <argp.h>
#include <inttypes.h>
#include <stdio.h>

#include "exit_status.h"
#include "jsonout.h"
#include "casefile_commands.h"
#include "casefile_merge.h"

struct merge_options {
	char **files; /* borrowed */
	int count;
	bool json;
};

static error_t merge_option(int key, char *arg, struct argp_state *state)
{
	struct merge_options *o = state->input;

	(void)arg;
	switch (key) {
	case 'j':
		o->json = true;
		break;
	case ARGP_KEY_ARGS:
		o->files = state->argv + state->next;
		o->count = state->argc - state->next;
		break;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "name the martlet.db of another workspace");
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static void add_json(json_t *list, const char *file,
		     const struct casefile_merged *m)
{
	json_array_append_new(
	    list,
	    json_pack("{s:o, s:I, s:I, s:I, s:I, s:I}", "file",
		      jsonout_text(file), "probers", (json_int_t)m->probers,
		      "scans", (json_int_t)m->scans, "addresses",
		      (json_int_t)m->addresses, "probes", (json_int_t)m->probes,
		      "known", (json_int_t)m->known));
}

static int merge_all(struct casefile *cf, const struct merge_options *o,
		     json_t *list)
{
	struct casefile_merged m;

	/* One wrong name must not leave half of the work done. */
	for (int i = 0; i < o->count; i++)
		if (casefile_merge_check(cf, o->files[i]) < 0)
			return -1;
	for (int i = 0; i < o->count; i++) {
		if (casefile_merge(cf, o->files[i], &m) < 0)
			return -1;
		if (o->json)
			add_json(list, o->files[i], &m);
		else
			printf("%s: %" PRId64 " probes of %" PRId64
			       " scans added, %" PRId64 " new addresses; "
			       "%" PRId64 " probes known before\n",
			       o->files[i], m.probes, m.scans, m.addresses,
			       m.known);
	}
	return 0;
}

static int run(const struct workspace *ws, const struct merge_options *o)
{
	struct casefile *cf = casefile_open(ws, CASEFILE_WRITE);
	json_t *list = json_array(), *document;
	int status = EXIT_FAILED;

	if (cf != NULL && merge_all(cf, o, list) == 0)
		status = EXIT_DONE;
	casefile_close(cf);
	if (status == EXIT_DONE && o->json) {
		document = jsonout_document("merge");
		json_object_set(document, "merged", list);
		if (jsonout_print(document, stdout) < 0)
			status = EXIT_FAILED;
	}
	json_decref(list);
	return status;
}

int cmd_merge(const struct invocation *with, int argc, char **argv)
{
	static const struct argp_option options[] = {
	    {"json", 'j', NULL, 0, "What was added, as JSON", 0}, {0}};
	static const struct argp argp = {
	    options,
	    merge_option,
	    "OTHER-MARTLET.DB...",
	    "Takes what other probing hosts found ('scan --shard') into the "
	    "case database of this workspace. Merging again changes nothing. "
	    "Each file is taken as a whole or not at all, and is not changed.",
	    NULL,
	    NULL,
	    NULL};
	struct merge_options o = {0};
	struct workspace *ws;
	int status;

	argp_parse(&argp, argc, argv, 0, NULL, &o);
	ws = workspace_open(with);
	if (ws == NULL)
		return EXIT_FAILED;
	status = run(ws, &o);
	workspace_free(ws);
	return status;
}
