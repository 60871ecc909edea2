#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "xalloc.h"
#include "civil.h"
#include "sources.h"

#define FROM_SENSORS "sensor database"

/* The last packet of each source in the period. */
#define LATEST                                                                 \
	"(SELECT source, MAX(last_seen) AS latest FROM traffic "               \
	"WHERE day BETWEEN ? AND ? GROUP BY source) m"

static const char sql_sums[] =
    "SELECT source, SUM(packets), "
    "SUM(CASE WHEN signature = 'backscatter' THEN packets ELSE 0 END), "
    "SUM(CASE WHEN protocol = 6 AND signature <> 'backscatter' "
    "THEN packets ELSE 0 END), "
    "COUNT(DISTINCT CASE WHEN protocol = 6 AND signature <> 'backscatter' "
    "THEN sensor END), "
    "COUNT(DISTINCT CASE WHEN protocol = 6 AND signature <> 'backscatter' "
    "THEN day END), "
    "COUNT(DISTINCT sensor), COUNT(DISTINCT day), "
    "MIN(first_seen), MAX(last_seen), "
    "MAX(CASE WHEN protocol = 6 AND signature <> 'backscatter' "
    "THEN last_seen ELSE 0 END), "
    /* The source port of the packet at last_seen, in the same pass. */
    "MAX(CAST(last_seen AS BIGINT) * 65536 + source_port) "
    "FROM traffic WHERE day BETWEEN ? AND ? GROUP BY source";

static const char sql_ports[] =
    "SELECT source, protocol, port, SUM(packets) FROM traffic "
    "WHERE day BETWEEN ? AND ? GROUP BY source, protocol, port";

static const char sql_signatures[] =
    "SELECT DISTINCT source, signature FROM traffic "
    "WHERE day BETWEEN ? AND ?";

/* The later origin of two that hold comes last, and stays. */
static const char sql_origins[] =
    "SELECT o.source, o.country, o.asn, o.as_name FROM source_origin o "
    "JOIN " LATEST " ON m.source = o.source "
    "WHERE o.valid_from <= m.latest AND m.latest <= o.valid_until "
    "ORDER BY o.source, o.valid_from";

struct loading {
	struct sensordb *db;
	const struct period *period;
	struct sources *out;
	size_t cap;
	size_t unreadable;
	/* Rows of one source follow each other: the last one looked up. */
	char last_text[ADDR_TEXT_MAX];
	struct source *last;
};

typedef void take_row(struct loading *l, struct source *s,
		      struct sensordb_rows *rows);

static int compare_sources(const void *a, const void *b)
{
	const struct source *x = a, *y = b;

	return addr_compare(&x->address, &y->address);
}

const struct source *sources_find(const struct sources *s, const struct addr *a)
{
	const struct source key = {.address = *a};

	return s->count == 0 ? NULL
			     : bsearch(&key, s->list, s->count,
				       sizeof(*s->list), compare_sources);
}

static struct source *find(struct loading *l, const char *text)
{
	struct addr a;

	if (strcmp(text, l->last_text) == 0)
		return l->last;
	if (!addr_parse(text, &a) || strlen(text) >= sizeof(l->last_text))
		return NULL;
	l->last = (struct source *)sources_find(l->out, &a);
	memcpy(l->last_text, text, strlen(text) + 1);
	return l->last;
}

static struct sensordb_rows *ask(struct loading *l, const char *sql)
{
	char text[2][CIVIL_DAY_TEXT];
	struct sensordb_value days[4];
	size_t count = 0;

	sensordb_days(l->period, text, days);
	sensordb_days(l->period, text, days + 2);
	for (const char *p = sql; *p != '\0'; p++)
		count += *p == '?';
	return sensordb_ask(l->db, sql, days, count);
}

static void add_source(struct loading *l, struct sensordb_rows *rows)
{
	struct source s = {.origin_database = "", .as_database = ""};
	void *list = l->out->list;

	if (!addr_parse(sensordb_text(rows, 0), &s.address)) {
		l->unreadable++;
		return;
	}
	s.packets = sensordb_int(rows, 1);
	s.backscatter = sensordb_int(rows, 2);
	s.tcp = sensordb_int(rows, 3);
	s.tcp_sensors = (int)sensordb_int(rows, 4);
	s.tcp_days = (int)sensordb_int(rows, 5);
	s.sensors = (int)sensordb_int(rows, 6);
	s.days = (int)sensordb_int(rows, 7);
	s.first_seen = sensordb_int(rows, 8);
	s.last_seen = sensordb_int(rows, 9);
	s.tcp_last_seen = sensordb_int(rows, 10);
	s.source_port = (uint16_t)(sensordb_int(rows, 11) % 65536);
	xalloc_room(&list, &l->cap, l->out->count, sizeof(s));
	l->out->list = list;
	l->out->list[l->out->count++] = s;
}

