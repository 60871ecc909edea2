#include <argp.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "exit_status.h"
#include "jsonout.h"
#include "log.h"
#include "str.h"
#include "xalloc.h"
#include "evidence.h"
#include "fingerprint_verify.h"
#include "fingerprints.h"
#include "identify_commands.h"
#include "reidentify.h"

struct fingerprint_options {
	const char *verb, *directory; /* of verify */
	const char *key, *given;      /* of match */
	bool json, strict, attack;
};

static const struct argp_option argp_options[] = {
    {"key", 'k', "KEY", 0,
     "match: what the lines are, such as html_title or http_header.server", 0},
    {"fingerprints", 'f', "DIR", 0,
     "match: only the fingerprints of this directory", 0},
    {"json", 'j', NULL, 0, "verify, apply: one JSON document", 0},
    {"strict", 's', NULL, 0,
     "verify: want of every file what is wanted of Martlet's own: a source "
     "and a kind for each example, and patterns that nobody can stall",
     0},
    {"attack", 'a', NULL, 0,
     "verify: also try texts made to stall the patterns, and say how long "
     "the slowest decision takes",
     0},
    {0},
};

static error_t read_option(int key, char *arg, struct argp_state *state)
{
	struct fingerprint_options *o = state->input;

	if (key == 'k')
		o->key = arg;
	else if (key == 'f')
		o->given = arg;
	else if (key == 'j')
		o->json = true;
	else if (key == 's')
		o->strict = true;
	else if (key == 'a')
		o->attack = true;
	else if (key == ARGP_KEY_ARG && state->arg_num == 0)
		o->verb = arg;
	else if (key == ARGP_KEY_ARG && state->arg_num == 1)
		o->directory = arg;
	else
		return ARGP_ERR_UNKNOWN;
	return 0;
}

static void print_kinds(const struct fingerprint_report *r)
{
	for (int i = 0; i < FINGERPRINT_KINDS; i++)
		printf("%s%zu %s", i > 0 ? ", " : "examples: ", r->kinds[i],
		       fingerprint_kind_text((enum fingerprint_kind)i));
	putchar('\n');
}

static int print_report(const struct fingerprint_report *r)
{
	for (size_t i = 0; i < r->failure_count; i++)
		printf("%s:%d: %s: %s\n", r->failures[i].path,
		       r->failures[i].line, r->failures[i].description,
		       r->failures[i].reason);
	printf("%zu of %zu examples right (%zu files, %zu fingerprints, %zu "
	       "of them without an example)\n",
	       r->right, r->examples, r->files, r->fingerprints,
	       r->without_example);
	if (r->kinds[FINGERPRINT_UNSAID] < r->examples)
		print_kinds(r);
	if (r->for_pages > 0)
		printf("of whole pages: %zu, engine: %s\n", r->for_pages,
		       multimatch_engine_text());
	if (r->attacked)
		printf("%zu attacks: slowest decision %.2f ms (%s:%d), a "
		       "pattern given up in %zu\n",
		       r->attack.texts, r->attack.slowest_ms,
		       r->attack.path != NULL ? r->attack.path : "none",
		       r->attack.line, r->attack.given_up);
	return fflush(stdout) == 0 && !ferror(stdout) ? 0 : -1;
}

static json_t *kinds_json(const struct fingerprint_report *r)
{
	json_t *kinds = json_object();

	for (int i = 0; i < FINGERPRINT_KINDS; i++)
		json_object_set_new(
		    kinds, fingerprint_kind_text((enum fingerprint_kind)i),
		    json_integer((json_int_t)r->kinds[i]));
	return kinds;
}

static json_t *attack_json(const struct fingerprint_attack *a)
{
	json_t *o = json_object();

	json_object_set_new(o, "texts", json_integer((json_int_t)a->texts));
	json_object_set_new(o, "given_up",
			    json_integer((json_int_t)a->given_up));
	json_object_set_new(o, "slowest_ms", jsonout_real(a->slowest_ms));
	json_object_set_new(o, "file", jsonout_text(a->path));
	json_object_set_new(o, "line", json_integer(a->line));
	return o;
}

