/*
 * The rows of the large relations: the engine counts those that are wrong,
 * and C judges what SQL cannot say.
 */
#include <stdlib.h>
#include <string.h>

#include "addr.h"
#include "buf.h"
#include "civil.h"
#include "lists.h"
#include "xalloc.h"
#include "sensorcheck_internal.h"

#define MEND_VIEW "make the relation a view that gives the value in this form"
#define NOT_CANONICAL                                                          \
	"the source is not an address in canonical text (RFC 5952; "           \
	"IPv4-mapped is IPv4)"
#define NOT_IN_ORDER "the times are not Unix seconds in this order"
#define SUM_MAX 9.2e18 /* what 64 bits hold, a bit less */

/* What no row may be. loose: a value of another type, which a file of SQLite
 * can have in any column. */
static const struct rule {
	enum relation relation;
	const char *what, *loose, *where;
} rules[] = {
    {TRAFFIC, "the protocol is not a number from 0 to 255",
     "typeof(protocol) <> 'integer'",
     "protocol IS NULL OR NOT (protocol BETWEEN 0 AND 255)"},
    {TRAFFIC, "the port is not a number from 0 to 65535, or not 0 for ICMP",
     "typeof(port) <> 'integer'",
     "port IS NULL OR NOT (port BETWEEN 0 AND 65535) OR "
     "(protocol IN (1, 58) AND port <> 0)"},
    {TRAFFIC, "the number of packets is not 1 or more",
     "typeof(packets) <> 'integer'", "packets IS NULL OR packets < 1"},
    {TRAFFIC, "first_seen and last_seen are not Unix seconds in this order",
     "typeof(first_seen) <> 'integer' OR typeof(last_seen) <> 'integer'",
     "first_seen IS NULL OR last_seen IS NULL OR first_seen > last_seen"},
    {TRAFFIC, "the source port is not a number from 0 to 65535",
     "typeof(source_port) <> 'integer'",
     "source_port IS NULL OR NOT (source_port BETWEEN 0 AND 65535)"},
    {ORIGIN, NOT_IN_ORDER,
     "typeof(valid_from) <> 'integer' OR typeof(valid_until) <> 'integer'",
     "valid_from IS NULL OR valid_until IS NULL OR valid_from > valid_until"},
};

/* The columns that show people which row it is. */
static const struct {
	const char *columns;
	int count;
} shown[RELATIONS] = {
    [TRAFFIC] = {"day, sensor, source, protocol, port, signature", 6},
    [ORIGIN] = {"source, valid_from", 2},
};

/* Adds the first of the rows that a condition finds to a problem. */
static int show_row(struct checking *c, struct sensorcheck_problem *p,
		    enum relation r, const char *where,
		    const struct sensordb_value *values, size_t count)
{
	char *sql = xalloc_printf("SELECT %s FROM %s WHERE %s ORDER BY %s "
				  "LIMIT 1",
				  shown[r].columns, sensorcheck_relation(r),
				  where, shown[r].columns);
	struct sensordb_rows *rows = sensordb_ask(c->db, sql, values, count);
	int got = rows != NULL ? sensordb_next(rows) : -1;
	struct buf text;

	buf_init(&text, BUF_NO_LIMIT);
	for (int i = 0; got > 0 && i < shown[r].count; i++) {
		if (i > 0)
			buf_add_char(&text, ' ');
		buf_add_string(&text, sensordb_is_null(rows, i)
					  ? "?"
					  : sensordb_text(rows, i));
	}
	sensordb_rows_free(rows);
	sensorcheck_example(p, buf_text(&text));
	buf_release(&text);
	free(sql);
	return got < 0 ? -1 : 0;
}

static int check_rule(struct checking *c, const struct rule *r)
{
	bool loose = c->engine == SENSORDB_SQLITE;
	char *where = xalloc_printf("%s%s%s", loose ? r->loose : "",
				    loose ? " OR " : "", r->where);
	char *sql = xalloc_printf("SELECT COUNT(*) FROM %s WHERE %s",
				  sensorcheck_relation(r->relation), where);
	struct sensordb_rows *rows = sensordb_ask(c->db, sql, NULL, 0);
	int got = rows != NULL ? sensordb_next(rows) : -1;
	int64_t bad = got > 0 ? sensordb_int(rows, 0) : 0;
	int rc = got > 0 ? 0 : -1;

	sensordb_rows_free(rows);
	if (bad > 0) {
		struct sensorcheck_problem *p = sensorcheck_add(
		    c, TYPED, r->relation, MEND_VIEW, "%s", r->what);

		p->rows = bad;
		rc = show_row(c, p, r->relation, where, NULL, 0);
	}
	free(sql);
	free(where);
	return rc;
}

