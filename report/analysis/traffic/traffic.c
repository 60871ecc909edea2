#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "str.h"
#include "xalloc.h"
#include "traffic.h"
#include "traffic_internal.h"

#define UNASSIGNED "unassigned" /* region of sensors that have none */

const char *traffic_then_text(enum traffic_then then)
{
	return then == TRAFFIC_PREVIOUS ? "previous" : "year-before";
}

struct period traffic_then_period(const struct traffic *t,
				  enum traffic_then then)
{
	return then == TRAFFIC_PREVIOUS ? period_previous(&t->period)
					: period_year_before(&t->period);
}

const char *traffic_side_text(enum traffic_side side)
{
	return side == TRAFFIC_HOME ? "home" : "abroad";
}

size_t traffic_find_sensor(const struct traffic *t, const char *id)
{
	for (size_t i = 0; i < t->sensor_count; i++)
		if (strcmp(t->sensors[i].id, id) == 0)
			return i;
	return t->sensor_count;
}

size_t traffic_find_region(const struct traffic *t, const char *id)
{
	for (size_t i = 0; i < t->region_count; i++)
		if (strcmp(t->regions[i].id, id) == 0)
			return i;
	return t->region_count;
}

size_t traffic_home(const struct traffic *t)
{
	for (size_t i = 0; i < t->region_count; i++)
		if (t->regions[i].side == TRAFFIC_HOME)
			return i;
	return t->region_count;
}

bool traffic_has_sensors(const struct traffic *t, enum traffic_side side)
{
	for (size_t i = 0; i < t->region_count; i++)
		if (t->regions[i].side == side &&
		    t->regions[i].sensor_count > 0)
			return true;
	return false;
}

static size_t add_region(struct traffic *t, const char *id, const char *en,
			 const char *ja)
{
	struct traffic_region *r;

	t->regions = xalloc_grow(t->regions, t->region_count + 1, sizeof(*r));
	r = &t->regions[t->region_count];
	*r = (struct traffic_region){.side = TRAFFIC_ABROAD};
	r->id = xalloc_string(id);
	r->name_en = str_clean(en);
	r->name_ja = str_clean(ja);
	return t->region_count++;
}

static int load_regions(struct traffic *t, struct sensordb *db)
{
	struct sensordb_rows *rows =
	    sensordb_ask(db,
			 "SELECT id, name_en, name_ja FROM region "
			 "ORDER BY sort, id COLLATE BINARY",
			 NULL, 0);
	int got = -1;

	while (rows != NULL && (got = sensordb_next(rows)) > 0) {
		char *en = xalloc_string(sensordb_text(rows, 1));
		char *ja = xalloc_string(sensordb_text(rows, 2));

		add_region(t, sensordb_text(rows, 0), en, ja);
		free(en);
		free(ja);
	}
	sensordb_rows_free(rows);
	return got;
}

static int by_region_and_label(const void *a, const void *b)
{
	const struct traffic_sensor *x = a, *y = b;
	int order;

	if (x->region != y->region)
		return x->region < y->region ? -1 : 1;
	/* "Japan #2" stands before "Japan #10". */
	order = strverscmp(x->label, y->label);
	return order != 0 ? order : strcmp(x->id, y->id);
}

static void add_sensor(struct traffic *t, struct sensordb_rows *rows)
{
	const char *named = sensordb_text(rows, 2);
	char *region = xalloc_string(*named != '\0' ? named : UNASSIGNED);
	size_t at = traffic_find_region(t, region);
	struct traffic_sensor *s;

	/* A region that the relation lacks is still a region. */
	if (at == t->region_count)
		at = add_region(t, region, region, region);
	t->regions[at].sensor_count++;
	t->sensors = xalloc_grow(t->sensors, t->sensor_count + 1, sizeof(*s));
	s = &t->sensors[t->sensor_count++];
	*s = (struct traffic_sensor){.region = at};
	s->id = xalloc_string(sensordb_text(rows, 0));
	s->label = str_clean(sensordb_text(rows, 1));
	free(region);
}

static int load_sensors(struct traffic *t, struct sensordb *db)
{
	struct sensordb_rows *rows = sensordb_ask(
	    db,
	    "SELECT id, label, region FROM sensor ORDER BY id COLLATE BINARY",
	    NULL, 0);
	int got = -1;

	while (rows != NULL && (got = sensordb_next(rows)) > 0)
		add_sensor(t, rows);
	sensordb_rows_free(rows);
	if (t->sensor_count > 0)
		qsort(t->sensors, t->sensor_count, sizeof(*t->sensors),
		      by_region_and_label);
	return got;
}

static int mark_recorded(struct traffic *t, struct sensordb *db)
{
	struct sensordb_rows *rows = sensordb_ask(
	    db, "SELECT DISTINCT sensor FROM sensor_uptime", NULL, 0);
	int got = -1;

	while (rows != NULL && (got = sensordb_next(rows)) > 0) {
		size_t i = traffic_find_sensor(t, sensordb_text(rows, 0));

		if (i < t->sensor_count)
			t->sensors[i].recorded = true;
	}
	sensordb_rows_free(rows);
	return got;
}

