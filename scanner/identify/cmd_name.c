#include <argp.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "casefile_again.h"
#include "civil.h"
#include "exit_status.h"
#include "lists.h"
#include "log.h"
#include "str.h"
#include "xalloc.h"
#include "identify_commands.h"
#include "name_list.h"
#include "named.h"
#include "reidentify.h"
#include "shape.h"

struct options {
	const char *page_class;
	const char *vendor, *product, *version, *device;
	bool list, unnamed, json, csv, remove;
};

enum { KEY_VERSION = 256 };

static const struct argp_option argp_options[] = {
    {"vendor", 'v', "TEXT", 0, "who makes it", 0},
    {"product", 'p', "TEXT", 0, "what it is called", 0},
    {"version", KEY_VERSION, "TEXT", 0,
     "its version, when all pages of the class have one", 0},
    {"device", 'd', "TYPE", 0,
     "what kind of device it is, such as recorder or router", 0},
    {"list", 'l', NULL, 0, "list the names that were given", 0},
    {"unnamed", 'u', NULL, 0,
     "with --list: the classes known by their software at most", 0},
    {"remove", 'r', NULL, 0, "take the name of the class back", 0},
    {"json", 'j', NULL, 0, "with --list: one JSON document", 0},
    {"csv", 'c', NULL, 0, "with --list: CSV", 0},
    {0},
};

