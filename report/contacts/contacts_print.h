/*
 * Contact lists for people and for programs.
 */
#ifndef MARTLET_CONTACTS_PRINT_H
#define MARTLET_CONTACTS_PRINT_H

#include <stdio.h>

#include "contacts.h"

/** The array "contacts" of DESIGN section 15 as a document. Returns -1,
 * logged. */
int contacts_print_json(const struct contacts *c, const char *period,
			FILE *out) WARN_UNUSED;
/** One row for each address; columns of reports-and-contacts.md section
 * 2.6 as far as there are data. */
void contacts_print_csv(const struct contacts *c, FILE *out);
void contacts_print_table(const struct contacts *c, FILE *out);

#endif
