#include <errno.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "addr.h"
#include "civil.h"
#include "lists.h"
#include "log.h"
#include "sensorfile.h"
#include "str.h"
#include "xalloc.h"
#include "zone.h"
#include "sensorcheck.h"

#define COLUMNS_MAX 10

enum relation {
	SENSOR,
	REGION,
	UPTIME,
	META,
	TRAFFIC,
	TRAFFIC_HOUR,
	ORIGIN,
	RELATIONS,
};

static const struct {
	const char *name;
	bool optional;
	const char *columns[COLUMNS_MAX + 1];
} contract[RELATIONS] = {
    [SENSOR] = {"sensor", false, {"id", "label", "region", "country"}},
    [REGION] = {"region", false, {"id", "name_en", "name_ja", "sort"}},
    [UPTIME] = {"sensor_uptime",
		false,
		{"sensor", "up_since", "up_until", "inferred"}},
    [META] = {"sensor_meta", false, {"key", "value"}},
    [TRAFFIC] = {"traffic",
		 false,
		 {"day", "sensor", "source", "protocol", "port", "signature",
		  "packets", "first_seen", "last_seen", "source_port"}},
    [TRAFFIC_HOUR] = {"traffic_hour",
		      true,
		      {"hour", "sensor", "protocol", "port", "packets",
		       "sources"}},
    [ORIGIN] = {"source_origin",
		true,
		{"source", "valid_from", "valid_until", "country", "asn",
		 "as_name"}},
};

/* What no row may be. sql gives one row: how many, and one of them. */
struct rule {
	enum relation relation;
	enum relation also; /* another relation that sql reads, or the same */
	const char *kind, *what, *where, *advice;
};

#define TYPED "ill-typed"
#define WRONG "inconsistent"
#define MEND_VIEW "make the relation a view that gives the value in this form"

