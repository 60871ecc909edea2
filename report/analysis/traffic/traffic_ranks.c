/*
 * The first ports of each sensor.
 */
#include <stdlib.h>

#include "civil.h"
#include "lists.h"
#include "xalloc.h"
#include "traffic_internal.h"

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

static void finish_ranks(struct traffic_ranks *ranks, int64_t packets,
			 size_t top)
{
	if (ranks->count == 0)
		return;
	qsort(ranks->list, ranks->count, sizeof(*ranks->list), by_packets);
	if (ranks->count > top)
		ranks->count = top;
	for (size_t i = 0; i < ranks->count; i++) {
		ranks->list[i].rank = (int)i + 1;
		ranks->list[i].share =
		    (double)ranks->list[i].packets / (double)packets;
	}
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

int traffic_ranks_load(struct traffic *t, struct sensordb *db, int top)
{
	size_t *caps = xalloc_zero(t->sensor_count + 1, sizeof(*caps));
	struct sensordb_rows *rows = ask(t, db);
	int got = -1;

	t->ranks = xalloc_zero(t->sensor_count + 1, sizeof(*t->ranks));
	while (rows != NULL && (got = sensordb_next(rows)) > 0)
		add_rank(t, rows, caps);
	sensordb_rows_free(rows);
	for (size_t i = 0; i < t->sensor_count; i++)
		finish_ranks(&t->ranks[i], t->whole.sensors[i].packets,
			     (size_t)top);
	free(caps);
	return got;
}
