/*
 * Sources and packets by country, day by day; and how few networks and
 * sources send most of the packets.
 */
#ifndef MARTLET_COUNTRIES_H
#define MARTLET_COUNTRIES_H

#include <stdint.h>

#include "movers.h"
#include "sourcedays.h"
#include "traffic.h"

struct country_day {
	uint32_t sources; /* different addresses */
	uint32_t mirai;   /* of them, with that signature on this day */
	int64_t packets;
};

struct country {
	char code[3]; /* "" = not known */
	int64_t packets;
	uint32_t sources; /* different addresses of the period */
	double share;     /* of all packets */
	int64_t signatures[SIGNATURE_COUNT];         /* packets */
	uint32_t signature_sources[SIGNATURE_COUNT]; /* addresses */
	int64_t sides[TRAFFIC_SIDES];
	struct country_day *days; /* from the period's first */
};

struct countries {
	struct country *list; /* most sources first */
	size_t count;
	size_t day_count;
	bool *ran; /* by day: false is a gap */
};

/** @t: of the same period. Caller frees with countries_release. */
void countries_make(const struct sourcedays *s, const struct traffic *t,
		    struct countries *out);
void countries_release(struct countries *c);

/** A country as a key of movers, and back. @out: 3 bytes. Returns out. */
uint32_t countries_key(const char *code);
const char *countries_code(uint32_t key, char *out);
/** Amounts by country. Caller frees *out. */
size_t countries_amounts(const struct countries *c, struct mover_amount **out);

#endif
