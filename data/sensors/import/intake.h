/*
 * Where the reader of a format puts the packets that it finds: added up in
 * bounded memory, then written as one import.
 */
#ifndef MARTLET_INTAKE_H
#define MARTLET_INTAKE_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "compiler.h"
#include "importer.h"
#include "importprogress.h"
#include "inflow.h"
#include "originbook.h"
#include "packet.h"
#include "rollup.h"
#include "rowfaults.h"
#include "spill.h"
#include "wordlist.h"

struct intake_day; /* a day that was looked up */

struct intake {
	/* For the reader. */
	const struct importer_options *options;
	struct inflow *in;
	struct importer_result *result; /* it counts what it drops */
	struct rowfaults faults;
	struct wordlist sensors, origins; /* of the packets' numbers */
	const char *unit;                 /* NULL: packets */
	char *upto; /* after damage: the last good place, "line 12" */

	/* Its own. */
	struct sensorstore *store;
	struct importprogress progress;
	struct rollup rollup;
	/* One that is full goes to the disk in a thread of its own, which has
	 * the three that follow while it runs. */
	struct rollup full;
	uint32_t *ranks;
	struct spill spill;
	int spill_rc;
	pthread_t spiller;
	bool spilling;
	struct originbook seen; /* origins */
	size_t keys_max;        /* of each of the two */
	struct intake_day *days;
	int64_t midnight; /* of some day: nearly all days have a slot each */
	int32_t first_day, last_day;
	size_t sensors_done; /* of sensors, those in the database */
	int64_t id;          /* of the transaction under way, or 0 */
};

void intake_init(struct intake *im, struct sensorstore *s,
		 const struct importer_options *o,
		 struct importer_result *result);
void intake_release(struct intake *im);

/** intake_count: To be called before the first packet: "packets" or "flows"
 * is what it counts. Refused, logged, when the database counts the other. */
int intake_count(struct intake *im, const char *unit) WARN_UNUSED;
/** intake_add: One packet that counts. Logs. */
int intake_add(struct intake *im, const struct packet *p) WARN_UNUSED;
/** How far the reader is, now and then. @records: read so far. */
void intake_show(struct intake *im, int64_t records);

/** intake_write: All that came in, and the sensors that were not known, in a
 * transaction that stays open. Logs. */
int intake_write(struct intake *im) WARN_UNUSED;

#endif
