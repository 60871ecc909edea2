/*
 * The public files of out/PERIOD. What was written is remembered by its
 * SHA-256 in out/PERIOD/.generated, so that a text that somebody edited by
 * hand is never replaced: the new one is written beside it as NAME.new.
 */
#ifndef MARTLET_OUTPUT_H
#define MARTLET_OUTPUT_H

#include <stdbool.h>

#include "compiler.h"
#include "workspace.h"

struct output;

enum output_result {
	OUTPUT_FAILED = -1, /* logged */
	OUTPUT_WRITTEN,
	OUTPUT_KEPT,   /* edited by hand; nothing newer to show */
	OUTPUT_BESIDE, /* edited by hand; the new text is in NAME.new */
};

/** output_open: Makes nothing. NULL, logged, when .generated is broken. */
struct output *output_open(const struct workspace *ws, const char *period);
void output_free(struct output *o);

/** Path of a file in out/PERIOD; caller frees with free. */
char *output_path(const struct output *o, const char *name);

/** output_is_edited: The file is there and is not what was generated. */
bool output_is_edited(const struct output *o, const char *name);

/** output_put: @editable: a person may have edited it; else it is replaced
 * in any case. Directories are made. */
enum output_result output_put(struct output *o, const char *name,
			      const char *text, bool editable) WARN_UNUSED;

/** output_remember: Writes .generated. Returns -1, logged. */
int output_remember(struct output *o) WARN_UNUSED;

#endif
