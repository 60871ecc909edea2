#include <argp.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "civil.h"
#include "exit_status.h"
#include "log.h"
#include "optout.h"
#include "optout_list.h"
#include "optoutbook.h"
#include "str.h"
#include "xalloc.h"
#include "answerable_commands.h"

#define DAY_S 86400

struct options {
	const char *words[2]; /* the action and the prefix */
	int count;
	struct optoutbook_row row;
	bool json, csv, history, due;
};

static const struct argp_option argp_options[] = {
    {"asked-by", 'a', "WHO", 0, "add: who asked for it", 0},
    {"verified", 'v', "HOW", 0,
     "add: how it was verified that they may ask for this prefix", 0},
    {"until", 'u', "DATE", 0,
     "add: when it shall be looked at again; nobody is taken off the list "
     "by a clock",
     0},
    {"note", 'n', "TEXT", 0, "add, remove: anything else worth keeping", 0},
    {"reason", 'r', "WHY", 0, "remove: why it may be probed again", 0},
    {"history", 'h', NULL, 0, "list: what was ever added and removed", 0},
    {"due", 'd', NULL, 0, "list: only entries whose --until is past", 0},
    {"json", 'j', NULL, 0, "list: one JSON document", 0},
    {"csv", 'c', NULL, 0, "list: CSV", 0},
    {0},
};

