/*
 * The leak gate: public text must hold no address, known or not, and no
 * name that the case database knows of somebody's machine. Fails closed.
 */
#ifndef MARTLET_LEAK_H
#define MARTLET_LEAK_H

#include <stdbool.h>
#include <stddef.h>

#include "workspace.h"

struct leak_gate;

struct leak_hit {
	int line;
	const char *kind; /* "IPv4 address", "host name" */
	char shown[40];   /* the first characters only, safe to print */
};

/**
 * leak_open: @ws: its case database, if there is one, names host names,
 * titles, realms, certificate names and serials; NULL: only shapes.
 * Returns NULL, logged, when the database or the templates cannot be read.
 */
struct leak_gate *leak_open(const struct workspace *ws);
void leak_free(struct leak_gate *g);

/** For tests and for rooms that know more: a name that must not appear. */
void leak_add_name(struct leak_gate *g, const char *kind, const char *name);

/** Words that the operator chose for the public: names made only of these
 * and of the templates' words may stand. */
void leak_allow(struct leak_gate *g, const char *text);

/** Called for each hit, by line; once for one text on one line. */
typedef void leak_found(void *arg, const struct leak_hit *hit);

/**
 * leak_check: @author: somebody wrote this by hand: names of three to five
 * characters count too, as whole words.
 * Returns the number of hits.
 */
size_t leak_check(struct leak_gate *g, const char *text, size_t len,
		  bool author, leak_found *found, void *arg);

#endif
