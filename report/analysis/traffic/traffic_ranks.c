/*
 * The first ports of each sensor.
 */
#include <stdlib.h>

#include "buf.h"
#include "civil.h"
#include "lists.h"
#include "xalloc.h"
#include "traffic_internal.h"

#define ADDRESSES_MAX 300 /* values of one question */

static int by_packets(const void *a, const void *b)
{
	const struct traffic_rank *x = a, *y = b;

	if (x->packets != y->packets)
		return x->packets > y->packets ? -1 : 1;
	if (x->sources != y->sources)
		return x->sources > y->sources ? -1 : 1;
	if (x->port != y->port)
		return x->port < y->port ? -1 : 1;
	return (x->protocol > y->protocol) - (x->protocol < y->protocol);
}

static void add_rank(struct traffic *t, struct sensordb_rows *rows,
		     size_t *caps)
{
	size_t sensor = traffic_find_sensor(t, sensordb_text(rows, 0));
	struct traffic_ranks *ranks;
	struct traffic_rank *r;

	if (sensor == t->sensor_count || sensordb_int(rows, 3) <= 0)
		return;
	ranks = &t->ranks[sensor];
	xalloc_room((void **)&ranks->list, &caps[sensor], ranks->count,
		    sizeof(*ranks->list));
	r = &ranks->list[ranks->count++];
	*r = (struct traffic_rank){.protocol = (int)sensordb_int(rows, 1),
				   .port = (uint16_t)sensordb_int(rows, 2),
				   .packets = sensordb_int(rows, 3),
				   .sources = sensordb_int(rows, 4)};
	transport_service(r->protocol, r->port, r->service);
}

static int by_service(const void *a, const void *b)
{
	const struct traffic_rank *x = a, *y = b;

	if (x->protocol != y->protocol)
		return x->protocol < y->protocol ? -1 : 1;
	return (x->port > y->port) - (x->port < y->port);
}

static int64_t sum_of(const struct traffic_ranks *ranks)
{
	int64_t sum = 0;

	for (size_t i = 0; i < ranks->count; i++)
		sum += ranks->list[i].packets;
	return sum;
}

static void sort(struct traffic_ranks *ranks,
		 int (*order)(const void *, const void *))
{
	if (ranks->count > 1)
		qsort(ranks->list, ranks->count, sizeof(*ranks->list), order);
}

static void finish_ranks(struct traffic_ranks *ranks, size_t top)
{
	double packets = (double)sum_of(ranks);
	size_t kept = 0;

	sort(ranks, by_packets);
	while (kept < ranks->count && kept < top &&
	       ranks->list[kept].packets > 0) {
		ranks->list[kept].rank = (int)kept + 1;
		ranks->list[kept].share =
		    (double)ranks->list[kept].packets / packets;
		kept++;
	}
	ranks->count = kept;
}

static struct sensordb_rows *ask(struct traffic *t, struct sensordb *db)
{
	char text[2][CIVIL_DAY_TEXT];
	struct sensordb_value values[3];

	sensordb_days(&t->period, text, values);
	values[2] = (struct sensordb_value){
	    SENSORDB_TEXT, 0, signature_text(SIGNATURE_BACKSCATTER)};
	if (t->scanning_only)
		return sensordb_ask(
		    db,
		    "SELECT sensor, protocol, port, SUM(packets), "
		    "COUNT(DISTINCT source) FROM traffic "
		    "WHERE day BETWEEN ? AND ? AND signature <> ? "
		    "GROUP BY sensor, protocol, port",
		    values, 3);
	return sensordb_ask(db,
			    "SELECT sensor, protocol, port, SUM(packets), "
			    "COUNT(DISTINCT source) FROM traffic "
			    "WHERE day BETWEEN ? AND ? "
			    "GROUP BY sensor, protocol, port",
			    values, 2);
}

/* --- without some of the sources */

static struct sensordb_rows *ask_of(struct traffic *t, struct sensordb *db,
				    const struct addr *addresses, size_t count)
{
	struct sensordb_value values[ADDRESSES_MAX + 3];
	char texts[ADDRESSES_MAX][ADDR_TEXT_MAX];
	char days[2][CIVIL_DAY_TEXT];
	struct sensordb_rows *rows;
	size_t n = 2;
	struct buf sql;

	sensordb_days(&t->period, days, values);
	buf_init(&sql, BUF_NO_LIMIT);
	buf_add_string(&sql, "SELECT sensor, protocol, port, SUM(packets), "
			     "COUNT(DISTINCT source) FROM traffic "
			     "WHERE day BETWEEN ? AND ? AND source IN (");
	for (size_t i = 0; i < count; i++) {
		addr_format(&addresses[i], texts[i]);
		values[n++] =
		    (struct sensordb_value){SENSORDB_TEXT, 0, texts[i]};
		buf_add_string(&sql, i == 0 ? "?" : ", ?");
	}
	buf_add_string(&sql, ")");
	if (t->scanning_only) {
		values[n++] = (struct sensordb_value){
		    SENSORDB_TEXT, 0, signature_text(SIGNATURE_BACKSCATTER)};
		buf_add_string(&sql, " AND signature <> ?");
	}
	buf_add_string(&sql, " GROUP BY sensor, protocol, port");
	rows = sensordb_ask(db, buf_text(&sql), values, n);
	buf_release(&sql);
	return rows;
}

