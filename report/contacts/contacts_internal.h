/*
 * What the files of contacts share; nobody else includes it.
 */
#ifndef MARTLET_CONTACTS_INTERNAL_H
#define MARTLET_CONTACTS_INTERNAL_H

#include "contacts.h"

/** While the list is by address. */
struct contact_address *contacts_find(const struct contacts *c,
				      const struct addr *a);

/** contacts_load_evidence: Fills in evidence, first_seen, last_seen and
 * packets. Returns -1, logged. */
int contacts_load_evidence(const struct contacts_input *in,
			   struct contacts *out) WARN_UNUSED;

#endif
