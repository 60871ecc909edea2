/*
 * Files that appear whole or not at all: written beside their place, then
 * renamed.
 */
#ifndef MARTLET_OUTFILE_H
#define MARTLET_OUTFILE_H

#include <stddef.h>
#include <stdio.h>
#include <sys/types.h>

#include "compiler.h"

struct outfile;

/** outfile_open: @mode: 0600 for what is AMBER+STRICT, else 0644.
 * Returns NULL, logged. */
struct outfile *outfile_open(const char *path, mode_t mode);
FILE *outfile_stream(struct outfile *f);
/** Renames into place. Returns -1, logged, with the old file untouched. */
int outfile_commit(struct outfile *f) WARN_UNUSED;
/** Removes what was written so far. */
void outfile_discard(struct outfile *f);

/** outfile_write: One call for a text that is ready. Logs. */
int outfile_write(const char *path, mode_t mode, const char *text,
		  size_t len) WARN_UNUSED;

/** outfile_make_directory: With its parents. Logs. */
int outfile_make_directory(const char *path, mode_t mode) WARN_UNUSED;

/**
 * outfile_read: A whole file as a NUL-terminated text.
 * @max: bytes; a larger file is refused. @len: out, may be NULL.
 * Returns NULL, logged; caller frees with free.
 */
char *outfile_read(const char *path, size_t max, size_t *len);

#endif