/* Every source is asked for once, so that its packets and itself can be
 * taken off. */
static void take_off(struct traffic *t, struct sensordb_rows *rows)
{
	size_t sensor = traffic_find_sensor(t, sensordb_text(rows, 0));
	struct traffic_rank key = {.protocol = (int)sensordb_int(rows, 1),
				   .port = (uint16_t)sensordb_int(rows, 2)};
	struct traffic_rank *found;

	if (sensor == t->sensor_count || t->ranks[sensor].count == 0)
		return;
	found = bsearch(&key, t->ranks[sensor].list, t->ranks[sensor].count,
			sizeof(key), by_service);
	if (found == NULL)
		return;
	found->packets -= sensordb_int(rows, 3);
	found->sources -= sensordb_int(rows, 4);
}

static int leave_out(struct traffic *t, struct sensordb *db,
		     const struct traffic_options *o)
{
	t->left_out = o->without_count;
	for (size_t s = 0; s < t->sensor_count; s++)
		sort(&t->ranks[s], by_service);
	for (size_t i = 0; i < o->without_count; i += ADDRESSES_MAX) {
		size_t n = o->without_count - i;
		struct sensordb_rows *rows =
		    ask_of(t, db, o->without + i,
			   n < ADDRESSES_MAX ? n : ADDRESSES_MAX);
		int got = -1;

		while (rows != NULL && (got = sensordb_next(rows)) > 0)
			take_off(t, rows);
		sensordb_rows_free(rows);
		if (got < 0)
			return -1;
	}
	return 0;
}

/* What each port has with all sources. */
static void note_with(struct traffic_ranks *ranks)
{
	double packets = (double)sum_of(ranks);

	sort(ranks, by_packets);
	for (size_t i = 0; i < ranks->count; i++) {
		struct traffic_rank *r = &ranks->list[i];

		r->with = (struct traffic_place){.known = true,
						 .rank = (int)i + 1,
						 .packets = r->packets,
						 .sources = r->sources,
						 .share = (double)r->packets /
							  packets};
	}
}

int traffic_ranks_load(struct traffic *t, struct sensordb *db,
		       const struct traffic_options *o)
{
	size_t *caps = xalloc_zero(t->sensor_count + 1, sizeof(*caps));
	struct sensordb_rows *rows = ask(t, db);
	int got = -1;

	t->ranks = xalloc_zero(t->sensor_count + 1, sizeof(*t->ranks));
	while (rows != NULL && (got = sensordb_next(rows)) > 0)
		add_rank(t, rows, caps);
	sensordb_rows_free(rows);
	free(caps);
	if (got < 0)
		return -1;
	for (size_t i = 0; i < t->sensor_count; i++)
		note_with(&t->ranks[i]);
	if (leave_out(t, db, o) < 0)
		return -1;
	for (size_t i = 0; i < t->sensor_count; i++)
		finish_ranks(&t->ranks[i],
			     o->top > 0 ? (size_t)o->top : TRAFFIC_TOP);
	return 0;
}

/* --- earlier places */

static void place(struct traffic_rank *r, const struct traffic_ranks *before,
		  enum traffic_then then)
{
	struct traffic_place *p = &r->then[then];

	*p = (struct traffic_place){.known = before->count > 0};
	for (size_t i = 0; i < before->count; i++) {
		const struct traffic_rank *b = &before->list[i];

		if (b->protocol != r->protocol || b->port != r->port)
			continue;
		p->rank = b->rank;
		p->packets = b->packets;
		p->sources = b->sources;
		p->share = b->share;
		return;
	}
}

void traffic_ranks_compare(struct traffic *t, enum traffic_then then,
			   const struct traffic *before)
{
	for (size_t s = 0; s < t->sensor_count; s++) {
		size_t at = traffic_find_sensor(before, t->sensors[s].id);

		for (size_t i = 0;
		     i < t->ranks[s].count && at < before->sensor_count; i++)
			place(&t->ranks[s].list[i], &before->ranks[at], then);
	}
	t->compared = true;
}

void traffic_ranks_cut(struct traffic *t, int top)
{
	for (size_t s = 0; s < t->sensor_count; s++)
		if (t->ranks[s].count > (size_t)top)
			t->ranks[s].count = (size_t)top;
}