static int choose_home(struct traffic *t, const struct config *config)
{
	const char *home = config_text(config, "report.home");
	size_t at = *home != '\0' ? traffic_find_region(t, home) : 0;

	if (at < t->region_count) {
		t->regions[at].side = TRAFFIC_HOME;
		return 0;
	}
	if (*home == '\0')
		return 0;
	log_error("report.home: the sensor database has no region '%s'", home);
	for (size_t i = 0; i < t->region_count; i++)
		log_hint("it has '%s' (%s)", t->regions[i].id,
			 t->regions[i].name_en);
	return -1;
}

static int load_network(struct traffic *t, struct sensordb *db,
			const struct config *config)
{
	if (load_regions(t, db) < 0 || load_sensors(t, db) < 0 ||
	    mark_recorded(t, db) < 0)
		return -1;
	return choose_home(t, config);
}

static void add_change(struct traffic *t, const struct traffic *before,
		       const char *against, bool is_side, size_t index)
{
	const struct traffic_span *b = &before->whole, *n = &t->whole;
	struct traffic_change c = {
	    .against = against, .is_side = is_side, .index = index};

	c.now = is_side ? n->sides[index] : n->regions[index];
	c.before = is_side ? b->sides[index] : b->regions[index];
	if (c.now.sensors == 0 && c.before.sensors == 0)
		return;
	memcpy(c.period, before->period.text, sizeof(c.period));
	c.change = c.before.per_sensor_day > 0
		       ? (c.now.per_sensor_day - c.before.per_sensor_day) /
			     c.before.per_sensor_day
		       : NAN;
	t->changes = xalloc_grow(t->changes, t->change_count + 1, sizeof(c));
	t->changes[t->change_count++] = c;
}

static int compare(struct traffic *t, struct sensordb *db,
		   const struct config *config, const struct period *earlier,
		   const char *against)
{
	const struct traffic_options options = {
	    .scanning_only = t->scanning_only, .top = -1, .no_changes = true};
	struct traffic before;

	if (traffic_load(db, config, earlier, &options, &before) < 0)
		return -1;
	for (size_t i = 0; i < TRAFFIC_SIDES; i++)
		add_change(t, &before, against, true, i);
	for (size_t i = 0; i < t->region_count; i++)
		if (i < before.region_count)
			add_change(t, &before, against, false, i);
	traffic_release(&before);
	return 0;
}

static int load_changes(struct traffic *t, struct sensordb *db,
			const struct config *config)
{
	for (int i = 0; i < TRAFFIC_THENS; i++) {
		struct period p = traffic_then_period(t, (enum traffic_then)i);

		if (compare(t, db, config, &p,
			    traffic_then_text((enum traffic_then)i)) < 0)
			return -1;
	}
	return 0;
}

/* The importer puts sensors there that it sees for the first time. */
static void warn_unassigned(const struct traffic *t)
{
	size_t at = traffic_find_region(t, UNASSIGNED);

	if (at == t->region_count || t->regions[at].sensor_count == 0)
		return;
	log_warning("%zu sensor%s no region yet and count%s as %s",
		    t->regions[at].sensor_count,
		    t->regions[at].sensor_count == 1 ? " has" : "s have",
		    t->regions[at].sensor_count == 1 ? "s" : "",
		    traffic_side_text(t->regions[at].side));
	log_hint("'martlet sensors add ID --label LABEL --region REGION' "
		 "gives them one");
}

int traffic_load(struct sensordb *db, const struct config *config,
		 const struct period *period,
		 const struct traffic_options *options, struct traffic *out)
{
	static const struct traffic_options defaults;
	struct traffic t = {.period = *period, .unit = sensordb_unit(db)};
	const struct traffic_options *o = options ? options : &defaults;
	int rc;

	t.scanning_only = o->scanning_only;
	rc = load_network(&t, db, config);
	if (rc == 0 && !o->no_changes)
		warn_unassigned(&t);
	if (rc == 0)
		rc = traffic_days_load(&t, db, o);
	if (rc == 0 && o->top >= 0)
		rc = traffic_ranks_load(&t, db, o);
	if (rc == 0 && o->top >= 0)
		rc = traffic_shown_choose(&t, config);
	if (rc == 0 && !o->no_changes && !t.empty)
		rc = load_changes(&t, db, config);
	if (rc < 0)
		traffic_release(&t);
	*out = t;
	return rc;
}

static void release_span(struct traffic_span *s)
{
	free(s->regions);
	free(s->sensors);
}

void traffic_release(struct traffic *t)
{
	for (size_t i = 0; i < t->region_count; i++) {
		free(t->regions[i].id);
		free(t->regions[i].name_en);
		free(t->regions[i].name_ja);
	}
	for (size_t i = 0; i < t->sensor_count; i++) {
		free(t->sensors[i].id);
		free(t->sensors[i].label);
		if (t->ranks != NULL)
			free(t->ranks[i].list);
	}
	for (size_t i = 0; i < t->month_count; i++)
		release_span(&t->months[i]);
	release_span(&t->whole);
	free(t->regions);
	free(t->sensors);
	free(t->months);
	free(t->cells);
	free(t->ranks);
	free(t->shown);
	free(t->changes);
	free(t->uptime);
	*t = (struct traffic){0};
}
