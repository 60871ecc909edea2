/*
 * What each source sent to each sensor on each day of a period, and where
 * the sources are: what every question about sources, networks, countries
 * and autonomous systems is answered from, read in one pass in the order of
 * the key of `traffic`.
 */
#ifndef MARTLET_SOURCEDAYS_H
#define MARTLET_SOURCEDAYS_H

#include <stddef.h>
#include <stdint.h>

#include "addr.h"
#include "lists.h"
#include "location.h"
#include "period.h"
#include "sensordb.h"
#include "wordlist.h"

struct sourcedays_source {
	struct addr address;
	char country[3]; /* "" = unknown */
	uint32_t asn;    /* 0 = unknown */
};

/* One source, sensor and day. */
struct sourcedays_row {
	int64_t packets;
	uint32_t source; /* index of sources */
	uint32_t sensor; /* index of sensors.words */
	int32_t day;     /* civil.h */
	uint32_t keys;   /* different protocol, port and signature */
};

/* Packets of a row that have a signature. */
struct sourcedays_mark {
	size_t row;
	enum signature signature;
	int64_t packets;
};

struct sourcedays_as {
	uint32_t asn;
	char *name;
};

struct sourcedays {
	struct period period;
	struct wordlist sensors; /* ids */
	struct sourcedays_source *sources;
	size_t source_count;
	struct sourcedays_row *rows;
	size_t row_count;
	struct sourcedays_mark *marks; /* by row */
	size_t mark_count;
	struct sourcedays_as *ases; /* with a name; by number */
	size_t as_count;
	/* How many sources' countries the sensor database knew, and how many
	 * were looked up in @location. */
	size_t by_sensors, by_location;
	uint32_t *slots; /* index + 1 of sources by address; 0 is free */
	size_t slot_count;
};

/**
 * sourcedays_load: @location: NULL to leave unknown origins empty.
 * @without_backscatter: as --scanning-only.
 * Memory: 24 bytes for each source, sensor and day.
 * Returns -1, logged, with out empty. Caller frees with sourcedays_release.
 */
int sourcedays_load(struct sensordb *db, const struct period *p,
		    struct location *location, bool without_backscatter,
		    struct sourcedays *out) WARN_UNUSED;
void sourcedays_release(struct sourcedays *s);

/** The index of a source; source_count when it is not there. */
size_t sourcedays_find(const struct sourcedays *s, const struct addr *a);
/** "" when it has none. Borrowed. */
const char *sourcedays_as_name(const struct sourcedays *s, uint32_t asn);

#endif
