/*
 * Sensor-days and packets of each month and of the whole period.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "civil.h"
#include "lists.h"
#include "log.h"
#include "xalloc.h"
#include "zone.h"
#include "traffic_internal.h"

/* Where only packets tell whether a sensor ran, a quiet day or two at the
 * edge of a month do not yet mean that it had stopped. */
#define QUIET_DAYS_MAX 2

/* What the days of one sensor say about its silences. */
struct silence {
	int32_t last;    /* day that it was last seen on */
	int32_t longest; /* days between two days that it was seen on */
	bool seen;
};

struct days {
	struct traffic *t;
	struct zone *zone;
	struct silence *silences; /* parallel to the sensors */
	int64_t strange;          /* packets of sensors not in `sensor` */
	int64_t outside;          /* packets on days without recorded uptime */
	bool overlap;             /* of records of one sensor */
};

static struct traffic_amount no_amount(void)
{
	return (struct traffic_amount){
	    .per_sensor_day = NAN, .first = INT32_MAX, .last = INT32_MIN};
}

static void make_span(const struct traffic *t, struct traffic_span *s)
{
	s->regions = xalloc_zero(t->region_count + 1, sizeof(*s->regions));
	s->sensors = xalloc_zero(t->sensor_count + 1, sizeof(*s->sensors));
	for (size_t i = 0; i < TRAFFIC_SIDES; i++)
		s->sides[i] = no_amount();
	for (size_t i = 0; i < t->region_count; i++)
		s->regions[i] = no_amount();
	for (size_t i = 0; i < t->sensor_count; i++)
		s->sensors[i] = no_amount();
}

static void make_months(struct traffic *t)
{
	struct period_month m;
	size_t cap = 0;

	while (period_month(&t->period, (int)t->month_count, &m)) {
		struct traffic_span *s;

		xalloc_room((void **)&t->months, &cap, t->month_count,
			    sizeof(*t->months));
		s = &t->months[t->month_count++];
		*s = (struct traffic_span){.year = m.year,
					   .month = m.month,
					   .first = m.first,
					   .last = m.last,
					   .clipped = m.partial};
		snprintf(s->text, sizeof(s->text), "%04d-%02d", m.year,
			 m.month);
		make_span(t, s);
	}
}

static void make_spans(struct traffic *t)
{
	t->whole.first = t->period.first;
	t->whole.last = t->period.last;
	snprintf(t->whole.text, sizeof(t->whole.text), "%s", t->period.text);
	make_span(t, &t->whole);
	make_months(t);
}

static struct traffic_span *month_of(struct traffic *t, int32_t day)
{
	struct civil c = civil_from_day(day);
	int at =
	    (c.year - t->months[0].year) * 12 + c.month - t->months[0].month;

	return &t->months[at];
}

static void saw(struct silence *s, int32_t day)
{
	if (s->seen && day - s->last - 1 > s->longest)
		s->longest = day - s->last - 1;
	s->last = day;
	s->seen = true;
}

static void add_to(struct traffic_amount *a, int32_t day, double share,
		   bool inferred)
{
	a->sensor_days += share;
	if (day < a->first)
		a->first = day;
	if (day > a->last)
		a->last = day;
	a->inferred |= inferred;
}

static struct traffic_cell *cell_of(struct traffic *t, size_t sensor,
				    int32_t day)
{
	return &t->cells[sensor * t->day_count +
			 (size_t)(day - t->period.first)];
}

/* @share: of the day that the sensor ran, 0..1. */
static void add_day(struct days *d, size_t sensor, int32_t day, double share,
		    bool inferred)
{
	struct traffic_cell *cell = cell_of(d->t, sensor, day);

	cell->up += share;
	cell->inferred |= inferred;
	saw(&d->silences[sensor], day);
	add_to(&month_of(d->t, day)->sensors[sensor], day, share, inferred);
	add_to(&d->t->whole.sensors[sensor], day, share, inferred);
}

static void add_inferred_day(struct days *d, size_t sensor, int32_t day)
{
	add_day(d, sensor, day, 1, true);
	month_of(d->t, day)->sensors[sensor].inferred_days++;
	d->t->whole.sensors[sensor].inferred_days++;
}

