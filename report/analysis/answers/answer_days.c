/*
 * Days of regions, and the uptime of sensors. Where nobody ran is a gap.
 */
#include <math.h>

#include "civil.h"
#include "jsonout.h"
#include "answer_parts.h"
#include "answer_words.h"

struct day {
	int64_t packets;
	double sensor_days;
	bool inferred;
};

static struct day day_of(const struct traffic *t, size_t region, size_t day)
{
	struct day d = {0};

	for (size_t s = 0; s < t->sensor_count; s++) {
		const struct traffic_cell *c =
		    &t->cells[s * t->day_count + day];

		if (t->sensors[s].region != region)
			continue;
		d.packets += c->packets;
		d.sensor_days += c->up;
		d.inferred |= c->inferred;
	}
	return d;
}

static double mean_of(const struct day *d)
{
	return d->sensor_days > 0 ? (double)d->packets / d->sensor_days : NAN;
}

void answer_days_json(const struct answers *a, json_t *document)
{
	const struct traffic *t = &a->traffic;
	json_t *list = json_array();

	for (size_t i = 0; i < t->day_count; i++) {
		for (size_t r = 0; r < t->region_count; r++) {
			struct day d = day_of(t, r, i);
			json_t *o;

			if (t->regions[r].sensor_count == 0)
				continue;
			o = json_object();
			answer_words_set_day(o, "day",
					     t->period.first + (int32_t)i);
			json_object_set_new(o, "region",
					    jsonout_text(t->regions[r].id));
			json_object_set_new(
			    o, "side",
			    json_string(traffic_side_text(t->regions[r].side)));
			json_object_set_new(o, "packets",
					    d.sensor_days > 0 || d.packets > 0
						? json_integer(d.packets)
						: json_null());
			json_object_set_new(o, "sensor_days",
					    jsonout_real(d.sensor_days));
			json_object_set_new(o, "per_sensor_day",
					    jsonout_real(mean_of(&d)));
			json_object_set_new(o, "inferred",
					    json_boolean(d.inferred));
			json_array_append_new(list, o);
		}
	}
	json_object_set_new(document, "days", list);
}

struct table *answer_days_csv(const struct answers *a)
{
	static const char *const columns[] = {
	    "day",         "region",         "side",     "packets",
	    "sensor_days", "per_sensor_day", "inferred", NULL};
	const struct traffic *t = &a->traffic;
	struct table *table = answer_words_table(columns, 3);

	for (size_t i = 0; i < t->day_count; i++) {
		for (size_t r = 0; r < t->region_count; r++) {
			struct day d = day_of(t, r, i);

			if (t->regions[r].sensor_count == 0)
				continue;
			answer_words_day(table, t->period.first + (int32_t)i);
			table_text(table, t->regions[r].id);
			table_text(table,
				   traffic_side_text(t->regions[r].side));
			if (d.sensor_days > 0 || d.packets > 0)
				table_number(table, d.packets);
			else
				table_text(table, "");
			answer_words_real(table, d.sensor_days, 0, true);
			answer_words_real(table, mean_of(&d), 0, true);
			table_text(table, d.inferred ? "true" : "false");
		}
	}
	return table;
}

void answer_days_print(const struct answers *a, FILE *out)
{
	const struct traffic *t = &a->traffic;
	struct table *table = table_new();

	fprintf(out,
		"%s per sensor and day, by region; - where no sensor ran\n\n",
		t->unit);
	table_column(table, "day", TABLE_LEFT);
	for (size_t r = 0; r < t->region_count; r++)
		if (t->regions[r].sensor_count > 0)
			table_column(table, t->regions[r].name_en, TABLE_RIGHT);
	for (size_t i = 0; i < t->day_count; i++) {
		answer_words_day(table, t->period.first + (int32_t)i);
		for (size_t r = 0; r < t->region_count; r++) {
			struct day d = day_of(t, r, i);

			if (t->regions[r].sensor_count > 0)
				answer_words_real(table, mean_of(&d), 1, false);
		}
	}
	answer_words_print(table, out);
}

