#include "civil.h"
#include "jsonout.h"
#include "traffic_json.h"

static void set_day(json_t *o, const char *key, const struct traffic_amount *a,
		    int32_t day)
{
	char text[CIVIL_DAY_TEXT];

	json_object_set_new(o, key,
			    a->first > a->last
				? json_null()
				: json_string(civil_format_day(day, text)));
}

static void set_amount(json_t *o, const struct traffic_amount *a)
{
	json_object_set_new(o, "packets", json_integer(a->packets));
	json_object_set_new(o, "sensor_days", jsonout_real(a->sensor_days));
	json_object_set_new(o, "per_sensor_day",
			    jsonout_real(a->per_sensor_day));
	json_object_set_new(o, "partial", json_boolean(a->partial));
	json_object_set_new(o, "inferred", json_boolean(a->inferred));
	json_object_set_new(o, "sensors", json_integer(a->sensors));
	json_object_set_new(o, "cut", json_integer(a->cut));
	set_day(o, "first_day", a, a->first);
	set_day(o, "last_day", a, a->last);
}

static json_t *of_month(const struct traffic_span *m)
{
	json_t *o = json_object();

	json_object_set_new(o, "month", json_string(m->text));
	return o;
}

static void set_region(json_t *o, const struct traffic *t, size_t region)
{
	const struct traffic_region *r = &t->regions[region];

	json_object_set_new(o, "region", jsonout_text(r->id));
	json_object_set_new(o, "side", json_string(traffic_side_text(r->side)));
}

static json_t *months(const struct traffic *t)
{
	json_t *list = json_array();

	for (size_t m = 0; m < t->month_count; m++) {
		for (size_t r = 0; r < t->region_count; r++) {
			json_t *o;

			if (t->regions[r].sensor_count == 0)
				continue;
			o = of_month(&t->months[m]);
			set_region(o, t, r);
			set_amount(o, &t->months[m].regions[r]);
			json_array_append_new(list, o);
		}
	}
	return list;
}

static json_t *side_months(const struct traffic *t)
{
	json_t *list = json_array();

	for (size_t m = 0; m < t->month_count; m++) {
		for (int s = 0; s < TRAFFIC_SIDES; s++) {
			json_t *o;

			if (!traffic_has_sensors(t, (enum traffic_side)s))
				continue;
			o = of_month(&t->months[m]);
			json_object_set_new(o, "side",
					    json_string(traffic_side_text(
						(enum traffic_side)s)));
			set_amount(o, &t->months[m].sides[s]);
			json_array_append_new(list, o);
		}
	}
	return list;
}

static void set_sensor(json_t *o, const struct traffic *t, size_t sensor)
{
	const struct traffic_sensor *s = &t->sensors[sensor];

	json_object_set_new(o, "sensor", jsonout_text(s->id));
	json_object_set_new(o, "label", jsonout_text(s->label));
	json_object_set_new(o, "region",
			    jsonout_text(t->regions[s->region].id));
}

static json_t *sensor_months(const struct traffic *t)
{
	json_t *list = json_array();

	for (size_t m = 0; m < t->month_count; m++) {
		for (size_t s = 0; s < t->sensor_count; s++) {
			json_t *o = of_month(&t->months[m]);

			set_sensor(o, t, s);
			set_amount(o, &t->months[m].sensors[s]);
			json_array_append_new(list, o);
		}
	}
	return list;
}

/* Where a port stood in another count. */
static json_t *place(const struct traffic_place *p)
{
	json_t *o;

	if (!p->known)
		return json_null();
	o = json_object();
	json_object_set_new(o, "rank",
			    p->rank > 0 ? json_integer(p->rank) : json_null());
	json_object_set_new(o, "packets", json_integer(p->packets));
	json_object_set_new(o, "share", jsonout_real(p->share));
	json_object_set_new(o, "sources", json_integer(p->sources));
	return o;
}

