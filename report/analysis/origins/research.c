#include <stdlib.h>

#include "buf.h"
#include "civil.h"
#include "xalloc.h"
#include "research.h"

#define ADDRESSES_MAX 300 /* values of one question */

struct judging {
	struct sensordb *db;
	const struct sourcedays *s;
	struct research *out;
	size_t cap;
	size_t *starts, *rows; /* rows of each source: rows[starts[i]..] */
	bool *bots;            /* has a mark that no scanner has */
	size_t sensors;        /* that received anything */
	int *wide_days;        /* days with many ports, by out->list */
};

/* Rows in the order of their sources, by counting. */
static void index_rows(struct judging *j)
{
	const struct sourcedays *s = j->s;
	size_t sum = 0;

	j->starts = xalloc_zero(s->source_count + 2, sizeof(*j->starts));
	j->rows = xalloc_zero(s->row_count + 1, sizeof(*j->rows));
	for (size_t i = 0; i < s->row_count; i++)
		j->starts[s->rows[i].source + 1]++;
	for (size_t i = 0; i <= s->source_count; i++) {
		sum += j->starts[i];
		j->starts[i] = sum;
	}
	for (size_t i = 0; i < s->row_count; i++)
		j->rows[j->starts[s->rows[i].source]++] = i;
	for (size_t i = s->source_count; i > 0; i--)
		j->starts[i] = j->starts[i - 1];
	j->starts[0] = 0;
}

static void mark_bots(struct judging *j)
{
	const struct sourcedays *s = j->s;

	j->bots = xalloc_zero(s->source_count + 1, sizeof(*j->bots));
	for (size_t i = 0; i < s->mark_count; i++)
		if (s->marks[i].signature == SIGNATURE_MIRAI ||
		    s->marks[i].signature == SIGNATURE_BACKSCATTER ||
		    s->marks[i].signature == SIGNATURE_GRE)
			j->bots[s->rows[s->marks[i].row].source] = true;
}

static size_t count_sensors(const struct sourcedays *s)
{
	bool *seen = xalloc_zero(s->sensors.count + 1, sizeof(*seen));
	size_t count = 0;

	for (size_t i = 0; i < s->row_count; i++)
		seen[s->rows[i].sensor] = true;
	for (size_t i = 0; i < s->sensors.count; i++)
		count += seen[i];
	free(seen);
	return count;
}

/* How many sensors and days a source was seen on; @sensors, @days: marks of
 * this round, of the sensors and of the period's days. */
static struct research_source measure(const struct judging *j, size_t source,
				      size_t *sensors, size_t *days)
{
	struct research_source r = {.source = source};

	for (size_t i = j->starts[source]; i < j->starts[source + 1]; i++) {
		const struct sourcedays_row *row = &j->s->rows[j->rows[i]];
		size_t day = (size_t)(row->day - j->s->period.first);

		r.packets += row->packets;
		r.sensors += sensors[row->sensor] != source + 1;
		r.days += days[day] != source + 1;
		sensors[row->sensor] = days[day] = source + 1;
	}
	return r;
}

static bool may_be_wide(const struct judging *j,
			const struct research_source *r)
{
	const struct period *p = &j->s->period;

	return !j->bots[r->source] && j->sensors >= RESEARCH_SENSORS_MIN &&
	       r->sensors >= RESEARCH_SENSORS_SHARE * (double)j->sensors &&
	       r->days >= RESEARCH_DAYS_MIN &&
	       r->days >= RESEARCH_DAYS_SHARE * (p->last - p->first + 1);
}

/* Those on a list, and those who may show themselves by breadth. */
static void collect(struct judging *j, struct prefixes *known)
{
	const struct sourcedays *s = j->s;
	size_t *sensors = xalloc_zero(s->sensors.count + 1, sizeof(*sensors));
	size_t *days = xalloc_zero(
	    (size_t)(s->period.last - s->period.first) + 2, sizeof(*days));

	for (size_t i = 0; i < s->source_count; i++) {
		struct research_source r = measure(j, i, sensors, days);

		r.organisation = prefixes_find(known, &s->sources[i].address);
		if (r.organisation == NULL && !may_be_wide(j, &r))
			continue;
		xalloc_room((void **)&j->out->list, &j->cap, j->out->count,
			    sizeof(r));
		j->out->list[j->out->count++] = r;
	}
	free(sensors);
	free(days);
}

static const struct sourcedays *sorting; /* of the sort under way */

static int by_address(const void *a, const void *b)
{
	const struct research_source *x = a, *y = b;

	return addr_compare(&sorting->sources[x->source].address,
			    &sorting->sources[y->source].address);
}

