/*
 * Which relations and columns are there, of which types, and whether an
 * index finds what the questions ask for.
 */
#include <stdlib.h>
#include <string.h>

#include "str.h"
#include "xalloc.h"
#include "sensorcheck_internal.h"

enum type { TEXT, INTEGER, TIME, DAY };

struct column {
	const char *name;
	enum type type;
};

static const struct {
	const char *name;
	bool optional;
	struct column columns[SENSORCHECK_COLUMNS_MAX + 1];
} contract[RELATIONS] = {
    [SENSOR] =
	{"sensor",
	 false,
	 {{"id", TEXT}, {"label", TEXT}, {"region", TEXT}, {"country", TEXT}}},
    [REGION] = {"region",
		false,
		{{"id", TEXT},
		 {"name_en", TEXT},
		 {"name_ja", TEXT},
		 {"sort", INTEGER}}},
    [UPTIME] = {"sensor_uptime",
		false,
		{{"sensor", TEXT},
		 {"up_since", TIME},
		 {"up_until", TIME},
		 {"inferred", INTEGER}}},
    [META] = {"sensor_meta", false, {{"key", TEXT}, {"value", TEXT}}},
    [TRAFFIC] = {"traffic",
		 false,
		 {{"day", DAY},
		  {"sensor", TEXT},
		  {"source", TEXT},
		  {"protocol", INTEGER},
		  {"port", INTEGER},
		  {"signature", TEXT},
		  {"packets", INTEGER},
		  {"first_seen", TIME},
		  {"last_seen", TIME},
		  {"source_port", INTEGER}}},
    [TRAFFIC_HOUR] = {"traffic_hour",
		      true,
		      {{"hour", TIME},
		       {"sensor", TEXT},
		       {"protocol", INTEGER},
		       {"port", INTEGER},
		       {"packets", INTEGER},
		       {"sources", INTEGER}}},
    [ORIGIN] = {"source_origin",
		true,
		{{"source", TEXT},
		 {"valid_from", TIME},
		 {"valid_until", TIME},
		 {"country", TEXT},
		 {"asn", INTEGER},
		 {"as_name", TEXT}}},
};

/* Types that the questions work with, by engine; in a file of SQLite each
 * value has a type of its own, which sensorcheck_rows looks at. */
static const char *const postgresql_types[] = {
    [TEXT] = "text,character varying,",
    [INTEGER] = "smallint,integer,bigint,numeric,",
    [TIME] = "integer,bigint,",
    [DAY] = "date,text,character varying,",
};

/* Times are compared with signed numbers, which no type holds together with
 * UInt64; FixedString adds bytes of its own to texts. */
static const char *const clickhouse_types[] = {
    [TEXT] = "string,enum8,enum16,",
    [INTEGER] = "uint8,uint16,uint32,uint64,int8,int16,int32,int64,",
    [TIME] = "uint32,int32,int64,",
    [DAY] = "date,date32,string,",
};

static const char *const type_words[] = {
    [TEXT] = "a text",
    [INTEGER] = "a whole number",
    [TIME] = "a whole number of Unix seconds",
    [DAY] = "a date, or a text such as 2013-06-30",
};

const char *sensorcheck_relation(enum relation r)
{
	return contract[r].name;
}

/* Whether a list such as "date,text," has the word. */
static bool has_word(const char *list, const char *word)
{
	size_t len = strlen(word);

	for (; *list != '\0'; list += strcspn(list, ",") + 1)
		if (strncmp(list, word, len) == 0 && list[len] == ',')
			return true;
	return false;
}

/* What stands in Nullable() and LowCardinality(), without the arguments of
 * an Enum. Caller frees. */
static char *bare_type(const char *type)
{
	static const char *const wrappers[] = {"lowcardinality(", "nullable("};

	for (size_t i = 0; i < ARRAY_LEN(wrappers); i++)
		if (str_starts(type, wrappers[i]))
			type += strlen(wrappers[i]);
	return xalloc_string_n(type, strcspn(type, "()"));
}

static bool is_of_type(enum sensordb_engine engine, enum type wanted,
		       const char *type)
{
	char *bare;
	bool is;

	if (engine == SENSORDB_SQLITE)
		return true;
	if (engine == SENSORDB_POSTGRESQL)
		return has_word(postgresql_types[wanted], type);
	bare = bare_type(type);
	is = has_word(clickhouse_types[wanted], bare);
	free(bare);
	return is;
}

/* Notes what is there; -1, logged. */
static int read_columns(struct checking *c, enum relation r, bool *any,
			bool there[SENSORCHECK_COLUMNS_MAX])
{
	const struct column *columns = contract[r].columns;
	struct sensordb_rows *rows = sensordb_columns(c->db, contract[r].name);
	int got = -1;

	while (rows != NULL && (got = sensordb_next(rows)) > 0) {
		*any = true;
		for (size_t i = 0; columns[i].name != NULL; i++) {
			if (strcmp(columns[i].name, sensordb_text(rows, 0)))
				continue;
			there[i] = true;
			if (is_of_type(c->engine, columns[i].type,
				       sensordb_text(rows, 1)))
				continue;
			c->usable[r] = false;
			sensorcheck_add(
			    c, TYPED, r,
			    "change it, or put a view that casts it in its "
			    "place",
			    "'%s' is of the type %s, not %s", columns[i].name,
			    sensordb_text(rows, 1),
			    type_words[columns[i].type]);
		}
	}
	sensordb_rows_free(rows);
	return got;
}

