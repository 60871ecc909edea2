#include <stdlib.h>
#include <string.h>

#include "civil.h"
#include "xalloc.h"
#include "contacts_internal.h"

/* Backscatter is no evidence against its source: others forged it. */
static const char sql_evidence[] =
    "SELECT source, day, protocol, port, MIN(first_seen), MAX(last_seen), "
    "SUM(packets), COUNT(DISTINCT sensor) FROM traffic "
    "WHERE day BETWEEN ? AND ? AND signature <> 'backscatter' "
    "GROUP BY source, day, protocol, port";

static int latest_first(const void *a, const void *b)
{
	const struct contact_evidence *x = a, *y = b;

	if (x->last_seen != y->last_seen)
		return x->last_seen > y->last_seen ? -1 : 1;
	if (x->packets != y->packets)
		return x->packets > y->packets ? -1 : 1;
	if (x->protocol != y->protocol)
		return x->protocol - y->protocol;
	return x->port - y->port;
}

/* Keeps the latest lines; the array has room for one more. */
static void add_line(struct contact_address *a,
		     const struct contact_evidence *line)
{
	if (a->evidence == NULL)
		a->evidence = xalloc_zero(CONTACTS_EVIDENCE_MAX + 1,
					  sizeof(*a->evidence));
	a->evidence[a->evidence_count++] = *line;
	qsort(a->evidence, a->evidence_count, sizeof(*line), latest_first);
	if (a->evidence_count > CONTACTS_EVIDENCE_MAX)
		a->evidence_count = CONTACTS_EVIDENCE_MAX;
	if (a->first_seen == 0 || line->first_seen < a->first_seen)
		a->first_seen = line->first_seen;
	if (line->last_seen > a->last_seen)
		a->last_seen = line->last_seen;
	a->packets += line->packets;
}

static void add_port(struct contact_address *a,
		     const struct contact_evidence *line)
{
	for (size_t i = 0; i < a->port_count; i++) {
		if (a->ports[i].protocol == line->protocol &&
		    a->ports[i].port == line->port) {
			a->ports[i].packets += line->packets;
			return;
		}
	}
	a->ports = xalloc_grow(a->ports, a->port_count + 1, sizeof(*a->ports));
	a->ports[a->port_count++] =
	    (struct source_port){line->protocol, line->port, line->packets};
}

static int most_first(const void *a, const void *b)
{
	const struct source_port *x = a, *y = b;

	if (x->packets != y->packets)
		return x->packets > y->packets ? -1 : 1;
	if (x->port != y->port)
		return x->port - y->port;
	return x->protocol - y->protocol;
}

/* Where a source sent both, the sensors of its backscatter are not known. */
static void finish(struct contact_address *a)
{
	const struct source *s = a->source;

	a->sensors = s->backscatter == 0 || s->tcp_sensors == 0
			 ? s->sensors
			 : s->tcp_sensors;
	if (a->port_count > 0)
		qsort(a->ports, a->port_count, sizeof(*a->ports), most_first);
}

static void take_row(const struct contacts_input *in, struct contacts *out,
		     struct sensordb_rows *rows)
{
	struct contact_evidence line = {.protocol = (int)sensordb_int(rows, 2),
					.port = (uint16_t)sensordb_int(rows, 3),
					.first_seen = sensordb_int(rows, 4),
					.last_seen = sensordb_int(rows, 5),
					.packets = sensordb_int(rows, 6),
					.sensors = (int)sensordb_int(rows, 7)};
	struct contact_address *a;
	struct addr address;

	if (!addr_parse(sensordb_text(rows, 0), &address))
		return;
	a = contacts_find(out, &address);
	if (a == NULL || (a->service_count == 0 && a->entry == NULL))
		return;
	line.old = in->now - line.last_seen > CONTACTS_OLD_SECONDS;
	add_line(a, &line);
	add_port(a, &line);
}

int contacts_load_evidence(const struct contacts_input *in,
			   struct contacts *out)
{
	char days[2][CIVIL_DAY_TEXT];
	struct sensordb_value values[2];
	struct sensordb_rows *rows;
	int more = -1;

	sensordb_days(in->period, days, values);
	rows = sensordb_ask(in->db, sql_evidence, values, 2);
	while (rows != NULL && (more = sensordb_next(rows)) > 0)
		take_row(in, out, rows);
	sensordb_rows_free(rows);
	for (size_t i = 0; i < out->count; i++)
		finish(&out->list[i]);
	return more < 0 ? -1 : 0;
}
