#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "civil.h"
#include "compiler.h"
#include "sources.h"
#include "xalloc.h"

static const char schema[] =
#include "sensors_schema.h"
    ;

#define ROW                                                                    \
	"INSERT INTO traffic (day, sensor, source, protocol, port, "           \
	"signature, packets, first_seen, last_seen, source_port) VALUES "

static const char content[] =
    "INSERT INTO sensor_meta VALUES ('timezone', 'UTC'), ('unit', "
    "'packets');" ROW
    /* one host, two sensors, two days by TCP, and other packets */
    "('2013-05-01','a','192.0.2.10',6,23,'',5,100,200,7),"
    "('2013-05-02','b','192.0.2.10',6,23,'mirai',3,300,400,8),"
    "('2013-05-02','b','192.0.2.10',6,2323,'mirai',1,300,400,9),"
    "('2013-05-03','c','192.0.2.10',17,53,'',9,350,360,10),"
    "('2013-05-04','d','192.0.2.10',6,23,'backscatter',2,370,380,11),"
    /* a victim */
    "('2013-05-01','a','192.0.2.9',6,80,'backscatter',4,100,100,80),"
    /* orders by number, not by text */
    "('2013-05-01','a','192.0.2.100',1,0,'',1,100,100,0),"
    "('2013-05-01','a','2001:db8::1',6,443,'zmap',1,100,100,0),"
    /* outside the period */
    "('2013-04-30','e','192.0.2.10',6,9999,'zmap',50,1,2,12),"
    "('2013-06-01','e','192.0.2.77',6,9999,'',50,900,1000,12);"
    "INSERT INTO source_origin VALUES "
    "('192.0.2.10', 0, 300, 'CN', 1, 'Old'),"
    "('192.0.2.10', 301, 400, 'JP', 64500, 'New Network'),"
    "('192.0.2.10', 401, 1000, 'US', 2, 'Later'),"
    "('192.0.2.9', 0, 99, 'DE', 3, 'Before'),"
    "('2001:db8::1', 100, 100, 'FR', 0, '');";

struct fixture {
	char directory[64];
	struct workspace *ws;
	struct sensordb *db;
	struct sources sources;
};

static void write_database(const char *directory, const char *more)
{
	char *path = xalloc_printf("%s/sensors.db", directory);
	sqlite3 *db;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, schema, NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, content, NULL, NULL, NULL),
			 SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, more, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
	free(path);
}

/* The sources of May 2013; @more: SQL that runs after the content. */
static void open_fixture(struct fixture *f, const char *more)
{
	struct invocation with = {0};
	struct period may;
	FILE *conf;
	char *path;

	*f = (struct fixture){.directory = "/tmp/test_sources.XXXXXX"};
	assert_non_null(mkdtemp(f->directory));
	path = xalloc_printf("%s/martlet.conf", f->directory);
	conf = fopen(path, "w");
	assert_non_null(conf);
	fclose(conf);
	free(path);
	write_database(f->directory, more);
	with.directory = f->directory;
	f->ws = workspace_open(&with);
	assert_non_null(f->ws);
	f->db = sensordb_open(f->ws);
	assert_non_null(f->db);
	assert_true(period_parse("2013-05", &may));
	assert_int_equal(sources_load(f->db, &may, NULL, &f->sources), 0);
}

static void close_fixture(struct fixture *f)
{
	static const char *const files[] = {"martlet.conf", "sensors.db"};

	sources_release(&f->sources);
	sensordb_close(f->db);
	workspace_free(f->ws);
	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		char *path = xalloc_printf("%s/%s", f->directory, files[i]);

		unlink(path);
		free(path);
	}
	assert_int_equal(rmdir(f->directory), 0);
}

static const struct source *find(const struct fixture *f, const char *text)
{
	struct addr a;

	assert_true(addr_parse(text, &a));
	return sources_find(&f->sources, &a);
}

static void sources_come_by_numeric_address(void **state)
{
	static const char *const order[] = {"192.0.2.9", "192.0.2.10",
					    "192.0.2.100", "2001:db8::1"};
	struct fixture f;

	(void)state;
	open_fixture(&f, "");
	assert_int_equal(f.sources.count, ARRAY_LEN(order));
	for (size_t i = 0; i < ARRAY_LEN(order); i++) {
		char text[ADDR_TEXT_MAX];

		assert_string_equal(
		    addr_format(&f.sources.list[i].address, text), order[i]);
		assert_ptr_equal(find(&f, order[i]), &f.sources.list[i]);
	}
	assert_null(find(&f, "192.0.2.77"));
	close_fixture(&f);
}