static int print_report_json(const struct fingerprint_report *r)
{
	json_t *doc = jsonout_document("fingerprint-verify");
	json_t *failures = json_array();

	for (size_t i = 0; i < r->failure_count; i++) {
		const struct fingerprint_failure *f = &r->failures[i];
		json_t *one = json_object();

		json_object_set_new(one, "file", jsonout_text(f->path));
		json_object_set_new(one, "line", json_integer(f->line));
		json_object_set_new(one, "fingerprint",
				    jsonout_text(f->description));
		json_object_set_new(one, "reason", jsonout_text(f->reason));
		json_array_append_new(failures, one);
	}
	json_object_set_new(doc, "files", json_integer((json_int_t)r->files));
	json_object_set_new(doc, "fingerprints",
			    json_integer((json_int_t)r->fingerprints));
	json_object_set_new(doc, "without_example",
			    json_integer((json_int_t)r->without_example));
	json_object_set_new(doc, "total",
			    json_integer((json_int_t)r->examples));
	json_object_set_new(doc, "right", json_integer((json_int_t)r->right));
	json_object_set_new(doc, "kinds", kinds_json(r));
	json_object_set_new(doc, "for_pages",
			    json_integer((json_int_t)r->for_pages));
	json_object_set_new(doc, "page_engine",
			    jsonout_text(multimatch_engine_text()));
	if (r->attacked)
		json_object_set_new(doc, "attack", attack_json(&r->attack));
	json_object_set_new(doc, "failures", failures);
	return jsonout_print(doc, stdout);
}

static int run_verify(const struct fingerprint_options *o)
{
	struct fingerprints *f = fingerprints_new();
	struct fingerprint_report report = {0};
	int status = EXIT_FAILED, rc;

	rc = o->directory != NULL ? fingerprints_add(f, o->directory, true)
				  : fingerprints_add_own(f, true);
	if (rc == 0) {
		fingerprint_verify(f, o->strict || o->directory == NULL,
				   o->attack, &report);
		rc = o->json ? print_report_json(&report)
			     : print_report(&report);
		status = report.failure_count > 0 ? EXIT_FOUND : EXIT_DONE;
	}
	fingerprint_verify_release(&report);
	fingerprints_free(f);
	return rc == 0 ? status : EXIT_FAILED;
}

/* Those of the workspace when there is one; else those that come with
 * Martlet. */
static struct fingerprints *load(const struct invocation *with,
				 const struct fingerprint_options *o)
{
	char *conf = xalloc_printf("%s/martlet.conf", with->directory);
	bool is_workspace = access(conf, F_OK) == 0;
	struct fingerprints *f = NULL;

	free(conf);
	if (o->given != NULL) {
		f = fingerprints_new();
		if (fingerprints_add(f, o->given, false) < 0) {
			fingerprints_free(f);
			f = NULL;
		}
	} else if (is_workspace) {
		struct workspace *ws = workspace_open(with);

		if (ws != NULL)
			f = fingerprints_load(ws);
		workspace_free(ws);
	} else {
		f = fingerprints_load(NULL);
	}
	return f;
}

static json_t *result_json(const struct recog_result *r)
{
	json_t *line = json_object(), *params;

	if (r->fingerprint == NULL) {
		json_object_set_new(line, "matched", json_null());
	} else {
		params = json_object();
		for (size_t i = 0; i < r->count; i++) {
			const struct recog_value *v = &r->values[i];
			char *cpe = recog_result_cpe(r, v->name);

			json_object_set_new(
			    params, v->name,
			    jsonout_text(cpe != NULL ? cpe : v->value));
			free(cpe);
		}
		json_object_set_new(line, "matched",
				    jsonout_text(r->fingerprint->description));
		json_object_set_new(line, "params", params);
	}
	if (r->limit_hit)
		json_object_set_new(line, "limit_hit", json_true());
	return line;
}

/* One document a line: flushed, so that a program can ask and wait. */
static int match_line(const struct fingerprints *f, const char *key,
		      const char *text, size_t len)
{
	struct recog_result result;
	json_t *line;
	int rc;

	fingerprints_match(f, key, text, len, evidence_cap(key), &result);
	line = result_json(&result);
	rc = json_dumpf(line, stdout, JSON_COMPACT | JSON_PRESERVE_ORDER);
	json_decref(line);
	recog_result_release(&result);
	return rc == 0 && putchar('\n') != EOF ? 0 : -1;
}

