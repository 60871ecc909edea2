/*
 * JSON as Martlet prints it, in one place: Jansson, keys in the order they
 * were set, reals with 12 significant digits (so that equal input gives
 * equal bytes), text always valid UTF-8.
 */
#ifndef MARTLET_JSONOUT_H
#define MARTLET_JSONOUT_H

#include <jansson.h>
#include <stdint.h>
#include <stdio.h>

#include "compiler.h"

/** A new document with schema ("martlet/NAME/1"), tool_version, data_version.
 */
json_t *jsonout_document(const char *name);
/** Text as valid UTF-8 (U+FFFD for what is not); NULL gives null. */
json_t *jsonout_text(const char *text);
json_t *jsonout_text_n(const char *text, size_t len);
/** "2013-06-30T23:59:59Z"; 0 gives null. */
json_t *jsonout_time(int64_t seconds);
/** NaN gives null. */
json_t *jsonout_real(double value);
/** Writes the document and a newline; the reference is consumed.
 * Returns -1, logged, when out cannot be written. */
int jsonout_print(json_t *document, FILE *out) WARN_UNUSED;

#endif