/* --- columns whose values C judges */

struct column_rule {
	enum relation relation;
	const char *column, *kind, *what, *advice;
	bool (*is_right)(struct checking *c, const char *value);
};

static bool is_canonical(struct checking *c, const char *value)
{
	char canonical[ADDR_TEXT_MAX];
	struct addr a;

	(void)c;
	return addr_parse(value, &a) &&
	       strcmp(addr_format(&a, canonical), value) == 0;
}

static bool is_signature(struct checking *c, const char *value)
{
	(void)c;
	return signature_from(value) >= 0;
}

static bool is_day(struct checking *c, const char *value)
{
	int32_t day;

	(void)c;
	return civil_parse_day(value, &day);
}

static const struct column_rule column_rules[] = {
    {TRAFFIC, "day", TYPED, "the day is not a date such as 2013-06-30",
     MEND_VIEW, is_day},
    {TRAFFIC, "source", TYPED, NOT_CANONICAL, MEND_VIEW, is_canonical},
    {TRAFFIC, "signature", TYPED, "the signature is not in the closed list",
     "use one of backscatter, gre, mirai, zmap, masscan, or nothing",
     is_signature},
    {ORIGIN, "source", TYPED, NOT_CANONICAL, MEND_VIEW, is_canonical},
};

/* Values and how many rows have each. A file is read through, which needs no
 * sorting; over a network each value comes once. */
static struct sensordb_rows *ask_values(struct checking *c,
					const struct column_rule *r)
{
	const char *relation = sensorcheck_relation(r->relation);
	char *sql =
	    c->engine == SENSORDB_SQLITE
		? xalloc_printf("SELECT %s, 1 FROM %s", r->column, relation)
		: xalloc_printf("SELECT %s, COUNT(*) FROM %s GROUP BY %s",
				r->column, relation, r->column);
	struct sensordb_rows *rows = sensordb_ask(c->db, sql, NULL, 0);

	free(sql);
	return rows;
}

static int report_values(struct checking *c, const struct column_rule *r,
			 int64_t bad, const char *first)
{
	const struct sensordb_value value = {SENSORDB_TEXT, 0, first};
	char *where = first != NULL ? xalloc_printf("%s = ?", r->column)
				    : xalloc_printf("%s IS NULL", r->column);
	struct sensorcheck_problem *p =
	    sensorcheck_add(c, r->kind, r->relation, r->advice, "%s", r->what);
	int rc;

	p->rows = bad;
	rc = show_row(c, p, r->relation, where, &value, first != NULL);
	free(where);
	return rc;
}

static int check_column(struct checking *c, const struct column_rule *r)
{
	struct sensordb_rows *rows = ask_values(c, r);
	bool null = false;
	char *first = NULL;
	int64_t bad = 0;
	int got = -1;

	while (rows != NULL && (got = sensordb_next(rows)) > 0) {
		const char *value = sensordb_text(rows, 0);

		if (sensordb_is_null(rows, 0))
			null = true;
		else if (r->is_right(c, value))
			continue;
		else if (first == NULL || strcmp(value, first) < 0) {
			free(first);
			first = xalloc_string(value);
		}
		bad += sensordb_int(rows, 1);
	}
	sensordb_rows_free(rows);
	if (got == 0 && (first != NULL || null))
		got = report_values(c, r, bad, first);
	free(first);
	return got;
}

/* --- what holds between columns and relations */

