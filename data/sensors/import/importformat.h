/*
 * The formats that can be imported: one row of a table and one file each.
 */
#ifndef MARTLET_IMPORTFORMAT_H
#define MARTLET_IMPORTFORMAT_H

#include <stdbool.h>
#include <stddef.h>

#include "compiler.h"
#include "intake.h"

struct importformat {
	const char *name; /* of --format */
	/* Whether content that begins so is of this format; no two formats
	 * may claim the same. NULL: it does not show. */
	bool (*is)(const char *begin, size_t len);
	/* Reads all into the intake: counts, drops, damage. Logs what stops
	 * it and returns -1. */
	int (*read)(struct intake *im);
};

/** NULL: there is no such format. */
const struct importformat *importformat_named(const char *name);
/** importformat_guess: By the first bytes of the content; CSV when they say
 * nothing. */
const struct importformat *importformat_guess(const char *begin, size_t len);
/** "csv, pcap, ...": static. */
const char *importformat_names(void);

int rowimport_read(struct intake *im) WARN_UNUSED;
bool captureimport_is(const char *begin, size_t len);
int captureimport_read(struct intake *im) WARN_UNUSED;
bool zeekimport_is(const char *begin, size_t len);
int zeekimport_read(struct intake *im) WARN_UNUSED;
bool eveimport_is(const char *begin, size_t len);
int eveimport_read(struct intake *im) WARN_UNUSED;
int dshieldimport_read(struct intake *im) WARN_UNUSED;

#endif