static json_t *rank(const struct traffic *t, size_t sensor,
		    const struct traffic_rank *r)
{
	json_t *o = json_object();
	char name[TRANSPORT_TEXT];

	set_sensor(o, t, sensor);
	json_object_set_new(o, "rank", json_integer(r->rank));
	json_object_set_new(o, "port", json_integer(r->port));
	json_object_set_new(o, "transport",
			    json_string(transport_name(r->protocol, name)));
	json_object_set_new(o, "service", json_string(r->service));
	json_object_set_new(o, "packets", json_integer(r->packets));
	json_object_set_new(o, "share", jsonout_real(r->share));
	json_object_set_new(o, "sources", json_integer(r->sources));
	if (t->compared) {
		json_object_set_new(o, "previous",
				    place(&r->then[TRAFFIC_PREVIOUS]));
		json_object_set_new(o, "year_before",
				    place(&r->then[TRAFFIC_YEAR_BEFORE]));
	}
	if (t->left_out > 0)
		json_object_set_new(o, "with_research", place(&r->with));
	return o;
}

static json_t *ranks(const struct traffic *t)
{
	json_t *list = json_array();

	for (size_t s = 0; s < t->sensor_count; s++)
		for (size_t i = 0; i < t->ranks[s].count; i++)
			json_array_append_new(list,
					      rank(t, s, &t->ranks[s].list[i]));
	return list;
}

static json_t *change(const struct traffic *t, const struct traffic_change *c)
{
	json_t *o = json_object();

	json_object_set_new(o, "against", json_string(c->against));
	json_object_set_new(o, "period", json_string(c->period));
	if (c->is_side) {
		enum traffic_side side = (enum traffic_side)c->index;

		json_object_set_new(o, "region", json_null());
		json_object_set_new(o, "side",
				    json_string(traffic_side_text(side)));
	} else {
		set_region(o, t, c->index);
	}
	json_object_set_new(o, "per_sensor_day",
			    jsonout_real(c->now.per_sensor_day));
	json_object_set_new(o, "before",
			    jsonout_real(c->before.per_sensor_day));
	json_object_set_new(o, "change", jsonout_real(c->change));
	json_object_set_new(o, "partial",
			    json_boolean(c->now.partial || c->before.partial));
	json_object_set_new(
	    o, "inferred", json_boolean(c->now.inferred || c->before.inferred));
	return o;
}

static json_t *changes(const struct traffic *t)
{
	json_t *list = json_array();

	for (size_t i = 0; i < t->change_count; i++)
		json_array_append_new(list, change(t, &t->changes[i]));
	return list;
}

static json_t *shown(const struct traffic *t)
{
	json_t *list = json_array();

	for (size_t i = 0; i < t->shown_count; i++)
		json_array_append_new(list,
				      jsonout_text(t->sensors[t->shown[i]].id));
	return list;
}

json_t *traffic_json_document(const struct traffic *t, const char *note)
{
	json_t *doc = jsonout_document("traffic");
	char day[CIVIL_DAY_TEXT];

	json_object_set_new(doc, "period", json_string(t->period.text));
	json_object_set_new(
	    doc, "first_day",
	    json_string(civil_format_day(t->period.first, day)));
	json_object_set_new(doc, "last_day",
			    json_string(civil_format_day(t->period.last, day)));
	json_object_set_new(doc, "unit", json_string(t->unit));
	json_object_set_new(doc, "scanning_only",
			    json_boolean(t->scanning_only));
	json_object_set_new(doc, "ranks_without",
			    json_integer((json_int_t)t->left_out));
	json_object_set_new(doc, "note", jsonout_text(note));
	json_object_set_new(doc, "months", t->empty ? json_array() : months(t));
	json_object_set_new(doc, "side_months",
			    t->empty ? json_array() : side_months(t));
	json_object_set_new(doc, "sensor_months",
			    t->empty ? json_array() : sensor_months(t));
	json_object_set_new(doc, "ranks", ranks(t));
	json_object_set_new(doc, "shown", shown(t));
	json_object_set_new(doc, "changes", changes(t));
	return doc;
}
