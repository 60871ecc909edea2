#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <inttypes.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compiler.h"
#include "contacts_print.h"
#include "contacts_text.h"
#include "xalloc.h"

static const char schema[] =
#include "sensors_schema.h"
    ;

#define DAY INT64_C(1756684800) /* 2025-09-01T00:00:00Z */

static char dir[64];
static struct workspace ws;

static const char rows[] =
    "INSERT INTO sensor_meta VALUES ('timezone', 'UTC'), ('unit', 'packets');"
    "INSERT INTO region VALUES ('japan', 'Japan', '日本', 1);"
    "INSERT INTO sensor VALUES ('secret-site', 'Japan #1', 'japan', 'JP'),"
    " ('other-site', 'Japan #2', 'japan', 'JP');";

/* sensor, source, protocol, port, signature, packets, seconds after DAY */
static const struct {
	const char *sensor, *source;
	int protocol, port;
	const char *signature;
	int packets, from, to;
} traffic[] = {
    {"secret-site", "192.0.2.1", 6, 23, "mirai", 5, 60, 3601},
    {"other-site", "192.0.2.1", 6, 23, "", 7, 30, 7202},
    {"other-site", "192.0.2.1", 6, 80, "", 2, 40, 40},
    {"other-site", "192.0.2.1", 6, 443, "backscatter", 99, 10, 86000},
    {"other-site", "192.0.2.2", 6, 23, "", 4, 100, 200},
    {"other-site", "192.0.2.3", 17, 53, "", 4, 100, 200},
    {"other-site", "192.0.2.4", 6, 80, "backscatter", 4, 100, 200},
    {"other-site", "198.51.100.9", 6, 23, "", 4, 100, 200},
    {"other-site", "203.0.113.5", 6, 22, "", 3, 100, 200},
    {"other-site", "2001:db8::1", 6, 22, "", 3, 100, 200},
};

static const struct {
	const char *source, *country;
	int asn;
} origins[] = {
    {"192.0.2.2", "JP", 64500},
    {"198.51.100.9", "", 0},
    {"203.0.113.5", "JP", 64501},
    {"2001:db8::1", "JP", 64500},
};

static const char book_text[] =
    "kind,match,contact,role,name,language,note\n"
    "network,192.0.2.0/30,net@example.net,abuse,Net,ja,\n"
    "asn,64500,as@example.net,technical,,,\n"
    "country,JP,csirt@example.jp,,CSIRT,ja,\n";

static void run_sql(sqlite3 *db, const char *sql)
{
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
}

static void make_sensors(void)
{
	char *path = xalloc_printf("%s/sensors.db", dir);
	sqlite3 *db;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	run_sql(db, schema);
	run_sql(db, rows);
	for (size_t i = 0; i < ARRAY_LEN(traffic); i++) {
		char *sql = xalloc_printf(
		    "INSERT INTO traffic (day, sensor, source, protocol, port,"
		    " signature, packets, first_seen, last_seen, source_port)"
		    " VALUES ('2025-09-01', '%s', '%s', %d, %d, '%s', %d,"
		    " %" PRId64 ", %" PRId64 ", 4321)",
		    traffic[i].sensor, traffic[i].source, traffic[i].protocol,
		    traffic[i].port, traffic[i].signature, traffic[i].packets,
		    DAY + traffic[i].from, DAY + traffic[i].to);

		run_sql(db, sql);
		free(sql);
	}
	for (size_t i = 0; i < ARRAY_LEN(origins); i++) {
		char *sql = xalloc_printf(
		    "INSERT INTO source_origin VALUES ('%s', 0, 9999999999,"
		    " '%s', %d, '=AS name')",
		    origins[i].source, origins[i].country, origins[i].asn);

		run_sql(db, sql);
		free(sql);
	}
	sqlite3_close(db);
	free(path);
}

static void store(struct casefile *cf, int64_t scan, const char *address,
		  const char *product, int64_t when)
{
	struct observation o;

	observation_init(&o);
	assert_true(addr_parse(address, &o.address));
	o.port = 80;
	o.protocol = PROTOCOL_HTTP;
	o.http_status = 200;
	o.observed_ms = when * 1000;
	o.lag = 1800;
	o.identity.vendor = xalloc_string("=HYPERLINK(\"x\")");
	o.identity.product = xalloc_string(product);
	o.identity.device_type = xalloc_string("recorder");
	o.identity.certainty = 0.9;
	o.identity.fingerprint = xalloc_string("test");
	assert_int_equal(casefile_store(cf, scan, &o), 0);
	observation_release(&o);
}

