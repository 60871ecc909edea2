/*
 * One file into the embedded sensor database, in one transaction: all of it
 * or nothing. What it gave is noted, so that it can be taken back.
 */
#ifndef MARTLET_IMPORTER_H
#define MARTLET_IMPORTER_H

#include <stdint.h>

#include "civil.h"
#include "compiler.h"
#include "inflow.h"
#include "lists.h"
#include "sensordb.h"
#include "sensorstore.h"

struct importer_options {
	const char *format;      /* NULL: as the content begins */
	const char *const *maps; /* --map, in order */
	int map_count;
	const char *sensor;     /* of rows without that column, or NULL */
	const char *sensor_map; /* private file, or NULL */
	const char *count;      /* "packets", "flows"; NULL: as the format */
	int64_t memory_mb;      /* of sums, before the disk is used */
};

struct importer_result {
	int64_t id; /* 0: nothing was imported */
	char *file; /* as the user wrote it, safe to show */
	char sha256[INFLOW_SHA256_TEXT];
	int64_t same_as; /* the import that had this content already, or 0 */
	int64_t imported, bytes;
	const char *unit; /* of what this run read: "packets" or "flows" */
	/* Of a capture or log of flows: counted or not, this run only. */
	int64_t read;
	int64_t rows, packets;       /* that counted */
	int64_t dropped[DROP_COUNT]; /* why others did not; this run only */
	int64_t skipped;             /* their sum */
	char first_day[CIVIL_DAY_TEXT], last_day[CIVIL_DAY_TEXT];
	char *damage; /* what and where; NULL: the file was whole */
	char **new_sensors;
	size_t new_sensor_count;
};

/**
 * importer_run: Logs what was skipped, and sensors that were added.
 * Returns -1, logged, with the database as it was.
 * @out: caller frees with importer_release, also after a failure.
 */
int importer_run(struct sensorstore *s, const struct importer_options *o,
		 const char *path, struct importer_result *out) WARN_UNUSED;
void importer_release(struct importer_result *r);

/** importer_undo: Takes one import back, exactly. Logs. */
int importer_undo(struct sensorstore *s, int64_t id) WARN_UNUSED;

/** Called for each import, by id; the result is released after the call. */
typedef void importer_visit(const struct importer_result *r, void *arg);
int importer_each(struct sensordb *db, importer_visit *visit,
		  void *arg) WARN_UNUSED;

#endif
