#include <stdlib.h>

#include "csvfile.h"
#include "log.h"
#include "reference.h"
#include "xalloc.h"
#include "prefixes.h"

struct prefixes {
	struct csvfile *file; /* the names point into it */
	struct prefix_set set;
};

static int fill(struct prefixes *p, const char *path)
{
	for (size_t i = 0; i < csvfile_rows(p->file); i++) {
		const char *text = csvfile_cell(p->file, i, 0);
		struct prefix prefix;

		if (!prefix_parse(text, &prefix)) {
			log_error("%s:%d: '%s' is not a prefix", path,
				  csvfile_line(p->file, i), text);
			return -1;
		}
		prefix_set_add(&p->set, &prefix, (int)i);
	}
	return 0;
}

static struct prefixes *load(const char *name, const char *label)
{
	const char *const columns[] = {"prefix", label, NULL};
	struct prefixes *p = xalloc_zero(1, sizeof(*p));
	char *path = reference_path(name);

	if (path != NULL)
		p->file = csvfile_read(path, columns);
	if (p->file == NULL || fill(p, path) < 0) {
		prefixes_free(p);
		p = NULL;
	}
	free(path);
	return p;
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
	csvfile_free(p->file);
	free(p);
}

const char *prefixes_find(struct prefixes *p, const struct addr *a)
{
	int row = prefix_set_find(&p->set, a);

	return row >= 0 ? csvfile_cell(p->file, (size_t)row, 1) : NULL;
}
