/*
 * What the scanning process gives up before the first byte of a stranger
 * arrives: new privileges, files outside of the workspace (Landlock), and
 * system calls that a scan does not use (seccomp). What the kernel or the
 * build does not have is left out and said.
 */
#ifndef MARTLET_SANDBOX_H
#define MARTLET_SANDBOX_H

#include <stddef.h>

#include "compiler.h"
#include "workspace.h"

enum sandbox_part {
	SANDBOX_FILES = 1, /* Landlock is in force */
	SANDBOX_CALLS = 2, /* seccomp is in force */
};

/**
 * sandbox_enter: Does it for this process, for good; logs what is missing.
 * Afterwards the workspace can be read and written, the reference data, the
 * fingerprints, the location database, the opt-out list and the system's
 * libraries can be read, nothing else; nothing can be executed; a call that
 * is not on the list fails with EPERM and shows in the kernel's audit log.
 * @ws: scan.sandbox = no leaves all as it is.
 * Returns the parts in force, or -1, logged, when one that is there failed.
 */
int sandbox_enter(const struct workspace *ws) WARN_UNUSED;

/** sandbox_enter_with: The same; the directories of these files can be
 * written too (files are replaced by renaming, and databases have logs
 * beside them). @files: relative to the workspace, or absolute. */
int sandbox_enter_with(const struct workspace *ws, const char *const *files,
		       size_t count) WARN_UNUSED;

#endif
