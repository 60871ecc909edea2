/*
 * Packets added up in memory by the key of `traffic`, and rows of such sums
 * in the order in which the table keeps them.
 */
#ifndef MARTLET_ROLLUP_H
#define MARTLET_ROLLUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "packet.h"
#include "wordlist.h"

struct rollup_row {
	struct addr source;
	uint8_t protocol, signature; /* signature as in struct packet */
	uint16_t port;
	uint32_t sensor;
	int32_t day;          /* in the network's zone */
	uint16_t source_port; /* of the packet at last_seen */
	int64_t packets, first_seen, last_seen;
};

/* A row's place among others. The table's key is text: "10.0.0.10" stands
 * before "10.0.0.9", and a table that is filled in its own order is several
 * times faster. */
struct rollup_place {
	uint64_t day_sensor, source; /* see rollup_place_of */
	uint32_t rest;               /* protocol, port, signature */
	uint32_t index;              /* in rows */
};

/* Packets that wait while the memory that they need is fetched: one after
 * another they would wait for it several times as long as they work. */
#define ROLLUP_WAITING 64

/* Starts as {0}. */
struct rollup {
	struct rollup_row *rows;
	size_t count, cap;
	uint64_t *slots; /* by hash: half of it, and place + 1; 0 is free */
	size_t slot_count;
	uint64_t seed;
	struct rollup_place *order; /* of rollup_sort */
	struct {
		uint64_t hash;
		struct rollup_row row;
	} waiting[ROLLUP_WAITING];
	size_t waiting_count;
};

void rollup_add(struct rollup *r, const struct packet *p, int32_t day);
/** rollup_settle: Until then up to ROLLUP_WAITING packets are not among the
 * rows. rollup_sort does it too. */
void rollup_settle(struct rollup *r);
/** rollup_sort: Fills in order. Afterwards nothing may be added until
 * rollup_reset. @ranks: of the rows' sensors by their text. */
void rollup_sort(struct rollup *r, const uint32_t *ranks);
/** Empties it and keeps its memory. */
void rollup_reset(struct rollup *r);
void rollup_release(struct rollup *r);

/** The rank of each word in the order of their bytes; caller frees. */
uint32_t *rollup_ranks(const struct wordlist *sensors);
/** The place of a row; index is left alone. */
void rollup_place_of(const struct rollup_row *row, const uint32_t *ranks,
		     struct rollup_place *out);
/** The same, when the source's number was made before. */
void rollup_place_of_known(const struct rollup_row *row, const uint32_t *ranks,
			   uint64_t source, struct rollup_place *out);
/** Below 0, 0 or above 0. @x, @y: the rows of a and b. */
int rollup_compare(const struct rollup_place *a, const struct rollup_row *x,
		   const struct rollup_place *b, const struct rollup_row *y);
/** Adds what a row of the same key has. */
void rollup_merge(struct rollup_row *to, const struct rollup_row *from);
/** Whether two rows differ in nothing of the key but the signature. */
bool rollup_same_base(const struct rollup_row *a, const struct rollup_row *b);

#endif
