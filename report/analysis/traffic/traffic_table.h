/*
 * Traffic as tables, for people and as CSV.
 */
#ifndef MARTLET_TRAFFIC_TABLE_H
#define MARTLET_TRAFFIC_TABLE_H

#include <stdio.h>

#include "table.h"
#include "traffic.h"

/** Each: caller frees with table_free.
 * @exact: for a program, numbers with all their digits. */
struct table *traffic_table_months(const struct traffic *t, bool exact);
struct table *traffic_table_ranks(const struct traffic *t);
struct table *traffic_table_changes(const struct traffic *t, bool exact);

/** Each with its heading, for a terminal of 100 columns. */
void traffic_table_print_months(const struct traffic *t, FILE *out);
void traffic_table_print_ranks(const struct traffic *t, FILE *out);
void traffic_table_print_changes(const struct traffic *t, FILE *out);

#endif
