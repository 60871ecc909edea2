/*
 * How few sources, networks and autonomous systems send most packets.
 */
#ifndef MARTLET_CONCENTRATION_H
#define MARTLET_CONCENTRATION_H

#include <stdint.h>

#include "addr.h"
#include "sourcedays.h"

#define CONCENTRATION_TOP 10

enum concentration_of {
	CONCENTRATION_SOURCES,
	CONCENTRATION_NETWORKS, /* /24, or /48 */
	CONCENTRATION_ASES,     /* those that are known */
	CONCENTRATION_KINDS
};

struct concentration_part {
	struct prefix network; /* a source: its address */
	uint32_t asn;
	char country[3];     /* of its first source; "" for an AS */
	const char *as_name; /* borrowed from sourcedays */
	int64_t packets;
	uint32_t sources;
	double share; /* of all packets */
};

struct concentration_list {
	struct concentration_part parts[CONCENTRATION_TOP]; /* most first */
	size_t kept;
	size_t count; /* all of them */
	/* How many, of the largest, send half, four fifths, nine tenths. */
	size_t half, four_fifths, nine_tenths;
};

struct concentration {
	int64_t packets;
	struct concentration_list lists[CONCENTRATION_KINDS];
};

void concentration_make(const struct sourcedays *s, struct concentration *out);
/** "sources", "networks", "ases". */
const char *concentration_text(enum concentration_of of);

#endif
