/*
 * The sources of a period: what one address sent to all sensors together.
 */
#ifndef MARTLET_SOURCES_H
#define MARTLET_SOURCES_H

#include <stddef.h>
#include <stdint.h>

#include "addr.h"
#include "lists.h"
#include "location.h"
#include "sensordb.h"

struct source_port {
	int protocol; /* IANA number */
	uint16_t port;
	int64_t packets;
};

struct source {
	struct addr address;
	int64_t packets;     /* all */
	int64_t backscatter; /* of them, packets with that signature */
	int64_t tcp;         /* TCP packets that are not backscatter */
	/* By rows that are TCP and not backscatter: what triage judges. */
	int tcp_sensors, tcp_days;
	int sensors, days;             /* by all rows */
	int64_t first_seen, last_seen; /* Unix seconds */
	/* The last packet that is TCP and not backscatter; 0: there is none.
	 * Freshness is judged by it, since the others are easily forged. */
	int64_t tcp_last_seen;
	uint16_t source_port;      /* of the packet at last_seen, 0 = unknown */
	unsigned signatures;       /* 1 << enum signature, of every row */
	struct source_port *ports; /* most packets first */
	size_t port_count;
	struct location_origin origin;
	/* Where the country is from: "sensor database" or the location
	 * database's name (borrowed from it; "" when nobody was asked), and
	 * its day (civil.h; 0 = of the observation). The AS the same: a
	 * sensor database may know the one and not the other. */
	const char *origin_database, *as_database;
	int32_t origin_day, as_day;
};

struct sources {
	struct source *list; /* by numeric address */
	size_t count;
};

/**
 * sources_load: @location: NULL to leave unknown origins empty.
 * Returns -1, logged, with out empty. Caller frees with sources_release.
 */
int sources_load(struct sensordb *db, const struct period *p,
		 struct location *location, struct sources *out) WARN_UNUSED;
void sources_release(struct sources *s);
/** NULL when the address is not there. */
const struct source *sources_find(const struct sources *s,
				  const struct addr *a);

#endif
