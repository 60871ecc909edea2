/*
 * Which flows a source opened with a SYN, for a while: so that its RSTs in
 * them are not taken for backscatter. Memory is bounded: a flow is
 * remembered for at least SYNFLOWS_SECONDS, or until SYNFLOWS_MAX others
 * came.
 */
#ifndef MARTLET_SYNFLOWS_H
#define MARTLET_SYNFLOWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "addr.h"

/* Answers come within seconds; the slowest stacks repeat a SYN-ACK for two
 * to three minutes. */
#define SYNFLOWS_SECONDS 600
#define SYNFLOWS_MAX (2u << 20) /* flows; 64 MiB at the most */

struct synflows_set {
	uint64_t *slots; /* fingerprints of flows; 0 is free */
	size_t count, slot_count;
};

/* Starts as {0}. */
struct synflows {
	struct synflows_set young, old;
	int64_t since; /* when young began */
	uint64_t seed;
};

/** The fingerprint of source:source_port to destination:port. Nobody who
 * does not know the seed can make two that are equal. */
uint64_t synflows_flow(struct synflows *s, const struct addr *source,
		       uint16_t source_port, const struct addr *destination,
		       uint16_t port);
/** Has the memory that looking a flow up needs fetched. */
void synflows_fetch(const struct synflows *s, uint64_t flow);
void synflows_add(struct synflows *s, uint64_t flow, int64_t time);
bool synflows_has(const struct synflows *s, uint64_t flow);
void synflows_release(struct synflows *s);

#endif
