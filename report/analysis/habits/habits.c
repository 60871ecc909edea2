#include <math.h>

#include "civil.h"
#include "zone.h"
#include "habits.h"

static enum traffic_side side_of(const struct traffic *t, size_t sensor)
{
	return t->regions[t->sensors[sensor].region].side;
}

static void add_days(const struct traffic *t, struct habits *h)
{
	for (size_t s = 0; s < t->sensor_count; s++) {
		for (size_t d = 0; d < t->day_count; d++) {
			const struct traffic_cell *c =
			    &t->cells[s * t->day_count + d];
			int weekday =
			    civil_weekday(t->period.first + (int32_t)d) - 1;
			struct habit_day *day =
			    &h->days[side_of(t, s)][weekday];

			day->packets += c->packets;
			day->sensor_days += c->up;
		}
	}
	for (int side = 0; side < TRAFFIC_SIDES; side++) {
		for (int i = 0; i < HABITS_DAYS; i++) {
			struct habit_day *day = &h->days[side][i];

			day->per_sensor_day =
			    day->sensor_days > 0
				? (double)day->packets / day->sensor_days
				: NAN;
		}
	}
}

static void add_hour(const struct traffic *t, struct sensordb_rows *rows,
		     struct zone *zone, struct habits *h)
{
	size_t sensor = traffic_find_sensor(t, sensordb_text(rows, 1));
	int64_t hour = sensordb_int(rows, 0), packets = sensordb_int(rows, 2);
	struct tm clock = zone_clock(zone, hour);
	enum traffic_side side;

	if (sensor == t->sensor_count)
		return;
	side = side_of(t, sensor);
	h->hours[side][civil_weekday(zone_day(zone, hour)) - 1]
		[clock.tm_hour] += packets;
	h->hour_packets[side] += packets;
	h->has_hours = true;
}

int habits_load(struct sensordb *db, const struct traffic *t,
		struct habits *out)
{
	struct zone *zone = sensordb_zone(db);
	const struct sensordb_value values[] = {
	    {SENSORDB_INT, zone_day_start(zone, t->period.first), NULL},
	    {SENSORDB_INT, zone_day_start(zone, t->period.last + 1), NULL}};
	struct sensordb_rows *rows;
	int got = sensordb_has(db, "traffic_hour");

	*out = (struct habits){0};
	add_days(t, out);
	if (got <= 0)
		return got;
	rows = sensordb_ask(db,
			    "SELECT hour, sensor, SUM(packets) "
			    "FROM traffic_hour WHERE hour >= ? AND hour < ? "
			    "GROUP BY hour, sensor",
			    values, 2);
	got = -1;
	while (rows != NULL && (got = sensordb_next(rows)) > 0)
		add_hour(t, rows, zone, out);
	sensordb_rows_free(rows);
	return got;
}