static int check_sensors(struct checking *c)
{
	static const char where[] =
	    "sensor IS NULL OR sensor NOT IN (SELECT id FROM sensor)";
	struct sensordb_rows *rows =
	    sensordb_ask(c->db,
			 "SELECT COUNT(*) FROM traffic WHERE sensor IS NULL OR "
			 "sensor NOT IN (SELECT id FROM sensor)",
			 NULL, 0);
	int got = rows != NULL ? sensordb_next(rows) : -1;
	int64_t bad = got > 0 ? sensordb_int(rows, 0) : 0;
	struct sensorcheck_problem *p;

	sensordb_rows_free(rows);
	if (got < 0 || bad == 0)
		return got < 0 ? -1 : 0;
	p = sensorcheck_add(
	    c, WRONG, TRAFFIC,
	    "add it: martlet sensors add ID --label L --region R",
	    "the sensor is not in the relation sensor");
	p->rows = bad;
	return show_row(c, p, TRAFFIC, where, NULL, 0);
}

struct strays {
	int64_t rows;
	char *where;
	struct sensordb_value values[5];
	char day[CIVIL_DAY_TEXT];
};

/* Counts the rows of one day whose times are not in it. */
static int count_strays(struct checking *c, int32_t day, struct strays *out)
{
	int64_t start = zone_day_start(c->zone, day);
	int64_t end = zone_day_start(c->zone, day + 1);
	struct sensordb_rows *rows;
	int got;

	civil_format_day(day, out->day);
	out->values[0] = (struct sensordb_value){SENSORDB_TEXT, 0, out->day};
	out->values[1] = (struct sensordb_value){SENSORDB_INT, start, NULL};
	out->values[2] = (struct sensordb_value){SENSORDB_INT, end, NULL};
	out->values[3] = out->values[1];
	out->values[4] = out->values[2];
	rows = sensordb_ask(c->db,
			    "SELECT COUNT(*) FROM traffic WHERE day = ? AND "
			    "(first_seen < ? OR first_seen >= ? OR "
			    "last_seen < ? OR last_seen >= ?)",
			    out->values, 5);
	got = rows != NULL ? sensordb_next(rows) : -1;
	out->rows = got > 0 ? sensordb_int(rows, 0) : 0;
	sensordb_rows_free(rows);
	return got > 0 ? 0 : -1;
}

/* The days whose rows have times outside of them; caller frees. */
static int find_stray_days(struct checking *c, int32_t **days, size_t *count)
{
	const char *sql =
	    c->engine == SENSORDB_SQLITE
		? "SELECT day, MIN(first_seen), MIN(last_seen), "
		  "MAX(first_seen), MAX(last_seen) FROM traffic "
		  "WHERE typeof(first_seen) = 'integer' "
		  "AND typeof(last_seen) = 'integer' GROUP BY day"
		: "SELECT day, MIN(first_seen), MIN(last_seen), "
		  "MAX(first_seen), MAX(last_seen) FROM traffic GROUP BY day";
	struct sensordb_rows *rows = sensordb_ask(c->db, sql, NULL, 0);
	void *list = NULL;
	size_t cap = 0;
	int got = -1;

	*count = 0;
	while (rows != NULL && (got = sensordb_next(rows)) > 0) {
		int32_t day;
		int64_t start, end;

		if (!civil_parse_day(sensordb_text(rows, 0), &day))
			continue;
		start = zone_day_start(c->zone, day);
		end = zone_day_start(c->zone, day + 1);
		if (sensordb_int(rows, 1) >= start &&
		    sensordb_int(rows, 2) >= start &&
		    sensordb_int(rows, 3) < end && sensordb_int(rows, 4) < end)
			continue;
		xalloc_room(&list, &cap, *count, sizeof(**days));
		((int32_t *)list)[(*count)++] = day;
	}
	sensordb_rows_free(rows);
	*days = list;
	return got;
}

static int check_days(struct checking *c)
{
	struct strays first = {0};
	int32_t *days = NULL;
	size_t count = 0;
	int64_t all = 0;
	int rc = find_stray_days(c, &days, &count);

	for (size_t i = 0; rc == 0 && i < count; i++) {
		struct strays s = {0};

		rc = count_strays(c, days[i], &s);
		if (rc == 0 && all == 0 && s.rows > 0)
			rc = count_strays(c, days[i], &first);
		all += s.rows;
	}
	free(days);
	if (rc == 0 && all > 0) {
		struct sensorcheck_problem *p = sensorcheck_add(
		    c, WRONG, TRAFFIC,
		    "the days are not those of the zone in sensor_meta: mend "
		    "one of them",
		    "first_seen or last_seen is not in the row's day in the "
		    "network's zone");

		p->rows = all;
		rc = show_row(c, p, TRAFFIC,
			      "day = ? AND (first_seen < ? OR first_seen >= ? "
			      "OR last_seen < ? OR last_seen >= ?)",
			      first.values, 5);
	}
	return rc;
}

