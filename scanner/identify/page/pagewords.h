/*
 * The names that a page uses, without what varies in them: versions, hashes,
 * languages. For shape.c.
 */
#ifndef MARTLET_PAGEWORDS_H
#define MARTLET_PAGEWORDS_H

#include <stdbool.h>
#include <stddef.h>

#include "buf.h"

/** pagewords_add_name: Appends a name (of a field, an element) in lower case
 * with its numbers as "#". Nothing when all of it varies. */
void pagewords_add_name(struct buf *out, const char *name);

/**
 * pagewords_add_path: Appends the path of a file without host, fragment,
 * versions, hashes and directories of a language; of its query the names,
 * and values that are files. Nothing when the file is one of a language
 * only ("datepicker-ja.js").
 * @skip: directories at the start that count as the site's and are left out.
 */
void pagewords_add_path(struct buf *out, const char *path, size_t skip);

/** pagewords_directories: How many directories at the start two paths share;
 * those of relative paths and other hosts are none. */
size_t pagewords_directories(const char *a, const char *b);
/** How many directories a path has; 0 for a relative one. */
size_t pagewords_depth(const char *path);

/** pagewords_next: The next word of letters in a text that the above made;
 * returns what follows it, NULL at the end. */
const char *pagewords_next(const char *text, const char **word, size_t *len);
/** Whether strangers use this word, too: "login", "jquery". */
bool pagewords_is_common(const char *word, size_t len);

#endif
