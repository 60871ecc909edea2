/*
 * All fingerprint files together, Martlet's own before others'.
 */
#ifndef MARTLET_FINGERPRINTS_H
#define MARTLET_FINGERPRINTS_H

#include <stdbool.h>
#include <stddef.h>

#include "identify.h"
#include "recog.h"

struct fingerprints *fingerprints_new(void);

/** fingerprints_add: The *.xml files of a directory, by name. @examples:
 * whether to keep them. Returns -1, logged, when one cannot be read. */
int fingerprints_add(struct fingerprints *f, const char *directory,
		     bool examples) WARN_UNUSED;

/** fingerprints_add_own: Those that come with Martlet. Logs. */
int fingerprints_add_own(struct fingerprints *f, bool examples) WARN_UNUSED;

size_t fingerprints_count(const struct fingerprints *f);
const struct recog_file *fingerprints_file(const struct fingerprints *f,
					   size_t i);
bool fingerprints_has_key(const struct fingerprints *f, const char *key);

/**
 * fingerprints_match: The first match among the files of this key, in order.
 * Only the first @len bytes up to @cap count (LIMIT_SUBJECT for what is one
 * line long).
 * *out is filled either way; caller calls recog_result_release.
 */
bool fingerprints_match(const struct fingerprints *f, const char *key,
			const char *text, size_t len, size_t cap,
			struct recog_result *out);

/** fingerprints_match_page: All matches, of up to @max, of a whole page:
 * it may carry the marks of several devices. Returns how many of @out the
 * caller releases. */
size_t fingerprints_match_page(const struct fingerprints *f, const char *key,
			       const char *text, size_t len, size_t cap,
			       struct recog_result *out, size_t max);

#endif
