/*
 * What the sensors saw of one address, ever.
 */
#ifndef MARTLET_SIGHTINGS_H
#define MARTLET_SIGHTINGS_H

#include <stddef.h>
#include <stdint.h>

#include "addr.h"
#include "compiler.h"
#include "lists.h"
#include "location.h"
#include "sensordb.h"

/* One protocol, port and signature. */
struct sighting {
	int protocol;
	uint16_t port;
	enum signature signature;
	int64_t packets;
	int sensors, days;
	int64_t first_seen, last_seen; /* Unix seconds */
};

struct sightings {
	struct sighting *list; /* most packets first */
	size_t count, cap;
	struct sighting_sensor {
		char *id, *label;
		int64_t packets;
	} * sensors;
	size_t sensor_count, sensor_cap;
	int64_t packets, first_seen, last_seen; /* 0: never seen */
	/* Where it was when last seen, by the sensor database; empty when
	 * that does not know. */
	struct location_origin origin;
};

/** sightings_load: Returns -1, logged, with out empty. Caller releases. */
int sightings_load(struct sensordb *db, const struct addr *a,
		   struct sightings *out) WARN_UNUSED;
void sightings_release(struct sightings *s);

#endif
