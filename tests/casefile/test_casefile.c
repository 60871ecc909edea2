#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "casefile.h"
#include "compiler.h"
#include "xalloc.h"

static char dir[64];
static struct workspace ws;

static int make_workspace(void **state)
{
	(void)state;
	snprintf(dir, sizeof(dir), "/tmp/martlet-case-XXXXXX");
	if (mkdtemp(dir) == NULL)
		return -1;
	ws.directory = dir;
	return 0;
}

static int remove_workspace(void **state)
{
	static const char *const names[] = {"martlet.db", "martlet.db-wal",
					    "martlet.db-shm",
					    "martlet.db.scan-lock"};
	char path[128];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
		unlink(path);
	}
	return rmdir(dir);
}

static struct observation observed(const char *address, uint16_t port,
				   enum outcome outcome, int64_t when_ms)
{
	struct observation o;

	observation_init(&o);
	assert_true(addr_parse(address, &o.address));
	o.port = port;
	o.outcome = outcome;
	o.observed_ms = when_ms;
	return o;
}

static void store(struct casefile *cf, int64_t scan, struct observation o)
{
	assert_int_equal(casefile_store(cf, scan, &o), 0);
	assert_true(o.id > 0);
	observation_release(&o);
}

/* Every kind of field, bytes with NUL included. */
static struct observation full_observation(void)
{
	struct observation o =
	    observed("192.0.2.9", 443, OUTCOME_ANSWERED, 1000);

	o.lag = 42;
	o.protocol = PROTOCOL_HTTPS;
	o.truncated = true;
	blob_set(&o.banner, "a\0b", 3);
	o.http_status = 200;
	o.http_path = xalloc_string("/login");
	blob_set(&o.body, "<html>\xff", 7);
	o.title = xalloc_string("\xe6\x9d\xb1\xe4\xba\xac");
	o.server = xalloc_string("Server/1");
	snprintf(o.page_class, sizeof(o.page_class), "%s", "0123abcd");
	o.favicon.present = true;
	snprintf(o.favicon.md5, sizeof(o.favicon.md5), "%s", "md5");
	o.favicon.mmh3 = -7;
	o.certificate.subject = xalloc_string("CN=x");
	o.certificate.not_after = 99;
	snprintf(o.certificate.sha256, sizeof(o.certificate.sha256), "s1");
	o.stack = (struct stack){true, true, false, true, 7, 1460, 250};
	o.clock = (struct peer_clock){true, true, -3600, 7};
	o.identity.vendor = xalloc_string("Yamaha");
	o.identity.device_type = xalloc_string("router");
	o.identity.certainty = 0.85;
	o.identity.fingerprint = xalloc_string("x.xml: y");
	return o;
}

static int compare_full(struct observation *o, void *arg)
{
	int *seen = arg;

	(*seen)++;
	assert_int_equal(o->port, 443);
	assert_int_equal(o->lag, 42);
	assert_int_equal(o->protocol, PROTOCOL_HTTPS);
	assert_true(o->truncated);
	assert_int_equal(o->banner.len, 3);
	assert_memory_equal(o->banner.data, "a\0b", 3);
	assert_int_equal(o->http_status, 200);
	assert_string_equal(o->http_path, "/login");
	assert_null(o->http_headers.data);
	assert_int_equal(o->body.len, 7);
	assert_string_equal(o->title, "\xe6\x9d\xb1\xe4\xba\xac");
	assert_string_equal(o->server, "Server/1");
	assert_null(o->realm);
	assert_string_equal(o->page_class, "0123abcd");
	assert_true(o->favicon.present);
	assert_int_equal(o->favicon.mmh3, -7);
	assert_string_equal(o->certificate.subject, "CN=x");
	assert_int_equal(o->certificate.not_after, 99);
	assert_true(o->stack.known && o->stack.timestamps);
	assert_false(o->stack.sack);
	assert_true(o->stack.window_scaling);
	assert_int_equal(o->stack.scale, 7);
	assert_int_equal(o->stack.mss, 1460);
	assert_int_equal(o->stack.rtt_us, 250);
	assert_true(o->clock.http_known && o->clock.tls_known);
	assert_int_equal(o->clock.http_s, -3600);
	assert_int_equal(o->clock.tls_s, 7);
	assert_string_equal(o->identity.vendor, "Yamaha");
	assert_null(o->identity.product);
	assert_string_equal(o->identity.device_type, "router");
	return 0;
}