static void a_source_is_judged_by_tcp_that_is_not_backscatter(void **state)
{
	struct fixture f;
	const struct source *s;

	(void)state;
	open_fixture(&f, "");
	s = find(&f, "192.0.2.10");
	assert_int_equal(s->packets, 20);
	assert_int_equal(s->backscatter, 2);
	assert_int_equal(s->tcp, 9);
	assert_int_equal(s->tcp_sensors, 2);
	assert_int_equal(s->tcp_days, 2);
	assert_int_equal(s->sensors, 4);
	assert_int_equal(s->days, 4);
	assert_int_equal(s->first_seen, 100);
	assert_int_equal(s->last_seen, 400);
	assert_int_equal(s->source_port, 9);
	assert_int_equal(s->signatures, 1u << SIGNATURE_NONE |
					    1u << SIGNATURE_MIRAI |
					    1u << SIGNATURE_BACKSCATTER);
	s = find(&f, "192.0.2.9");
	assert_int_equal(s->tcp, 0);
	assert_int_equal(s->tcp_sensors, 0);
	assert_int_equal(s->tcp_days, 0);
	assert_int_equal(s->backscatter, 4);
	assert_int_equal(s->signatures, 1u << SIGNATURE_BACKSCATTER);
	close_fixture(&f);
}

static void ports_come_with_most_packets_first(void **state)
{
	static const struct source_port wanted[] = {
	    {6, 23, 10}, {17, 53, 9}, {6, 2323, 1}};
	struct fixture f;
	const struct source *s;

	(void)state;
	open_fixture(&f, "");
	s = find(&f, "192.0.2.10");
	assert_int_equal(s->port_count, ARRAY_LEN(wanted));
	for (size_t i = 0; i < ARRAY_LEN(wanted); i++) {
		assert_int_equal(s->ports[i].protocol, wanted[i].protocol);
		assert_int_equal(s->ports[i].port, wanted[i].port);
		assert_int_equal(s->ports[i].packets, wanted[i].packets);
	}
	close_fixture(&f);
}

static void an_origin_is_that_of_the_last_packet(void **state)
{
	static const struct {
		const char *source, *country, *as_name, *database, *as_database;
		uint32_t asn;
	} cases[] = {
	    {"192.0.2.10", "JP", "New Network", "sensor database",
	     "sensor database", 64500},
	    /* it was known before the last packet only */
	    {"192.0.2.9", "", "", "", "", 0},
	    {"192.0.2.100", "", "", "", "", 0},
	    /* the country alone */
	    {"2001:db8::1", "FR", "", "sensor database", "", 0},
	};
	struct fixture f;

	(void)state;
	open_fixture(&f, "");
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct source *s = find(&f, cases[i].source);

		assert_string_equal(s->origin.country, cases[i].country);
		assert_int_equal(s->origin.asn, cases[i].asn);
		assert_string_equal(s->origin.as_name, cases[i].as_name);
		assert_string_equal(s->origin_database, cases[i].database);
		assert_string_equal(s->as_database, cases[i].as_database);
		assert_int_equal(s->origin_day, 0);
	}
	close_fixture(&f);
}

static void a_database_without_origins_will_do(void **state)
{
	struct fixture f;

	(void)state;
	open_fixture(&f, "DROP TABLE source_origin");
	assert_int_equal(f.sources.count, 4);
	assert_string_equal(find(&f, "192.0.2.10")->origin.country, "");
	close_fixture(&f);
}

static void what_is_no_address_is_left_out(void **state)
{
	struct fixture f;

	(void)state;
	open_fixture(&f, ROW "('2013-05-01','a','nonsense',6,23,'',5,1,2,7)");
	assert_int_equal(f.sources.count, 4);
	close_fixture(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(sources_come_by_numeric_address),
	    cmocka_unit_test(a_source_is_judged_by_tcp_that_is_not_backscatter),
	    cmocka_unit_test(ports_come_with_most_packets_first),
	    cmocka_unit_test(an_origin_is_that_of_the_last_packet),
	    cmocka_unit_test(a_database_without_origins_will_do),
	    cmocka_unit_test(what_is_no_address_is_left_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