static error_t take_option(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	switch (key) {
	case 'a':
		o->row.asked_by = arg;
		break;
	case 'v':
		o->row.verified = arg;
		break;
	case 'u':
		o->row.until = arg;
		break;
	case 'n':
		o->row.note = arg;
		break;
	case 'r':
		o->row.reason = arg;
		break;
	case 'h':
		o->history = true;
		break;
	case 'd':
		o->due = true;
		break;
	case 'j':
		o->json = true;
		break;
	case 'c':
		o->csv = true;
		break;
	case ARGP_KEY_ARG:
		if (o->count == 2)
			argp_error(state, "one prefix at a time");
		o->words[o->count++] = arg;
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

/* --- what is wrong usage */

static int check_text(const char *option, const char *text)
{
	bool plain = str_is_utf8(text, strlen(text));

	for (const char *p = text; plain && *p != '\0'; p++)
		plain = (unsigned char)*p >= ' ' && *p != 0x7f;
	if (plain)
		return 0;
	log_error("%s is one line of UTF-8 text", option);
	return -1;
}

static int need(const char *option, const char *text, const char *why)
{
	if (text[strspn(text, " ")] != '\0')
		return check_text(option, text);
	log_error("opt-out needs %s: %s", option, why);
	return -1;
}

static int check_until(const char *text)
{
	int32_t day;

	if (*text == '\0')
		return 0;
	if (!civil_parse_day(text, &day)) {
		log_error("--until is a date such as 2027-03-31, not '%s'",
			  text);
		return -1;
	}
	if (day < (int32_t)(civil_now() / DAY_S)) {
		log_error("--until %s is past", text);
		return -1;
	}
	return 0;
}

static int read_prefix(struct options *o)
{
	if (o->count < 2) {
		log_error("opt-out %s needs an address or prefix", o->words[0]);
		return -1;
	}
	if (prefix_parse(o->words[1], &o->row.prefix))
		return 0;
	log_error("'%s' is not an address or prefix", o->words[1]);
	log_hint("such as 192.0.2.7 or 2001:db8::/32, without bits after the "
		 "length");
	return -1;
}

static int check_add(struct options *o)
{
	return read_prefix(o) < 0 ||
		       need("--asked-by", o->row.asked_by,
			    "an opt-out without its asker cannot be "
			    "asked about later") < 0 ||
		       need("--verified", o->row.verified,
			    "how you know that they may ask for this "
			    "prefix ('mail from the contact in whois', "
			    "'not verified')") < 0 ||
		       check_text("--note", o->row.note) < 0 ||
		       check_until(o->row.until) < 0
		   ? -1
		   : 0;
}

static int check_remove(struct options *o)
{
	return read_prefix(o) < 0 ||
		       need("--reason", o->row.reason,
			    "somebody asked not to be probed; say why "
			    "that is over") < 0 ||
		       check_text("--note", o->row.note) < 0
		   ? -1
		   : 0;
}

/* --- add and remove */

/* To make a list that should be there would let everybody else go that was
 * on it. */
static int check_present(const struct workspace *ws, const char *list,
			 const char *book)
{
	if (access(list, F_OK) == 0 ||
	    (!config_is_set(ws->config, "scope.opt_out") &&
	     access(book, F_OK) < 0))
		return 0;
	log_error("the opt-out list '%s' is not there", list);
	log_hint("bring it back, or make an empty file if nobody has opted "
		 "out; until then nobody is probed");
	return -1;
}

static char *comment_of(const struct optoutbook_row *row, const char *book)
{
	char time[CIVIL_TIME_TEXT];
	const char *slash = strrchr(book, '/');

	civil_format_time(row->time, time);
	return xalloc_printf("added %.10s%s%s, see %s", time,
			     *row->until != '\0' ? " until " : "", row->until,
			     slash != NULL ? slash + 1 : book);
}

/* The list first: whoever asked is off at once, whatever happens to the
 * register. */
static int add(const struct options *o, const char *list, const char *book)
{
	char *comment = comment_of(&o->row, book);
	char text[ADDR_TEXT_MAX + 4];
	struct optout now = {0};
	int added = optout_add(list, &o->row.prefix, comment);

	free(comment);
	if (added < 0)
		return -1;
	prefix_format(&o->row.prefix, text);
	if (optoutbook_add(book, &o->row) < 0) {
		log_hint("%s is on the list and is not probed; only the "
			 "record of who asked is missing: repeat the command",
			 text);
		return -1;
	}
	log_note("%s %s: a running scan starts no connection there later "
		 "than a second from now",
		 text, added > 0 ? "is on the list" : "was on the list");
	if (optout_read(list, &now) == 0 && now.broken > 0)
		log_warning("while that line stands in the list, nobody at "
			    "all is probed");
	optout_release(&now);
	return 0;
}

static void warn_covered(const char *list, const struct prefix *p)
{
	char text[ADDR_TEXT_MAX + 4], wide[ADDR_TEXT_MAX + 4];
	struct optout now = {0};

	if (optout_read(list, &now) == 0)
		for (size_t i = 0; i < now.count; i++)
			if (now.entries[i].prefix.length <= p->length &&
			    prefix_contains(&now.entries[i].prefix, &p->base))
				log_warning(
				    "%s is still not probed: it is in %s "
				    "(line %d)",
				    prefix_format(p, text),
				    prefix_format(&now.entries[i].prefix, wide),
				    now.entries[i].line);
	optout_release(&now);
}

static bool is_listed(const char *list, const struct prefix *p, bool *failed)
{
	struct optout now = {0};
	bool found = false;

	*failed = optout_read(list, &now) < 0;
	for (size_t i = 0; i < now.count; i++)
		found |=
		    now.entries[i].prefix.length == p->length &&
		    addr_compare(&now.entries[i].prefix.base, &p->base) == 0;
	optout_release(&now);
	return found;
}

/* The register first: nobody is probed again without a recorded reason. */
static int take_off(const struct options *o, const char *list, const char *book)
{
	char text[ADDR_TEXT_MAX + 4], time[CIVIL_TIME_TEXT], *note;
	bool failed;
	int lines;

	prefix_format(&o->row.prefix, text);
	if (!is_listed(list, &o->row.prefix, &failed)) {
		if (!failed)
			log_error("%s is not on the list '%s'", text, list);
		warn_covered(list, &o->row.prefix);
		return -1;
	}
	if (optoutbook_add(book, &o->row) < 0)
		return -1;
	civil_format_time(o->row.time, time);
	note = xalloc_printf("removed %.10s", time);
	lines = optout_remove(list, &o->row.prefix, note);
	free(note);
	if (lines < 0)
		return -1;
	log_note("%s is off the list; its line is now a comment", text);
	warn_covered(list, &o->row.prefix);
	return 0;
}

static int
change(const struct workspace *ws, const struct options *o, const char *list,
       int (*edit)(const struct options *, const char *, const char *))
{
	char *book = optoutbook_path(list);
	int lock = optout_lock(list), rc = -1;

	if (lock >= 0 && check_present(ws, list, book) == 0)
		rc = edit(o, list, book);
	if (lock >= 0)
		close(lock);
	free(book);
	return rc;
}

/* --- the command */

static int run(const struct invocation *with, const struct options *o)
{
	struct workspace *ws = workspace_open(with);
	int rc = -1;
	char *list;

	if (ws == NULL)
		return EXIT_FAILED;
	list = optout_path(ws);
	if (strcmp(o->words[0], "add") == 0)
		rc = change(ws, o, list, add);
	else if (strcmp(o->words[0], "remove") == 0)
		rc = change(ws, o, list, take_off);
	else
		rc = optout_list_print(list,
				       o->json  ? OPTOUT_LIST_JSON
				       : o->csv ? OPTOUT_LIST_CSV
						: OPTOUT_LIST_TABLE,
				       (o->history ? OPTOUT_LIST_HISTORY : 0) |
					   (o->due ? OPTOUT_LIST_DUE : 0));
	free(list);
	workspace_free(ws);
	return rc == 0 ? EXIT_DONE : EXIT_FAILED;
}

/* What would be lost without a word. */
static int check_unused(const struct options *o)
{
	bool add = strcmp(o->row.action, "add") == 0;
	bool take_off = strcmp(o->row.action, "remove") == 0;
	const struct {
		const char *option;
		bool given, fits;
	} options[] = {
	    {"--asked-by", *o->row.asked_by != '\0', add},
	    {"--verified", *o->row.verified != '\0', add},
	    {"--until", *o->row.until != '\0', add},
	    {"--reason", *o->row.reason != '\0', take_off},
	    {"--note", *o->row.note != '\0', add || take_off},
	    {"--history", o->history, !add && !take_off},
	    {"--due", o->due, !add && !take_off},
	    {"--json", o->json, !add && !take_off},
	    {"--csv", o->csv, !add && !take_off},
	};

	for (size_t i = 0; i < ARRAY_LEN(options); i++) {
		if (!options[i].given || options[i].fits)
			continue;
		log_error("opt-out %s has no %s", o->row.action,
			  options[i].option);
		return -1;
	}
	return 0;
}

static int check(struct options *o)
{
	const char *action = o->words[0];

	if (action == NULL) {
		log_error("say what to do: opt-out add, remove or list");
		return -1;
	}
	o->row.action = action;
	if (strcmp(action, "add") == 0)
		return check_unused(o) < 0 ? -1 : check_add(o);
	if (strcmp(action, "remove") == 0)
		return check_unused(o) < 0 ? -1 : check_remove(o);
	if (strcmp(action, "list") != 0 || o->count > 1) {
		log_error("opt-out cannot '%s%s%s': it knows add PREFIX, "
			  "remove PREFIX and list",
			  action, o->count > 1 ? " " : "",
			  o->count > 1 ? o->words[1] : "");
		return -1;
	}
	if (o->json && o->csv) {
		log_error("--json and --csv exclude each other");
		return -1;
	}
	return check_unused(o);
}

int cmd_opt_out(const struct invocation *with, int argc, char **argv)
{
	static const struct argp argp = {
	    argp_options,
	    take_option,
	    "add PREFIX --asked-by WHO --verified HOW [--until DATE]\n"
	    "remove PREFIX --reason WHY\n"
	    "list [--history] [--due]",
	    "Who asked not to be probed. The list is a plain file "
	    "(scope.opt_out, opt-out.txt) that may be edited by hand as well; "
	    "a running scan obeys a change within a second. Who asked, how "
	    "that was verified, when, and why an entry was removed stands in "
	    "opt-out.csv beside it.\v"
	    "A removed line stays in the list as a comment. After its --until "
	    "an entry is still obeyed; list shows that it is due.",
	    NULL,
	    NULL,
	    NULL};
	struct options o = {.row = {.time = civil_now(),
				    .until = "",
				    .asked_by = "",
				    .verified = "",
				    .reason = "",
				    .note = ""}};

	argp_parse(&argp, argc, argv, 0, NULL, &o);
	return check(&o) < 0 ? EXIT_USAGE : run(with, &o);
}
