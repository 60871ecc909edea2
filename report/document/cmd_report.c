#include <argp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "article.h"
#include "casefile.h"
#include "exit_status.h"
#include "findings.h"
#include "leak_files.h"
#include "leak_slots.h"
#include "log.h"
#include "model.h"
#include "outfile.h"
#include "output.h"
#include "str.h"
#include "traffic.h"
#include "xalloc.h"
#include "document_commands.h"

#define LANGUAGES_MAX 4
#define LANGUAGE_TEXT 8

struct report_options {
	struct period period;
	bool has_period, scanning_only;
	char langs[LANGUAGES_MAX][LANGUAGE_TEXT];
	int lang_count;
};

/* One run of the command. */
struct report {
	const struct report_options *options;
	struct workspace *ws;
	struct model model;
	struct leak_gate *gate;
	struct output *output;
	struct faults faults;
};

/* One language of it. */
struct edition {
	const char *lang;
	struct library *library;
	struct article article;
};

static const struct argp_option report_argp_options[] = {
    {"lang", 'l', "LANG,...", 0, "Languages to write (default en)", 0},
    {"scanning-only", 's', 0, 0,
     "Leave out answers to forged requests (backscatter)", 0},
    {0},
};

static int read_languages(struct report_options *o, const char *text)
{
	o->lang_count = 0;
	while (*text != '\0') {
		size_t len = strcspn(text, ",");

		if (len != 2 ||
		    strspn(text, "abcdefghijklmnopqrstuvwxyz") < 2 ||
		    o->lang_count == LANGUAGES_MAX)
			return -1;
		memcpy(o->langs[o->lang_count], text, len);
		o->langs[o->lang_count++][len] = '\0';
		text += len + (text[len] == ',');
	}
	return o->lang_count > 0 ? 0 : -1;
}

