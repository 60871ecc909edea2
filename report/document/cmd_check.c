#include <argp.h>
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "exit_status.h"
#include "jsonout.h"
#include "leak_files.h"
#include "leak_slots.h"
#include "lint.h"
#include "log.h"
#include "outfile.h"
#include "output.h"
#include "period.h"
#include "str.h"
#include "xalloc.h"
#include "document_commands.h"

#define FILE_MAX (64u << 20)
#define DEPTH_MAX 3 /* out/PERIOD/data and what an author may add below */

struct check_options {
	char **what;
	size_t count;
	bool json;
};

struct check {
	struct leak_gate *gate;
	struct output *output; /* of the period being checked, or NULL */
	struct faults faults;
	size_t files;
};

struct fault_place {
	struct faults *faults;
	const char *file;
};

static const struct argp_option check_argp_options[] = {
    {"json", 'j', 0, 0, "One JSON document", 0},
    {0},
};

static error_t check_option(int key, char *arg, struct argp_state *state)
{
	struct check_options *o = state->input;

	if (key == 'j') {
		o->json = true;
	} else if (key == ARGP_KEY_ARG) {
		o->what[o->count++] = arg;
	} else if (key == ARGP_KEY_END && o->count == 0) {
		argp_error(state, "check what? A period such as 2025Q3, or "
				  "a file");
	} else {
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static void add_fault(void *arg, int line, const char *what)
{
	struct fault_place *place = arg;

	leak_files_add(place->faults, place->file, line, "lint", what);
}

static bool ends_with(const char *text, const char *tail)
{
	size_t len = strlen(text), tail_len = strlen(tail);

	return len >= tail_len && strcmp(text + len - tail_len, tail) == 0;
}

static int lint_file(struct check *c, const char *path)
{
	struct fault_place place = {&c->faults, path};
	char *text = outfile_read(path, FILE_MAX, NULL);

	if (text == NULL)
		return -1;
	lint_markdown(text, add_fault, &place);
	free(text);
	return 0;
}

static int check_file(struct check *c, const char *path, bool author)
{
	c->files++;
	if (leak_files_read(c->gate, path, author, &c->faults) < 0)
		return -1;
	if (ends_with(path, ".md") && strstr(path, "notes/") == NULL)
		return lint_file(c, path);
	return 0;
}

/* Files of mode 0600 are internal (TLP:AMBER and stricter), unless their
 * name says that they are to be published. */
static bool is_public(const char *name, mode_t mode)
{
	return (mode & 0077) != 0 || str_starts(name, "report.") ||
	       str_starts(name, "fig-") || str_starts(name, "data/");
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Names in a directory, sorted; NULL-terminated, owned. */
static char **list_names(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *entry;
	char **names = NULL;
	size_t count = 0, cap = 0;

	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		xalloc_room((void **)&names, &cap, count + 1, sizeof(*names));
		names[count++] = xalloc_string(entry->d_name);
	}
	if (dir == NULL) {
		log_error("cannot read '%s': %s", path, strerror(errno));
		return NULL;
	}
	closedir(dir);
	xalloc_room((void **)&names, &cap, count, sizeof(*names));
	names[count] = NULL;
	if (count > 1)
		qsort(names, count, sizeof(*names), by_name);
	return names;
}

static int check_entry(struct check *c, const char *directory,
		       const char *inside, const char *name, int depth);

/* @inside: the path below out/PERIOD so far, "" or "data/"; NULL: notes. */
static int check_directory(struct check *c, const char *path,
			   const char *inside, int depth)
{
	char **names = list_names(path);
	int rc = names != NULL ? 0 : -1;

	for (size_t i = 0; names != NULL && names[i] != NULL; i++) {
		if (rc == 0)
			rc = check_entry(c, path, inside, names[i], depth);
		free(names[i]);
	}
	free(names);
	return rc;
}

static int check_entry(struct check *c, const char *directory,
		       const char *inside, const char *name, int depth)
{
	char *path = xalloc_printf("%s/%s", directory, name);
	char *below = xalloc_printf("%s%s", inside != NULL ? inside : "", name);
	struct stat st;
	int rc = 0;

	if (stat(path, &st) != 0) {
		log_error("cannot read '%s': %s", path, strerror(errno));
		rc = -1;
	} else if (S_ISDIR(st.st_mode) && depth < DEPTH_MAX) {
		char *deeper = xalloc_printf("%s/", below);

		rc = check_directory(c, path, inside != NULL ? deeper : NULL,
				     depth + 1);
		free(deeper);
	} else if (S_ISREG(st.st_mode) &&
		   (inside == NULL || is_public(below, st.st_mode))) {
		bool author =
		    inside == NULL ||
		    (c->output != NULL && output_is_edited(c->output, below));

		rc = check_file(c, path, author);
	}
	free(path);
	free(below);
	return rc;
}

static int check_period(struct check *c, const struct workspace *ws,
			const struct period *p)
{
	char *out_name = xalloc_printf("out/%s", p->text);
	char *notes_name = xalloc_printf("notes/%s", p->text);
	char *out = workspace_path(ws, out_name);
	char *notes = workspace_path(ws, notes_name);
	int rc = 0;

	if (access(out, F_OK) != 0) {
		log_error("there is no report of %s: '%s' is not there",
			  p->text, out);
		log_hint("make it with 'martlet report %s'", p->text);
		rc = -1;
	}
	if (rc == 0)
		rc = leak_slots_add(c->gate, ws, p);
	if (rc == 0 && access(notes, F_OK) == 0)
		rc = check_directory(c, notes, NULL, 0);
	if (rc == 0) {
		c->output = output_open(ws, p->text);
		rc = c->output != NULL ? check_directory(c, out, "", 0) : -1;
		output_free(c->output);
		c->output = NULL;
	}
	free(out_name);
	free(notes_name);
	free(out);
	free(notes);
	return rc;
}

static int check_one(struct check *c, const struct workspace *ws,
		     const char *what)
{
	struct period p;

	if (access(what, F_OK) == 0)
		return check_file(c, what, true);
	if (period_parse(what, &p))
		return check_period(c, ws, &p);
	log_error("'%s' is neither a file nor a period", what);
	log_hint("write a period such as 2025Q3, or the path of a file");
	return -1;
}

static int print_result(const struct check *c, bool json)
{
	json_t *doc;

	if (!json) {
		leak_files_print(&c->faults, stdout);
		log_note("%zu file%s checked, %zu found", c->files,
			 c->files == 1 ? "" : "s", c->faults.count);
		return 0;
	}
	doc = jsonout_document("check");
	json_object_set_new(doc, "files", json_integer((json_int_t)c->files));
	json_object_set(doc, "faults", c->faults.list);
	return jsonout_print(doc, stdout);
}

static int run_check(const struct workspace *ws, const struct check_options *o)
{
	struct check c = {.gate = leak_open(ws)};
	int rc = c.gate != NULL ? 0 : -1;

	leak_files_init(&c.faults);
	for (size_t i = 0; rc == 0 && i < o->count; i++)
		rc = check_one(&c, ws, o->what[i]);
	if (rc == 0)
		rc = print_result(&c, o->json);
	if (rc == 0 && c.faults.count > 0)
		rc = EXIT_FOUND;
	leak_files_release(&c.faults);
	leak_free(c.gate);
	return rc < 0 ? EXIT_FAILED : rc;
}

int cmd_check(const struct invocation *with, int argc, char **argv)
{
	static const struct argp argp = {
	    check_argp_options,
	    check_option,
	    "PERIOD|FILE...",
	    "Looks for what must not be public (addresses in any spelling, "
	    "names that the case database knows) and for faults of an "
	    "article, in the notes and the public files of a period, or in "
	    "one file.\v"
	    "Prints FILE:LINE: KIND: and only the first characters of what it "
	    "found. Exit status 3 when it found something.",
	    NULL,
	    NULL,
	    NULL};
	struct check_options o = {0};
	struct workspace *ws;
	int status = EXIT_FAILED;

	o.what = xalloc_zero((size_t)argc, sizeof(*o.what));
	argp_parse(&argp, argc, argv, 0, NULL, &o);
	ws = workspace_open(with);
	if (ws != NULL)
		status = run_check(ws, &o);
	workspace_free(ws);
	free(o.what);
	return status;
}
