/*
 * What the sensors of the network received in a period: months by region
 * and side, ranks of ports by sensor, changes against earlier periods
 * (DESIGN section 5, "Periods and means").
 *
 * Sums are exact. A mean is packets divided by pooled sensor-days; what one
 * sensor-day is, is explained at struct traffic_amount.
 */
#ifndef MARTLET_TRAFFIC_H
#define MARTLET_TRAFFIC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "addr.h"
#include "compiler.h"
#include "config.h"
#include "period.h"
#include "sensordb.h"
#include "transport.h"

#define TRAFFIC_TOP 10 /* ranks of a sensor unless told otherwise */

enum traffic_side { TRAFFIC_HOME, TRAFFIC_ABROAD, TRAFFIC_SIDES };

struct traffic_region {
	char *id, *name_en, *name_ja;
	enum traffic_side side;
	size_t sensor_count;
};

struct traffic_sensor {
	char *id, *label; /* label is what may be published */
	size_t region;    /* index into regions */
	bool recorded;    /* has uptime records, in whatever period */
};

/* What one sensor, region or side received in a span of days. */
struct traffic_amount {
	int64_t packets; /* or flows: traffic.unit */
	/* Seconds up, each divided by the length of its day (a day is 23 or
	 * 25 hours long where clocks change). For a sensor without any
	 * uptime record, a day with at least one packet counts as 1. */
	double sensor_days;
	int64_t inferred_days; /* of sensor_days, those that count by packets */
	double per_sensor_day; /* NaN without sensor-days */
	int sensors;           /* that ran on at least a part of a day */
	int cut;               /* of them, began late or stopped early */
	int32_t first, last;   /* days that somebody ran; first > last: none */
	bool partial;  /* the span is clipped, or somebody of it was cut */
	bool inferred; /* sensor-days that no record vouches for are in it */
};

/* A month clipped to the period, or the whole period. Arrays are parallel
 * to traffic.regions and traffic.sensors. */
struct traffic_span {
	char text[PERIOD_TEXT]; /* "2013-04", or the period's text */
	int year, month;        /* month 0: the whole period */
	int32_t first, last;    /* days, both inside */
	bool clipped;           /* the period has not all of the month */
	struct traffic_amount sides[TRAFFIC_SIDES];
	struct traffic_amount *regions, *sensors;
};

/* Earlier periods of equal length. */
enum traffic_then { TRAFFIC_PREVIOUS, TRAFFIC_YEAR_BEFORE, TRAFFIC_THENS };

/* Where a port of a sensor stood in another count. */
struct traffic_place {
	bool known; /* the sensor received something then */
	int rank;   /* 0: nothing came to this port */
	int64_t packets;
	int64_t sources;
	double share;
};

struct traffic_rank {
	int rank; /* 1 = most packets */
	int protocol;
	uint16_t port;                /* 0 for ICMP */
	char service[TRANSPORT_TEXT]; /* "23/TCP", "ICMP" */
	int64_t packets;
	int64_t sources; /* different addresses */
	double share;    /* of all packets to this sensor, 0..1 */
	/* With the sources that traffic_options.without leaves out. */
	struct traffic_place with;
	/* By traffic_ranks_compare. */
	struct traffic_place then[TRAFFIC_THENS];
};

/* The first ports of a sensor: by packets, then sources (both most first),
 * then port, then protocol. */
struct traffic_ranks {
	struct traffic_rank *list;
	size_t count;
};

/* A mean of this period against the same mean of an earlier one. */
struct traffic_change {
	const char *against;      /* "previous" or "year-before" */
	char period[PERIOD_TEXT]; /* the earlier one */
	bool is_side;             /* of a side, else of a region */
	size_t index;             /* enum traffic_side, or of regions */
	struct traffic_amount now, before;
	double change; /* (now - before) / before; NaN: not known */
};

/* Half-open time that a sensor ran, in Unix seconds. */
struct traffic_uptime {
	size_t sensor;
	int64_t since, until;
	bool inferred;
};

/* One sensor on one day. */
struct traffic_cell {
	int64_t packets;
	double up; /* share of the day that it ran; 0: a gap, not a zero */
	bool inferred;
};

struct traffic {
	struct period period;
	const char *unit;   /* "packets" or "flows"; of the sensor database */
	bool scanning_only; /* backscatter is left out */
	size_t left_out;    /* sources that the ranks are without */
	bool compared;      /* ranks have their earlier places */
	bool empty;         /* no packets and no sensor-days */
	struct traffic_region *regions; /* by their sort */
	size_t region_count;
	struct traffic_sensor *sensors; /* by region, then label */
	size_t sensor_count;
	struct traffic_span *months;
	size_t month_count;
	struct traffic_span whole;
	struct traffic_cell *cells; /* [sensor * day_count + day] */
	size_t day_count;
	struct traffic_ranks *ranks; /* parallel to sensors */
	size_t *shown; /* sensors of Table 1, indices in their order */
	size_t shown_count;
	struct traffic_change *changes;
	size_t change_count;
	struct traffic_uptime *uptime; /* that touches the period */
	size_t uptime_count;
};

struct traffic_options {
	bool scanning_only;
	/* Sources that ranks leave out; means and months keep them. */
	const struct addr *without;
	size_t without_count;
	int top;         /* 0: TRAFFIC_TOP */
	bool no_changes; /* do not read earlier periods */
	/* Say nothing of rows that do not fit: these days, or the period
	 * that they are around, are loaded elsewhere too. */
	bool quiet;
};

/**
 * traffic_load: @options: NULL for the defaults.
 * Returns -1, logged, with out empty: the database cannot be read,
 * report.home or report.sensors name what is not there.
 * Caller frees with traffic_release. out borrows from db.
 */
int traffic_load(struct sensordb *db, const struct config *config,
		 const struct period *period,
		 const struct traffic_options *options,
		 struct traffic *out) WARN_UNUSED;
void traffic_release(struct traffic *t);

/** traffic_ranks_compare: Notes where the ranks of t stood in an earlier
 * period. @before: loaded with all ranks (top = INT_MAX). */
void traffic_ranks_compare(struct traffic *t, enum traffic_then then,
			   const struct traffic *before);
/** Keeps the first ranks of every sensor only. */
void traffic_ranks_cut(struct traffic *t, int top);
/** The index of a sensor id; sensor_count when there is none. */
size_t traffic_find_sensor(const struct traffic *t, const char *id);
/** The period of TRAFFIC_PREVIOUS or TRAFFIC_YEAR_BEFORE. */
struct period traffic_then_period(const struct traffic *t,
				  enum traffic_then then);
/** "previous" or "year-before". */
const char *traffic_then_text(enum traffic_then then);

/** "home" or "abroad". */
const char *traffic_side_text(enum traffic_side side);
/** The index of the home region; region_count when there is no region. */
size_t traffic_home(const struct traffic *t);
/** Whether any sensor of the network is on that side. */
bool traffic_has_sensors(const struct traffic *t, enum traffic_side side);

#endif
