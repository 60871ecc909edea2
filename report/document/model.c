#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "civil.h"
#include "jsonout.h"
#include "log.h"
#include "str.h"
#include "xalloc.h"
#include "model.h"

static struct model_mean mean_of(const struct traffic_amount *a)
{
	bool known = isfinite(a->per_sensor_day) && a->sensor_days > 0;

	return (struct model_mean){
	    .known = known,
	    .value = known ? a->per_sensor_day : 0,
	    .sensor_days = a->sensor_days,
	    .packets = a->packets,
	    .partial = a->partial,
	    .inferred = a->inferred,
	};
}

static void add_months(struct model *m, const struct traffic *t)
{
	m->months = xalloc_zero(t->month_count + 1, sizeof(*m->months));
	m->month_count = t->month_count;
	for (size_t i = 0; i < t->month_count; i++) {
		m->months[i].year = t->months[i].year;
		m->months[i].month = t->months[i].month;
		for (int side = 0; side < TRAFFIC_SIDES; side++)
			m->months[i].sides[side] =
			    mean_of(&t->months[i].sides[side]);
	}
}

/* A label that repeats the identifier was never chosen for the public: the
 * sensor is then called by its region and its place in it. */
static char *public_label(const struct traffic *t, size_t sensor)
{
	const struct traffic_sensor *s = &t->sensors[sensor];
	int number = 0;

	if (s->label != NULL && s->label[0] != '\0' &&
	    strcmp(s->label, s->id) != 0)
		return xalloc_string(s->label);
	for (size_t i = 0; i <= sensor; i++)
		number += t->sensors[i].region == s->region;
	return xalloc_printf("%s #%d",
			     s->region < t->region_count
				 ? t->regions[s->region].name_en
				 : "Sensor",
			     number);
}

static void add_sensor(struct model *m, const struct traffic *t, size_t sensor)
{
	struct model_sensor *s = &m->sensors[m->sensor_count++];
	const struct traffic_ranks *ranks = &t->ranks[sensor];
	size_t region = t->sensors[sensor].region;

	s->label = public_label(t, sensor);
	if (region < t->region_count) {
		s->region_en = xalloc_string(t->regions[region].name_en);
		s->region_ja = xalloc_string(t->regions[region].name_ja);
	}
	for (size_t i = 0; i < ranks->count && i < TRAFFIC_TOP; i++) {
		memcpy(s->services[i], ranks->list[i].service, TRANSPORT_TEXT);
		s->service_count++;
	}
}

/* Where importers put sensors that nobody placed yet. */
static bool is_unassigned(const struct traffic_region *r)
{
	return strcmp(r->id, "unassigned") == 0;
}

static void add_findings(struct model *m, const struct findings *f)
{
	m->findings = xalloc_zero(f->count + 1, sizeof(*m->findings));
	for (size_t i = 0; i < f->count; i++) {
		const struct finding *from = &f->list[i];

		if (strcmp(from->status, "rejected") == 0 ||
		    from->text_en == NULL)
			continue;
		m->findings[m->finding_count++] = (struct model_finding){
		    .kind = from->kind,
		    .text_en = xalloc_string(from->text_en),
		    .text_ja = xalloc_string(from->text_ja),
		    .confidence = from->confidence,
		};
	}
}

int model_build(const struct traffic *t, const struct findings *f,
		const struct config *config, struct model *out)
{
	const char *table = config_text(config, "report.table");
	size_t home = traffic_home(t);

	*out = (struct model){0};
	if (strcmp(table, "rows") != 0 && strcmp(table, "columns") != 0) {
		log_error("report.table is 'columns' or 'rows', not '%s'",
			  table);
		log_hint("it says where Table 1 has its sensors");
		return -1;
	}
	out->period = t->period;
	out->series = str_clean(config_text(config, "report.series"));
	out->author = str_clean(config_text(config, "report.author"));
	/* The database that t borrows from is closed before the model is
	 * used. */
	out->unit = strcmp(t->unit, "flows") == 0 ? "flows" : "packets";
	out->scanning_only = t->scanning_only;
	out->empty = t->empty;
	out->sensors_as_rows = strcmp(table, "rows") == 0;
	if (home < t->region_count && !is_unassigned(&t->regions[home])) {
		out->home_en = xalloc_string(t->regions[home].name_en);
		out->home_ja = xalloc_string(t->regions[home].name_ja);
	}
	for (int i = 0; i < TRAFFIC_SIDES; i++)
		out->has_side[i] = traffic_has_sensors(t, (enum traffic_side)i);
	add_months(out, t);
	out->sensors = xalloc_zero(t->shown_count + 1, sizeof(*out->sensors));
	for (size_t i = 0; i < t->shown_count; i++)
		add_sensor(out, t, t->shown[i]);
	add_findings(out, f);
	return 0;
}