/* @day: NULL: of all days. 1: there are two rows of one key, and it said so;
 * 0; -1, logged. */
static int find_double(struct checking *c, const char *day)
{
	const struct sensordb_value value = {SENSORDB_TEXT, 0, day};
	char *sql = xalloc_printf(
	    "SELECT day, sensor, source FROM traffic %s"
	    "GROUP BY day, sensor, source, protocol, port, signature "
	    "HAVING COUNT(*) > 1 LIMIT 1",
	    day != NULL ? "WHERE day = ? " : "");
	struct sensordb_rows *rows =
	    sensordb_ask(c->db, sql, &value, day != NULL);
	int got = rows != NULL ? sensordb_next(rows) : -1;
	struct sensorcheck_problem *p;
	char *example;

	if (got > 0) {
		example = xalloc_printf("%s %s %s", sensordb_text(rows, 0),
					sensordb_text(rows, 1),
					sensordb_text(rows, 2));
		p = sensorcheck_add(
		    c, WRONG, TRAFFIC,
		    c->engine == SENSORDB_CLICKHOUSE
			? "load each day once: rows of one key are not merged"
			: "add such rows up, and make a unique index on the "
			  "six columns",
		    "two rows agree in day, sensor, source, protocol, port "
		    "and signature");
		sensorcheck_example(p, example);
		free(example);
	}
	sensordb_rows_free(rows);
	free(sql);
	return got;
}

/* ClickHouse counts keys in memory, so it is asked day by day. */
static int check_unique(struct checking *c)
{
	struct sensordb_rows *rows;
	struct buf days;
	int got = -1, found = 0;

	if (c->engine != SENSORDB_CLICKHOUSE)
		return find_double(c, NULL) < 0 ? -1 : 0;
	rows = sensordb_ask(
	    c->db, "SELECT DISTINCT day FROM traffic ORDER BY day", NULL, 0);
	buf_init(&days, BUF_NO_LIMIT);
	while (rows != NULL && (got = sensordb_next(rows)) > 0)
		buf_add(&days, sensordb_text(rows, 0),
			strlen(sensordb_text(rows, 0)) + 1);
	sensordb_rows_free(rows);
	for (size_t at = 0; got == 0 && found == 0 && at < days.len;
	     at += strlen(days.data + at) + 1)
		found = find_double(c, days.data + at);
	buf_release(&days);
	return got < 0 || found < 0 ? -1 : 0;
}

/* Not every engine says when a sum no longer fits. */
static int check_sum(struct checking *c)
{
	struct sensordb_rows *rows = sensordb_ask(
	    c->db, "SELECT SUM(1.0 * packets) FROM traffic", NULL, 0);
	int got = rows != NULL ? sensordb_next(rows) : -1;

	if (got > 0 && strtod(sensordb_text(rows, 0), NULL) > SUM_MAX)
		sensorcheck_add(c, WRONG, TRAFFIC,
				"remove the rows whose counts cannot be true",
				"the packets add up to more than a number of "
				"64 bits holds");
	sensordb_rows_free(rows);
	return got < 0 ? -1 : 0;
}

int sensorcheck_rows(struct checking *c)
{
	for (size_t i = 0; i < ARRAY_LEN(column_rules); i++)
		if (c->usable[column_rules[i].relation] &&
		    check_column(c, &column_rules[i]) < 0)
			return -1;
	for (size_t i = 0; i < ARRAY_LEN(rules); i++)
		if (c->usable[rules[i].relation] &&
		    check_rule(c, &rules[i]) < 0)
			return -1;
	if (!c->usable[TRAFFIC])
		return 0;
	if (c->usable[SENSOR] && check_sensors(c) < 0)
		return -1;
	if (check_days(c) < 0 || check_unique(c) < 0)
		return -1;
	return check_sum(c);
}
