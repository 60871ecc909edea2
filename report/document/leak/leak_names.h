/*
 * Names that the case database knows of somebody's machines, for the leak
 * gate. Names made only of words that the templates use or that
 * templates/plain-words.txt lists say nothing about anybody and are left
 * out.
 */
#ifndef MARTLET_LEAK_NAMES_H
#define MARTLET_LEAK_NAMES_H

#include <stdbool.h>

#include "leak_address.h"
#include "workspace.h"

/** Shorter names are looked for as whole words of authors' texts only. */
#define LEAK_NAMES_LONG 6
/** Names shorter than this are not looked for. */
#define LEAK_NAMES_MIN 3

struct leak_names;

/** leak_names_load: @ws: NULL for no case database. NULL, logged. */
struct leak_names *leak_names_load(const struct workspace *ws);
void leak_names_free(struct leak_names *n);
/** @kind: not copied. */
void leak_names_add(struct leak_names *n, const char *kind, const char *name);
/** Words that the operator chose for the public, such as a region's name:
 * no stranger can hold up a report by using them as a title. */
void leak_names_allow(struct leak_names *n, const char *text);
/** @folded: from plain_fold. */
void leak_names_scan(struct leak_names *n, const struct plain *folded,
		     bool author, leak_address_found *found, void *arg);

#endif
