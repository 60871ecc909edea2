/* Landlock for sandbox.c; nobody else includes it. */
#ifndef MARTLET_SANDBOX_FILES_H
#define MARTLET_SANDBOX_FILES_H

#include <stddef.h>

#include "compiler.h"
#include "workspace.h"

/** sandbox_files_limit: 1: in force; 0, logged: this kernel has no Landlock;
 * -1, logged. @more: files beside which may be written. */
int sandbox_files_limit(const struct workspace *ws, const char *const *more,
			size_t count) WARN_UNUSED;

#endif
