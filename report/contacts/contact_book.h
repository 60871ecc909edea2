/*
 * The contact book of a workspace: who is responsible for a network, an
 * autonomous system or a country. A CSV file with the columns
 *
 *   kind      network, asn or country
 *   match     192.0.2.0/24, AS64500 or 64500, JP
 *   contact   a mail address, or an https:// form
 *   role      abuse (default), technical, administrative, manual,
 *             national-csirt (default for a country)
 *   name, language, note    free text; may be left out, like role
 *   disabled  "yes" keeps a row that is not used (mail bounced, say)
 */
#ifndef MARTLET_CONTACT_BOOK_H
#define MARTLET_CONTACT_BOOK_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "addr.h"

struct contact_book;

enum contact_kind { CONTACT_NETWORK, CONTACT_ASN, CONTACT_COUNTRY };

struct contact_entry {
	enum contact_kind kind;
	char *match; /* as written */
	char *contact, *role;
	char *name, *language, *note; /* "" = none */
	bool disabled;
	int line;
};

/** contact_book_read: Returns NULL, logged: every broken row with file and
 * line, a missing file with how to make one. */
struct contact_book *contact_book_read(const char *path);
void contact_book_free(struct contact_book *b);

/**
 * contact_book_find: The most specific entry: the longest network, else the
 * AS, else the country. NULL when none is in use.
 * @asn: 0 = unknown. @country: "" = unknown.
 */
const struct contact_entry *contact_book_find(struct contact_book *b,
					      const struct addr *a,
					      uint32_t asn,
					      const char *country);

/** When the file was last changed: Unix seconds. */
int64_t contact_book_changed(const struct contact_book *b);

/** A commented file to start with. */
void contact_book_write_template(FILE *out);

#endif