static const struct rule rules[] = {
    {TRAFFIC, TRAFFIC, TYPED, "the day is not a date such as 2013-06-30",
     "typeof(day) <> 'text' OR date(day) IS NOT day", MEND_VIEW},
    {TRAFFIC, TRAFFIC, TYPED,
     "the source is not an address in canonical text (RFC 5952; IPv4-mapped "
     "is IPv4)",
     "NOT is_canonical(source)", MEND_VIEW},
    {TRAFFIC, TRAFFIC, TYPED, "the protocol is not a number from 0 to 255",
     "typeof(protocol) <> 'integer' OR protocol NOT BETWEEN 0 AND 255",
     MEND_VIEW},
    {TRAFFIC, TRAFFIC, TYPED,
     "the port is not a number from 0 to 65535, or not 0 for ICMP",
     "typeof(port) <> 'integer' OR port NOT BETWEEN 0 AND 65535 OR "
     "(protocol IN (1, 58) AND port <> 0)",
     MEND_VIEW},
    {TRAFFIC, TRAFFIC, TYPED, "the signature is not in the closed list",
     "NOT is_signature(signature)",
     "use one of backscatter, gre, mirai, zmap, masscan, or nothing"},
    {TRAFFIC, TRAFFIC, TYPED, "the number of packets is not 1 or more",
     "typeof(packets) <> 'integer' OR packets < 1", MEND_VIEW},
    {TRAFFIC, TRAFFIC, TYPED,
     "first_seen and last_seen are not Unix seconds in this order",
     "typeof(first_seen) <> 'integer' OR typeof(last_seen) <> 'integer' OR "
     "first_seen > last_seen",
     MEND_VIEW},
    {TRAFFIC, TRAFFIC, TYPED, "the source port is not a number from 0 to 65535",
     "typeof(source_port) <> 'integer' OR "
     "source_port NOT BETWEEN 0 AND 65535",
     MEND_VIEW},
    {TRAFFIC, TRAFFIC, WRONG,
     "first_seen or last_seen is not in the row's day in the network's zone",
     "typeof(first_seen) = 'integer' AND typeof(last_seen) = 'integer' AND "
     "(day_of(first_seen) <> day OR day_of(last_seen) <> day)",
     "the days are not those of the zone in sensor_meta: mend one of them"},
    {TRAFFIC, SENSOR, WRONG, "the sensor is not in the relation sensor",
     "sensor NOT IN (SELECT id FROM sensor)",
     "add it: martlet sensors add ID --label L --region R"},
    {SENSOR, SENSOR, TYPED, "the sensor has no id or no label",
     "COALESCE(id, '') = '' OR COALESCE(label, '') = ''",
     "describe it: martlet sensors add ID --label L --region R"},
    {SENSOR, SENSOR, WRONG, "the sensor is named by an address",
     "is_address(id) OR is_address(label)",
     "give it a name: no sensor address may be stored"},
    {SENSOR, SENSOR, WRONG, "two sensors have the same label",
     "label IN (SELECT label FROM sensor GROUP BY label "
     "HAVING COUNT(*) > 1)",
     "give each a label of its own: martlet sensors add ID --label L"},
    {SENSOR, SENSOR, TYPED, "the country is not a code such as JP",
     "COALESCE(country, '') <> '' AND country NOT GLOB '[A-Z][A-Z]'",
     "mend it: martlet sensors add ID ... --country CC"},
    {SENSOR, REGION, WRONG, "the sensor is without a region",
     "region IS NULL OR region NOT IN (SELECT id FROM region)",
     "give it one: martlet sensors add ID --label L --region R"},
    {REGION, REGION, TYPED, "the region lacks a name or a place in the order",
     "COALESCE(name_en, '') = '' OR COALESCE(name_ja, '') = '' OR "
     "typeof(sort) <> 'integer'",
     "name it: martlet sensors add ID ... --region-name-en --region-name-ja"},
    {UPTIME, UPTIME, TYPED, "the times are not Unix seconds in this order",
     "typeof(up_since) <> 'integer' OR typeof(up_until) <> 'integer' OR "
     "up_since >= up_until OR COALESCE(inferred, 2) NOT IN (0, 1)",
     "remove the record: martlet sensors uptime --remove SENSOR FROM UNTIL"},
    {UPTIME, UPTIME, WRONG, "the record overlaps another of its sensor",
     "EXISTS (SELECT 1 FROM sensor_uptime o WHERE o.sensor = r.sensor AND "
     "o.up_since < r.up_until AND o.up_until > r.up_since AND "
     "(o.up_since <> r.up_since OR o.up_until <> r.up_until))",
     "remove one: martlet sensors uptime --remove SENSOR FROM UNTIL"},
    {UPTIME, SENSOR, WRONG, "the sensor is not in the relation sensor",
     "sensor NOT IN (SELECT id FROM sensor)",
     "add it: martlet sensors add ID --label L --region R"},
    {ORIGIN, ORIGIN, TYPED,
     "the source is not an address in canonical text (RFC 5952; IPv4-mapped "
     "is IPv4)",
     "NOT is_canonical(source)", MEND_VIEW},
    {ORIGIN, ORIGIN, TYPED, "the times are not Unix seconds in this order",
     "typeof(valid_from) <> 'integer' OR typeof(valid_until) <> 'integer' "
     "OR valid_from > valid_until",
     MEND_VIEW},
};

struct checking {
	sqlite3 *db;
	char *path;
	struct sensorcheck *out;
	struct zone *zone;
	bool usable[RELATIONS]; /* there, with all of its columns */
};

static const char *column(sqlite3_stmt *q, int i)
{
	const void *text = sqlite3_column_text(q, i);

	return text != NULL ? text : "";
}

__attribute__((format(printf, 5, 6))) static struct sensorcheck_problem *
add(struct checking *c, const char *kind, enum relation relation,
    const char *advice, const char *format, ...)
{
	void *list = c->out->list;
	struct sensorcheck_problem *p;
	va_list ap;
	char text[400];

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	xalloc_room(&list, &c->out->cap, c->out->count, sizeof(*p));
	c->out->list = list;
	p = &c->out->list[c->out->count++];
	*p = (struct sensorcheck_problem){.kind = kind,
					  .relation = contract[relation].name,
					  .advice = advice};
	p->what = str_vis(text, strlen(text), 600);
	p->example = xalloc_string("");
	return p;
}