static error_t report_option(int key, char *arg, struct argp_state *state)
{
	struct report_options *o = state->input;

	if (key == 'l') {
		if (read_languages(o, arg) < 0)
			argp_error(state, "languages are written en or en,ja");
	} else if (key == 's') {
		o->scanning_only = true;
	} else if (key == ARGP_KEY_ARG && state->arg_num == 0) {
		if (period_parse_argument(arg, &o->period) < 0)
			exit(EXIT_USAGE);
		o->has_period = true;
	} else if (key == ARGP_KEY_END && !o->has_period) {
		argp_error(state, "which period? Such as 2025Q3");
	} else {
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

/* A period before the first scan has no case database, which is no fault. */
static int open_case(const struct workspace *ws, struct casefile **out)
{
	char *path = workspace_path(ws, "martlet.db");
	bool there = access(path, F_OK) == 0;

	free(path);
	*out = there ? casefile_open(ws, CASEFILE_READ) : NULL;
	return there && *out == NULL ? -1 : 0;
}

static int model_of(struct report *r, struct sensordb *db, struct casefile *cf)
{
	const struct period *p = &r->options->period;
	struct traffic_options how = {.scanning_only =
					  r->options->scanning_only};
	struct traffic t;
	struct findings f;
	int rc = -1;

	if (traffic_load(db, r->ws->config, p, &how, &t) < 0)
		return -1;
	if (t.empty) {
		log_error("there is nothing to report for %s: no sensor has "
			  "packets or running time in it",
			  p->text);
		log_hint("'martlet sensors' shows what days the sensor "
			 "database has; 'martlet import' adds more");
	} else if (findings_list(&t, db, cf, &f) == 0) {
		rc = model_build(&t, &f, r->ws->config, &r->model);
		findings_release(&f);
	}
	traffic_release(&t);
	return rc;
}

static int load_model(struct report *r)
{
	struct sensordb *db = sensordb_open(r->ws);
	struct casefile *cf = NULL;
	int rc = -1;

	if (db != NULL && open_case(r->ws, &cf) == 0)
		rc = model_of(r, db, cf);
	casefile_close(cf);
	sensordb_close(db);
	return rc;
}

/* The Markdown that the page is made of: the draft, or the author's copy of
 * it when there is one. Caller frees. */
static char *page_source(const struct report *r, const struct edition *e,
			 char **name)
{
	char *file = xalloc_printf("report.%s.md", e->lang);
	char *text;

	*name = output_path(r->output, file);
	if (output_is_edited(r->output, file))
		text = library_read(*name);
	else
		text = xalloc_string(article_text(&e->article, file));
	free(file);
	return text;
}

static int make_edition(struct report *r, struct edition *e)
{
	char *notes = xalloc_printf("notes/%s", r->options->period.text);
	char *directory = workspace_path(r->ws, notes), *name, *markdown;
	char *own = workspace_path(r->ws, "templates");
	int rc;

	e->library = library_open(e->lang, own, directory);
	rc = e->library != NULL ? library_add_stubs(e->lang, directory) : -1;
	free(own);
	free(directory);
	free(notes);
	if (rc < 0 ||
	    article_make(&r->model, e->lang, e->library, &e->article) < 0)
		return -1;
	markdown = page_source(r, e, &name);
	rc = -1;
	if (markdown != NULL)
		rc = article_add_page(&e->article, &r->model, e->lang,
				      e->library, name, markdown);
	free(markdown);
	free(name);
	return rc;
}

/* An article that the author edited is the page's source. */
static int check_edited(struct report *r, const struct edition *e)
{
	char *file = xalloc_printf("report.%s.md", e->lang);
	char *path = output_path(r->output, file);
	int rc = 0;

	if (output_is_edited(r->output, file))
		rc = leak_files_read(r->gate, path, true, &r->faults);
	free(path);
	free(file);
	return rc;
}

/* What the author wrote first: a hit there names the line to change. What is
 * in the page because of it is then not said twice. */
static int pass_gate(struct report *r, const struct edition *e)
{
	size_t before = r->faults.count;
	const char *note;

	for (size_t i = 0; (note = library_note(e->library, i)) != NULL; i++)
		if (leak_files_read(r->gate, note, true, &r->faults) < 0)
			return -1;
	if (check_edited(r, e) < 0)
		return -1;
	if (r->faults.count > before)
		return 0;
	for (size_t i = 0; i < e->article.count; i++) {
		const struct article_file *f = &e->article.files[i];
		char *path = output_path(r->output, f->name);

		leak_files_text(r->gate, path, f->text, false, &r->faults);
		free(path);
	}
	return 0;
}

static bool is_editable(const char *name)
{
	size_t len = strlen(name);

	return str_starts(name, "report.") &&
	       (strcmp(name + len - 3, ".md") == 0 ||
		strcmp(name + len - 5, ".html") == 0);
}

static int put_file(struct report *r, const struct article_file *f)
{
	char *path = output_path(r->output, f->name);
	enum output_result result =
	    output_put(r->output, f->name, f->text, is_editable(f->name));

	if (result == OUTPUT_WRITTEN) {
		puts(path);
	} else if (result == OUTPUT_KEPT) {
		printf("%s (edited by hand: kept)\n", path);
	} else if (result == OUTPUT_BESIDE) {
		printf("%s (edited by hand: kept)\n%s.new\n", path, path);
		log_warning("'%s' was edited by hand, and the data or notes "
			    "have changed since: the new draft is beside it",
			    path);
		log_hint("compare the two; move %s.new over it to take the "
			 "new draft",
			 f->name);
	}
	free(path);
	return result == OUTPUT_FAILED ? -1 : 0;
}

/* Data files are the same in every language and put once. */
static int put_edition(struct report *r, const struct edition *e,
		       const struct edition *first)
{
	for (size_t i = 0; i < e->article.count; i++) {
		const struct article_file *f = &e->article.files[i];

		if (e != first && article_text(&first->article, f->name))
			continue;
		if (put_file(r, f) < 0)
			return -1;
	}
	return 0;
}

static int refuse(const struct report *r)
{
	leak_files_print(&r->faults, stderr);
	log_error("nothing was published: %zu thing%s that must not be public",
		  r->faults.count, r->faults.count == 1 ? "" : "s");
	log_hint("change the lines named above and run the report again; "
		 "192.0.2.0/24, 198.51.100.0/24, 203.0.113.0/24 and "
		 "2001:db8::/32 may be used in examples");
	return EXIT_FOUND;
}

static int run_editions(struct report *r, struct edition *list)
{
	int count = r->options->lang_count, rc = 0;

	for (int i = 0; i < count; i++) {
		list[i].lang = r->options->langs[i];
		if (make_edition(r, &list[i]) < 0 || pass_gate(r, &list[i]) < 0)
			return EXIT_FAILED;
	}
	if (r->faults.count > 0)
		return refuse(r);
	for (int i = 0; rc == 0 && i < count; i++)
		rc = put_edition(r, &list[i], &list[0]);
	/* After a failure too: what was put is not an edited draft. */
	if (output_remember(r->output) < 0)
		rc = -1;
	return rc < 0 ? EXIT_FAILED : EXIT_DONE;
}

static int run_report(struct report *r)
{
	struct edition list[LANGUAGES_MAX] = {{0}};
	int status = EXIT_FAILED;

	if (load_model(r) < 0)
		return EXIT_FAILED;
	r->output = output_open(r->ws, r->options->period.text);
	if (r->output != NULL)
		r->gate = leak_open(r->ws);
	if (r->gate != NULL &&
	    leak_slots_add(r->gate, r->ws, &r->options->period) == 0)
		status = run_editions(r, list);
	for (int i = 0; i < r->options->lang_count; i++) {
		article_release(&list[i].article);
		library_free(list[i].library);
	}
	leak_free(r->gate);
	output_free(r->output);
	model_release(&r->model);
	return status;
}

int cmd_report(const struct invocation *with, int argc, char **argv)
{
	static const struct argp argp = {
	    report_argp_options,
	    report_option,
	    "PERIOD",
	    "Writes the article of a period, its figure and its data to "
	    "out/PERIOD, all TLP:CLEAR.\v"
	    "Your own text belongs in notes/PERIOD, which is never changed. "
	    "A report.LANG.md that you edited is never replaced either: the "
	    "page is made from it, and a draft that differs from the last "
	    "one is written to report.LANG.md.new.\n\n"
	    "Exit status 3: something that must not be public was found; "
	    "nothing was written.",
	    NULL,
	    NULL,
	    NULL};
	struct report_options o = {.langs = {"en"}, .lang_count = 1};
	struct report r = {.options = &o};
	int status;

	argp_parse(&argp, argc, argv, 0, NULL, &o);
	r.ws = workspace_open(with);
	if (r.ws == NULL)
		return EXIT_FAILED;
	leak_files_init(&r.faults);
	status = run_report(&r);
	leak_files_release(&r.faults);
	workspace_free(r.ws);
	return status;
}
