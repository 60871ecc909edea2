/*
 * A workspace: one directory with martlet.conf, martlet.db, sensors.db,
 * notes/ and out/PERIOD/. And what every command gets from the front door.
 */
#ifndef MARTLET_WORKSPACE_H
#define MARTLET_WORKSPACE_H

#include <stddef.h>

#include "compiler.h"
#include "config.h"

/** The words before the command. */
struct invocation {
	const char *directory;  /* -C DIR, "." without */
	const char **overrides; /* -o KEY=VALUE, in order */
	size_t override_count;
};

/** A row of the front door's table. argv[0] is "martlet NAME". Returns an
 * exit status. */
struct command {
	const char *name;
	const char *arguments; /* "PERIOD [--json]" */
	const char *summary;
	int (*run)(const struct invocation *with, int argc, char **argv);
};

struct workspace {
	char *directory;
	struct config *config;
};

/**
 * workspace_open: Reads martlet.conf and the overrides.
 * Returns NULL, logged, when the directory is no workspace or the
 * configuration is wrong.
 */
struct workspace *workspace_open(const struct invocation *with);
void workspace_free(struct workspace *ws);

/** The path of a file of the workspace; an absolute name stays as it is.
 * Caller frees with free. */
char *workspace_path(const struct workspace *ws, const char *name);

/** The path of out/PERIOD/NAME; the directory is made. NULL, logged, when it
 * cannot be. Caller frees with free. */
char *workspace_output(const struct workspace *ws, const char *period,
		       const char *name);

#endif