static void make_case(void)
{
	struct casefile *cf = casefile_open(&ws, CASEFILE_WRITE);
	int64_t fresh, stale;

	assert_non_null(cf);
	assert_int_equal(casefile_begin_scan(cf, "2025Q3", false, &fresh), 0);
	assert_int_equal(casefile_begin_scan(cf, "2025Q3", true, &stale), 0);
	store(cf, fresh, "192.0.2.1", "Box\n\"A\"", DAY + 9002);
	store(cf, fresh, "192.0.2.3", "Box", DAY + 2000);
	store(cf, fresh, "198.51.100.9", "Box", DAY + 2000);
	store(cf, stale, "203.0.113.5", "Stale", DAY + 2000);
	/* Of another time of the address: somebody else's by now. */
	store(cf, fresh, "192.0.2.2", "Older", DAY - 90 * 86400);
	casefile_close(cf);
}

static int set_up(void **state)
{
	(void)state;
	snprintf(dir, sizeof(dir), "/tmp/martlet-contacts-XXXXXX");
	if (mkdtemp(dir) == NULL)
		return -1;
	ws.directory = dir;
	ws.config = config_new();
	make_sensors();
	make_case();
	return 0;
}

static int tear_down(void **state)
{
	static const char *const names[] = {"martlet.db", "martlet.db-wal",
					    "martlet.db-shm", "sensors.db",
					    "contacts.csv"};

	(void)state;
	config_free(ws.config);
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		char *path = workspace_path(&ws, names[i]);

		unlink(path);
		free(path);
	}
	return rmdir(dir);
}

struct opened {
	struct contacts_input in;
	struct period period;
	struct contacts contacts;
};

static void load(struct opened *o, int64_t since, int64_t now)
{
	char *path = workspace_path(&ws, "contacts.csv");
	FILE *f = fopen(path, "w");

	fputs(book_text, f);
	fclose(f);
	memset(o, 0, sizeof(*o));
	assert_true(period_parse("2025Q3", &o->period));
	o->in.db = sensordb_open(&ws);
	o->in.cf = casefile_open(&ws, CASEFILE_READ);
	o->in.book = contact_book_read(path);
	o->in.period = &o->period;
	o->in.since = since;
	o->in.now = now;
	assert_non_null(o->in.db);
	assert_non_null(o->in.cf);
	assert_non_null(o->in.book);
	assert_int_equal(contacts_load(&o->in, &o->contacts), 0);
	free(path);
}

static void unload(struct opened *o)
{
	contacts_release(&o->contacts);
	contact_book_free(o->in.book);
	casefile_close(o->in.cf);
	sensordb_close(o->in.db);
}

static const struct contact_address *at(const struct opened *o,
					const char *address)
{
	struct addr a;

	assert_true(addr_parse(address, &a));
	for (size_t i = 0; i < o->contacts.count; i++)
		if (addr_compare(&o->contacts.list[i].address, &a) == 0)
			return &o->contacts.list[i];
	return NULL;
}

static void addresses_are_at_their_contacts(void **state)
{
	static const struct {
		const char *address, *contact; /* NULL: nobody */
	} wanted[] = {
	    {"2001:db8::1", "as@example.net"},
	    {"203.0.113.5", "csirt@example.jp"},
	    {"192.0.2.1", "net@example.net"},
	    {"192.0.2.3", "net@example.net"},
	    {"192.0.2.2", "net@example.net"},
	    {"198.51.100.9", NULL},
	};
	struct opened o;

	(void)state;
	load(&o, 0, DAY + 86400);
	assert_int_equal(o.contacts.count, ARRAY_LEN(wanted));
	for (size_t i = 0; i < ARRAY_LEN(wanted); i++) {
		const struct contact_address *a = &o.contacts.list[i];
		char text[ADDR_TEXT_MAX];

		assert_string_equal(addr_format(&a->address, text),
				    wanted[i].address);
		if (wanted[i].contact != NULL) {
			assert_string_equal(a->entry->contact,
					    wanted[i].contact);
			assert_null(a->reason);
		} else {
			assert_null(a->entry);
			assert_non_null(strstr(a->reason, "contact book"));
		}
	}
	unload(&o);
}

