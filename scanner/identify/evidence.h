/*
 * What of an observation is matched under which key of fingerprints.
 */
#ifndef MARTLET_EVIDENCE_H
#define MARTLET_EVIDENCE_H

#include "observation.h"

struct evidence {
	const char *key; /* static */
	int rank;        /* 0 tells most about the device */
	char *text;
	size_t len, cap; /* bytes, and those that are matched */
};

struct evidence_list {
	struct evidence *list; /* by rank */
	size_t count, cap;
};

/* The longest subject of any key, in bytes. */
#define EVIDENCE_CAP (32u << 10)

/** evidence_cap: Bytes of what is matched under a key: LIMIT_SUBJECT, or
 * EVIDENCE_CAP of a page. */
size_t evidence_cap(const char *key);

/** evidence_collect: @metas: of the page, "NAME: CONTENT" one a line, or
 * NULL. @out: caller calls evidence_release. */
void evidence_collect(const struct observation *o, const char *metas,
		      struct evidence_list *out);
void evidence_release(struct evidence_list *e);

#endif
