/*
 * Template text to a tree; nobody but mustache.c includes it.
 */
#ifndef MARTLET_MUSTACHE_PARSE_H
#define MARTLET_MUSTACHE_PARSE_H

#include "mustache.h"

enum mustache_kind {
	MUSTACHE_TEXT,
	MUSTACHE_VARIABLE,
	MUSTACHE_RAW,
	MUSTACHE_SECTION,
	MUSTACHE_INVERTED,
	MUSTACHE_PARTIAL,
};

struct mustache_node {
	enum mustache_kind kind;
	int line;
	char *text;   /* a TEXT's bytes, else a name */
	char *indent; /* of a PARTIAL that stands alone, or NULL */
	struct mustache_node *child, *next;
};

/** mustache_parse: NULL, logged, when the template is broken; an empty one
 * is one empty TEXT. Caller frees with mustache_parse_free. */
struct mustache_node *mustache_parse(const struct mustache_source *source);
void mustache_parse_free(struct mustache_node *node);

#endif