static void take_ports(struct judging *j, struct sensordb_rows *rows)
{
	struct research_source key, *found;
	struct addr address;
	int ports = (int)sensordb_int(rows, 2);

	if (!addr_parse(sensordb_text(rows, 0), &address))
		return;
	key.source = sourcedays_find(j->s, &address);
	if (key.source == j->s->source_count)
		return;
	found =
	    bsearch(&key, j->out->list, j->out->count, sizeof(key), by_address);
	if (found == NULL)
		return;
	if (ports > found->ports)
		found->ports = ports;
	j->wide_days[found - j->out->list] += ports >= RESEARCH_PORTS;
}

/* The different ports of each day of some of the sources. */
static int ask_ports(struct judging *j, size_t from, size_t count)
{
	struct sensordb_value values[ADDRESSES_MAX + 2];
	char addresses[ADDRESSES_MAX][ADDR_TEXT_MAX];
	char days[2][CIVIL_DAY_TEXT];
	struct sensordb_rows *rows;
	struct buf sql;
	int got = -1;

	sensordb_days(&j->s->period, days, values);
	buf_init(&sql, BUF_NO_LIMIT);
	buf_add_string(&sql, "SELECT source, day, "
			     "COUNT(DISTINCT protocol * 65536 + port) "
			     "FROM traffic WHERE day BETWEEN ? AND ? "
			     "AND source IN (");
	for (size_t i = 0; i < count; i++) {
		size_t source = j->out->list[from + i].source;

		addr_format(&j->s->sources[source].address, addresses[i]);
		values[i + 2] =
		    (struct sensordb_value){SENSORDB_TEXT, 0, addresses[i]};
		buf_add_string(&sql, i == 0 ? "?" : ", ?");
	}
	buf_add_string(&sql, ") GROUP BY source, day");
	rows = sensordb_ask(j->db, buf_text(&sql), values, count + 2);
	while (rows != NULL && (got = sensordb_next(rows)) > 0)
		take_ports(j, rows);
	sensordb_rows_free(rows);
	buf_release(&sql);
	return got;
}

static int count_ports(struct judging *j)
{
	size_t count = j->out->count;

	j->wide_days = xalloc_zero(count + 1, sizeof(*j->wide_days));
	sorting = j->s;
	if (count > 1)
		qsort(j->out->list, count, sizeof(*j->out->list), by_address);
	for (size_t i = 0; i < count; i += ADDRESSES_MAX) {
		size_t n =
		    count - i < ADDRESSES_MAX ? count - i : ADDRESSES_MAX;

		if (ask_ports(j, i, n) < 0)
			return -1;
	}
	return 0;
}

static void keep(struct judging *j)
{
	struct research *out = j->out;
	size_t kept = 0;

	for (size_t i = 0; i < out->count; i++) {
		struct research_source r = out->list[i];

		if (r.organisation == NULL &&
		    j->wide_days[i] < RESEARCH_DAYS_SHARE * r.days)
			continue;
		out->by_list += r.organisation != NULL;
		out->by_breadth += r.organisation == NULL;
		out->list[kept++] = r;
	}
	out->count = kept;
}

static void count_days(struct judging *j)
{
	const struct period *p = &j->s->period;
	size_t days = (size_t)(p->last - p->first + 1);
	size_t *seen = xalloc_zero(days + 1, sizeof(*seen));
	struct research *out = j->out;

	out->by_list_days = xalloc_zero(days + 1, sizeof(uint32_t));
	out->by_breadth_days = xalloc_zero(days + 1, sizeof(uint32_t));
	for (size_t k = 0; k < out->count; k++) {
		size_t source = out->list[k].source;
		uint32_t *counts = out->list[k].organisation != NULL
				       ? out->by_list_days
				       : out->by_breadth_days;

		for (size_t i = j->starts[source]; i < j->starts[source + 1];
		     i++) {
			size_t day =
			    (size_t)(j->s->rows[j->rows[i]].day - p->first);

			counts[day] += seen[day] != k + 1;
			seen[day] = k + 1;
		}
	}
	free(seen);
}

int research_load(struct sensordb *db, const struct sourcedays *s,
		  struct prefixes *known, struct research *out)
{
	struct judging j = {.db = db, .s = s, .out = out};
	int rc;

	*out = (struct research){0};
	index_rows(&j);
	mark_bots(&j);
	j.sensors = count_sensors(s);
	collect(&j, known);
	rc = count_ports(&j);
	if (rc == 0) {
		keep(&j);
		count_days(&j);
	} else {
		research_release(out);
	}
	free(j.starts);
	free(j.rows);
	free(j.bots);
	free(j.wide_days);
	return rc;
}

void research_release(struct research *r)
{
	free(r->list);
	free(r->by_list_days);
	free(r->by_breadth_days);
	*r = (struct research){0};
}
