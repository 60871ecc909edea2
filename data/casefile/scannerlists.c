#include <stdlib.h>

#include "config.h"
#include "scannerlists.h"

struct prefixes *scannerlists_load(const struct workspace *ws)
{
	struct prefixes *p = prefixes_load_scanners();
	char name[4096];

	for (int i = 0;
	     p != NULL && config_list(ws->config, "reference.scanners", i, name,
				      sizeof(name));
	     i++) {
		char *path = workspace_path(ws, name);

		if (prefixes_add_file(p, path) < 0) {
			prefixes_free(p);
			p = NULL;
		}
		free(path);
	}
	return p;
}
