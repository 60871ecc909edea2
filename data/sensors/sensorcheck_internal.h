/*
 * What the files of sensorcheck share.
 */
#ifndef MARTLET_SENSORCHECK_INTERNAL_H
#define MARTLET_SENSORCHECK_INTERNAL_H

#include <stdbool.h>
#include <stdint.h>

#include "compiler.h"
#include "sensorcheck.h"
#include "sensordb.h"
#include "zone.h"

#define SENSORCHECK_COLUMNS_MAX 10

#define MISSING "missing"
#define TYPED "ill-typed"
#define WRONG "inconsistent"
#define SLOW "slow"

enum relation {
	SENSOR,
	REGION,
	UPTIME,
	META,
	TRAFFIC,
	TRAFFIC_HOUR,
	ORIGIN,
	RELATIONS,
};

struct checking {
	struct sensordb *db;
	enum sensordb_engine engine;
	struct sensorcheck *out;
	struct zone *zone;
	bool usable[RELATIONS]; /* there, with all of its columns */
};

/** sensorcheck_add: @advice is borrowed. Returns the problem, until the next
 * one is added. */
struct sensorcheck_problem *
sensorcheck_add(struct checking *c, const char *kind, enum relation relation,
		const char *advice, const char *format, ...) PRINTF_LIKE(5, 6);
void sensorcheck_example(struct sensorcheck_problem *p, const char *text);

const char *sensorcheck_relation(enum relation r);

/* Each returns -1, logged. */
int sensorcheck_columns(struct checking *c) WARN_UNUSED;
int sensorcheck_network(struct checking *c) WARN_UNUSED;
int sensorcheck_rows(struct checking *c) WARN_UNUSED;
int sensorcheck_speed(struct checking *c) WARN_UNUSED;

#endif
