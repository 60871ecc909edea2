/*
 * Packets by signature, of each port and of each day.
 */
#ifndef MARTLET_SIGNATURES_H
#define MARTLET_SIGNATURES_H

#include "portdays.h"

#define SIGNATURES_TOP 10 /* ports */

struct signature_sums {
	uint32_t service; /* of a port */
	int32_t day;      /* of a day */
	int64_t packets;
	int64_t by[SIGNATURE_COUNT]; /* they add up to packets */
};

struct signatures {
	struct signature_sums *ports; /* most packets first */
	size_t port_count;
	struct signature_sums *days; /* days with packets, in order */
	size_t day_count;
	struct signature_sums all;
};

/** Caller frees with signatures_release. */
void signatures_make(const struct portdays *p, struct signatures *out);
void signatures_release(struct signatures *s);

#endif
