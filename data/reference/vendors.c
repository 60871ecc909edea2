#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "compiler.h"
#include "csvfile.h"
#include "log.h"
#include "reference.h"
#include "xalloc.h"
#include "vendors.h"

struct vendor {
	const char *name, *country;
};

/* A line of products with words of its own. */
struct line {
	const char *vendor, *product; /* product: how its names begin */
	struct device_words words;
};

struct vendors {
	struct csvfile *files[4]; /* the words point into them */
	struct vendor *list;      /* by name */
	size_t count;
	struct device_words devices[DEVICE_TYPE_COUNT];
	struct country_words *countries;
	size_t country_count;
	struct line *lines;
	size_t line_count;
};

static struct csvfile *read_file(const char *name, const char *const *columns,
				 char **path)
{
	*path = reference_path(name);
	return *path != NULL ? csvfile_read(*path, columns) : NULL;
}

static int by_name(const void *a, const void *b)
{
	const struct vendor *x = a, *y = b;

	return strcasecmp(x->name, y->name);
}

static int load_vendors(struct vendors *v)
{
	static const char *const columns[] = {"vendor", "country", NULL};
	char *path;
	struct csvfile *f =
	    read_file("data/reference/vendors.csv", columns, &path);

	free(path);
	v->files[0] = f;
	if (f == NULL)
		return -1;
	v->count = csvfile_rows(f);
	v->list = xalloc_zero(v->count + 1, sizeof(*v->list));
	for (size_t i = 0; i < v->count; i++)
		v->list[i] = (struct vendor){csvfile_cell(f, i, 0),
					     csvfile_cell(f, i, 1)};
	qsort(v->list, v->count, sizeof(*v->list), by_name);
	return 0;
}

static int load_devices(struct vendors *v)
{
	static const char *const columns[] = {"device_type", "en_one",
					      "en_many", "ja", NULL};
	char *path;
	struct csvfile *f =
	    read_file("data/reference/device_words.csv", columns, &path);
	int rc = f != NULL ? 0 : -1;

	v->files[1] = f;
	for (size_t i = 0; rc == 0 && i < csvfile_rows(f); i++) {
		int type = device_type_from(csvfile_cell(f, i, 0));

		if (type < 0) {
			log_error("%s:%d: '%s' is no device type", path,
				  csvfile_line(f, i), csvfile_cell(f, i, 0));
			rc = -1;
			break;
		}
		v->devices[type] = (struct device_words){
		    (enum device_type)type, csvfile_cell(f, i, 1),
		    csvfile_cell(f, i, 2), csvfile_cell(f, i, 3)};
	}
	for (int type = 0; rc == 0 && type < (int)DEVICE_TYPE_COUNT; type++) {
		if (v->devices[type].en_one == NULL) {
			log_error("%s: there are no words for '%s'", path,
				  device_type_text((enum device_type)type));
			rc = -1;
		}
	}
	free(path);
	return rc;
}

static int load_countries(struct vendors *v)
{
	static const char *const columns[] = {"code", "en", "en_company", "ja",
					      NULL};
	char *path;
	struct csvfile *f =
	    read_file("data/reference/country_words.csv", columns, &path);

	free(path);
	v->files[2] = f;
	if (f == NULL)
		return -1;
	v->country_count = csvfile_rows(f);
	v->countries = xalloc_zero(v->country_count + 1, sizeof(*v->countries));
	for (size_t i = 0; i < v->country_count; i++)
		v->countries[i] = (struct country_words){
		    csvfile_cell(f, i, 0), csvfile_cell(f, i, 1),
		    csvfile_cell(f, i, 2), csvfile_cell(f, i, 3)};
	return 0;
}

static int load_lines(struct vendors *v)
{
	static const char *const columns[] = {"vendor",  "product", "en_one",
					      "en_many", "ja",      NULL};
	char *path;
	struct csvfile *f =
	    read_file("data/reference/product_words.csv", columns, &path);

	free(path);
	v->files[3] = f;
	if (f == NULL)
		return -1;
	v->line_count = csvfile_rows(f);
	v->lines = xalloc_zero(v->line_count + 1, sizeof(*v->lines));
	for (size_t i = 0; i < v->line_count; i++)
		v->lines[i] = (struct line){
		    csvfile_cell(f, i, 0),
		    csvfile_cell(f, i, 1),
		    {DEVICE_TYPE_ROUTER, csvfile_cell(f, i, 2),
		     csvfile_cell(f, i, 3), csvfile_cell(f, i, 4)}};
	return 0;
}

struct vendors *vendors_load(void)
{
	struct vendors *v = xalloc_zero(1, sizeof(*v));

	if (load_vendors(v) < 0 || load_devices(v) < 0 ||
	    load_countries(v) < 0 || load_lines(v) < 0) {
		vendors_free(v);
		return NULL;
	}
	return v;
}

void vendors_free(struct vendors *v)
{
	if (v == NULL)
		return;
	for (size_t i = 0; i < ARRAY_LEN(v->files); i++)
		csvfile_free(v->files[i]);
	free(v->list);
	free(v->countries);
	free(v->lines);
	free(v);
}

const char *vendors_country(const struct vendors *v, const char *vendor)
{
	const struct vendor key = {vendor, NULL}, *hit;

	if (vendor == NULL)
		return "";
	hit = bsearch(&key, v->list, v->count, sizeof(key), by_name);
	return hit != NULL ? hit->country : "";
}

const struct device_words *vendors_device(const struct vendors *v,
					  const char *device_type)
{
	int type = device_type != NULL ? device_type_from(device_type) : -1;

	return &v->devices[type >= 0 ? type : (int)DEVICE_TYPE_UNKNOWN];
}

const struct device_words *vendors_product(const struct vendors *v,
					   const char *device_type,
					   const char *vendor,
					   const char *product)
{
	const struct device_words *w = vendors_device(v, device_type);

	if (w->type != DEVICE_TYPE_ROUTER || vendor == NULL)
		return w;
	for (size_t i = 0; i < v->line_count; i++) {
		const struct line *l = &v->lines[i];
		size_t len = strlen(l->product);

		if (strcasecmp(l->vendor, vendor) == 0 &&
		    (len == 0 || (product != NULL &&
				  strncasecmp(l->product, product, len) == 0)))
			return &l->words;
	}
	return w;
}

const struct country_words *vendors_country_words(const struct vendors *v,
						  const char *country)
{
	for (size_t i = 0; country != NULL && i < v->country_count; i++)
		if (strcmp(v->countries[i].code, country) == 0)
			return &v->countries[i];
	return NULL;
}
