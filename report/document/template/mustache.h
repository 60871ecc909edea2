/*
 * Mustache templates over Jansson values: variables, sections, inverted
 * sections, partials, comments, set delimiters (the specification without
 * its optional lambdas, dynamic names and inheritance).
 *
 * null, false, "" and [] are false; everything else is true.
 */
#ifndef MARTLET_MUSTACHE_H
#define MARTLET_MUSTACHE_H

#include <jansson.h>
#include <stddef.h>

#include "buf.h"
#include "compiler.h"

/** Partials inside partials; deeper ones are an error. */
#define MUSTACHE_DEPTH 32

/** Appends text, made harmless for the place where it stands. */
typedef void mustache_escape(struct buf *out, const char *text, size_t len);

struct mustache_source {
	const char *name; /* for messages: the file */
	const char *text; /* NUL-terminated */
};

/** The template that {{>name}} stands for; false when there is none (it
 * then renders as nothing). What out borrows must outlive the rendering. */
typedef bool mustache_partial(void *arg, const char *name,
			      struct mustache_source *out);

struct mustache {
	mustache_escape *escape;   /* of {{x}}; {{{x}}} and {{&x}} are raw */
	mustache_partial *partial; /* may be NULL */
	void *arg;
};

/**
 * mustache_render: Appends the template, filled in from a value.
 * Returns -1, logged as FILE:LINE, when it or a partial is broken; what was
 * appended until then is then meaningless.
 */
int mustache_render(const struct mustache *with,
		    const struct mustache_source *source, json_t *value,
		    struct buf *out) WARN_UNUSED;

#endif