static int complain(struct checking *c)
{
	int code = sqlite3_errcode(c->db);

	if (code == SQLITE_NOTADB) {
		log_error("'%s' is not an SQLite database", c->path);
		log_hint("'martlet init' makes an empty one; sensors.database "
			 "names another");
	} else {
		log_error("cannot read the sensor database '%s': %s", c->path,
			  sqlite3_errmsg(c->db));
	}
	return -1;
}

static sqlite3_stmt *prepare(struct checking *c, const char *sql)
{
	sqlite3_stmt *q = NULL;

	if (sqlite3_prepare_v2(c->db, sql, -1, &q, NULL) != SQLITE_OK)
		complain(c);
	return q;
}

/* --- what SQL cannot say by itself */

static void is_canonical(sqlite3_context *x, int n, sqlite3_value **v)
{
	const char *text = (const void *)sqlite3_value_text(v[0]);
	char canonical[ADDR_TEXT_MAX];
	struct addr a;

	(void)n;
	sqlite3_result_int(x,
			   text != NULL && addr_parse(text, &a) &&
			       strcmp(addr_format(&a, canonical), text) == 0);
}

static void is_address(sqlite3_context *x, int n, sqlite3_value **v)
{
	const char *text = (const void *)sqlite3_value_text(v[0]);
	struct addr a;

	(void)n;
	sqlite3_result_int(x, text != NULL && addr_parse(text, &a));
}

static void is_signature(sqlite3_context *x, int n, sqlite3_value **v)
{
	const char *text = (const void *)sqlite3_value_text(v[0]);

	(void)n;
	sqlite3_result_int(x, text != NULL && signature_from(text) >= 0);
}

static void day_of(sqlite3_context *x, int n, sqlite3_value **v)
{
	struct checking *c = sqlite3_user_data(x);
	char day[CIVIL_DAY_TEXT];

	(void)n;
	civil_format_day(zone_day(c->zone, sqlite3_value_int64(v[0])), day);
	sqlite3_result_text(x, day, -1, SQLITE_TRANSIENT);
}

static void add_functions(struct checking *c)
{
	static const struct {
		const char *name;
		void (*call)(sqlite3_context *, int, sqlite3_value **);
	} functions[] = {{"is_canonical", is_canonical},
			 {"is_address", is_address},
			 {"is_signature", is_signature},
			 {"day_of", day_of}};

	for (size_t i = 0; i < ARRAY_LEN(functions); i++)
		sqlite3_create_function(c->db, functions[i].name, 1,
					SQLITE_UTF8 | SQLITE_DETERMINISTIC, c,
					functions[i].call, NULL, NULL);
}

/* --- missing */

static int check_columns(struct checking *c, enum relation r)
{
	sqlite3_stmt *q =
	    prepare(c, "SELECT lower(name) FROM pragma_table_info(?)");
	bool there[COLUMNS_MAX] = {false}, any = false;
	int rc;

	if (q == NULL)
		return -1;
	sqlite3_bind_text(q, 1, contract[r].name, -1, SQLITE_STATIC);
	while ((rc = sqlite3_step(q)) == SQLITE_ROW) {
		any = true;
		for (size_t i = 0; contract[r].columns[i] != NULL; i++)
			there[i] |=
			    strcmp(contract[r].columns[i], column(q, 0)) == 0;
	}
	sqlite3_finalize(q);
	if (rc != SQLITE_DONE)
		return complain(c);
	c->usable[r] = any;
	if (!any && !contract[r].optional)
		add(c, "missing", r,
		    "make it a table or a view; 'martlet init' makes a "
		    "database that has all of them",
		    "there is no relation '%s'", contract[r].name);
	for (size_t i = 0; any && contract[r].columns[i] != NULL; i++) {
		if (there[i])
			continue;
		c->usable[r] = false;
		add(c, "missing", r,
		    "add it, or put a view with all columns in its place",
		    "'%s' has no column '%s'", contract[r].name,
		    contract[r].columns[i]);
	}
	return 0;
}

