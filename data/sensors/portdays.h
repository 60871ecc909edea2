/*
 * What each port received at each sensor on each day of a period, by
 * signature. Packets and sources are exact: a source has one row of
 * `traffic` for a day, sensor, protocol, port and signature.
 */
#ifndef MARTLET_PORTDAYS_H
#define MARTLET_PORTDAYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lists.h"
#include "period.h"
#include "sensordb.h"
#include "wordlist.h"

struct portdays_row {
	int64_t packets;
	int32_t day;      /* civil.h */
	uint32_t sensor;  /* index of sensors.words */
	uint32_t service; /* portdays_service */
	uint32_t sources;
	enum signature signature;
};

struct portdays {
	struct period period;
	struct wordlist sensors;   /* ids */
	struct portdays_row *rows; /* by service */
	size_t row_count;
};

/** Protocol and port in one number, ordered by protocol, then port. */
static inline uint32_t portdays_service(int protocol, uint16_t port)
{
	return (uint32_t)protocol << 16 | port;
}
static inline int portdays_protocol(uint32_t service)
{
	return (int)(service >> 16);
}
static inline uint16_t portdays_port(uint32_t service)
{
	return (uint16_t)(service & 0xffff);
}

/**
 * portdays_load: @without_backscatter: as --scanning-only.
 * Returns -1, logged, with out empty. Caller frees with portdays_release.
 */
int portdays_load(struct sensordb *db, const struct period *p,
		  bool without_backscatter, struct portdays *out) WARN_UNUSED;
void portdays_release(struct portdays *p);

#endif
