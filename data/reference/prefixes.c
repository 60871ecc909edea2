#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "csvfile.h"
#include "log.h"
#include "reference.h"
#include "xalloc.h"
#include "prefixes.h"

struct prefixes {
	char **names; /* by the set's values */
	size_t count, cap;
	struct prefix_set set;
};

static void add(struct prefixes *p, const struct prefix *prefix,
		const char *name)
{
	prefix_set_add(&p->set, prefix, (int)p->count);
	xalloc_room((void **)&p->names, &p->cap, p->count, sizeof(*p->names));
	p->names[p->count++] = xalloc_string(name);
}

static int fill(struct prefixes *p, const struct csvfile *file,
		const char *path)
{
	for (size_t i = 0; i < csvfile_rows(file); i++) {
		const char *text = csvfile_cell(file, i, 0);
		struct prefix prefix;

		if (!prefix_parse(text, &prefix)) {
			log_error("%s:%d: '%s' is not a prefix", path,
				  csvfile_line(file, i), text);
			return -1;
		}
		add(p, &prefix, csvfile_cell(file, i, 1));
	}
	return 0;
}

static int add_csv(struct prefixes *p, const char *path, const char *label)
{
	const char *const columns[] = {"prefix", label, NULL};
	struct csvfile *file = csvfile_read(path, columns);
	int rc = file != NULL ? fill(p, file, path) : -1;

	csvfile_free(file);
	return rc;
}

static struct prefixes *load(const char *name, const char *label)
{
	struct prefixes *p = xalloc_zero(1, sizeof(*p));
	char *path = reference_path(name);

	if (path == NULL || add_csv(p, path, label) < 0) {
		prefixes_free(p);
		p = NULL;
	}
	free(path);
	return p;
}

/* A warning list of MISP: {"name": ..., "type": "cidr", "list": [...]}. */
static int add_misp(struct prefixes *p, const char *path, const json_t *list)
{
	const char *name = json_string_value(json_object_get(list, "name"));
	const json_t *entries = json_object_get(list, "list");
	size_t count = json_array_size(entries);

	if (name == NULL || !json_is_array(entries)) {
		log_error("%s: a warning list has a name and a list", path);
		return -1;
	}
	for (size_t i = 0; i < count; i++) {
		const char *text =
		    json_string_value(json_array_get(entries, i));
		struct prefix prefix;

		if (text == NULL || !prefix_parse(text, &prefix)) {
			log_error("%s: entry %zu, '%s', is not a prefix", path,
				  i + 1, text != NULL ? text : "(no text)");
			return -1;
		}
		add(p, &prefix, name);
	}
	return 0;
}

static int add_json(struct prefixes *p, const char *path)
{
	json_error_t why;
	json_t *list = json_load_file(path, JSON_REJECT_DUPLICATES, &why);
	int rc;

	if (list == NULL) {
		log_error("%s:%d: %s", path, why.line, why.text);
		return -1;
	}
	rc = add_misp(p, path, list);
	json_decref(list);
	return rc;
}

int prefixes_add_file(struct prefixes *p, const char *path)
{
	size_t len = strlen(path);

	if (len > 5 && strcmp(path + len - 5, ".json") == 0)
		return add_json(p, path);
	return add_csv(p, path, "organisation");
}

struct prefixes *prefixes_load_special(void)
{
	return load("data/reference/special-purpose.csv", "name");
}

struct prefixes *prefixes_load_scanners(void)
{
	return load("data/reference/scanners.csv", "organisation");
}

void prefixes_free(struct prefixes *p)
{
	if (p == NULL)
		return;
	prefix_set_release(&p->set);
	for (size_t i = 0; i < p->count; i++)
		free(p->names[i]);
	free(p->names);
	free(p);
}

const char *prefixes_find(struct prefixes *p, const struct addr *a)
{
	int row = prefix_set_find(&p->set, a);

	return row >= 0 ? p->names[row] : NULL;
}