/* The value of a key of sensor_meta, NULL without one. Caller frees. */
static int read_meta(struct checking *c, const char *key, char **value)
{
	sqlite3_stmt *q =
	    prepare(c, "SELECT value FROM sensor_meta WHERE key = ?");
	int rc;

	*value = NULL;
	if (q == NULL)
		return -1;
	sqlite3_bind_text(q, 1, key, -1, SQLITE_STATIC);
	rc = sqlite3_step(q);
	if (rc == SQLITE_ROW)
		*value = xalloc_string(column(q, 0));
	sqlite3_finalize(q);
	return rc == SQLITE_ROW || rc == SQLITE_DONE ? 0 : complain(c);
}

static int check_meta(struct checking *c)
{
	char *zone = NULL, *unit = NULL;
	int rc = 0;

	if (c->usable[META] && (read_meta(c, "timezone", &zone) < 0 ||
				read_meta(c, "unit", &unit) < 0))
		rc = -1;
	c->zone = zone_open(zone != NULL ? zone : "UTC");
	if (rc == 0 && c->usable[META] && zone == NULL)
		add(c, "missing", META,
		    "write the IANA name of the zone that the days are in",
		    "there is no row 'timezone'; UTC is taken");
	if (c->zone == NULL) {
		add(c, TYPED, META,
		    "write an IANA name such as Asia/Tokyo or UTC, and see "
		    "that the package tzdata is installed",
		    "this machine knows no time zone '%s'", zone);
		c->zone = zone_open("UTC");
	}
	if (rc == 0 && c->usable[META] && unit == NULL)
		add(c, "missing", META, "write packets or flows",
		    "there is no row 'unit'; packets is taken");
	else if (unit != NULL && strcmp(unit, "packets") != 0 &&
		 strcmp(unit, "flows") != 0)
		add(c, TYPED, META, "write packets or flows",
		    "the unit is '%s', not packets or flows", unit);
	free(zone);
	free(unit);
	return rc;
}

/* --- ill-typed and inconsistent */

/* The first columns of a row, for people to find it. */
static const char *const shown[RELATIONS] = {
    [SENSOR] = "id",
    [REGION] = "id",
    [UPTIME] = "sensor || ' ' || up_since || ' ' || up_until",
    [META] = "key",
    [TRAFFIC] = "COALESCE(day, '?') || ' ' || COALESCE(sensor, '?') || ' ' "
		"|| COALESCE(source, '?') || ' ' || COALESCE(protocol, '?') "
		"|| ' ' || COALESCE(port, '?') || ' ' || "
		"COALESCE(signature, '?')",
    [ORIGIN] = "source || ' ' || valid_from",
};

static int check_rule(struct checking *c, const struct rule *r)
{
	char *sql = xalloc_printf("SELECT COUNT(*), MIN(%s) FROM %s r WHERE %s",
				  shown[r->relation],
				  contract[r->relation].name, r->where);
	sqlite3_stmt *q = prepare(c, sql);
	struct sensorcheck_problem *p;
	int rc = -1;

	free(sql);
	if (q == NULL)
		return -1;
	if (sqlite3_step(q) != SQLITE_ROW) {
		complain(c);
	} else if (sqlite3_column_int64(q, 0) == 0) {
		rc = 0;
	} else {
		const char *example = column(q, 1);

		p = add(c, r->kind, r->relation, r->advice, "%s", r->what);
		p->rows = sqlite3_column_int64(q, 0);
		free(p->example);
		p->example = str_vis(example, strlen(example), 200);
		rc = 0;
	}
	sqlite3_finalize(q);
	return rc;
}