static void everything_stored_comes_back(void **state)
{
	struct casefile *cf = casefile_open(&ws, CASEFILE_WRITE);
	int64_t scan;
	int seen = 0;

	(void)state;
	assert_non_null(cf);
	assert_int_equal(casefile_begin_scan(cf, "2025Q3", false, &scan), 0);
	assert_int_equal(casefile_begin(cf), 0);
	store(cf, scan, full_observation());
	assert_int_equal(casefile_commit(cf), 0);
	assert_int_equal(casefile_end_scan(cf, scan), 0);
	casefile_close(cf);
	cf = casefile_open(&ws, CASEFILE_READ);
	assert_non_null(cf);
	assert_int_equal(casefile_each_service(cf, NULL, compare_full, &seen),
			 0);
	assert_int_equal(seen, 1);
	casefile_close(cf);
}

static int count_claims(struct observation *o, void *arg)
{
	const struct identity *id = &o->identity;
	int *seen = arg;

	*seen += (int)id->claim_count + (id->fingerprint != NULL ? 100 : 0);
	for (size_t i = 0; i < id->claim_count; i++) {
		assert_string_equal(id->claims[i].vendor,
				    i == 0 ? "Axis" : "NEC");
		assert_string_equal(id->claims[i].device_type, "camera");
		assert_string_equal(id->claims[i].fingerprint, "f: c");
		assert_string_equal(id->claims[i].key, "body");
		assert_null(id->claims[i].product);
		assert_true(id->claims[i].certainty > 0.49 &&
			    id->claims[i].certainty < 0.51);
	}
	return 0;
}

static void claim(struct identity *id, const char *vendor)
{
	size_t cap = id->claim_count;

	xalloc_room((void **)&id->claims, &cap, id->claim_count,
		    sizeof(*id->claims));
	id->claims[id->claim_count++] =
	    (struct claim){xalloc_string(vendor),   NULL,
			   xalloc_string("camera"), xalloc_string("f: c"),
			   xalloc_string("body"),   0.5};
}

/* 100 for an identity, and one for each claim. */
static int known(struct casefile *cf)
{
	int seen = 0;

	assert_int_equal(casefile_each_service(cf, NULL, count_claims, &seen),
			 0);
	return seen;
}

#define CLOSED 70 /* twice what one statement adds, and some */

static int count_closed(struct observation *o, void *arg)
{
	int *seen = arg;

	(*seen)++;
	assert_string_equal(o->transport, "TCP");
	assert_int_equal(o->outcome,
			 o->port % 2 ? OUTCOME_REFUSED : OUTCOME_TIMEOUT);
	assert_int_equal(o->observed_ms, 1000 + o->port);
	assert_int_equal(o->lag, o->port % 3 ? o->port : -1);
	return 0;
}

static void closed_ports_are_stored_together(void **state)
{
	struct casefile *cf = casefile_open(&ws, CASEFILE_WRITE);
	struct plain_probe rows[CLOSED];
	struct addr host;
	int64_t scan;
	int seen = 0;

	(void)state;
	assert_true(addr_parse("2001:db8::77", &host));
	for (int i = 0; i < CLOSED; i++)
		rows[i] = (struct plain_probe){host, (uint16_t)i,
					       i % 2 ? OUTCOME_REFUSED
						     : OUTCOME_TIMEOUT,
					       1000 + i, i % 3 ? i : -1};
	assert_int_equal(casefile_begin_scan(cf, "2025Q3", false, &scan), 0);
	assert_int_equal(casefile_begin(cf), 0);
	assert_int_equal(casefile_store_plain(cf, scan, rows, CLOSED), 0);
	assert_int_equal(casefile_commit(cf), 0);
	assert_int_equal(casefile_each_probe(cf, &host, 0, count_closed, &seen),
			 0);
	assert_int_equal(seen, CLOSED);
	/* A scan that is not there: nothing of the batch stays. */
	assert_int_equal(casefile_begin(cf), 0);
	assert_int_equal(casefile_store_plain(cf, scan + 1, rows, CLOSED), -1);
	casefile_rollback(cf);
	seen = 0;
	assert_int_equal(casefile_each_probe(cf, &host, 0, count_closed, &seen),
			 0);
	assert_int_equal(seen, CLOSED);
	casefile_close(cf);
}

static void an_identity_is_replaced_with_its_claims(void **state)
{
	struct casefile *cf = casefile_open(&ws, CASEFILE_WRITE);
	struct observation o = full_observation();
	int64_t scan;

	(void)state;
	assert_non_null(cf);
	claim(&o.identity, "Axis");
	claim(&o.identity, "NEC");
	assert_int_equal(casefile_begin_scan(cf, "2025Q3", false, &scan), 0);
	assert_int_equal(casefile_store(cf, scan, &o), 0);
	assert_int_equal(known(cf), 102);
	assert_int_equal(casefile_set_identity(cf, &o), 0);
	assert_int_equal(known(cf), 102);
	claim_release(&o.identity.claims[--o.identity.claim_count]);
	assert_int_equal(casefile_set_identity(cf, &o), 0);
	assert_int_equal(known(cf), 101);
	free(o.identity.fingerprint);
	o.identity.fingerprint = NULL;
	assert_int_equal(casefile_set_identity(cf, &o), 0);
	assert_int_equal(known(cf), 1);
	identity_release(&o.identity);
	assert_int_equal(casefile_set_identity(cf, &o), 0);
	assert_int_equal(known(cf), 0);
	observation_release(&o);
	casefile_close(cf);
}

