/*
 * The escapers of public text: one for each place where a value can stand.
 */
#ifndef MARTLET_ESCAPE_H
#define MARTLET_ESCAPE_H

#include <stddef.h>

#include "buf.h"

/** HTML text and quoted attribute values: & < > " '. */
void escape_html(struct buf *out, const char *text, size_t len);

/**
 * escape_markdown: One line of CommonMark with GFM tables: nothing in text
 * becomes markup, a link, a list, a heading, raw HTML or a new table cell.
 * Line ends and control characters become spaces.
 */
void escape_markdown(struct buf *out, const char *text, size_t len);

/** A value that is markup or a file's own text already: unchanged. */
void escape_none(struct buf *out, const char *text, size_t len);

#endif
