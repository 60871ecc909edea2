#include <math.h>

#include "civil.h"
#include "jsonout.h"
#include "portdays.h"
#include "transport.h"
#include "events_internal.h"
#include "events_print.h"
#include "events_words.h"

static json_t *text_or_null(const char *text)
{
	return text != NULL && *text != '\0' ? jsonout_text(text) : json_null();
}

static void set_service(json_t *o, uint32_t service)
{
	int protocol = portdays_protocol(service);
	uint16_t port = portdays_port(service);
	char text[TRANSPORT_TEXT];

	json_object_set_new(o, "port", json_integer(port));
	json_object_set_new(o, "transport",
			    json_string(transport_name(protocol, text)));
	json_object_set_new(
	    o, "service", json_string(transport_service(protocol, port, text)));
}

static void set_as(json_t *o, const struct event_part *p)
{
	json_object_set_new(o, "asn",
			    p->asn != 0 ? json_integer(p->asn) : json_null());
	json_object_set_new(o, "as_name", text_or_null(p->as_name));
}

static json_t *part_json(const struct event_part *p, enum event_dimension d)
{
	char text[ADDR_TEXT_MAX + 4];
	json_t *o = json_object();

	if (d == EVENT_SOURCES)
		json_object_set_new(
		    o, "address",
		    json_string(addr_format(&p->network.base, text)));
	if (d == EVENT_NETWORKS)
		json_object_set_new(
		    o, "network",
		    json_string(prefix_format(&p->network, text)));
	if (d == EVENT_PORTS)
		set_service(o, p->service);
	if (d == EVENT_SOURCES || d == EVENT_NETWORKS || d == EVENT_COUNTRIES)
		json_object_set_new(o, "country", text_or_null(p->country));
	if (d == EVENT_SOURCES || d == EVENT_NETWORKS || d == EVENT_ASES)
		set_as(o, p);
	json_object_set_new(o, "packets", json_integer(p->packets));
	json_object_set_new(o, "excess", jsonout_real(p->excess));
	return o;
}

static json_t *set_json(const struct event_set *set, enum event_dimension d)
{
	json_t *o = json_object(), *list = json_array();

	for (size_t i = 0; i < set->count && i < EVENTS_FEW_SOURCES; i++)
		json_array_append_new(list, part_json(&set->parts[i], d));
	json_object_set_new(o, "count", json_integer((json_int_t)set->count));
	json_object_set_new(o, "share", jsonout_real(set->share));
	json_object_set_new(o, "accounts", json_boolean(set->accounts));
	json_object_set_new(o, "list", list);
	return o;
}

static json_t *explanation_json(const struct event *e)
{
	json_t *o = json_object();

	for (int d = 0; d < EVENT_DIMENSIONS; d++)
		json_object_set_new(
		    o, events_words_dimension((enum event_dimension)d),
		    set_json(&e->sets[d], (enum event_dimension)d));
	return o;
}

static json_t *sensors_json(const struct event *e, const struct traffic *t)
{
	json_t *list = json_array();

	for (size_t s = 0; s < t->sensor_count; s++) {
		const struct event_place *p = &e->places[s];
		json_t *o = json_object();

		json_object_set_new(o, "sensor",
				    jsonout_text(t->sensors[s].id));
		json_object_set_new(o, "label",
				    jsonout_text(t->sensors[s].label));
		json_object_set_new(
		    o, "region",
		    jsonout_text(t->regions[t->sensors[s].region].id));
		json_object_set_new(o, "packets", json_integer(p->packets));
		json_object_set_new(o, "ran", json_boolean(p->ran));
		json_object_set_new(o, "seen", json_boolean(p->seen));
		json_array_append_new(list, o);
	}
	return list;
}

static json_t *regions_json(const struct event *e, const struct traffic *t,
			    enum events_where where)
{
	json_t *list = json_array();

	for (size_t r = 0; r < t->region_count; r++)
		if (events_words_where(e, t, r) == where)
			json_array_append_new(list,
					      jsonout_text(t->regions[r].id));
	return list;
}

static json_t *above_json(const struct event *e, const struct traffic *t)
{
	json_t *list = json_array();

	for (size_t r = 0; r < t->region_count; r++)
		if (e->regions[r])
			json_array_append_new(list,
					      jsonout_text(t->regions[r].id));
	return list;
}

static void set_scope(json_t *o, const struct event_scope *scope)
{
	static const char *const of[] = {[EVENT_OF_ALL] = "all",
					 [EVENT_OF_PORT] = "port",
					 [EVENT_OF_COUNTRY] = "country"};

	json_object_set_new(o, "of", json_string(of[scope->of]));
	if (scope->of == EVENT_OF_PORT)
		set_service(o, scope->service);
	if (scope->of == EVENT_OF_COUNTRY)
		json_object_set_new(o, "country", jsonout_text(scope->country));
}

static void set_days(json_t *o, const struct event *e)
{
	char day[CIVIL_DAY_TEXT];

	json_object_set_new(o, "first_day",
			    json_string(civil_format_day(e->first, day)));
	json_object_set_new(o, "last_day",
			    json_string(civil_format_day(e->last, day)));
	json_object_set_new(o, "days", json_integer(e->days));
}

static json_t *event_json(const struct event *e, const struct traffic *t)
{
	const struct traffic_region *region = &t->regions[e->region];
	json_t *o = json_object();

	set_days(o, e);
	json_object_set_new(o, "region", jsonout_text(region->id));
	json_object_set_new(o, "side",
			    json_string(traffic_side_text(region->side)));
	json_object_set_new(o, "regions", above_json(e, t));
	set_scope(o, &e->scope);
	json_object_set_new(o, "per_sensor_day",
			    jsonout_real(e->per_sensor_day));
	json_object_set_new(o, "usual", jsonout_real(e->usual));
	json_object_set_new(o, "excess", jsonout_real(e->excess));
	json_object_set_new(o, "share", jsonout_real(e->share));
	json_object_set_new(o, "sources", json_integer((json_int_t)e->sources));
	json_object_set_new(
	    o, "explained_by",
	    e->explained == EVENT_DIMENSIONS
		? json_null()
		: json_string(events_words_dimension(e->explained)));
	json_object_set_new(o, "packets", json_integer(e->packets));
	json_object_set_new(o, "explanation", explanation_json(e));
	json_object_set_new(o, "sensors", sensors_json(e, t));
	json_object_set_new(o, "regions_seen", regions_json(e, t, EVENTS_SEEN));
	json_object_set_new(o, "regions_not_seen",
			    regions_json(e, t, EVENTS_NOT_SEEN));
	return o;
}

json_t *events_json(const struct events *e, const struct traffic *t)
{
	json_t *list = json_array();

	for (size_t i = 0; i < e->count; i++)
		json_array_append_new(list, event_json(&e->list[i], t));
	return list;
}
