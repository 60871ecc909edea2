/*
 * The rows of the small relations: sensors, regions, uptime.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "addr.h"
#include "xalloc.h"
#include "sensorcheck_internal.h"

struct sensor {
	char *id, *label, *region, *country;
};

struct network {
	struct sensor *sensors;
	size_t sensor_count, sensor_cap;
	char **regions;
	size_t region_count, region_cap;
};

/* One kind of problem: how many rows have it, and the first of them. */
struct fault {
	const char *kind, *what, *advice;
	int64_t rows;
	char example[200];
};

static void blame(struct fault *f, const char *row)
{
	if (f->rows++ == 0)
		snprintf(f->example, sizeof(f->example), "%s", row);
}

static void report(struct checking *c, enum relation r,
		   const struct fault *faults, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct sensorcheck_problem *p;

		if (faults[i].rows == 0)
			continue;
		p = sensorcheck_add(c, faults[i].kind, r, faults[i].advice,
				    "%s", faults[i].what);
		p->rows = faults[i].rows;
		sensorcheck_example(p, faults[i].example);
	}
}

/* --- sensors and regions */

static int load_sensors(struct checking *c, struct network *n)
{
	struct sensordb_rows *rows =
	    sensordb_ask(c->db,
			 "SELECT id, label, region, country FROM sensor "
			 "ORDER BY id COLLATE BINARY",
			 NULL, 0);
	int got = -1;

	while (rows != NULL && (got = sensordb_next(rows)) > 0) {
		void *list = n->sensors;
		struct sensor *s;

		xalloc_room(&list, &n->sensor_cap, n->sensor_count, sizeof(*s));
		n->sensors = list;
		s = &n->sensors[n->sensor_count++];
		s->id = xalloc_string(sensordb_text(rows, 0));
		s->label = xalloc_string(sensordb_text(rows, 1));
		s->region = xalloc_string(sensordb_text(rows, 2));
		s->country = xalloc_string(sensordb_text(rows, 3));
	}
	sensordb_rows_free(rows);
	return got;
}

static int check_regions(struct checking *c, struct network *n)
{
	struct fault nameless = {
	    TYPED, "the region lacks a name or a place in the order",
	    "name it: martlet sensors add ID ... --region-name-en "
	    "--region-name-ja",
	    0, ""};
	const char *sql =
	    c->engine == SENSORDB_SQLITE
		? "SELECT id, name_en, name_ja, CASE WHEN typeof(sort) = "
		  "'integer' THEN sort END FROM region ORDER BY id"
		: "SELECT id, name_en, name_ja, sort FROM region "
		  "ORDER BY id COLLATE BINARY";
	struct sensordb_rows *rows = sensordb_ask(c->db, sql, NULL, 0);
	int got = -1;

	while (rows != NULL && (got = sensordb_next(rows)) > 0) {
		void *list = n->regions;

		xalloc_room(&list, &n->region_cap, n->region_count,
			    sizeof(*n->regions));
		n->regions = list;
		n->regions[n->region_count++] =
		    xalloc_string(sensordb_text(rows, 0));
		if (*sensordb_text(rows, 1) == '\0' ||
		    *sensordb_text(rows, 2) == '\0' ||
		    sensordb_is_null(rows, 3))
			blame(&nameless, sensordb_text(rows, 0));
	}
	sensordb_rows_free(rows);
	report(c, REGION, &nameless, 1);
	return got;
}

static bool has_region(const struct network *n, const char *id)
{
	for (size_t i = 0; i < n->region_count; i++)
		if (strcmp(n->regions[i], id) == 0)
			return true;
	return false;
}

static bool shares_label(const struct network *n, const struct sensor *s)
{
	for (size_t i = 0; i < n->sensor_count; i++)
		if (&n->sensors[i] != s &&
		    strcmp(n->sensors[i].label, s->label) == 0)
			return true;
	return false;
}

static bool is_address(const char *text)
{
	struct addr a;

	return addr_parse(text, &a);
}

static bool is_country(const char *s)
{
	return *s == '\0' || (s[0] >= 'A' && s[0] <= 'Z' && s[1] >= 'A' &&
			      s[1] <= 'Z' && s[2] == '\0');
}

