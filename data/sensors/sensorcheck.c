#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "str.h"
#include "xalloc.h"
#include "sensorcheck_internal.h"

struct sensorcheck_problem *
sensorcheck_add(struct checking *c, const char *kind, enum relation relation,
		const char *advice, const char *format, ...)
{
	void *list = c->out->list;
	struct sensorcheck_problem *p;
	va_list ap;
	char text[400];

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	xalloc_room(&list, &c->out->cap, c->out->count, sizeof(*p));
	c->out->list = list;
	p = &c->out->list[c->out->count++];
	*p = (struct sensorcheck_problem){.kind = kind,
					  .relation =
					      sensorcheck_relation(relation),
					  .advice = advice};
	p->what = str_vis(text, strlen(text), 600);
	p->example = xalloc_string("");
	return p;
}

void sensorcheck_example(struct sensorcheck_problem *p, const char *text)
{
	free(p->example);
	p->example = str_vis(text, strlen(text), 200);
}

/* The value of a key of sensor_meta, NULL without one. Caller frees. */
static int read_meta(struct checking *c, const char *key, char **value)
{
	const struct sensordb_value k = {SENSORDB_TEXT, 0, key};
	struct sensordb_rows *rows = sensordb_ask(
	    c->db, "SELECT value FROM sensor_meta WHERE key = ?", &k, 1);
	int got = rows != NULL ? sensordb_next(rows) : -1;

	*value = got > 0 ? xalloc_string(sensordb_text(rows, 0)) : NULL;
	sensordb_rows_free(rows);
	return got < 0 ? -1 : 0;
}

static void check_zone(struct checking *c, const char *zone)
{
	if (c->usable[META] && zone == NULL)
		sensorcheck_add(
		    c, MISSING, META,
		    "write the IANA name of the zone that the days are in",
		    "there is no row 'timezone'; UTC is taken");
	c->zone = zone_open(zone != NULL ? zone : "UTC");
	if (c->zone == NULL) {
		sensorcheck_add(
		    c, TYPED, META,
		    "write an IANA name such as Asia/Tokyo or UTC, and see "
		    "that the package tzdata is installed",
		    "this machine knows no time zone '%s'", zone);
		c->zone = zone_open("UTC");
	}
}

static int check_meta(struct checking *c)
{
	char *zone = NULL, *unit = NULL;
	int rc = 0;

	if (c->usable[META] && (read_meta(c, "timezone", &zone) < 0 ||
				read_meta(c, "unit", &unit) < 0))
		rc = -1;
	if (rc == 0)
		check_zone(c, zone);
	if (rc == 0 && c->usable[META] && unit == NULL)
		sensorcheck_add(c, MISSING, META, "write packets or flows",
				"there is no row 'unit'; packets is taken");
	else if (unit != NULL && strcmp(unit, "packets") != 0 &&
		 strcmp(unit, "flows") != 0)
		sensorcheck_add(c, TYPED, META, "write packets or flows",
				"the unit is '%s', not packets or flows", unit);
	free(zone);
	free(unit);
	return rc;
}

int sensorcheck_run(const struct workspace *ws, struct sensorcheck *out)
{
	struct checking c = {.out = out};
	int rc = -1;

	*out = (struct sensorcheck){0};
	c.db = sensordb_open_any(ws);
	if (c.db != NULL) {
		c.engine = sensordb_engine(c.db);
		rc = sensorcheck_columns(&c);
	}
	if (rc == 0)
		rc = check_meta(&c);
	if (rc == 0)
		rc = sensorcheck_network(&c);
	if (rc == 0)
		rc = sensorcheck_rows(&c);
	if (rc == 0)
		rc = sensorcheck_speed(&c);
	sensordb_close(c.db);
	zone_free(c.zone);
	return rc;
}

void sensorcheck_release(struct sensorcheck *c)
{
	for (size_t i = 0; i < c->count; i++) {
		free(c->list[i].what);
		free(c->list[i].example);
	}
	free(c->list);
	*c = (struct sensorcheck){0};
}
