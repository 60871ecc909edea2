#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "outfile.h"
#include "xalloc.h"
#include "workspace.h"

static int configure(struct workspace *ws, const struct invocation *with)
{
	char *path = workspace_path(ws, "martlet.conf");
	int rc = 0;

	if (access(path, F_OK) != 0) {
		log_error("'%s' is not a workspace: it has no martlet.conf",
			  ws->directory);
		log_hint("make one with 'martlet init DIR', or name one with "
			 "'martlet -C DIR ...'");
		rc = -1;
	} else {
		rc = config_read(ws->config, path);
	}
	for (size_t i = 0; rc == 0 && i < with->override_count; i++)
		rc = config_override(ws->config, with->overrides[i]);
	free(path);
	return rc;
}

struct workspace *workspace_open(const struct invocation *with)
{
	struct workspace *ws = xalloc_zero(1, sizeof(*ws));

	ws->directory = xalloc_string(with->directory);
	ws->config = config_new();
	if (configure(ws, with) < 0) {
		workspace_free(ws);
		return NULL;
	}
	return ws;
}

void workspace_free(struct workspace *ws)
{
	if (ws == NULL)
		return;
	config_free(ws->config);
	free(ws->directory);
	free(ws);
}

char *workspace_path(const struct workspace *ws, const char *name)
{
	if (name[0] == '/')
		return xalloc_string(name);
	return xalloc_printf("%s/%s", ws->directory, name);
}

char *workspace_output(const struct workspace *ws, const char *period,
		       const char *name)
{
	char *dir = xalloc_printf("%s/out/%s", ws->directory, period);
	char *path = NULL;

	if (outfile_make_directory(dir, 0755) == 0)
		path = xalloc_printf("%s/%s", dir, name);
	free(dir);
	return path;
}
