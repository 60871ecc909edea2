/*
 * The public model of a period: everything that the article, its figure,
 * its tables and report.json are made of (TLP:CLEAR).
 *
 * Nothing here can hold an address, a host name, a page title or the part
 * that varies inside a group: there is no field for one. Sensors appear
 * under their published label only.
 */
#ifndef MARTLET_MODEL_H
#define MARTLET_MODEL_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config.h"
#include "findings.h"
#include "period.h"
#include "traffic.h"

/* The average of one side in one month. */
struct model_mean {
	bool known;   /* false: no sensor ran, which is a gap and not 0 */
	double value; /* packets (or flows) per sensor and day */
	double sensor_days;
	int64_t packets;
	bool partial, inferred; /* as in traffic.h */
};

struct model_month {
	int year, month;
	struct model_mean sides[TRAFFIC_SIDES];
};

struct model_sensor {
	char *label; /* "Japan #1" */
	char *region_en, *region_ja;
	char services[TRAFFIC_TOP][TRANSPORT_TEXT]; /* "23/TCP" by rank */
	int service_count;
};

struct model_finding {
	enum finding_kind kind;
	char *text_en, *text_ja; /* text_ja may be NULL */
	const char *confidence;
};

struct model {
	struct period period;
	char *series, *author; /* author "" when nobody signs */
	const char *unit;      /* "packets" or "flows" */
	bool scanning_only;
	bool empty;              /* no sensor has anything for this period */
	char *home_en, *home_ja; /* name of the home region, "" without one */
	bool sensors_as_rows;    /* of Table 1 */
	bool has_side[TRAFFIC_SIDES]; /* the network has sensors there */
	struct model_month *months;
	size_t month_count;
	struct model_sensor *sensors; /* of Table 1, in order */
	size_t sensor_count;
	struct model_finding *findings;
	size_t finding_count;
};

/** model_build: Returns -1, logged, when the configuration names what is
 * not there. Everything is copied. Caller frees with model_release. */
int model_build(const struct traffic *t, const struct findings *f,
		const struct config *config, struct model *out) WARN_UNUSED;
void model_release(struct model *m);

/** model_json: The document report.json; caller owns it. */
json_t *model_json(const struct model *m);

#endif
