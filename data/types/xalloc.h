/*
 * Allocation that cannot fail: when memory runs out the program says so and
 * aborts. That is safe, because stored work is in transactions and files
 * appear by rename.
 */
#ifndef MARTLET_XALLOC_H
#define MARTLET_XALLOC_H

#include <stddef.h>

void *xalloc(size_t size);
void *xalloc_zero(size_t count, size_t size);
/** Memory, not zeroed, for a table that is read at random: elements of a power
 * of two bytes never lie across cache lines, and large tables are in large
 * pages where the system has them. Caller frees with free. */
void *xalloc_table(size_t count, size_t size);
void *xalloc_grow(void *old, size_t count, size_t size);

/** NULL gives NULL. Caller frees with free. */
char *xalloc_string(const char *s);
char *xalloc_string_n(const char *s, size_t len);

/** Caller frees with free. */
char *xalloc_printf(const char *format, ...)
    __attribute__((format(printf, 1, 2)));

/**
 * xalloc_room: Makes room for one more element of an array that doubles.
 * @array, @cap: the array and its capacity in elements; both may change.
 */
void xalloc_room(void **array, size_t *cap, size_t count, size_t size);

#endif
