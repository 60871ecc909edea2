/*
 * data/reference/vendors.csv: each vendor's country, and data/reference/
 * devices.csv: the generic words in which public text speaks of devices.
 */
#ifndef MARTLET_VENDORS_H
#define MARTLET_VENDORS_H

#include "lists.h"

struct vendors;

struct vendors *vendors_load(void);
void vendors_free(struct vendors *v);
/** ISO 3166-1 alpha-2 of the company's seat, or "" when not known. Vendor
 * names compare without case. */
const char *vendors_country(const struct vendors *v, const char *vendor);

#endif
