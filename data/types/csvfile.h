/*
 * Small CSV files of our own (reference data, contact book): RFC 4180 with
 * a header line, "#" lines skipped, read whole. Packets have a faster
 * reader of their own in data/sensors.
 */
#ifndef MARTLET_CSVFILE_H
#define MARTLET_CSVFILE_H

#include <stddef.h>

struct csvfile;

/**
 * csvfile_read: @columns: names that the header must have, NULL-terminated.
 * Returns NULL, logged with file and line, when the file cannot be read,
 * has not these columns, or a row has not as many cells as the header.
 */
struct csvfile *csvfile_read(const char *path, const char *const *columns);
void csvfile_free(struct csvfile *f);
size_t csvfile_rows(const struct csvfile *f);
/** The line that a row stands in, for messages. */
int csvfile_line(const struct csvfile *f, size_t row);
/** @column: index into columns as given, or name below. Never NULL. */
const char *csvfile_cell(const struct csvfile *f, size_t row, size_t column);
/** A column that need not be there; NULL when it is not. */
const char *csvfile_optional(const struct csvfile *f, size_t row,
			     const char *name);

#endif
