/*
 * What rose and fell between two periods: ports (or whatever else has a
 * name and amounts), by packets per sensor-day of one side of the network.
 * Only what moved the side's mean by MOVERS_LEAST_SHARE, and itself by
 * MOVERS_LEAST_CHANGE, is worth saying.
 */
#ifndef MARTLET_MOVERS_H
#define MARTLET_MOVERS_H

#include <stdint.h>

#include "traffic.h"

#define MOVERS_LEAST_SHARE 0.01  /* of the larger of the side's two means */
#define MOVERS_LEAST_CHANGE 0.25 /* of the larger of its own two means */
#define MOVERS_LEAST_PACKETS 100 /* in either period */
#define MOVERS_TOP 10            /* of each side and comparison */

struct mover {
	enum traffic_then then; /* against which period */
	enum traffic_side side;
	uint32_t key; /* the caller's: a service, a country */
	int64_t packets, packets_before;
	double per_sensor_day, before;
	double change; /* by which it changed, of before; NaN: it was 0 */
	double share;  /* of the side's mean then, the difference */
};

struct movers {
	struct mover *list; /* by then and side, then largest difference */
	size_t count, cap;
};

/* Packets of one key to one side. */
struct mover_amount {
	uint32_t key;
	int64_t sides[TRAFFIC_SIDES];
};

/**
 * movers_add: What moved between two periods. @now, @before: amounts by
 * key. A side without sensor-days in one of the periods has no movers.
 */
void movers_add(struct movers *m, const struct traffic *t,
		const struct traffic *earlier, enum traffic_then then,
		const struct mover_amount *now, size_t now_count,
		const struct mover_amount *before, size_t before_count);
void movers_release(struct movers *m);

/** movers_ports: Amounts by service (protocol << 16 | port), from ranks that
 * are not cut. Returns how many; caller frees *out. */
size_t movers_ports(const struct traffic *t, struct mover_amount **out);

#endif
