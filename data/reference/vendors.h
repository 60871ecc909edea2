/*
 * Words for public text, from small files in data/reference: vendors.csv
 * (each vendor's country), device_words.csv (generic words for each device
 * type), product_words.csv (better ones for some routers) and
 * country_words.csv (how to say where a company is at home).
 */
#ifndef MARTLET_VENDORS_H
#define MARTLET_VENDORS_H

#include "lists.h"

struct vendors;

struct device_words {
	enum device_type type;
	const char *en_one;  /* with article: "a recorder (NVR) product" */
	const char *en_many; /* "recorder (NVR) products" */
	const char *ja;      /* one and many */
};

struct country_words {
	const char *code;       /* ISO 3166-1 alpha-2 */
	const char *en;         /* "Japan" */
	const char *en_company; /* with article: "a Japanese company" */
	const char *ja;         /* "日本" */
};

/** vendors_load: All files. Returns NULL, logged with file and line. */
struct vendors *vendors_load(void);
void vendors_free(struct vendors *v);

/** ISO 3166-1 alpha-2 of the company's seat, or "" when not known. Vendor
 * names compare without case; NULL is not known. */
const char *vendors_country(const struct vendors *v, const char *vendor);

/** The words of a device type by its name in lists/device_types.csv; those
 * of "unknown" for NULL and anything else. Borrowed, never NULL. */
const struct device_words *vendors_device(const struct vendors *v,
					  const char *device_type);

/** The words of a product: those of its line where product_words.csv has
 * it, as "an enterprise router", else those of its device type.
 * @vendor, @product: as fingerprints spell them; may be NULL. */
const struct device_words *vendors_product(const struct vendors *v,
					   const char *device_type,
					   const char *vendor,
					   const char *product);

/** NULL when that country has no words here. Borrowed. */
const struct country_words *vendors_country_words(const struct vendors *v,
						  const char *country);

#endif
