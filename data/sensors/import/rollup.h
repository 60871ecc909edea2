/*
 * Packets added up in memory by the key of `traffic`: what is written to
 * the sensor database in one stretch.
 */
#ifndef MARTLET_ROLLUP_H
#define MARTLET_ROLLUP_H

#include <stddef.h>
#include <stdint.h>

#include "packet.h"

struct rollup_row {
	struct addr source;
	uint8_t protocol, signature;
	uint16_t port;
	uint32_t sensor;
	int32_t day;          /* in the network's zone */
	uint16_t source_port; /* of the packet at last_seen */
	int64_t packets, first_seen, last_seen;
};

/* Starts as {0}. */
struct rollup {
	struct rollup_row *rows;
	size_t count, cap;
	uint32_t *slots; /* place + 1 by hash; 0 is free */
	size_t slot_count;
};

void rollup_add(struct rollup *r, const struct packet *p, int32_t day);
/** rollup_sort: Rows by day, then sensor, then source. Afterwards nothing
 * may be added until rollup_reset. */
void rollup_sort(struct rollup *r);
/** Empties it and keeps its memory. */
void rollup_reset(struct rollup *r);
void rollup_release(struct rollup *r);

#endif