static int load_sums(struct loading *l)
{
	struct sensordb_rows *rows = ask(l, sql_sums);
	int got = -1;

	while (rows != NULL && (got = sensordb_next(rows)) > 0)
		add_source(l, rows);
	sensordb_rows_free(rows);
	if (l->unreadable > 0) {
		log_warning("%zu sources of the sensor database are no "
			    "addresses and are left out",
			    l->unreadable);
		log_hint("'martlet sensors check' says which");
	}
	if (l->out->count > 1)
		qsort(l->out->list, l->out->count, sizeof(*l->out->list),
		      compare_sources);
	return got;
}

static void take_port(struct loading *l, struct source *s,
		      struct sensordb_rows *rows)
{
	size_t n = s->port_count;

	(void)l;
	/* Room doubles at every power of two. */
	if ((n & (n - 1)) == 0)
		s->ports =
		    xalloc_grow(s->ports, n ? 2 * n : 1, sizeof(*s->ports));
	s->ports[s->port_count++] = (struct source_port){
	    (int)sensordb_int(rows, 1), (uint16_t)sensordb_int(rows, 2),
	    sensordb_int(rows, 3)};
}

static int compare_ports(const void *a, const void *b)
{
	const struct source_port *x = a, *y = b;

	if (x->packets != y->packets)
		return x->packets > y->packets ? -1 : 1;
	if (x->port != y->port)
		return x->port < y->port ? -1 : 1;
	return (x->protocol > y->protocol) - (x->protocol < y->protocol);
}

static void take_signature(struct loading *l, struct source *s,
			   struct sensordb_rows *rows)
{
	int signature = signature_from(sensordb_text(rows, 1));

	(void)l;
	if (signature >= 0)
		s->signatures |= 1u << signature;
}

static void copy_text(char *out, size_t size, const char *text)
{
	size_t len = strnlen(text, size - 1);

	/* A name is cut between characters. */
	while (text[len] != '\0' && len > 0 && (text[len] & 0xc0) == 0x80)
		len--;
	memcpy(out, text, len);
	out[len] = '\0';
}

static void take_origin(struct loading *l, struct source *s,
			struct sensordb_rows *rows)
{
	const char *country = sensordb_text(rows, 1);
	int64_t asn = sensordb_int(rows, 2);

	(void)l;
	s->origin = (struct location_origin){0};
	s->origin_database = s->as_database = "";
	if (*country != '\0') {
		copy_text(s->origin.country, sizeof(s->origin.country),
			  country);
		s->origin_database = FROM_SENSORS;
	}
	if (asn > 0) {
		s->origin.asn = (uint32_t)asn;
		copy_text(s->origin.as_name, sizeof(s->origin.as_name),
			  sensordb_text(rows, 3));
		s->as_database = FROM_SENSORS;
	}
}

static int load(struct loading *l, const char *sql, take_row *take)
{
	struct sensordb_rows *rows = ask(l, sql);
	int got = -1;

	while (rows != NULL && (got = sensordb_next(rows)) > 0) {
		struct source *s = find(l, sensordb_text(rows, 0));

		if (s != NULL)
			take(l, s, rows);
	}
	sensordb_rows_free(rows);
	return got;
}

/* What the sensor database does not know. */
static void locate(struct source *s, struct location *location)
{
	struct location_origin found;

	if (*s->origin_database != '\0' && *s->as_database != '\0')
		return;
	location_find(location, &s->address, &found);
	if (*s->origin_database == '\0') {
		memcpy(s->origin.country, found.country, sizeof(found.country));
		s->origin_database = location_database(location);
		s->origin_day = location_day(location);
	}
	if (*s->as_database == '\0') {
		s->origin.asn = found.asn;
		memcpy(s->origin.as_name, found.as_name, sizeof(found.as_name));
		s->as_database = location_database(location);
		s->as_day = location_day(location);
	}
}

static int load_all(struct loading *l)
{
	int has_origins = sensordb_has(l->db, "source_origin");

	if (has_origins < 0 || load_sums(l) < 0 ||
	    load(l, sql_ports, take_port) < 0 ||
	    load(l, sql_signatures, take_signature) < 0)
		return -1;
	return has_origins > 0 ? load(l, sql_origins, take_origin) : 0;
}

int sources_load(struct sensordb *db, const struct period *p,
		 struct location *location, struct sources *out)
{
	struct loading l = {.db = db, .period = p, .out = out};
	int rc;

	*out = (struct sources){0};
	if (sensordb_begin(db) < 0)
		return -1;
	rc = load_all(&l);
	if (sensordb_end(db) < 0 || rc < 0) {
		sources_release(out);
		return -1;
	}
	for (size_t i = 0; i < out->count; i++) {
		struct source *s = &out->list[i];

		if (s->port_count > 1)
			qsort(s->ports, s->port_count, sizeof(*s->ports),
			      compare_ports);
		if (location != NULL)
			locate(s, location);
	}
	return 0;
}

void sources_release(struct sources *s)
{
	for (size_t i = 0; i < s->count; i++)
		free(s->list[i].ports);
	free(s->list);
	*s = (struct sources){0};
}
