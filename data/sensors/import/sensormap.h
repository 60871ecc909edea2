/*
 * Which addresses the sensors have: a private file of the sensor network,
 *
 *     sensor,prefix
 *     tokyo-1,192.0.2.0/28
 *     tokyo-1,2001:db8:1::/64
 *
 * It is read for one import and forgotten: nothing of it is stored or shown,
 * not in messages either.
 */
#ifndef MARTLET_SENSORMAP_H
#define MARTLET_SENSORMAP_H

#include <stdbool.h>

#include "addr.h"
#include "wordlist.h"

/* Addresses that were looked up, by their last byte. */
#define SENSORMAP_KNOWN 256

struct sensormap {
	struct prefix_set prefixes; /* values: numbers in sensors */
	struct prefix_set own;      /* those that are not too wide */
	bool heads[2][256];         /* first bytes of own ones, IPv4 and IPv6 */
	struct wordlist sensors;
	struct {
		struct addr to;
		int sensor; /* as sensormap_find */
	} known[SENSORMAP_KNOWN];
};

/**
 * sensormap_read: Returns NULL, logged: cannot be read; others than its owner
 * may read it; a line is wrong (named by its number only).
 * Caller frees with sensormap_free.
 */
struct sensormap *sensormap_read(const char *path);
void sensormap_free(struct sensormap *m);

/** The number of the sensor that a packet to an address was for (the most
 * specific prefix counts), or -1. */
int sensormap_find(struct sensormap *m, const struct addr *to);
/** Whether an address is a sensor's own. A prefix of over 2^24 addresses (or
 * 2^104 in IPv6) is nobody's: it says that packets to anywhere count. */
bool sensormap_owns(struct sensormap *m, const struct addr *from);

#endif
