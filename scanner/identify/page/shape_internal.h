/*
 * What the two halves of the page class share: shape.c gathers while the
 * page is read, shape_class.c decides. Nobody else includes it.
 */
#ifndef MARTLET_SHAPE_INTERNAL_H
#define MARTLET_SHAPE_INTERNAL_H

#include <stdbool.h>

#include "buf.h"
#include "shape.h"

#define TOKENS_MAX 512 /* of a page; the rest tells no more */
#define TOKEN_BYTES 256

/* What something counts in the last decision. */
#define FAINT 1 /* a name that many have */
#define MARK 2  /* a file, a field, an element that few pages have */

/* Each is added to those before it until the page is told. */
enum layer {
	LAYER_HEAD, /* files that the head names, frames, the generator */
	LAYER_BODY, /* files that the body names */
	LAYER_FORM, /* fields, names in style sheets */
	LAYER_NAME, /* names of elements */
	LAYER_SKELETON,
	LAYER_TITLE, /* for what is thin: title, heading, style */
	LAYER_NONE,
};

/*
 * "KIND TEXT". Kinds: s script, l link, r frame, m refresh, a action, j path
 * in a script, g generator, f field, F form, c name in a style sheet, e
 * element of the page's own kind, i name of an element, k nesting, d what
 * stands before the page, n name of a meta element, t title, w global of a
 * script, h heading against title, y style.
 */
struct token {
	enum layer layer;
	int mark; /* 0, FAINT or MARK */
	char *text;
};

/* A file that the page names: paths are read when all are known, since what
 * directories they share belongs to the site. */
struct place {
	enum layer layer;
	char kind;
	char *path;
};

struct level {
	char name[16];
	bool mute; /* its text is not seen */
	bool below_body;
	bool heading; /* the first of the page */
};

struct shape {
	struct level *levels;
	size_t depth, level_cap;
	struct token tokens[TOKENS_MAX];
	size_t count;
	struct place *places;
	size_t place_count, place_cap;
	struct buf style, script, title, heading; /* the first heading */
	bool in_body, has_field, has_heading, has_script, has_refresh;
	size_t seen; /* bytes of visible text */
};

/** shape_add: One token "KIND TEXT". @text: made by pagewords, released;
 * when it is empty nothing is added. */
void shape_add(struct shape *s, enum layer layer, int mark, char kind,
	       struct buf *text);
/** The same of a name as the page has it; NULL adds nothing. */
void shape_add_name(struct shape *s, enum layer layer, int mark, char kind,
		    const char *name);
/** Keeps a path for later; what is no path is left out. */
void shape_add_place(struct shape *s, enum layer layer, char kind,
		     const char *path);

#endif