static void check_sensors(struct checking *c, const struct network *n)
{
	struct fault faults[] = {
	    {TYPED, "the sensor has no id or no label",
	     "describe it: martlet sensors add ID --label L --region R", 0, ""},
	    {WRONG, "the sensor is named by an address",
	     "give it a name: no sensor address may be stored", 0, ""},
	    {WRONG, "two sensors have the same label",
	     "give each a label of its own: martlet sensors add ID --label L",
	     0, ""},
	    {TYPED, "the country is not a code such as JP",
	     "mend it: martlet sensors add ID ... --country CC", 0, ""},
	    {WRONG, "the sensor is without a region",
	     "give it one: martlet sensors add ID --label L --region R", 0,
	     ""}};

	for (size_t i = 0; i < n->sensor_count; i++) {
		const struct sensor *s = &n->sensors[i];
		const bool bad[] = {*s->id == '\0' || *s->label == '\0',
				    is_address(s->id) || is_address(s->label),
				    shares_label(n, s), !is_country(s->country),
				    c->usable[REGION] &&
					!has_region(n, s->region)};

		for (size_t k = 0; k < ARRAY_LEN(faults); k++)
			if (bad[k])
				blame(&faults[k], s->id);
		c->out->unassigned += strcmp(s->region, "unassigned") == 0;
	}
	report(c, SENSOR, faults, ARRAY_LEN(faults));
}

/* --- uptime */

static bool has_sensor(const struct network *n, const char *id)
{
	for (size_t i = 0; i < n->sensor_count; i++)
		if (strcmp(n->sensors[i].id, id) == 0)
			return true;
	return false;
}

struct record {
	char *sensor;
	int64_t since, until;
};

static void judge_record(struct checking *c, const struct network *n,
			 struct fault faults[3], struct sensordb_rows *rows,
			 struct record *last)
{
	struct record r = {xalloc_string(sensordb_text(rows, 0)),
			   sensordb_int(rows, 1), sensordb_int(rows, 2)};
	int64_t inferred = sensordb_int(rows, 3);
	bool same = last->sensor && strcmp(last->sensor, r.sensor) == 0;
	char *shown = xalloc_printf("%s %lld %lld", r.sensor,
				    (long long)r.since, (long long)r.until);

	if (sensordb_is_null(rows, 1) || sensordb_is_null(rows, 2) ||
	    sensordb_is_null(rows, 3) || r.since >= r.until || inferred < 0 ||
	    inferred > 1)
		blame(&faults[0], shown);
	if (same && r.since < last->until)
		blame(&faults[1], shown);
	if (c->usable[SENSOR] && !has_sensor(n, r.sensor))
		blame(&faults[2], shown);
	/* The record that reaches farthest is compared with the next. */
	if (same && last->until > r.until)
		r.until = last->until;
	free(shown);
	free(last->sensor);
	*last = r;
}

static int check_uptime(struct checking *c, const struct network *n)
{
	struct fault faults[] = {
	    {TYPED, "the times are not Unix seconds in this order",
	     "remove the record: martlet sensors uptime --remove SENSOR FROM "
	     "UNTIL",
	     0, ""},
	    {WRONG, "the record overlaps another of its sensor",
	     "remove one: martlet sensors uptime --remove SENSOR FROM UNTIL", 0,
	     ""},
	    {WRONG, "the sensor is not in the relation sensor",
	     "add it: martlet sensors add ID --label L --region R", 0, ""}};
	const char *sql =
	    c->engine == SENSORDB_SQLITE
		? "SELECT sensor, CASE WHEN typeof(up_since) = 'integer' THEN "
		  "up_since END, CASE WHEN typeof(up_until) = 'integer' THEN "
		  "up_until END, inferred FROM sensor_uptime "
		  "ORDER BY sensor, up_since"
		: "SELECT sensor, up_since, up_until, inferred "
		  "FROM sensor_uptime "
		  "ORDER BY sensor COLLATE BINARY, up_since";
	struct sensordb_rows *rows = sensordb_ask(c->db, sql, NULL, 0);
	struct record last = {0};
	int got = -1;

	while (rows != NULL && (got = sensordb_next(rows)) > 0)
		judge_record(c, n, faults, rows, &last);
	sensordb_rows_free(rows);
	free(last.sensor);
	report(c, UPTIME, faults, ARRAY_LEN(faults));
	return got;
}

static void release(struct network *n)
{
	for (size_t i = 0; i < n->sensor_count; i++) {
		free(n->sensors[i].id);
		free(n->sensors[i].label);
		free(n->sensors[i].region);
		free(n->sensors[i].country);
	}
	for (size_t i = 0; i < n->region_count; i++)
		free(n->regions[i]);
	free(n->sensors);
	free(n->regions);
}

int sensorcheck_network(struct checking *c)
{
	struct network n = {0};
	int rc = 0;

	if (c->usable[REGION])
		rc = check_regions(c, &n);
	if (rc == 0 && c->usable[SENSOR])
		rc = load_sensors(c, &n);
	if (rc == 0 && c->usable[SENSOR])
		check_sensors(c, &n);
	if (rc == 0 && c->usable[UPTIME])
		rc = check_uptime(c, &n);
	release(&n);
	return rc;
}
