#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compiler.h"
#include "profile.h"
#include "xalloc.h"

static void elements_have_no_words_of_a_site(void **state)
{
	static const struct {
		enum protocol protocol;
		const char *vendor, *product, *version, *type, *page, *title;
		int http_status;
		const char *server, *banner, *element;
	} cases[] = {
	    {PROTOCOL_HTTPS, "Edge", "X1", "1.2", "router", "abcd", "X1 [tky]",
	     200, "edge", NULL, "Edge/X1/router"},
	    {PROTOCOL_HTTP, "Edge", NULL, NULL, NULL, NULL, NULL, 200, NULL,
	     NULL, "Edge/"},
	    {PROTOCOL_HTTP, "Ngin", "ngin", "1.18", "server", "abcd", "Tokyo",
	     200, "ngin/1.18", NULL, "Ngin/ngin/server page:abcd"},
	    {PROTOCOL_HTTP, NULL, NULL, NULL, NULL, "abcd", "Tokyo", 200, "x",
	     NULL, "http page:abcd"},
	    {PROTOCOL_HTTP, NULL, NULL, NULL, NULL, NULL, NULL, 401, "Box/1.20",
	     NULL, "http 401 Box/0.0"},
	    {PROTOCOL_SSH, NULL, NULL, NULL, NULL, NULL, NULL, 0, NULL,
	     "SSH-2.0-dropbear_2019.78\r\n", "ssh SSH-0.0-dropbear_0.0"},
	    {PROTOCOL_FTP, NULL, NULL, NULL, NULL, NULL, NULL, 0, NULL,
	     "220 tokyo-gw12 ready.\r\nmore", "ftp 0 a-a0 a."},
	    {PROTOCOL_TELNET, NULL, NULL, NULL, NULL, NULL, NULL, 0, NULL,
	     "\xff\xfb\x01login:", "telnet x a:"},
	    {PROTOCOL_OPENFLOW, NULL, NULL, NULL, NULL, NULL, NULL, 0, NULL,
	     NULL, "openflow"},
	    {PROTOCOL_SILENT, NULL, NULL, NULL, NULL, NULL, NULL, 0, NULL, NULL,
	     NULL},
	    {PROTOCOL_UNKNOWN, NULL, NULL, NULL, NULL, NULL, NULL, 0, NULL,
	     NULL, NULL},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct observation o;
		char *element;

		observation_init(&o);
		o.protocol = cases[i].protocol;
		o.http_status = cases[i].http_status;
		o.server = xalloc_string(cases[i].server);
		o.title = xalloc_string(cases[i].title);
		o.identity.vendor = xalloc_string(cases[i].vendor);
		o.identity.product = xalloc_string(cases[i].product);
		o.identity.version = xalloc_string(cases[i].version);
		o.identity.device_type = xalloc_string(cases[i].type);
		if (cases[i].vendor != NULL)
			o.identity.fingerprint = xalloc_string("test");
		if (cases[i].page != NULL)
			snprintf(o.page_class, sizeof(o.page_class), "%s",
				 cases[i].page);
		if (cases[i].banner != NULL)
			blob_set(&o.banner, cases[i].banner,
				 strlen(cases[i].banner));
		element = profile_element(&o);
		if (cases[i].element == NULL)
			assert_null(element);
		else
			assert_string_equal(element, cases[i].element);
		free(element);
		observation_release(&o);
	}
}

static void a_result_belongs_to_the_time_of_its_source(void **state)
{
	static const struct {
		int64_t observed, lag;
		bool stale, fresh;
	} cases[] = {
	    {1000000, 0, false, true},      /* in between */
	    {1000000, 0, true, false},      /* with --stale */
	    {2500000, 600000, false, true}, /* after, of a packet then */
	    {2500000, 100, false, false},   /* of a later packet */
	    {500000, 100, false, false},    /* of an earlier packet */
	    {2000000 + 7 * 86400, -1, false, true},  /* soon, lag unknown */
	    {2000001 + 7 * 86400, -1, false, false}, /* not soon */
	    {800000, -1, false, false},
	};
	struct source s = {.first_seen = 900000, .last_seen = 2000000};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct observation o;

		observation_init(&o);
		o.observed_ms = cases[i].observed * 1000;
		o.lag = cases[i].lag;
		o.stale = cases[i].stale;
		assert_int_equal(profile_is_fresh(&o, &s), cases[i].fresh);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(elements_have_no_words_of_a_site),
	    cmocka_unit_test(a_result_belongs_to_the_time_of_its_source),
	};

	return cmocka_run_group_tests_name("profile", tests, NULL, NULL);
}