void model_release(struct model *m)
{
	for (size_t i = 0; i < m->sensor_count; i++) {
		free(m->sensors[i].label);
		free(m->sensors[i].region_en);
		free(m->sensors[i].region_ja);
	}
	for (size_t i = 0; i < m->finding_count; i++) {
		free(m->findings[i].text_en);
		free(m->findings[i].text_ja);
	}
	free(m->sensors);
	free(m->findings);
	free(m->months);
	free(m->series);
	free(m->author);
	free(m->home_en);
	free(m->home_ja);
	*m = (struct model){0};
}

static json_t *month_json(const struct model_month *month, int side)
{
	const struct model_mean *mean = &month->sides[side];
	char text[32];
	json_t *o = json_object();

	snprintf(text, sizeof(text), "%04d-%02d", month->year, month->month);
	json_object_set_new(o, "month", json_string(text));
	json_object_set_new(
	    o, "side", json_string(traffic_side_text((enum traffic_side)side)));
	json_object_set_new(o, "packets", json_integer(mean->packets));
	json_object_set_new(o, "sensor_days", jsonout_real(mean->sensor_days));
	json_object_set_new(o, "per_sensor_day",
			    mean->known ? jsonout_real(mean->value)
					: json_null());
	json_object_set_new(o, "partial", json_boolean(mean->partial));
	json_object_set_new(o, "inferred", json_boolean(mean->inferred));
	return o;
}

static json_t *sensor_json(const struct model_sensor *s)
{
	json_t *o = json_object(), *services = json_array();

	json_object_set_new(o, "label", jsonout_text(s->label));
	json_object_set_new(o, "region", jsonout_text(s->region_en));
	for (int i = 0; i < s->service_count; i++)
		json_array_append_new(services, json_string(s->services[i]));
	json_object_set_new(o, "services", services);
	return o;
}

static json_t *finding_json(const struct model_finding *f)
{
	json_t *o = json_object(), *text = json_object();

	json_object_set_new(o, "kind", json_string(finding_kind_text(f->kind)));
	json_object_set_new(text, "en", jsonout_text(f->text_en));
	if (f->text_ja != NULL)
		json_object_set_new(text, "ja", jsonout_text(f->text_ja));
	json_object_set_new(o, "text", text);
	json_object_set_new(o, "confidence", jsonout_text(f->confidence));
	return o;
}

json_t *model_json(const struct model *m)
{
	char first[CIVIL_DAY_TEXT], last[CIVIL_DAY_TEXT];
	json_t *doc = jsonout_document("report"), *list;

	json_object_set_new(doc, "tlp", json_string("TLP:CLEAR"));
	json_object_set_new(doc, "period", json_string(m->period.text));
	json_object_set_new(
	    doc, "first_day",
	    json_string(civil_format_day(m->period.first, first)));
	json_object_set_new(
	    doc, "last_day",
	    json_string(civil_format_day(m->period.last, last)));
	json_object_set_new(doc, "series", jsonout_text(m->series));
	json_object_set_new(doc, "unit", json_string(m->unit));
	json_object_set_new(doc, "scanning_only",
			    json_boolean(m->scanning_only));
	json_object_set_new(doc, "home", jsonout_text(m->home_en));
	list = json_array();
	for (size_t i = 0; i < m->month_count; i++)
		for (int side = 0; side < TRAFFIC_SIDES; side++)
			if (m->has_side[side])
				json_array_append_new(
				    list, month_json(&m->months[i], side));
	json_object_set_new(doc, "months", list);
	list = json_array();
	for (size_t i = 0; i < m->sensor_count; i++)
		json_array_append_new(list, sensor_json(&m->sensors[i]));
	json_object_set_new(doc, "sensors", list);
	list = json_array();
	for (size_t i = 0; i < m->finding_count; i++)
		json_array_append_new(list, finding_json(&m->findings[i]));
	json_object_set_new(doc, "findings", list);
	return doc;
}