/* --- uptime */

/* Days from first on that a sensor did not run on at all; returns the day
 * behind them. */
static size_t gap_end(const struct traffic *t, size_t sensor, size_t from)
{
	while (from < t->day_count &&
	       t->cells[sensor * t->day_count + from].up <= 0)
		from++;
	return from;
}

static json_t *gaps_json(const struct traffic *t, size_t sensor)
{
	json_t *list = json_array();

	for (size_t i = 0; i < t->day_count; i++) {
		size_t end = gap_end(t, sensor, i);
		json_t *o;

		if (end == i)
			continue;
		o = json_object();
		answer_words_set_day(o, "first_day",
				     t->period.first + (int32_t)i);
		answer_words_set_day(o, "last_day",
				     t->period.first + (int32_t)end - 1);
		json_object_set_new(o, "days",
				    json_integer((json_int_t)(end - i)));
		json_object_set_new(o, "inferred",
				    json_boolean(!t->sensors[sensor].recorded));
		json_array_append_new(list, o);
		i = end;
	}
	return list;
}

static json_t *records_json(const struct traffic *t, size_t sensor)
{
	json_t *list = json_array();

	for (size_t i = 0; i < t->uptime_count; i++) {
		const struct traffic_uptime *up = &t->uptime[i];
		json_t *o;

		if (up->sensor != sensor)
			continue;
		o = json_object();
		json_object_set_new(o, "since", jsonout_time(up->since));
		json_object_set_new(o, "until", jsonout_time(up->until));
		json_object_set_new(o, "inferred", json_boolean(up->inferred));
		json_array_append_new(list, o);
	}
	return list;
}

void answer_uptime_json(const struct answers *a, json_t *document)
{
	const struct traffic *t = &a->traffic;
	json_t *list = json_array();

	for (size_t s = 0; s < t->sensor_count; s++) {
		const struct traffic_amount *amount = &t->whole.sensors[s];
		json_t *o = json_object();

		json_object_set_new(o, "sensor",
				    jsonout_text(t->sensors[s].id));
		json_object_set_new(o, "label",
				    jsonout_text(t->sensors[s].label));
		json_object_set_new(
		    o, "region",
		    jsonout_text(t->regions[t->sensors[s].region].id));
		json_object_set_new(o, "recorded",
				    json_boolean(t->sensors[s].recorded));
		json_object_set_new(o, "sensor_days",
				    jsonout_real(amount->sensor_days));
		json_object_set_new(
		    o, "share",
		    jsonout_real(amount->sensor_days / (double)t->day_count));
		json_object_set_new(o, "up", records_json(t, s));
		json_object_set_new(o, "gaps", gaps_json(t, s));
		json_array_append_new(list, o);
	}
	json_object_set_new(document, "uptime", list);
}

struct table *answer_uptime_csv(const struct answers *a)
{
	static const char *const columns[] = {
	    "sensor",    "label",    "region", "known_by",
	    "first_day", "last_day", "days",   NULL};
	const struct traffic *t = &a->traffic;
	struct table *table = answer_words_table(columns, 6);

	for (size_t s = 0; s < t->sensor_count; s++) {
		for (size_t i = 0; i < t->day_count; i++) {
			size_t end = gap_end(t, s, i);

			if (end == i)
				continue;
			table_text(table, t->sensors[s].id);
			table_text(table, t->sensors[s].label);
			table_text(table, t->regions[t->sensors[s].region].id);
			table_text(table, t->sensors[s].recorded ? "records"
								 : "silence");
			answer_words_day(table, t->period.first + (int32_t)i);
			answer_words_day(table,
					 t->period.first + (int32_t)end - 1);
			table_number(table, (int64_t)(end - i));
			i = end;
		}
	}
	return table;
}

void answer_uptime_print(const struct answers *a, FILE *out)
{
	fprintf(out, "Days on which sensors did not run\n\n");
	answer_words_print(answer_uptime_csv(a), out);
}
