/*
 * The statement that counts the members of a group again. It is for the
 * analyst and names products: it is no part of public text.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "xalloc.h"
#include "groups_findings.h"

/* The latest probe of each port that belongs to the period, as
 * casefile_services_before has it. */
static const char sql_head[] =
    "SELECT count(*) FROM (SELECT p.address FROM probe p "
    "JOIN scan c ON c.id = p.scan JOIN service s ON s.probe = p.id "
    "LEFT JOIN identity i ON i.probe = p.id WHERE c.stale = 0 "
    "AND p.observed_ms / 1000 - coalesce(p.lag, 0) >= ? "
    "AND p.id = (SELECT q.id FROM probe q WHERE q.address = p.address "
    "AND q.port = p.port AND q.observed_ms / 1000 - coalesce(q.lag, 0) < ? "
    "ORDER BY q.observed_ms DESC, q.id DESC LIMIT 1) AND (";

static const char sql_tail[] =
    ") GROUP BY p.address HAVING count(DISTINCT p.port) = ?)";

struct query {
	struct buf sql;
	struct sensordb_value *values;
	size_t count;
};

static void add_int(struct query *q, int64_t number)
{
	q->values = xalloc_grow(q->values, q->count + 1, sizeof(*q->values));
	q->values[q->count++] =
	    (struct sensordb_value){.type = SENSORDB_INT, .number = number};
}

static void add_text(struct query *q, const char *text)
{
	q->values = xalloc_grow(q->values, q->count + 1, sizeof(*q->values));
	q->values[q->count++] =
	    (struct sensordb_value){.type = SENSORDB_TEXT, .text = text};
}

/* False when the element cannot be asked for. */
static bool add_port(struct query *q, const struct profile_item *item)
{
	const char *vendor = item->vendor != NULL ? item->vendor : "";

	if (item->product == NULL && item->page_class[0] == '\0')
		return false;
	buf_add_string(&q->sql, "(p.port = ?");
	add_int(q, item->port);
	if (item->product != NULL) {
		buf_add_string(&q->sql,
			       " AND coalesce(i.vendor, '') = ?"
			       " AND coalesce(i.product, '') = ?"
			       " AND coalesce(i.device_type, 'unknown') = ?");
		add_text(q, vendor);
		add_text(q, item->product + strlen(vendor) + 1);
		add_text(q, device_type_text(item->type));
	} else {
		buf_add_string(&q->sql, " AND i.probe IS NULL");
	}
	if (item->page_class[0] != '\0') {
		buf_add_string(&q->sql, " AND s.page_class = ?");
		add_text(q, item->page_class);
	}
	buf_add_char(&q->sql, ')');
	return true;
}

static int64_t count_complete(const struct group *g)
{
	int64_t complete = 0;

	for (size_t i = 0; i < g->member_count; i++) {
		bool whole = true;

		for (size_t j = 0; j < g->port_count; j++)
			whole = whole &&
				groups_item(g->members[i], g->ports[j]) != NULL;
		complete += whole ? 1 : 0;
	}
	return complete;
}

void groups_findings_members(struct finding *f, const struct period *period,
			     struct sensordb *db, const struct group *g)
{
	struct zone *zone = sensordb_zone(db);
	char *members = xalloc_printf("addresses in group %" PRId64
				      " of martlet groups %s --json",
				      g->id, period->text);
	int64_t complete = count_complete(g);
	struct query q = {0};
	bool whole = true;

	buf_init(&q.sql, BUF_NO_LIMIT);
	buf_add_string(&q.sql, sql_head);
	add_int(&q, zone_day_start(zone, period->first));
	add_int(&q, zone_day_start(zone, period->last + 1));
	for (size_t i = 0; i < g->port_count && whole; i++) {
		buf_add_string(&q.sql, i > 0 ? " OR " : "");
		whole = add_port(&q, g->ports[i]);
	}
	buf_add_string(&q.sql, sql_tail);
	add_int(&q, (int64_t)g->port_count);
	/* Members that lack a part are told by more than a statement can. */
	if (whole && complete == (int64_t)g->member_count)
		findings_count(f, "members", complete, "case", q.sql.data,
			       q.values, q.count);
	else
		findings_ratio(f, "members", (double)g->member_count, members);
	if (whole)
		findings_count(f, "complete", complete, "case", q.sql.data,
			       q.values, q.count);
	free(members);
	buf_release(&q.sql);
	free(q.values);
}