static error_t take_option(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	switch (key) {
	case 'v':
		o->vendor = arg;
		return 0;
	case 'p':
		o->product = arg;
		return 0;
	case KEY_VERSION:
		o->version = arg;
		return 0;
	case 'd':
		o->device = arg;
		return 0;
	case 'l':
		o->list = true;
		return 0;
	case 'u':
		o->unnamed = true;
		return 0;
	case 'r':
		o->remove = true;
		return 0;
	case 'j':
		o->json = true;
		return 0;
	case 'c':
		o->csv = true;
		return 0;
	case ARGP_KEY_ARG:
		if (o->page_class != NULL)
			argp_usage(state);
		o->page_class = arg;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* --- are the words right? */

static bool is_text(const char *option, const char *text)
{
	char *shown;

	if (text == NULL || named_is_text(text))
		return true;
	shown = str_vis(text, strlen(text), 80);
	log_error("--%s '%s' cannot be a name", option, shown);
	log_hint("one line of UTF-8, at most 200 bytes, without { and }");
	free(shown);
	return false;
}

static bool is_device(const char *text)
{
	struct buf all;

	if (text == NULL || device_type_from(text) >= 0)
		return true;
	buf_init(&all, BUF_NO_LIMIT);
	for (int i = 0; i < (int)DEVICE_TYPE_COUNT; i++)
		buf_printf(&all, "%s%s", i > 0 ? ", " : "",
			   device_type_text((enum device_type)i));
	log_error("there is no device type '%s'", text);
	log_hint("there are: %s", buf_text(&all));
	buf_release(&all);
	return false;
}

static bool are_options_right(const struct options *o)
{
	bool names = o->vendor != NULL || o->product != NULL ||
		     o->version != NULL || o->device != NULL;

	if (o->list + o->remove + names > 1 ||
	    o->list == (o->page_class != NULL) || (o->unnamed && !o->list) ||
	    ((o->json || o->csv) && !o->list) || (o->json && o->csv)) {
		log_error("name needs a PAGE-CLASS and what it is called, or "
			  "--remove, or --list alone");
		log_hint("such as: martlet name p2-... --vendor Example "
			 "--product NVR-100 --device recorder");
		return false;
	}
	if (o->page_class != NULL && !o->remove && o->vendor == NULL &&
	    o->product == NULL) {
		log_error("a name needs --vendor or --product");
		return false;
	}
	return is_text("vendor", o->vendor) && is_text("product", o->product) &&
	       is_text("version", o->version) && is_device(o->device);
}

/* --- naming */

struct wanted {
	const char *page_class;
	char *source; /* NULL: it is not there */
};

/* What the name stands on, for who reads the file: not where it was seen. */
static int find_evidence(const struct casefile_class *c, void *arg)
{
	char time[CIVIL_TIME_TEXT];
	struct wanted *w = arg;
	struct buf b;

	if (strcmp(c->page_class, w->page_class) != 0)
		return 0;
	buf_init(&b, BUF_NO_LIMIT);
	buf_printf(&b, "page seen at %" PRId64 " address%s, last at %s",
		   c->addresses, c->addresses == 1 ? "" : "es",
		   civil_format_time(c->observed_ms / 1000, time));
	if (c->title != NULL)
		buf_printf(&b, "; title \"%.200s\"", c->title);
	if (c->server != NULL)
		buf_printf(&b, "; server \"%.200s\"", c->server);
	w->source = buf_detach(&b);
	if (c->vendors > 1)
		log_warning("services of this page class were recognised as "
			    "devices of %" PRId64 " vendors until now: your "
			    "name replaces them; --remove takes it back",
			    c->vendors);
	return 1;
}

static void note_change(const struct named *old)
{
	if (old == NULL)
		return;
	log_note("%s was %s%s%s before", old->page_class,
		 old->vendor != NULL ? old->vendor : "",
		 old->vendor != NULL && old->product != NULL ? " " : "",
		 old->product != NULL ? old->product : "");
}

/* Changes the list; returns -1, logged, when there is nothing to change. */
static int change(struct casefile *cf, const struct options *o,
		  struct named_list *names)
{
	bool typed = o->device != NULL && strcmp(o->device, "unknown") != 0;
	struct wanted w = {o->page_class, NULL};
	struct named one = {
	    .page_class = (char *)o->page_class,
	    .vendor = (char *)o->vendor,
	    .product = (char *)o->product,
	    .version = (char *)o->version,
	    .device_type = typed ? (char *)o->device : NULL,
	};

	if (o->remove) {
		if (named_remove(names, o->page_class))
			return 0;
		log_error("the page class '%s' has no name", o->page_class);
		log_hint("'martlet name --list' lists those that have one");
		return -1;
	}
	if (casefile_each_class(cf, find_evidence, &w) < 0)
		return -1;
	if (w.source == NULL) {
		log_error("the case database has no page class '%s'",
			  o->page_class);
		name_list_hints(cf, o->page_class);
		return -1;
	}
	if (!str_starts(o->page_class, SHAPE_VERSION)) {
		log_error("the page class '%s' was made by an older martlet",
			  o->page_class);
		log_hint("'martlet fingerprint apply' makes the classes of "
			 "what is stored anew; then name the new one");
		free(w.source);
		return -1;
	}
	one.source = w.source;
	note_change(named_find(names, o->page_class));
	named_set(names, &one);
	free(w.source);
	return 0;
}

static int look_again(const struct workspace *ws, struct casefile *cf,
		      const char *page_class)
{
	struct fingerprints *f = fingerprints_load(ws);
	struct reidentify_result r;
	int rc = f != NULL ? reidentify_run(cf, f, page_class, &r) : -1;

	if (rc == 0)
		log_note("%" PRId64 " of %" PRId64 " stored services of this "
			 "page class are recognised as something else now",
			 r.named, r.seen);
	else if (f != NULL)
		log_hint("the name is stored; 'martlet fingerprint apply' "
			 "looks at what was scanned again");
	fingerprints_free(f);
	return rc;
}

static int run_change(const struct workspace *ws, const struct options *o)
{
	struct casefile *cf = casefile_exists(ws)
				  ? casefile_open(ws, CASEFILE_WRITE)
				  : casefile_open(ws, CASEFILE_READ);
	struct named_list names = {0};
	int lock = cf != NULL ? named_lock(ws) : -1, rc = -1;

	if (lock >= 0 && named_load(ws, &names) == 0 &&
	    change(cf, o, &names) == 0)
		rc = named_store(ws, &names);
	if (lock >= 0)
		close(lock);
	if (rc == 0)
		rc = look_again(ws, cf, o->page_class);
	named_release(&names);
	casefile_close(cf);
	return rc;
}

static int run_list(const struct workspace *ws, const struct options *o)
{
	struct casefile *cf = NULL;
	struct named_list names;
	int rc = -1;

	if (casefile_exists(ws)) {
		cf = casefile_open(ws, CASEFILE_READ);
		if (cf == NULL)
			return -1;
	}
	if (named_load(ws, &names) == 0)
		rc = name_list_print(cf, &names, o->unnamed,
				     o->json  ? NAME_JSON
				     : o->csv ? NAME_CSV
					      : NAME_TABLE);
	named_release(&names);
	casefile_close(cf);
	return rc;
}

int cmd_name(const struct invocation *with, int argc, char **argv)
{
	static const struct argp argp = {
	    argp_options,
	    take_option,
	    "PAGE-CLASS --vendor TEXT --product TEXT\nPAGE-CLASS --remove\n"
	    "--list [--unnamed]",
	    "Names a page class: pages of one structure, whatever their "
	    "language, site and version. The name is kept as a fingerprint in "
	    "fingerprints/named.xml of the workspace, and what was scanned "
	    "already is looked at again without asking anybody.\v"
	    "'martlet name --list --unnamed' lists the classes that are "
	    "known by their software at most (nginx, but not whose device it "
	    "is), those of most addresses first, with an example of each, "
	    "which 'martlet show ADDRESS' shows. A scan that runs meanwhile "
	    "knows the name when it starts next; 'martlet fingerprint apply' "
	    "catches up with what it found.",
	    NULL,
	    NULL,
	    NULL};
	struct options o = {0};
	struct workspace *ws;
	int rc;

	argp_parse(&argp, argc, argv, 0, NULL, &o);
	if (!are_options_right(&o))
		return EXIT_USAGE;
	ws = workspace_open(with);
	if (ws == NULL)
		return EXIT_FAILED;
	rc = o.list ? run_list(ws, &o) : run_change(ws, &o);
	workspace_free(ws);
	return rc == 0 ? EXIT_DONE : EXIT_FAILED;
}
