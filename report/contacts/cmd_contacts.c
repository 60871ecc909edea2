#include <argp.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "casefile.h"
#include "civil.h"
#include "compiler.h"
#include "exit_status.h"
#include "location.h"
#include "log.h"
#include "outfile.h"
#include "sensordb.h"
#include "xalloc.h"
#include "contacts.h"
#include "contacts_commands.h"
#include "contacts_print.h"

struct contacts_options {
	const char *period, *since;
	bool json, csv, init;
};

enum { OPTION_JSON = 256, OPTION_CSV, OPTION_SINCE, OPTION_INIT };

static const struct argp_option contacts_options[] = {
    {"json", OPTION_JSON, NULL, 0, "one JSON document", 0},
    {"csv", OPTION_CSV, NULL, 0, "a row for each address", 0},
    {"since", OPTION_SINCE, "DATE", 0,
     "only what was seen on DATE (2025-09-01) or later", 0},
    {"init-book", OPTION_INIT, NULL, 0,
     "write a contact book to fill in, and stop", 0},
    {0},
};

static error_t read_option(int key, char *arg, struct argp_state *state)
{
	struct contacts_options *o = state->input;

	switch (key) {
	case OPTION_JSON:
		o->json = true;
		break;
	case OPTION_CSV:
		o->csv = true;
		break;
	case OPTION_SINCE:
		o->since = arg;
		break;
	case OPTION_INIT:
		o->init = true;
		break;
	case ARGP_KEY_ARG:
		if (o->period != NULL)
			argp_error(state, "one period, not '%s' as well", arg);
		o->period = arg;
		break;
	case ARGP_KEY_END:
		if (o->period == NULL && !o->init)
			argp_error(state, "which period? Such as 2025Q3");
		if (o->json && o->csv)
			argp_error(state, "--json or --csv, not both");
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static int init_book(const char *path)
{
	struct outfile *f;

	if (access(path, F_OK) == 0) {
		log_error("there is a contact book already: '%s'", path);
		log_hint("edit it; it is not written again");
		return -1;
	}
	f = outfile_open(path, 0600);
	if (f == NULL)
		return -1;
	contact_book_write_template(outfile_stream(f));
	if (outfile_commit(f) < 0)
		return -1;
	log_note("wrote '%s'; fill in who is responsible for what", path);
	return 0;
}

/* 0600: addresses of victims and their devices. */
static int write_file(const struct workspace *ws, const struct contacts *c,
		      const struct contacts_options *o,
		      const struct period *period, bool json)
{
	char *name = xalloc_printf(
	    "contacts%s%s.%s", o->since != NULL ? "-since-" : "",
	    o->since != NULL ? o->since : "", json ? "json" : "csv");
	char *path = workspace_output(ws, period->text, name);
	struct outfile *f = path != NULL ? outfile_open(path, 0600) : NULL;
	int rc = -1;

	if (f != NULL && json)
		rc = contacts_print_json(c, period->text, outfile_stream(f));
	if (f != NULL && !json) {
		contacts_print_csv(c, outfile_stream(f));
		rc = 0;
	}
	if (f != NULL && rc == 0)
		rc = outfile_commit(f);
	else
		outfile_discard(f);
	free(name);
	free(path);
	return rc;
}

/* Readers work on read-only media, too: what is printed is then all. */
static bool is_read_only(const struct workspace *ws,
			 const struct period *period)
{
	char *inner = xalloc_printf("%s/out/%s", ws->directory, period->text);
	char *outer = xalloc_printf("%s/out", ws->directory);
	const char *const places[] = {inner, outer, ws->directory};
	bool refused = false;

	for (size_t i = 0; i < ARRAY_LEN(places); i++) {
		if (access(places[i], W_OK) == 0)
			break;
		if (errno == ENOENT)
			continue;
		refused = errno == EROFS || errno == EACCES;
		break;
	}
	free(inner);
	free(outer);
	return refused;
}

static int show(const struct workspace *ws, const struct contacts *c,
		const struct contacts_options *o, const struct period *period)
{
	if (c->count == 0)
		log_note("no address of %s is for a contact list",
			 period->text);
	if (o->json) {
		if (contacts_print_json(c, period->text, stdout) < 0)
			return -1;
	} else if (o->csv) {
		contacts_print_csv(c, stdout);
	} else if (c->count > 0) {
		contacts_print_table(c, stdout);
	}
	if (fflush(stdout) != 0) {
		log_error("cannot write the list: %s", strerror(errno));
		return -1;
	}
	if (is_read_only(ws, period)) {
		log_warning("'%s' cannot be written to, so there are no "
			    "contacts.csv and contacts.json in it",
			    ws->directory);
		log_hint("--csv and --json print the same to a file of yours; "
			 "it is %s, so keep it to yourself (umask 077)",
			 CONTACTS_TLP);
		return 0;
	}
	if (write_file(ws, c, o, period, false) < 0 ||
	    write_file(ws, c, o, period, true) < 0)
		return -1;
	log_note("wrote contacts%s%s.csv and .json to '%s/out/%s' (%s)",
		 o->since != NULL ? "-since-" : "",
		 o->since != NULL ? o->since : "", ws->directory, period->text,
		 CONTACTS_TLP);
	return 0;
}

/* Before the first scan there is no case database, and that is no error. */
static int open_case(const struct workspace *ws, struct contacts_input *in)
{
	char *path = workspace_path(ws, "martlet.db");
	bool there = access(path, F_OK) == 0;

	free(path);
	if (!there)
		log_note("nothing was probed yet: 'martlet scan PERIOD' tells "
			 "what the addresses are");
	else
		in->cf = casefile_open(ws, CASEFILE_READ);
	return there && in->cf == NULL ? -1 : 0;
}

static int list(const struct workspace *ws, const struct contacts_options *o,
		const struct period *period, struct contact_book *book)
{
	const char *named = config_text(ws->config, "reference.location");
	struct contacts_input in = {.book = book, .period = period};
	struct contacts contacts = {0};
	int32_t day;
	int rc = -1;

	in.now = civil_now();
	in.db = sensordb_open(ws);
	if (in.db == NULL || open_case(ws, &in) < 0)
		goto out;
	if (o->since != NULL && civil_parse_day(o->since, &day))
		in.since = zone_day_start(sensordb_zone(in.db), day);
	in.location = location_open(named);
	if (in.location == NULL && *named != '\0')
		goto out;
	if (contacts_load(&in, &contacts) == 0)
		rc = show(ws, &contacts, o, period);
out:
	contacts_release(&contacts);
	location_free(in.location);
	casefile_close(in.cf);
	sensordb_close(in.db);
	return rc;
}

static int run(const struct workspace *ws, const struct contacts_options *o,
	       const struct period *period)
{
	char *path =
	    workspace_path(ws, config_text(ws->config, "contacts.book"));
	struct contact_book *book;
	int rc = -1;

	if (o->init) {
		rc = init_book(path);
	} else if ((book = contact_book_read(path)) != NULL) {
		rc = list(ws, o, period, book);
		contact_book_free(book);
	}
	free(path);
	return rc;
}

int cmd_contacts(const struct invocation *with, int argc, char **argv)
{
	static const struct argp argp = {
	    contacts_options,
	    read_option,
	    "PERIOD",
	    "Lists whom to tell about which address: the contact book of the "
	    "workspace, what each address sent and when, and what it is. "
	    "Writes contacts.csv and contacts.json to out/PERIOD, too; on a "
	    "disk that is read-only it prints the list and warns.",
	    NULL,
	    NULL,
	    NULL};
	struct contacts_options o = {0};
	struct period period;
	struct workspace *ws;
	int32_t day;
	int status = EXIT_FAILED;

	argp_parse(&argp, argc, argv, 0, NULL, &o);
	if (!o.init && period_parse_argument(o.period, &period) < 0)
		return EXIT_USAGE;
	if (o.since != NULL && !civil_parse_day(o.since, &day)) {
		log_error("--since: a day such as 2025-09-01, not '%s'",
			  o.since);
		return EXIT_USAGE;
	}
	ws = workspace_open(with);
	if (ws != NULL && run(ws, &o, &period) == 0)
		status = EXIT_DONE;
	workspace_free(ws);
	return status;
}
