#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "evidence.h"

/* The n-th text of a key, or NULL. */
static const char *text_of(const struct evidence_list *e, const char *key,
			   int n)
{
	for (size_t i = 0; i < e->count; i++)
		if (strcmp(e->list[i].key, key) == 0 && n-- == 0)
			return e->list[i].text;
	return NULL;
}

static void other_fields_are_evidence(void **state)
{
	static const char head[] =
	    "HTTP/1.1 200 OK\r\nserver: x\r\nDate: now\r\n"
	    "X-Influxdb-Version: 1.6.7\r\nContent-Length: 2\r\n"
	    "no field\r\nP3P: CP=CAO PSA OUR\r\n\r\n";
	struct observation o;
	struct evidence_list e;

	(void)state;
	observation_init(&o);
	o.http_status = 200;
	blob_set(&o.http_headers, head, sizeof(head) - 1);
	evidence_collect(&o, NULL, &e);
	assert_string_equal(text_of(&e, "http_header.field", 0),
			    "X-Influxdb-Version: 1.6.7");
	assert_string_equal(text_of(&e, "http_header.field", 1),
			    "P3P: CP=CAO PSA OUR");
	assert_null(text_of(&e, "http_header.field", 2));
	assert_string_equal(text_of(&e, "http_header.server", 0), "x");
	evidence_release(&e);
	observation_release(&o);
}

static void many_fields_end(void **state)
{
	char head[8192] = "HTTP/1.1 200 OK\r\n";
	struct observation o;
	struct evidence_list e;
	int n = 0;

	(void)state;
	for (size_t i = 0, at = strlen(head); i < 500; i++, at += 8)
		memcpy(head + at, "X-A: b\r\n", 9);
	observation_init(&o);
	o.http_status = 200;
	blob_set(&o.http_headers, head, strlen(head));
	evidence_collect(&o, NULL, &e);
	while (text_of(&e, "http_header.field", n) != NULL)
		n++;
	assert_int_equal(n, 20);
	evidence_release(&e);
	observation_release(&o);
}

static void greeting_of_a_controller_is_evidence(void **state)
{
	struct observation o;
	struct evidence_list e;

	(void)state;
	observation_init(&o);
	blob_set(&o.banner, "\x06\0\0\x08\0\0\0\x03", 8);
	evidence_collect(&o, NULL, &e);
	assert_string_equal(text_of(&e, "openflow.hello", 0), "6 00000003");
	evidence_release(&e);
	blob_set(&o.banner, "\x06\0\0\x08\0\0\0", 7);
	evidence_collect(&o, NULL, &e);
	assert_null(text_of(&e, "openflow.hello", 0));
	evidence_release(&e);
	observation_release(&o);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(other_fields_are_evidence),
	    cmocka_unit_test(many_fields_end),
	    cmocka_unit_test(greeting_of_a_controller_is_evidence),
	};

	return cmocka_run_group_tests_name("evidence", tests, NULL, NULL);
}
