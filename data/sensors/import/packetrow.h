/*
 * Rows of a CSV file as packets (DESIGN section 5): which column is what,
 * and what each cell may be.
 */
#ifndef MARTLET_PACKETROW_H
#define MARTLET_PACKETROW_H

#include <stdbool.h>
#include <stddef.h>

#include "compiler.h"
#include "csvrow.h"
#include "packet.h"
#include "wordlist.h"

enum packetrow_column {
	PACKETROW_TIME,
	PACKETROW_SENSOR,
	PACKETROW_SOURCE,
	PACKETROW_PROTOCOL,
	PACKETROW_PORT,
	PACKETROW_PACKETS,
	PACKETROW_SOURCE_PORT,
	PACKETROW_SIGNATURE,
	PACKETROW_COUNTRY,
	PACKETROW_ASN,
	PACKETROW_AS_NAME,
	PACKETROW_COLUMNS,
};

struct packetrow {
	char *names[PACKETROW_COLUMNS]; /* in the file; NULL: the same name */
	int places[PACKETROW_COLUMNS];  /* in the header; -1: not there */
	const char *sensor;       /* of rows without that column, or NULL */
	struct wordlist *sensors; /* borrowed, as origins */
	struct wordlist *origins; /* "CC\tASN\tNAME" */
	/* The day and the sensor of the row before, to save looking up. */
	char last_day[11];
	int64_t last_day_start;
	uint32_t last_sensor;
	/* Why the last row was broken or doubtful; borrowed, static. */
	const char *complaint;
	const char *about; /* the cell that it is about */
};

enum packetrow_got {
	PACKETROW_GOOD,
	PACKETROW_DOUBTFUL, /* counted; something optional was left out */
	PACKETROW_BROKEN,
};

void packetrow_init(struct packetrow *p, struct wordlist *sensors,
		    struct wordlist *origins);
void packetrow_release(struct packetrow *p);

/** packetrow_map: "time=datetime,source=srcstr"; several calls add up.
 * Logs. */
int packetrow_map(struct packetrow *p, const char *text) WARN_UNUSED;

/** packetrow_header: Finds the columns. Logs which is missing and which
 * there are. @path: for messages. */
int packetrow_header(struct packetrow *p, const struct csvrow *header,
		     const char *path) WARN_UNUSED;

/** packetrow_wrong_sensor: Why this cannot be the id of a sensor, or NULL.
 * Static. */
const char *packetrow_wrong_sensor(const char *id);

/** packetrow_read: The cells may be changed. */
enum packetrow_got packetrow_read(struct packetrow *p, struct csvrow *row,
				  struct packet *out) WARN_UNUSED;

#endif