static void add_uptime(struct days *d, const struct traffic_uptime *up)
{
	int64_t at = up->since;

	while (at < up->until) {
		int32_t day = zone_day(d->zone, at);
		int64_t start = zone_day_start(d->zone, day);
		int64_t end = zone_day_start(d->zone, day + 1);
		int64_t stop = up->until < end ? up->until : end;

		add_day(d, up->sensor, day,
			(double)(stop - at) / (double)(end - start),
			up->inferred);
		at = stop;
	}
}

static void keep_uptime(struct days *d, struct sensordb_rows *rows,
			int64_t start, int64_t end)
{
	struct traffic *t = d->t;
	struct traffic_uptime up = {
	    .sensor = traffic_find_sensor(t, sensordb_text(rows, 0)),
	    .since = sensordb_int(rows, 1),
	    .until = sensordb_int(rows, 2),
	    .inferred = sensordb_int(rows, 3) != 0};

	const struct traffic_uptime *last =
	    t->uptime_count > 0 ? &t->uptime[t->uptime_count - 1] : NULL;

	if (up.sensor == t->sensor_count)
		return;
	if (up.since < start)
		up.since = start;
	if (up.until > end)
		up.until = end;
	/* Records come by sensor and start. No time counts twice. */
	if (last != NULL && last->sensor == up.sensor &&
	    up.since < last->until) {
		d->overlap = true;
		up.since = last->until;
		if (up.until <= up.since)
			return;
	}
	t->uptime = xalloc_grow(t->uptime, t->uptime_count + 1, sizeof(up));
	t->uptime[t->uptime_count++] = up;
	add_uptime(d, &up);
}

static int load_uptime(struct days *d, struct sensordb *db)
{
	const struct period *p = &d->t->period;
	int64_t start = zone_day_start(d->zone, p->first);
	int64_t end = zone_day_start(d->zone, p->last + 1);
	const struct sensordb_value values[] = {{SENSORDB_INT, end, NULL},
						{SENSORDB_INT, start, NULL}};
	struct sensordb_rows *rows = sensordb_ask(
	    db,
	    "SELECT sensor, up_since, up_until, inferred FROM sensor_uptime "
	    "WHERE up_since < ? AND up_until > ? "
	    "ORDER BY sensor COLLATE BINARY, up_since",
	    values, 2);
	int got = -1;

	while (rows != NULL && (got = sensordb_next(rows)) > 0)
		keep_uptime(d, rows, start, end);
	sensordb_rows_free(rows);
	return got;
}

static bool ran_on(const struct days *d, size_t sensor, int32_t day)
{
	int64_t start = zone_day_start(d->zone, day);
	int64_t end = zone_day_start(d->zone, day + 1);

	for (size_t i = 0; i < d->t->uptime_count; i++) {
		const struct traffic_uptime *up = &d->t->uptime[i];

		if (up->sensor == sensor && up->since < end &&
		    up->until > start)
			return true;
	}
	return false;
}

static int add_packets(struct days *d, struct sensordb_rows *rows)
{
	struct traffic *t = d->t;
	size_t sensor = traffic_find_sensor(t, sensordb_text(rows, 0));
	int64_t packets = sensordb_int(rows, 2);
	int32_t day;

	if (!civil_parse_day(sensordb_text(rows, 1), &day) ||
	    day < t->period.first || day > t->period.last) {
		log_error("the sensor database has a row of traffic whose day "
			  "is '%s'",
			  sensordb_text(rows, 1));
		log_hint("days are written 2025-07-31; 'martlet sensors "
			 "check' says more");
		return -1;
	}
	if (sensor == t->sensor_count) {
		d->strange += packets;
		return 0;
	}
	/* Backscatter too shows that the sensor ran. */
	if (!t->sensors[sensor].recorded && packets > 0)
		add_inferred_day(d, sensor, day);
	else if (packets > 0 && !ran_on(d, sensor, day))
		d->outside += packets;
	if (t->scanning_only)
		packets -= sensordb_int(rows, 3);
	cell_of(t, sensor, day)->packets += packets;
	month_of(t, day)->sensors[sensor].packets += packets;
	t->whole.sensors[sensor].packets += packets;
	return 0;
}

