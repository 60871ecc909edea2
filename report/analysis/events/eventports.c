/*
 * Ports of events: who sent to the ports that stand out, and to which ports
 * those sent who explain an event.
 */
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "civil.h"
#include "xalloc.h"
#include "eventports.h"

#define PORTS_MAX 200 /* values of one question */

static bool has_port(const int64_t *ports, size_t count, uint16_t port)
{
	for (size_t i = 0; i < count; i++)
		if (ports[i] == port)
			return true;
	return false;
}

/* The ports of the candidates, whatever their protocol. */
static size_t collect_ports(const struct eventwork *w, int64_t *ports)
{
	size_t count = 0;

	for (size_t i = 0; i < w->count && count < PORTS_MAX; i++) {
		const struct event_scope *scope = &w->list[i].event.scope;
		uint16_t port = portdays_port(scope->service);

		if (scope->of == EVENT_OF_PORT && !has_port(ports, count, port))
			ports[count++] = port;
	}
	return count;
}

static size_t sensor_number(const struct wordlist *words, const char *id)
{
	for (size_t i = 0; i < words->count; i++)
		if (strcmp(words->words[i], id) == 0)
			return i;
	return words->count;
}

static void add_row(struct eventwork *w, struct sensordb_rows *rows,
		    size_t *cap)
{
	size_t sensor =
	    sensor_number(&w->sources.sensors, sensordb_text(rows, 1));
	struct sourcedays_row r = {
	    .packets = sensordb_int(rows, 5),
	    .sensor = (uint32_t)sensor,
	    .keys = portdays_service((int)sensordb_int(rows, 3),
				     (uint16_t)sensordb_int(rows, 4))};
	struct addr address;
	void *list = w->port_rows.list;
	size_t source;

	if (sensor == w->sources.sensors.count ||
	    !civil_parse_day(sensordb_text(rows, 0), &r.day) ||
	    !addr_parse(sensordb_text(rows, 2), &address))
		return;
	source = sourcedays_find(&w->sources, &address);
	if (source == w->sources.source_count ||
	    r.day < w->window.period.first || r.day > w->window.period.last)
		return;
	r.source = (uint32_t)source;
	xalloc_room(&list, cap, w->port_rows.count, sizeof(r));
	w->port_rows.list = list;
	w->port_rows.list[w->port_rows.count++] = r;
}

static void add_list(struct buf *sql, size_t count)
{
	for (size_t i = 0; i < count; i++)
		buf_add_string(sql, i == 0 ? "?" : ", ?");
}

int eventports_load(struct eventwork *w)
{
	struct sensordb_value values[PORTS_MAX + 3];
	int64_t ports[PORTS_MAX];
	char days[2][CIVIL_DAY_TEXT];
	size_t count = collect_ports(w, ports), n = 2, cap = 0;
	struct sensordb_rows *rows;
	struct buf sql;
	int got = -1;

	if (count == 0)
		return 0;
	sensordb_days(&w->window.period, days, values);
	buf_init(&sql, BUF_NO_LIMIT);
	buf_add_string(&sql, "SELECT day, sensor, source, protocol, port, "
			     "SUM(packets) FROM traffic "
			     "WHERE day BETWEEN ? AND ? AND port IN (");
	add_list(&sql, count);
	buf_add_string(&sql, ")");
	for (size_t i = 0; i < count; i++)
		values[n++] =
		    (struct sensordb_value){SENSORDB_INT, ports[i], NULL};
	if (w->t->scanning_only) {
		buf_add_string(&sql, " AND signature <> ?");
		values[n++] = (struct sensordb_value){
		    SENSORDB_TEXT, 0, signature_text(SIGNATURE_BACKSCATTER)};
	}
	buf_add_string(&sql, " GROUP BY day, sensor, source, protocol, port");
	rows = sensordb_ask(w->db, buf_text(&sql), values, n);
	while (rows != NULL && (got = sensordb_next(rows)) > 0)
		add_row(w, rows, &cap);
	sensordb_rows_free(rows);
	buf_release(&sql);
	return got;
}

