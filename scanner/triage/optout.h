/*
 * The opt-out file: one address or prefix a line, "#" begins a comment.
 * This plain file, which people edit by hand as well, is what the scope gate
 * obeys. Edits here keep every other line and comment as it is, and replace
 * the file by renaming.
 */
#ifndef MARTLET_OPTOUT_H
#define MARTLET_OPTOUT_H

#include <stddef.h>

#include "addr.h"
#include "workspace.h"

struct optout_entry {
	struct prefix prefix;
	int line;      /* from 1 */
	char *comment; /* what stands behind "#", "" without */
};

/* Starts as {0}. */
struct optout {
	struct optout_entry *entries; /* in the order of the file */
	size_t count, cap;
	size_t broken; /* lines that make the gate refuse everybody */
};

/** The file's path. Caller frees with free. */
char *optout_path(const struct workspace *ws);

/**
 * optout_read_line: The one rule of what a line means.
 * @line: changed. Returns 1 with a prefix, 0 for an empty line or a comment,
 * -1, logged with path and number, for anything else.
 */
int optout_read_line(const char *path, int number, char *line,
		     struct prefix *out) WARN_UNUSED;

/** optout_read_text: The file as a NUL-terminated text. What is no file, such
 * as a pipe, which would be waited for, is refused. Returns NULL, logged;
 * caller frees with free. */
char *optout_read_text(const char *path, size_t *len) WARN_UNUSED;

/** optout_read: All lines; wrong ones are logged and counted in broken. A
 * file that is not there is empty. Returns -1, logged. */
int optout_read(const char *path, struct optout *out) WARN_UNUSED;
void optout_release(struct optout *o);

/**
 * optout_lock: Waits until no other Martlet edits the file. Returns a
 * descriptor (close it to unlock) or -1, logged.
 */
int optout_lock(const char *path) WARN_UNUSED;

/** optout_add: Adds a line with a comment unless the same prefix stands
 * there. Returns 1 when it was added, 0 when it was there, -1, logged. */
int optout_add(const char *path, const struct prefix *p,
	       const char *comment) WARN_UNUSED;

/** optout_remove: Makes a comment of each line that is just this prefix:
 * "# " note ": " and the old line. Returns how many lines, or -1, logged. */
int optout_remove(const char *path, const struct prefix *p,
		  const char *note) WARN_UNUSED;

#endif
