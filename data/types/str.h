/*
 * Text: numbers read strictly, UTF-8, and the one escaper for terminals and
 * logs. Everything that a peer sent is hostile until it went through an
 * escaper of the place where it is shown.
 */
#ifndef MARTLET_STR_H
#define MARTLET_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "compiler.h"

/**
 * str_to_int64: Reads a decimal number that fills the whole string.
 * Returns false, with *out untouched, when there is anything else in it or
 * the value is outside min..max.
 */
bool str_to_int64(const char *s, int64_t min, int64_t max,
		  int64_t *out) WARN_UNUSED;

bool str_starts(const char *s, const char *prefix);
bool str_equal_nocase(const char *a, const char *b);

/** Removes space at both ends in place; returns the first kept byte. */
char *str_trim(char *s);

/**
 * str_utf8_length: Bytes of the valid UTF-8 sequence at s (1 to 4), or 0
 * when what stands there is not one (overlong forms, surrogates and values
 * over U+10FFFF are not).
 */
size_t str_utf8_length(const char *s, size_t len);
/** Bytes from s on that are valid UTF-8. */
size_t str_utf8_span(const char *s, size_t len);
bool str_is_utf8(const char *s, size_t len);

/** Appends s as valid UTF-8: each wrong byte becomes U+FFFD. */
void str_add_utf8(struct buf *out, const char *s, size_t len);

/** Appends s for HTML text or a quoted attribute value: & < > " ' become
 * references; everything else stays. */
void str_add_html(struct buf *out, const char *s, size_t len);

/**
 * str_vis: Makes bytes safe for a terminal or a log line: control
 * characters, bytes that are not UTF-8, and the characters that change the
 * direction of text become \xNN or \u{NNNN}.
 * @max: bytes of output at the most; "..." marks a cut.
 * Returns a string; caller frees with free.
 */
char *str_vis(const char *s, size_t len, size_t max);

/**
 * str_clean: A name that goes into public text: valid UTF-8 on one line,
 * without control characters (a space instead) and without the characters
 * that str_vis makes visible because they reorder or hide text.
 * Returns a string; caller frees with free.
 */
char *str_clean(const char *s);

/** Columns that UTF-8 text takes on a terminal (East Asian wide = 2). */
size_t str_columns(const char *s);

/** Lower-case hexadecimal; @out holds 2 * len + 1 bytes. */
void str_hex(const void *bytes, size_t len, char *out);

/** Base64 without line breaks; caller frees with free. */
char *str_base64(const void *bytes, size_t len);

#endif
