/*
 * Days above their neighbours, and what explains them: the smallest set of
 * sources, networks, countries, autonomous systems or ports that accounts
 * for the excess, and where it was seen and where not.
 *
 * A day is compared with the median of the EVENTS_NEIGHBOURS days before and
 * after it, by packets per sensor-day of a region: all of them, those to
 * each port, and those from each country. It stands out when it is above by
 * EVENTS_DEVIATIONS times the spread of its neighbours (median absolute
 * deviation, as a standard deviation) and by EVENTS_LEAST_SHARE of what the
 * region usually receives in a day. A day on which less than half of a
 * region's sensors ran is no day.
 */
#ifndef MARTLET_EVENTS_H
#define MARTLET_EVENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "addr.h"
#include "compiler.h"
#include "location.h"
#include "sensordb.h"
#include "traffic.h"

#define EVENTS_NEIGHBOURS 28 /* days on either side */
#define EVENTS_NEIGHBOURS_MIN 7
#define EVENTS_DEVIATIONS 4.0
#define EVENTS_LEAST_SHARE 0.05 /* of the usual day of the region */
#define EVENTS_LEAST_TOTAL 0.50 /* of it, all days of the event together */
#define EVENTS_LEAST_PACKETS 20 /* of all sensors of the region, a day */
#define EVENTS_GAP 2            /* ordinary days that do not end an event */
#define EVENTS_ACCOUNTS 0.80    /* of the excess: what explains must give */
#define EVENTS_TOP 10           /* the largest are kept */

/* Of how many an explanation may consist. */
#define EVENTS_FEW_SOURCES 30
#define EVENTS_FEW_NETWORKS 10
#define EVENTS_FEW_ASES 3
#define EVENTS_FEW_COUNTRIES 2
#define EVENTS_FEW_PORTS 3

/* Most specific first. */
enum event_dimension {
	EVENT_SOURCES,
	EVENT_NETWORKS, /* /24, or /48 */
	EVENT_ASES,
	EVENT_COUNTRIES,
	EVENT_PORTS,
	EVENT_DIMENSIONS /* as an explanation: none of them */
};

enum event_of { EVENT_OF_ALL, EVENT_OF_PORT, EVENT_OF_COUNTRY };

/* What packets the days stand out by. */
struct event_scope {
	enum event_of of;
	uint32_t service; /* of EVENT_OF_PORT: protocol << 16 | port */
	char country[3];  /* of EVENT_OF_COUNTRY */
};

struct event_part {
	struct prefix network; /* of a source: its address, /32 or /128 */
	char country[3];       /* of the first source, or the part itself */
	uint32_t asn;
	char *as_name;    /* NULL or "" = not known */
	uint32_t service; /* of EVENT_PORTS */
	int64_t packets;  /* to the region on the days that stand out */
	double excess;    /* of them, over what the other days let expect */
};

/* The smallest set that accounts for EVENTS_ACCOUNTS of the excess, most
 * first; of sources also those who behaved like them. */
struct event_set {
	struct event_part *parts; /* the first EVENTS_FEW_SOURCES */
	size_t count;
	double share;  /* of the excess that it accounts for */
	bool accounts; /* share >= EVENTS_ACCOUNTS */
};

/* What the explanation (or the scope, without one) sent to a sensor. */
struct event_place {
	bool ran; /* on at least one of the days */
	bool seen;
	int64_t packets;
};

struct event {
	struct event_scope scope;
	size_t region;       /* of traffic.regions: where the days stand out */
	bool *regions;       /* parallel to them: where else they do */
	int32_t first, last; /* days; of the explaining sources if there are */
	int days;            /* of them, days that stand out */
	double per_sensor_day; /* mean of the days that stand out, of scope */
	double usual;          /* what their neighbours let expect, of scope */
	double excess;         /* packets over that, all days */
	double share;   /* of all that the region received in the period */
	size_t sources; /* of scope, on these days */
	struct event_set sets[EVENT_DIMENSIONS];
	enum event_dimension explained; /* the most specific small set */
	int64_t packets;                /* of the explanation, to the region */
	struct event_place *places;     /* parallel to traffic.sensors */
};

struct events {
	struct event *list; /* by day, then region */
	size_t count;
	size_t left_out; /* smaller ones than the EVENTS_TOP largest */
	/* Whose countries the sensor database knew, and whose were looked
	 * up, with the database's name (borrowed from location) and day. */
	size_t by_sensors, by_location;
	const char *location_name;
	int32_t location_day;
};

/**
 * events_load: @t: loaded for the period. @location: NULL to do without.
 * Returns -1, logged, with out empty. Caller frees with events_release.
 */
int events_load(struct sensordb *db, const struct config *config,
		const struct traffic *t, struct location *location,
		struct events *out) WARN_UNUSED;
void events_release(struct events *e);

#endif
