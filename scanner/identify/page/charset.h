/*
 * Which charset a page is in, and the page as UTF-8. Pages of Japanese
 * devices are often Shift_JIS, declared or not, or declared wrongly.
 */
#ifndef MARTLET_CHARSET_H
#define MARTLET_CHARSET_H

#include <stddef.h>

#include "buf.h"

/**
 * charset_choose: The charset by byte order mark, HTTP header, meta element,
 * strict UTF-8, then CP932 or EUC-JP by score, then windows-1252. A declared
 * charset in which the bytes are not valid is passed over, unless nothing
 * else fits.
 * @content_type: value of the HTTP field, or NULL.
 * Returns one of a fixed set of names that iconv knows; never NULL, static.
 */
const char *charset_choose(const char *bytes, size_t len,
			   const char *content_type);

/** charset_to_utf8: Appends the bytes as UTF-8; what is not valid becomes
 * U+FFFD and a byte order mark is dropped. @name: from charset_choose. */
void charset_to_utf8(const char *name, const char *bytes, size_t len,
		     struct buf *out);

#endif
