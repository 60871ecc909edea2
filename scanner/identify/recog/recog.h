/*
 * One file of fingerprints in Recog's XML format, in memory.
 *
 * Martlet's own files say on each example where it is from: attributes
 * _source (a URL, a reference, the software and version) and _kind
 * (observed, documented or derived). The underscore keeps them apart from
 * expected parameters, as Recog's own _encoding and _filename.
 */
#ifndef MARTLET_RECOG_H
#define MARTLET_RECOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "compiler.h"
#include "multimatch.h"
#include "pattern.h"

struct recog_param {
	const char *name;
	const char *value; /* NULL: the capture at pos */
	int pos;
	bool refers; /* value has a "{name}" */
};

struct recog_example {
	const char *text;
	size_t len;
	int line;
	const struct recog_param *expected; /* pos unused */
	size_t expected_count;
	const char *source, *kind; /* NULL: not said */
	const char *problem;       /* its text could not be read; else NULL */
};

struct recog_fingerprint {
	const char *description; /* white space squeezed */
	int line;
	struct pattern pattern;
	const struct recog_param *params; /* those named _tmp. last */
	size_t param_count, shown_count;  /* all, without those */
	bool refers;                      /* a value has a "{name}" */
	bool says_protocol;               /* service.protocol */
	struct recog_example *examples;
	size_t example_count;
};

struct recog_file {
	char *path;
	const char *name; /* "http_servers" */
	const char *key;  /* attribute matches, else the name */
	const char *protocol;
	struct recog_fingerprint *list;
	size_t count;
	struct recog_memory *memory; /* of every text above */
	struct multimatch *many;     /* for whole pages; else NULL */
	struct pattern_index *index; /* for everything else; else NULL */
};

/** recog_load: @examples: whether to keep them. Patterns are not compiled.
 * Returns NULL, logged with file and line; caller frees with recog_free. */
struct recog_file *recog_load(const char *path, bool examples);
void recog_free(struct recog_file *file);

/** recog_prepare: For subjects that are whole pages. @cache: see
 * multimatch_new. */
void recog_prepare(struct recog_file *file, enum multimatch_engine engine,
		   const char *cache);

/* What a match says. Values are as Recog's own tools give them. */
struct recog_value {
	const char *name;  /* borrowed from the file */
	const char *value; /* of the file or the result */
	char *own;         /* put together from others; else NULL */
	bool refers;       /* such a one */
};

struct recog_result {
	const struct recog_file *file;
	const struct recog_fingerprint *fingerprint; /* NULL: no match */
	struct recog_value *values; /* and behind them what was captured */
	size_t count, hidden; /* those named _tmp. come after the others */
	bool limit_hit;       /* a pattern before it took too much work */
	char *problem;        /* a value that refers to one that is not there */
};

void recog_result_release(struct recog_result *r);
/** NULL when the match does not say. Borrowed. */
const char *recog_result_value(const struct recog_result *r, const char *name);
/** recog_result_cpe: The value of a parameter whose name ends in .cpe23 as
 * CPE 2.3. NULL when it is none, or not one that can be read; caller frees
 * with free. */
char *recog_result_cpe(const struct recog_result *r, const char *name);

/**
 * recog_match: The first fingerprint of the file, in its order, that matches.
 * Returns whether one did; *out is filled either way, and the caller calls
 * recog_result_release.
 */
bool recog_match(const struct recog_file *file, const struct pattern_subject *s,
		 struct recog_result *out);

/** recog_match_after: The same among those that come after @after. */
bool recog_match_after(const struct recog_file *file,
		       const struct recog_fingerprint *after,
		       const struct pattern_subject *s,
		       struct recog_result *out);

/** recog_try: One fingerprint alone. */
enum pattern_result recog_try(const struct recog_file *file,
			      struct recog_fingerprint *fp,
			      const struct pattern_subject *s,
			      struct recog_result *out);

#endif