static int match_lines(const struct fingerprints *f, const char *key)
{
	char *line = NULL;
	size_t size = 0;
	ssize_t len;
	int rc = 0;

	setvbuf(stdout, NULL, isatty(STDIN_FILENO) ? _IOLBF : _IOFBF, 1 << 16);
	while (rc == 0 && (len = getline(&line, &size, stdin)) >= 0) {
		if (len > 0 && line[len - 1] == '\n')
			len--;
		rc = match_line(f, key, line, (size_t)len);
	}
	free(line);
	if (ferror(stdin))
		log_error("cannot read standard input");
	if (rc < 0 || fflush(stdout) != 0) {
		log_error("cannot write the results");
		rc = -1;
	}
	return rc < 0 || ferror(stdin) ? -1 : 0;
}

static int run_match(const struct invocation *with,
		     const struct fingerprint_options *o)
{
	struct fingerprints *f;
	int status = EXIT_FAILED;

	if (o->key == NULL || o->directory != NULL) {
		log_error("match reads lines from standard input and needs "
			  "--key KEY");
		log_hint("such as: echo 'nginx/1.22.1' | martlet fingerprint "
			 "match --key http_header.server");
		return EXIT_USAGE;
	}
	f = load(with, o);
	if (f == NULL)
		return EXIT_FAILED;
	if (!fingerprints_has_key(f, o->key)) {
		log_error("no file of fingerprints has the key '%s'", o->key);
		log_hint("a key is what a file's attribute 'matches' says, "
			 "such as html_title");
		status = EXIT_USAGE;
	} else if (match_lines(f, o->key) == 0) {
		status = EXIT_DONE;
	}
	fingerprints_free(f);
	return status;
}

static int print_applied(const struct reidentify_result *r, bool json)
{
	json_t *doc;

	if (!json) {
		printf("%" PRId64 " services looked at again: %" PRId64
		       " are recognised as something else, %" PRId64
		       " have another page class\n",
		       r->seen, r->named, r->classed);
		return fflush(stdout) == 0 && !ferror(stdout) ? 0 : -1;
	}
	doc = jsonout_document("fingerprint-apply");
	json_object_set_new(doc, "services", json_integer(r->seen));
	json_object_set_new(doc, "recognised_anew", json_integer(r->named));
	json_object_set_new(doc, "classed_anew", json_integer(r->classed));
	return jsonout_print(doc, stdout);
}

static int run_apply(const struct invocation *with,
		     const struct fingerprint_options *o)
{
	struct workspace *ws = workspace_open(with);
	struct fingerprints *f = ws != NULL ? fingerprints_load(ws) : NULL;
	struct casefile *cf = NULL;
	struct reidentify_result r;
	int rc = -1;

	/* Nothing to look at is said by the reader. */
	if (f != NULL)
		cf = casefile_open(ws, casefile_exists(ws) ? CASEFILE_WRITE
							   : CASEFILE_READ);
	if (cf != NULL && reidentify_run(cf, f, NULL, &r) == 0)
		rc = print_applied(&r, o->json);
	casefile_close(cf);
	fingerprints_free(f);
	workspace_free(ws);
	return rc == 0 ? EXIT_DONE : EXIT_FAILED;
}

int cmd_fingerprint(const struct invocation *with, int argc, char **argv)
{
	static const struct argp argp = {
	    argp_options,
	    read_option,
	    "verify [DIR]\nmatch --key KEY\napply",
	    "verify runs the examples of all fingerprints (Recog XML) in DIR, "
	    "or of those that come with Martlet, and exits with 3 when one is "
	    "wrong.\vmatch reads lines from standard input and prints one "
	    "line of JSON for each: {\"matched\": ..., \"params\": {...}}, or "
	    "{\"matched\": null}. apply looks again at everything that was "
	    "ever stored, with the fingerprints and page classes of today, "
	    "and asks nobody; it may be stopped and run again.",
	    NULL,
	    NULL,
	    NULL};
	struct fingerprint_options o = {0};

	argp_parse(&argp, argc, argv, 0, NULL, &o);
	if (o.verb != NULL && strcmp(o.verb, "verify") == 0)
		return run_verify(&o);
	if (o.verb != NULL && strcmp(o.verb, "match") == 0)
		return run_match(with, &o);
	if (o.verb != NULL && strcmp(o.verb, "apply") == 0 &&
	    o.directory == NULL)
		return run_apply(with, &o);
	log_error("fingerprint needs 'verify', 'match' or 'apply'");
	log_hint("'martlet fingerprint --help' explains them");
	return EXIT_USAGE;
}