static int check_columns(struct checking *c, enum relation r)
{
	const struct column *columns = contract[r].columns;
	bool there[SENSORCHECK_COLUMNS_MAX] = {false}, any = false;

	c->usable[r] = true;
	if (read_columns(c, r, &any, there) < 0)
		return -1;
	if (!any && !contract[r].optional)
		sensorcheck_add(
		    c, MISSING, r,
		    c->engine == SENSORDB_SQLITE
			? "make it a table or a view; 'martlet init' makes a "
			  "database that has all of them"
			: "make it a table or a view; 'martlet sensors ddl' "
			  "prints statements that make all of them",
		    "there is no relation '%s'", contract[r].name);
	if (!any)
		c->usable[r] = false;
	for (size_t i = 0; any && columns[i].name != NULL; i++) {
		if (there[i])
			continue;
		c->usable[r] = false;
		sensorcheck_add(
		    c, MISSING, r,
		    "add it, or put a view with all columns in its place",
		    "'%s' has no column '%s'", contract[r].name,
		    columns[i].name);
	}
	return 0;
}

int sensorcheck_columns(struct checking *c)
{
	for (int r = 0; r < RELATIONS; r++)
		if (check_columns(c, (enum relation)r) < 0)
			return -1;
	return 0;
}

/* --- slow */

static int run(struct checking *c, const char *sql)
{
	struct sensordb_rows *rows = sensordb_ask(c->db, sql, NULL, 0);
	int got = rows != NULL ? sensordb_next(rows) : -1;

	sensordb_rows_free(rows);
	return got < 0 ? -1 : 0;
}

/* Whether the plan of a question says one of the words. -1, logged. */
static int plan_says(struct checking *c, const char *question,
		     const char *explain, int column, const char *const *words)
{
	char *sql = xalloc_printf("%s %s", explain, question);
	struct sensordb_rows *rows = sensordb_ask(c->db, sql, NULL, 0);
	int says = 0, got = -1;

	while (rows != NULL && (got = sensordb_next(rows)) > 0)
		for (size_t i = 0; words[i] != NULL; i++)
			says |= strstr(sensordb_text(rows, column), words[i]) !=
				NULL;
	sensordb_rows_free(rows);
	free(sql);
	return got < 0 ? -1 : says;
}

/* A small table is read whole though it has an index, unless that is
 * forbidden. Parts of a partitioned one are chosen by the planner. */
static int searches_postgresql(struct checking *c, const char *question)
{
	static const char *const words[] = {"Index", "Append", "Foreign Scan",
					    "Function Scan", NULL};
	int says;

	if (run(c, "SET enable_seqscan = off") < 0)
		return -1;
	says = plan_says(c, question, "EXPLAIN", 0, words);
	return says < 0 || run(c, "SET enable_seqscan = on") < 0 ? -1 : says;
}

/* Tables are searched by what they are sorted by; a view tells nothing. */
static int searches_clickhouse(struct checking *c, enum relation r)
{
	const struct sensordb_value table = {SENSORDB_TEXT, 0,
					     contract[r].name};
	struct sensordb_rows *rows =
	    sensordb_ask(c->db,
			 "SELECT sorting_key, partition_key FROM system.tables "
			 "WHERE database = currentDatabase() AND name = ? "
			 "AND engine LIKE '%MergeTree'",
			 &table, 1);
	const char *first = contract[r].columns[0].name;
	int got = rows != NULL ? sensordb_next(rows) : -1, searches = 1;

	if (got > 0)
		searches = str_starts(sensordb_text(rows, 0), first) ||
			   strstr(sensordb_text(rows, 1), first) != NULL;
	sensordb_rows_free(rows);
	return got < 0 ? -1 : searches;
}

static int check_speed(struct checking *c, enum relation r,
		       const char *question, const char *advice,
		       const char *what)
{
	static const char *const search[] = {"SEARCH", NULL};
	int searches;

	if (c->engine == SENSORDB_SQLITE)
		searches =
		    plan_says(c, question, "EXPLAIN QUERY PLAN", 3, search);
	else if (c->engine == SENSORDB_POSTGRESQL)
		searches = searches_postgresql(c, question);
	else
		searches = searches_clickhouse(c, r);
	if (searches == 0)
		sensorcheck_add(c, SLOW, r, advice, "%s", what);
	return searches < 0 ? -1 : 0;
}

int sensorcheck_speed(struct checking *c)
{
	if (c->usable[TRAFFIC] &&
	    check_speed(c, TRAFFIC,
			"SELECT SUM(packets) FROM traffic WHERE day BETWEEN "
			"'2013-04-01' AND '2013-06-30'",
			c->engine == SENSORDB_CLICKHOUSE
			    ? "sort the table by the day first: ORDER BY (day, "
			      "sensor, source, protocol, port, signature)"
			    : "make an index that begins with the day",
			"no index finds the rows of a range of days: every "
			"question reads all of it") < 0)
		return -1;
	if (c->usable[ORIGIN] &&
	    check_speed(c, ORIGIN,
			"SELECT country FROM source_origin "
			"WHERE source = '192.0.2.1'",
			c->engine == SENSORDB_CLICKHOUSE
			    ? "sort the table by the source first: ORDER BY "
			      "(source, valid_from)"
			    : "make an index that begins with the source",
			"no index finds the rows of a source") < 0)
		return -1;
	return 0;
}
