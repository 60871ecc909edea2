/*
 * Groups for people and for programs.
 */
#ifndef MARTLET_GROUPS_PRINT_H
#define MARTLET_GROUPS_PRINT_H

#include <jansson.h>
#include <stdio.h>

#include "groups.h"

/** groups_print_json: @only: NULL for all of g. The array "groups" of DESIGN
 * section 15 as a document. Returns -1, logged. */
int groups_print_json(const struct groups *g, const struct group *only,
		      const char *period, FILE *out) WARN_UNUSED;
/** One row for each port of each member. */
void groups_print_csv(const struct groups *g, FILE *out);
/** One row for each group. */
void groups_print_table(const struct groups *g, FILE *out);
/** One group with members, ports, slots and differences. */
void groups_print_one(const struct group *g, FILE *out);

#endif