static void complain(const struct days *d)
{
	const struct traffic *t = d->t;

	if (d->strange > 0)
		log_warning("%lld %s in %s are of sensors that the sensor "
			    "database does not describe; they are left out",
			    (long long)d->strange, t->unit, t->period.text);
	if (d->overlap) {
		log_warning("records of when sensors were up overlap in %s; "
			    "no time was counted twice",
			    t->period.text);
		log_hint("'martlet sensors check' names them");
	}
	if (d->outside > 0) {
		log_warning("%lld %s in %s came on days when their sensor was "
			    "not up by its records: means are too high",
			    (long long)d->outside, t->unit, t->period.text);
		log_hint("'martlet sensors uptime' mends the records");
	}
}

static int load_packets(struct days *d, struct sensordb *db)
{
	char text[2][CIVIL_DAY_TEXT];
	struct sensordb_value values[3] = {
	    {SENSORDB_TEXT, 0, signature_text(SIGNATURE_BACKSCATTER)}};
	struct sensordb_rows *rows;
	int got = -1;

	sensordb_days(&d->t->period, text, values + 1);
	rows = sensordb_ask(
	    db,
	    "SELECT sensor, day, SUM(packets), "
	    "SUM(CASE WHEN signature = ? THEN packets ELSE 0 END) "
	    "FROM traffic WHERE day BETWEEN ? AND ? "
	    "GROUP BY sensor, day ORDER BY sensor COLLATE BINARY, day",
	    values, 3);
	while (rows != NULL && (got = sensordb_next(rows)) > 0) {
		if (add_packets(d, rows) < 0) {
			got = -1;
			break;
		}
	}
	sensordb_rows_free(rows);
	return got;
}

static void finish_sensor(const struct days *d, struct traffic_span *span,
			  size_t i)
{
	struct traffic_amount *a = &span->sensors[i];
	const struct silence *s = &d->silences[i];
	int32_t quiet = 0;

	a->sensors = a->sensor_days > 0;
	if (!d->t->sensors[i].recorded)
		quiet =
		    s->longest < QUIET_DAYS_MAX ? s->longest : QUIET_DAYS_MAX;
	a->cut = a->sensors && (a->first - span->first > quiet ||
				span->last - a->last > quiet);
}

static void pool(struct traffic_amount *whole, const struct traffic_amount *a)
{
	whole->packets += a->packets;
	whole->sensor_days += a->sensor_days;
	whole->inferred_days += a->inferred_days;
	whole->sensors += a->sensors;
	whole->cut += a->cut;
	if (a->first < whole->first)
		whole->first = a->first;
	if (a->last > whole->last)
		whole->last = a->last;
	whole->inferred |= a->inferred;
}

static void finish_amount(const struct traffic_span *span,
			  struct traffic_amount *a)
{
	if (a->sensor_days > 0)
		a->per_sensor_day = (double)a->packets / a->sensor_days;
	a->partial = span->clipped || a->cut > 0 || a->sensors == 0;
}

static void finish_span(const struct days *d, struct traffic_span *span)
{
	const struct traffic *t = d->t;

	for (size_t i = 0; i < t->sensor_count; i++) {
		size_t r = t->sensors[i].region;

		finish_sensor(d, span, i);
		pool(&span->regions[r], &span->sensors[i]);
		pool(&span->sides[t->regions[r].side], &span->sensors[i]);
		finish_amount(span, &span->sensors[i]);
	}
	for (size_t i = 0; i < t->region_count; i++)
		finish_amount(span, &span->regions[i]);
	for (size_t i = 0; i < TRAFFIC_SIDES; i++)
		finish_amount(span, &span->sides[i]);
}

int traffic_days_load(struct traffic *t, struct sensordb *db,
		      const struct traffic_options *options)
{
	struct days d = {.t = t, .zone = sensordb_zone(db)};
	int rc;

	d.silences = xalloc_zero(t->sensor_count + 1, sizeof(*d.silences));
	make_spans(t);
	t->day_count = (size_t)(t->period.last - t->period.first + 1);
	t->cells =
	    xalloc_zero(t->sensor_count * t->day_count + 1, sizeof(*t->cells));
	rc = load_uptime(&d, db);
	if (rc == 0)
		rc = load_packets(&d, db);
	if (!options->quiet)
		complain(&d);
	finish_span(&d, &t->whole);
	for (size_t i = 0; i < t->month_count; i++)
		finish_span(&d, &t->months[i]);
	t->empty = true;
	for (size_t i = 0; i < TRAFFIC_SIDES; i++)
		if (t->whole.sides[i].packets > 0 ||
		    t->whole.sides[i].sensors > 0)
			t->empty = false;
	free(d.silences);
	return rc;
}
