/*
 * Weekdays and hours.
 */
#include <math.h>

#include "jsonout.h"
#include "zone.h"
#include "answer_parts.h"
#include "answer_words.h"

static const char *const weekdays[] = {"Monday",   "Tuesday", "Wednesday",
				       "Thursday", "Friday",  "Saturday",
				       "Sunday"};

static bool has_side(const struct answers *a, int side)
{
	return traffic_has_sensors(&a->traffic, (enum traffic_side)side);
}

static const char *side_text(int side)
{
	return traffic_side_text((enum traffic_side)side);
}

static json_t *weekdays_json(const struct answers *a)
{
	json_t *list = json_array();

	for (int side = 0; side < TRAFFIC_SIDES; side++) {
		for (int i = 0; has_side(a, side) && i < HABITS_DAYS; i++) {
			const struct habit_day *d = &a->habits.days[side][i];
			json_t *o = json_object();

			json_object_set_new(o, "side",
					    json_string(side_text(side)));
			json_object_set_new(o, "weekday", json_integer(i + 1));
			json_object_set_new(o, "packets",
					    json_integer(d->packets));
			json_object_set_new(o, "sensor_days",
					    jsonout_real(d->sensor_days));
			json_object_set_new(o, "per_sensor_day",
					    jsonout_real(d->per_sensor_day));
			json_array_append_new(list, o);
		}
	}
	return list;
}

static json_t *hours_json(const struct answers *a)
{
	json_t *list = json_array();

	for (int side = 0; side < TRAFFIC_SIDES; side++)
		for (int d = 0; has_side(a, side) && d < HABITS_DAYS; d++)
			for (int h = 0; h < HABITS_HOURS; h++) {
				json_t *o = json_object();

				json_object_set_new(
				    o, "side", json_string(side_text(side)));
				json_object_set_new(o, "weekday",
						    json_integer(d + 1));
				json_object_set_new(o, "hour", json_integer(h));
				json_object_set_new(
				    o, "packets",
				    json_integer(a->habits.hours[side][d][h]));
				json_array_append_new(list, o);
			}
	return list;
}

void answer_habits_json(const struct answers *a, json_t *document)
{
	json_t *o = json_object();

	json_object_set_new(o, "timezone",
			    json_string(zone_name(sensordb_zone(a->db))));
	json_object_set_new(o, "weekdays", weekdays_json(a));
	json_object_set_new(o, "hours",
			    a->habits.has_hours ? hours_json(a) : json_null());
	json_object_set_new(document, "habits", o);
}

/* The share of a side's packets that comes in an hour of the day. */
static double hour_share(const struct habits *h, int side, int hour)
{
	int64_t sum = 0;

	for (int d = 0; d < HABITS_DAYS; d++)
		sum += h->hours[side][d][hour];
	return h->hour_packets[side] > 0
		   ? (double)sum / (double)h->hour_packets[side]
		   : NAN;
}

struct table *answer_habits_csv(const struct answers *a)
{
	static const char *const columns[] = {
	    "side", "weekday", "hour", "packets", "per_sensor_day", NULL};
	struct table *table = answer_words_table(columns, 2);

	for (int side = 0; side < TRAFFIC_SIDES; side++) {
		for (int d = 0; has_side(a, side) && d < HABITS_DAYS; d++) {
			const struct habit_day *day = &a->habits.days[side][d];

			table_text(table, side_text(side));
			table_text(table, weekdays[d]);
			table_text(table, "");
			table_number(table, day->packets);
			answer_words_real(table, day->per_sensor_day, 0, true);
			for (int h = 0; a->habits.has_hours && h < HABITS_HOURS;
			     h++) {
				table_text(table, side_text(side));
				table_text(table, weekdays[d]);
				table_number(table, h);
				table_number(table,
					     a->habits.hours[side][d][h]);
				table_text(table, "");
			}
		}
	}
	return table;
}

static void print_hours(const struct answers *a, FILE *out)
{
	struct table *table = table_new();

	fprintf(out, "\nShare of each hour of the day\n\n");
	table_column(table, "hour", TABLE_RIGHT);
	for (int side = 0; side < TRAFFIC_SIDES; side++)
		if (has_side(a, side))
			table_column(table, side_text(side), TABLE_RIGHT);
	for (int h = 0; h < HABITS_HOURS; h++) {
		table_number(table, h);
		for (int side = 0; side < TRAFFIC_SIDES; side++)
			if (has_side(a, side))
				answer_words_share(
				    table, hour_share(&a->habits, side, h),
				    false);
	}
	answer_words_print(table, out);
}

void answer_habits_print(const struct answers *a, FILE *out)
{
	struct table *table = table_new();

	fprintf(out, "%s per sensor and day, by weekday (%s)\n\n",
		a->traffic.unit, zone_name(sensordb_zone(a->db)));
	table_column(table, "weekday", TABLE_LEFT);
	for (int side = 0; side < TRAFFIC_SIDES; side++)
		if (has_side(a, side))
			table_column(table, side_text(side), TABLE_RIGHT);
	for (int d = 0; d < HABITS_DAYS; d++) {
		table_text(table, weekdays[d]);
		for (int side = 0; side < TRAFFIC_SIDES; side++)
			if (has_side(a, side))
				answer_words_real(
				    table,
				    a->habits.days[side][d].per_sensor_day, 1,
				    false);
	}
	answer_words_print(table, out);
	if (a->habits.has_hours)
		print_hours(a, out);
}
