/*
 * Country and AS of an address from libloc's database, offline. Every answer
 * carries the database's name and date, because addresses change hands.
 */
#ifndef MARTLET_LOCATION_H
#define MARTLET_LOCATION_H

#include <stdint.h>

#include "addr.h"

struct location;

struct location_origin {
	char country[3];  /* ISO 3166-1 alpha-2, "" = unknown */
	uint32_t asn;     /* 0 = unknown */
	char as_name[96]; /* "" = unknown */
};

/** location_open: @path: reference.location, or NULL or "" for the system's
 * database. Returns NULL, logged. */
struct location *location_open(const char *path);
void location_free(struct location *l);
/** Always fills out; unknown parts are empty. */
void location_find(struct location *l, const struct addr *a,
		   struct location_origin *out);
/** Such as "libloc-database"; borrowed. */
const char *location_database(const struct location *l);
/** Day (civil.h) that the database was made. */
int32_t location_day(const struct location *l);

#endif