static int check_unique(struct checking *c)
{
	sqlite3_stmt *q = prepare(
	    c, "SELECT day || ' ' || sensor || ' ' || source FROM traffic "
	       "GROUP BY day, sensor, source, protocol, port, signature "
	       "HAVING COUNT(*) > 1 LIMIT 1");
	struct sensorcheck_problem *p;
	int rc;

	if (q == NULL)
		return -1;
	rc = sqlite3_step(q);
	if (rc == SQLITE_ROW) {
		const char *example = column(q, 0);

		p = add(c, WRONG, TRAFFIC,
			"add such rows up, and make a unique index on the six "
			"columns",
			"two rows agree in day, sensor, source, protocol, "
			"port and signature");
		free(p->example);
		p->example = str_vis(example, strlen(example), 200);
	}
	sqlite3_finalize(q);
	return rc == SQLITE_ROW || rc == SQLITE_DONE ? 0 : complain(c);
}

static int count_unassigned(struct checking *c)
{
	sqlite3_stmt *q = prepare(c, "SELECT COUNT(*) FROM sensor "
				     "WHERE region = 'unassigned'");

	if (q == NULL)
		return -1;
	if (sqlite3_step(q) == SQLITE_ROW)
		c->out->unassigned = sqlite3_column_int64(q, 0);
	sqlite3_finalize(q);
	return 0;
}

/* --- slow */

static int check_plan(struct checking *c, enum relation r, const char *question,
		      const char *advice, const char *what)
{
	char *sql = xalloc_printf("EXPLAIN QUERY PLAN %s", question);
	sqlite3_stmt *q = prepare(c, sql);
	bool searches = false;

	free(sql);
	if (q == NULL)
		return -1;
	while (sqlite3_step(q) == SQLITE_ROW)
		searches |= strstr(column(q, 3), "SEARCH") != NULL;
	sqlite3_finalize(q);
	if (!searches)
		add(c, "slow", r, advice, "%s", what);
	return 0;
}

static int check_plans(struct checking *c)
{
	if (c->usable[TRAFFIC] &&
	    check_plan(c, TRAFFIC,
		       "SELECT SUM(packets) FROM traffic WHERE day BETWEEN "
		       "'2013-04-01' AND '2013-06-30'",
		       "make an index that begins with the day",
		       "no index finds the rows of a range of days: every "
		       "question reads all of it") < 0)
		return -1;
	if (c->usable[ORIGIN] &&
	    check_plan(c, ORIGIN,
		       "SELECT country FROM source_origin "
		       "WHERE source = '192.0.2.1'",
		       "make an index that begins with the source",
		       "no index finds the rows of a source") < 0)
		return -1;
	return 0;
}

static int open_database(struct checking *c, const struct workspace *ws)
{
	const char *name = config_text(ws->config, "sensors.database");

	if (!str_starts(name, "sqlite:")) {
		log_error("sensors.database '%s': this build only has sqlite:",
			  name);
		log_hint("write it as sqlite:FILE");
		return -1;
	}
	c->path = workspace_path(ws, name + strlen("sqlite:"));
	c->db = sensorfile_open(c->path);
	return c->db != NULL ? 0 : -1;
}

static int check_all(struct checking *c)
{
	for (int r = 0; r < RELATIONS; r++)
		if (check_columns(c, (enum relation)r) < 0)
			return -1;
	if (check_meta(c) < 0)
		return -1;
	for (size_t i = 0; i < ARRAY_LEN(rules); i++)
		if (c->usable[rules[i].relation] && c->usable[rules[i].also] &&
		    check_rule(c, &rules[i]) < 0)
			return -1;
	if (c->usable[TRAFFIC] && check_unique(c) < 0)
		return -1;
	if (c->usable[SENSOR] && count_unassigned(c) < 0)
		return -1;
	return check_plans(c);
}

int sensorcheck_run(const struct workspace *ws, struct sensorcheck *out)
{
	struct checking c = {.out = out};
	int rc;

	*out = (struct sensorcheck){0};
	rc = open_database(&c, ws);
	if (rc == 0) {
		add_functions(&c);
		rc = check_all(&c);
	}
	sqlite3_close(c.db);
	zone_free(c.zone);
	free(c.path);
	return rc;
}

void sensorcheck_release(struct sensorcheck *c)
{
	for (size_t i = 0; i < c->count; i++) {
		free(c->list[i].what);
		free(c->list[i].example);
	}
	free(c->list);
	*c = (struct sensorcheck){0};
}