struct listing {
	char text[512];
};

static int list(struct observation *o, void *arg)
{
	struct listing *l = arg;
	size_t len = strlen(l->text);
	char address[ADDR_TEXT_MAX];

	snprintf(l->text + len, sizeof(l->text) - len, "%s:%u=%s ",
		 addr_format(&o->address, address), o->port,
		 outcome_text(o->outcome));
	return 0;
}

static void the_latest_probe_counts_in_numeric_order(void **state)
{
	struct casefile *cf = casefile_open(&ws, CASEFILE_WRITE);
	struct listing services = {""}, probes = {""};
	struct addr nine;
	int64_t scan;

	(void)state;
	assert_true(addr_parse("192.0.2.9", &nine));
	assert_int_equal(casefile_begin_scan(cf, "2025Q3", true, &scan), 0);
	store(cf, scan, observed("192.0.2.10", 80, OUTCOME_ANSWERED, 10));
	store(cf, scan, observed("192.0.2.9", 80, OUTCOME_ANSWERED, 10));
	store(cf, scan, observed("192.0.2.9", 22, OUTCOME_SILENT, 10));
	store(cf, scan, observed("192.0.2.9", 23, OUTCOME_ANSWERED, 10));
	store(cf, scan, observed("192.0.2.9", 23, OUTCOME_REFUSED, 20));
	store(cf, scan, observed("192.0.2.9", 80, OUTCOME_CLOSED, 5));
	assert_int_equal(casefile_each_service(cf, NULL, list, &services), 0);
	assert_string_equal(services.text,
			    "192.0.2.9:22=silent 192.0.2.9:80=answered "
			    "192.0.2.9:443=answered 192.0.2.10:80=answered ");
	assert_int_equal(casefile_each_probe(cf, &nine, 15, list, &probes), 0);
	assert_string_equal(probes.text,
			    "192.0.2.9:23=refused 192.0.2.9:443=answered ");
	casefile_close(cf);
}

static void groups_keep_their_number(void **state)
{
	struct casefile *cf = casefile_open(&ws, CASEFILE_WRITE);
	int64_t first, second, again;

	(void)state;
	assert_int_equal(casefile_deployment(cf, "2025Q3", "aa", &first), 0);
	assert_int_equal(casefile_deployment(cf, "2025Q3", "bb", &second), 0);
	assert_int_equal(casefile_deployment(cf, "2025Q3", "aa", &again), 0);
	assert_true(first > 0 && second > 0 && first != second);
	assert_int_equal(again, first);
	casefile_close(cf);
}

static void only_one_scan_runs_at_a_time(void **state)
{
	struct casefile *a = casefile_open(&ws, CASEFILE_WRITE);
	struct casefile *b = casefile_open(&ws, CASEFILE_WRITE);

	(void)state;
	assert_int_equal(casefile_lock_scan(a, "scan"), 0);
	assert_int_equal(casefile_lock_scan(b, "watch"), -1);
	casefile_close(a);
	assert_int_equal(casefile_lock_scan(b, "watch"), 0);
	casefile_close(b);
}

static void the_database_is_private(void **state)
{
	char path[128];
	struct stat st;

	(void)state;
	snprintf(path, sizeof(path), "%s/martlet.db", dir);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
}

static void set_version(const char *pragma)
{
	char path[128];
	sqlite3 *db;

	snprintf(path, sizeof(path), "%s/martlet.db", dir);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, pragma, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

static void a_newer_database_is_left_alone(void **state)
{
	(void)state;
	set_version("PRAGMA user_version = 99");
	assert_null(casefile_open(&ws, CASEFILE_WRITE));
	assert_null(casefile_open(&ws, CASEFILE_READ));
	set_version("PRAGMA user_version = 2");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(everything_stored_comes_back),
	    cmocka_unit_test(the_latest_probe_counts_in_numeric_order),
	    cmocka_unit_test(groups_keep_their_number),
	    cmocka_unit_test(closed_ports_are_stored_together),
	    cmocka_unit_test(an_identity_is_replaced_with_its_claims),
	    cmocka_unit_test(only_one_scan_runs_at_a_time),
	    cmocka_unit_test(the_database_is_private),
	    cmocka_unit_test(a_newer_database_is_left_alone),
	};

	return cmocka_run_group_tests_name("casefile", tests, make_workspace,
					   remove_workspace);
}
