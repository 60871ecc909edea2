/*
 * Parts of a contact list as text, the same in every format. Each is freed
 * by the caller with free.
 */
#ifndef MARTLET_CONTACTS_TEXT_H
#define MARTLET_CONTACTS_TEXT_H

#include "contacts.h"

/** "23/TCP 12, 2323/TCP 3, 4 more": without backscatter, most packets first.
 * @shown: ports at the most; the rest is a number. */
char *contacts_text_ports(const struct contact_address *a, size_t shown);
/** "mirai zmap" */
char *contacts_text_signatures(const struct contact_address *a);
/** "2025-09-01T03:04:05Z to 2025-09-01T20:00:00Z UTC: 12 packets to 23/TCP
 * on 3 sensors" */
char *contacts_text_evidence(const struct contact_evidence *e);
/** All of them, separated by "; ". */
char *contacts_text_all_evidence(const struct contact_address *a);
/** "80/http:Vendor Product 1.0; 22/ssh" */
char *contacts_text_services(const struct contact_address *a);
/** "Vendor Product (recorder), 2 more"; "" when nothing was recognised. */
char *contacts_text_device(const struct contact_address *a);

/** The day (civil.h) that a look-up of this source speaks of: its
 * database's, or 0 in a sensor database, which is of the day it was seen. */
int32_t contacts_text_origin_day(int32_t database_day, const struct source *s);
/** Whether that is more than 90 days from the observation: addresses change
 * hands. */
bool contacts_text_is_aged(int32_t database_day, const struct source *s);

/** Where the contact is from: "manual", or "national" for a country. */
const char *contacts_text_origin(const struct contact_entry *e);

#endif