static int by_packets(const void *a, const void *b)
{
	const struct event_part *x = a, *y = b;

	if (x->packets != y->packets)
		return x->packets > y->packets ? -1 : 1;
	return (x->service > y->service) - (x->service < y->service);
}

/* The ports that the event's packets went to: all of them are excess,
 * since addresses are asked for that sent little else. */
static void fill_set(struct event_set *set, struct event_part *parts,
		     size_t count)
{
	double all = 0, sum = 0;
	size_t taken = 0;

	for (size_t i = 0; i < count; i++)
		all += (double)parts[i].packets;
	if (count > 1)
		qsort(parts, count, sizeof(*parts), by_packets);
	while (taken < count && sum < EVENTS_ACCOUNTS * all)
		sum += (double)parts[taken++].packets;
	set->parts = parts;
	set->count = taken;
	set->share = all > 0 ? sum / all : 0;
	set->accounts = set->share >= EVENTS_ACCOUNTS;
}

static int ask_ports(struct eventwork *w, struct event *e,
		     const struct sensordb_value *values, size_t count,
		     const char *sql)
{
	struct sensordb_rows *rows = sensordb_ask(w->db, sql, values, count);
	struct event_part *parts = NULL;
	size_t n = 0, cap = 0;
	int got = -1;

	while (rows != NULL && (got = sensordb_next(rows)) > 0) {
		struct event_part p = {.service = portdays_service(
					   (int)sensordb_int(rows, 0),
					   (uint16_t)sensordb_int(rows, 1)),
				       .packets = sensordb_int(rows, 2),
				       .excess = (double)sensordb_int(rows, 2)};

		xalloc_room((void **)&parts, &cap, n, sizeof(p));
		parts[n++] = p;
	}
	sensordb_rows_free(rows);
	fill_set(&e->sets[EVENT_PORTS], parts, n);
	return got;
}

int eventports_of_sources(struct eventwork *w, struct event *e)
{
	const struct event_set *set = &e->sets[EVENT_SOURCES];
	struct sensordb_value values[EVENTS_FEW_SOURCES + 3];
	char addresses[EVENTS_FEW_SOURCES][ADDR_TEXT_MAX];
	char days[2][CIVIL_DAY_TEXT];
	struct period p = {.first = e->first, .last = e->last};
	size_t n = 2;
	struct buf sql;
	int rc;

	sensordb_days(&p, days, values);
	buf_init(&sql, BUF_NO_LIMIT);
	buf_add_string(&sql, "SELECT protocol, port, SUM(packets) "
			     "FROM traffic WHERE day BETWEEN ? AND ? "
			     "AND source IN (");
	add_list(&sql, set->count);
	buf_add_string(&sql, ")");
	for (size_t i = 0; i < set->count; i++) {
		addr_format(&set->parts[i].network.base, addresses[i]);
		values[n++] =
		    (struct sensordb_value){SENSORDB_TEXT, 0, addresses[i]};
	}
	if (w->t->scanning_only) {
		buf_add_string(&sql, " AND signature <> ?");
		values[n++] = (struct sensordb_value){
		    SENSORDB_TEXT, 0, signature_text(SIGNATURE_BACKSCATTER)};
	}
	buf_add_string(&sql, " GROUP BY protocol, port");
	rc = ask_ports(w, e, values, n, buf_text(&sql));
	buf_release(&sql);
	return rc;
}

void eventports_of_scope(struct event *e)
{
	struct event_set *set = &e->sets[EVENT_PORTS];

	set->parts = xalloc_zero(1, sizeof(*set->parts));
	set->parts[0] = (struct event_part){.service = e->scope.service,
					    .packets = e->packets,
					    .excess = e->excess};
	set->count = 1;
	set->share = 1;
	set->accounts = true;
}
