/*
 * The sensors of the network, their regions and their uptime: writing them.
 * Each logs and returns -1.
 */
#ifndef MARTLET_NETWORK_H
#define MARTLET_NETWORK_H

#include <stdbool.h>
#include <stdint.h>

#include "compiler.h"
#include "sensorstore.h"

struct network_sensor {
	const char *id, *label, *region;
	const char *country; /* "" = not said */
	/* Names of a region; NULL: as they are, or the usual ones. */
	const char *region_en, *region_ja;
};

/** network_check: Whether the words can be stored; logs with @where, such as
 * "sensors.csv:3". */
int network_check(const struct network_sensor *n,
		  const char *where) WARN_UNUSED;

/** network_put: Adds a sensor, or changes the one with this id; makes its
 * region when new. *changed: out, there was such a sensor. In the caller's
 * transaction. */
int network_put(struct sensorstore *s, const struct network_sensor *n,
		bool *changed) WARN_UNUSED;

/** network_add_unknown: A sensor that an import met: 1 when it was added
 * ("Sensor #N", region 'unassigned'), 0 when it was there. In the caller's
 * transaction. */
int network_add_unknown(struct sensorstore *s, const char *id) WARN_UNUSED;

/** network_drop_unused: Removes sensors that imports added and nothing uses
 * any more. In the caller's transaction. */
int network_drop_unused(struct sensorstore *s) WARN_UNUSED;

/** network_add_uptime: Unix seconds, half-open. Refused when the sensor is
 * not known or was up then already. */
int network_add_uptime(struct sensorstore *s, const char *sensor, int64_t since,
		       int64_t until) WARN_UNUSED;
/** network_remove_uptime: The record of exactly this time. */
int network_remove_uptime(struct sensorstore *s, const char *sensor,
			  int64_t since, int64_t until) WARN_UNUSED;

#endif
