#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "civil.h"
#include "xalloc.h"
#include "zone.h"
#include "findings_numbers.h"

/* Of a sensor that nobody placed yet, as in traffic.c. */
#define REGION "COALESCE(NULLIF(region, ''), 'unassigned')"
#define OF_HOME "sensor IN (SELECT id FROM sensor WHERE " REGION " = ?)"
#define OF_ABROAD "sensor IN (SELECT id FROM sensor WHERE " REGION " <> ?)"

#define PACKETS                                                                \
	"SELECT COALESCE(SUM(packets), 0) FROM traffic "                       \
	"WHERE day BETWEEN ? AND ? AND "
#define SCANNING_ONLY " AND signature <> ?"

#define UP_SECONDS                                                             \
	"SELECT COALESCE(SUM((CASE WHEN up_until < ? THEN up_until ELSE ? "    \
	"END) - (CASE WHEN up_since > ? THEN up_since ELSE ? END)), 0) "       \
	"FROM sensor_uptime WHERE up_since < ? AND up_until > ? AND "

#define INFERRED_DAYS                                                          \
	"SELECT COUNT(*) FROM (SELECT DISTINCT day, sensor FROM traffic "      \
	"WHERE packets > 0 AND day BETWEEN ? AND ? AND "
#define NOT_RECORDED                                                           \
	" AND sensor NOT IN (SELECT sensor FROM sensor_uptime)) AS days"

/* One mean in the making. */
struct making {
	struct finding *f;
	const struct traffic *t;
	struct sensordb *db;
	const struct findings_amount *of;
	const char *home;       /* id of the home region */
	struct buf sensor_days; /* the formula's lower half */
};

static struct sensordb_value number(int64_t n)
{
	return (struct sensordb_value){SENSORDB_INT, n, NULL};
}

static struct sensordb_value text(const char *s)
{
	return (struct sensordb_value){SENSORDB_TEXT, 0, s};
}

void findings_numbers_doubt(struct finding *f, const char *confidence)
{
	if (strcmp(f->confidence, "low") != 0)
		f->confidence = confidence;
}

static const char *by_side(const struct making *m, const char *home,
			   const char *abroad)
{
	return m->of->side == TRAFFIC_HOME ? home : abroad;
}

static void add_packets(struct making *m)
{
	const char *statement = by_side(m, PACKETS OF_HOME, PACKETS OF_ABROAD);
	char first[CIVIL_DAY_TEXT], last[CIVIL_DAY_TEXT];
	struct sensordb_value values[] = {
	    text(civil_format_day(m->of->first, first)),
	    text(civil_format_day(m->of->last, last)), text(m->home),
	    text(signature_text(SIGNATURE_BACKSCATTER))};
	char *name = xalloc_printf("%s_packets", m->of->name);

	if (m->t->scanning_only)
		statement = by_side(m, PACKETS OF_HOME SCANNING_ONLY,
				    PACKETS OF_ABROAD SCANNING_ONLY);
	findings_count(m->f, name, m->of->amount->packets, "sensors", statement,
		       values, m->t->scanning_only ? 4 : 3);
	free(name);
}

static void add_term(struct making *m, const char *name, int64_t divisor)
{
	if (m->sensor_days.len > 0)
		buf_add_string(&m->sensor_days, " + ");
	buf_add_string(&m->sensor_days, name);
	if (divisor != 1)
		buf_printf(&m->sensor_days, " / %lld", (long long)divisor);
}

static int ask_one(struct sensordb *db, const char *statement,
		   const struct sensordb_value *values, size_t count,
		   int64_t *out)
{
	struct sensordb_rows *rows = sensordb_ask(db, statement, values, count);
	int got = rows != NULL ? sensordb_next(rows) : -1;

	if (got > 0)
		*out = sensordb_int(rows, 0);
	sensordb_rows_free(rows);
	return got > 0 ? 0 : -1;
}

/* Days first..last are all of one length, in seconds. */
static int add_stretch(struct making *m, int32_t first, int32_t last,
		       int64_t length)
{
	const char *statement =
	    by_side(m, UP_SECONDS OF_HOME, UP_SECONDS OF_ABROAD);
	struct zone *zone = sensordb_zone(m->db);
	int64_t start = zone_day_start(zone, first);
	int64_t end = zone_day_start(zone, last + 1), seconds = 0;
	const struct sensordb_value values[] = {
	    number(end), number(end),   number(start), number(start),
	    number(end), number(start), text(m->home)};
	char day[CIVIL_DAY_TEXT], *name;

	if (ask_one(m->db, statement, values, 7, &seconds) < 0)
		return -1;
	if (seconds == 0)
		return 0;
	civil_format_day(first, day);
	day[4] = day[7] = '_';
	name = xalloc_printf("%s_up_seconds_%s", m->of->name, day);
	findings_count(m->f, name, seconds, "sensors", statement, values, 7);
	add_term(m, name, length);
	free(name);
	return 0;
}

static int64_t day_length(struct zone *zone, int32_t day)
{
	return zone_day_start(zone, day + 1) - zone_day_start(zone, day);
}

static int add_uptime(struct making *m)
{
	struct zone *zone = sensordb_zone(m->db);
	int32_t from = m->of->first;
	int64_t length = day_length(zone, from);

	for (int32_t day = from + 1; day <= m->of->last; day++) {
		int64_t next = day_length(zone, day);

		if (next == length)
			continue;
		if (add_stretch(m, from, day - 1, length) < 0)
			return -1;
		from = day;
		length = next;
	}
	return add_stretch(m, from, m->of->last, length);
}

static void add_inferred(struct making *m)
{
	char first[CIVIL_DAY_TEXT], last[CIVIL_DAY_TEXT];
	const struct sensordb_value values[] = {
	    text(civil_format_day(m->of->first, first)),
	    text(civil_format_day(m->of->last, last)), text(m->home)};
	char *name;

	if (m->of->amount->inferred_days == 0)
		return;
	name = xalloc_printf("%s_inferred_days", m->of->name);
	findings_count(m->f, name, m->of->amount->inferred_days, "sensors",
		       by_side(m, INFERRED_DAYS OF_HOME NOT_RECORDED,
			       INFERRED_DAYS OF_ABROAD NOT_RECORDED),
		       values, 3);
	add_term(m, name, 1);
	free(name);
}

static void add_mean(struct making *m)
{
	char *name = xalloc_printf("%s_mean", m->of->name);
	char *formula = xalloc_printf("%s_packets / (%s)", m->of->name,
				      buf_text(&m->sensor_days));

	findings_ratio(m->f, name, m->of->amount->per_sensor_day, formula);
	free(name);
	free(formula);
}

int findings_numbers_mean(struct finding *f, const struct traffic *t,
			  struct sensordb *db, const struct findings_amount *of)
{
	struct making m = {.f = f, .t = t, .db = db, .of = of};
	size_t home = traffic_home(t);
	int rc;

	m.home = home < t->region_count ? t->regions[home].id : "";
	buf_init(&m.sensor_days, BUF_NO_LIMIT);
	add_packets(&m);
	rc = add_uptime(&m);
	add_inferred(&m);
	add_mean(&m);
	buf_release(&m.sensor_days);
	if (of->amount->inferred)
		findings_numbers_doubt(f, "medium");
	if (of->amount->cut > 0)
		findings_numbers_doubt(f, "low");
	return rc;
}