static void evidence_is_to_the_second_and_without_backscatter(void **state)
{
	struct opened o;
	const struct contact_address *a;
	char *text;

	(void)state;
	load(&o, 0, DAY + 86400);
	a = at(&o, "192.0.2.1");
	assert_int_equal(a->packets, 14);
	assert_int_equal(a->first_seen, DAY + 30);
	assert_int_equal(a->last_seen, DAY + 7202);
	assert_int_equal(a->evidence_count, 2);
	assert_int_equal(a->port_count, 2);
	text = contacts_text_evidence(&a->evidence[0]);
	assert_string_equal(text,
			    "2025-09-01T00:00:30Z to 2025-09-01T02:00:02Z: "
			    "12 packets to 23/TCP on 2 sensors");
	free(text);
	text = contacts_text_ports(a, 10);
	assert_string_equal(text, "23/TCP 12, 80/TCP 2");
	free(text);
	text = contacts_text_signatures(a);
	assert_string_equal(text, "mirai");
	free(text);
	unload(&o);
}

static void stale_and_other_times_results_never_enter(void **state)
{
	struct opened o;

	(void)state;
	load(&o, 0, DAY + 86400);
	assert_int_equal(at(&o, "192.0.2.1")->service_count, 1);
	assert_int_equal(at(&o, "192.0.2.1")->services[0].lag, 1800);
	assert_int_equal(at(&o, "203.0.113.5")->service_count, 0);
	assert_int_equal(at(&o, "192.0.2.2")->service_count, 0);
	assert_null(contacts_device(at(&o, "203.0.113.5")));
	unload(&o);
}

static void since_and_age_look_at_the_last_packet(void **state)
{
	struct opened o;

	(void)state;
	load(&o, DAY + 7202, DAY + 7202 + CONTACTS_OLD_SECONDS);
	assert_int_equal(o.contacts.count, 1);
	assert_false(o.contacts.list[0].old);
	unload(&o);
	load(&o, DAY + 7203, DAY + 86400);
	assert_int_equal(o.contacts.count, 0);
	unload(&o);
	load(&o, DAY + 7202, DAY + 7203 + CONTACTS_OLD_SECONDS);
	assert_true(o.contacts.list[0].old);
	assert_true(o.contacts.list[0].evidence[0].old);
	unload(&o);
}

static char *printed(const struct opened *o, bool json)
{
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	if (json)
		assert_int_equal(contacts_print_json(&o->contacts, "2025Q3", f),
				 0);
	else
		contacts_print_csv(&o->contacts, f);
	fclose(f);
	return text;
}

/* Formulas are harmless, cells whole, sensors and page texts not told. */
static void files_are_safe_and_tell_no_sensor(void **state)
{
	struct opened o;
	char *csv, *json;

	(void)state;
	load(&o, 0, DAY + 86400);
	csv = printed(&o, false);
	json = printed(&o, true);
	assert_non_null(strstr(csv, "\"'=HYPERLINK(\"\"x\"\")\""));
	assert_null(strstr(csv, ",=HYPERLINK"));
	assert_non_null(strstr(csv, "'=AS name"));
	assert_non_null(strstr(csv, "TLP:AMBER+STRICT,net@example.net,"));
	assert_non_null(strstr(json, "\"tlp\": \"TLP:AMBER+STRICT\""));
	assert_non_null(strstr(json, "\"contact\": null"));
	assert_non_null(strstr(json, "\"source\": \"national\""));
	for (size_t i = 0; i < 2; i++) {
		const char *text = i == 0 ? csv : json;

		assert_null(strstr(text, "secret-site"));
		assert_null(strstr(text, "other-site"));
		assert_null(strstr(text, "Japan #"));
		assert_null(strstr(text, "192.0.2.4"));
		assert_null(strstr(text, "Stale"));
	}
	free(csv);
	free(json);
	unload(&o);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(addresses_are_at_their_contacts),
	    cmocka_unit_test(evidence_is_to_the_second_and_without_backscatter),
	    cmocka_unit_test(stale_and_other_times_results_never_enter),
	    cmocka_unit_test(since_and_age_look_at_the_last_packet),
	    cmocka_unit_test(files_are_safe_and_tell_no_sensor),
	};

	return cmocka_run_group_tests_name("contacts", tests, set_up,
					   tear_down);
}
