#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compiler.h"
#include "ports.h"

static struct ports *ports;

static int load(void **state)
{
	(void)state;
	ports = ports_load();
	return ports != NULL ? 0 : -1;
}

static int unload(void **state)
{
	(void)state;
	ports_free(ports);
	return 0;
}

static void the_shipped_list_says_what_is_sent_where(void **state)
{
	static const struct {
		uint16_t number;
		bool first;
		enum port_send send;
	} wanted[] = {
	    {21, true, PORT_SEND_NOTHING},
	    {22, true, PORT_SEND_SSH},
	    {23, true, PORT_SEND_TELNET_REFUSALS},
	    {25, true, PORT_SEND_NOTHING},
	    {80, false, PORT_SEND_HTTP},
	    {443, false, PORT_SEND_TLS},
	    {554, false, PORT_SEND_RTSP},
	    {1723, false, PORT_SEND_PPTP},
	    {2222, true, PORT_SEND_SSH},
	    {2323, true, PORT_SEND_TELNET_REFUSALS},
	    {3306, true, PORT_SEND_NOTHING},
	    {6379, false, PORT_SEND_HTTP},
	    {6633, true, PORT_SEND_NOTHING},
	    {6653, true, PORT_SEND_NOTHING},
	    {7547, false, PORT_SEND_HTTP},
	    {8000, true, PORT_SEND_HTTP},
	    {8554, false, PORT_SEND_RTSP},
	    {8888, false, PORT_SEND_HTTP},
	    {10443, false, PORT_SEND_TLS},
	    {18181, false, PORT_SEND_HTTP},
	};

	(void)state;
	assert_in_range(ports->count, 100, 150);
	for (size_t i = 0; i < ARRAY_LEN(wanted); i++) {
		const struct port *p = ports_find(ports, wanted[i].number);

		assert_non_null(p);
		assert_int_equal(p->send, wanted[i].send);
		assert_int_equal(p->speaks_first, wanted[i].first);
	}
}

static void nothing_is_sent_where_it_could_do_harm(void **state)
{
	static const uint16_t never[] = {
	    102,  502,  1911, 2404, 4911,  8291,  8728,  8729,  9100,
	    9101, 9102, 9103, 9104, 9105,  9106,  9107,  9600,  20000,
	    1883, 4840, 5006, 5007, 18245, 34567, 37777, 44818, 47808,
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(never); i++) {
		const struct port *p = ports_find(ports, never[i]);

		assert_true(p == NULL || p->send == PORT_SEND_NOTHING);
	}
}

static void every_port_has_a_service_and_a_reason_of_its_own(void **state)
{
	(void)state;
	for (size_t i = 0; i < ports->count; i++) {
		assert_true(strlen(ports->list[i].service) >= 3);
		assert_true(strlen(ports->list[i].reason) >= 25);
		if (i > 0)
			assert_true(ports->list[i - 1].number <
				    ports->list[i].number);
	}
}

/* The numbers, joined with spaces. */
static const char *joined(const uint16_t *list, size_t count)
{
	static char text[256];
	size_t len = 0;

	text[0] = '\0';
	for (size_t i = 0; i < count && len < sizeof(text); i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%u",
					i > 0 ? " " : "", list[i]);
	return text;
}

static void a_selection_keeps_its_order_and_only_listed_ports(void **state)
{
	static const struct {
		const char *text, *wanted; /* NULL: refused */
	} cases[] = {
	    {"80", "80"},
	    {"443,80", "443 80"},
	    {" 22 , 23 ", "22 23"},
	    {"8079-8083", "8080 8081 8082 8083"},
	    {"80,80,79-81", "80 81"},
	    {"9100", NULL},
	    {"9100-9107", NULL},
	    {"502", NULL},
	    {"0", NULL},
	    {"65536", NULL},
	    {"90-80", NULL},
	    {"80,", NULL},
	    {"http", NULL},
	    {"80;443", NULL},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		uint16_t *list;
		size_t count;
		int rc = ports_select(ports, cases[i].text, &list, &count);

		assert_int_equal(rc, cases[i].wanted != NULL ? 0 : -1);
		if (rc == 0)
			assert_string_equal(joined(list, count),
					    cases[i].wanted);
		free(list);
	}
}

static void no_selection_means_all(void **state)
{
	static const char *const texts[] = {NULL, ""};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		uint16_t *list;
		size_t count;

		assert_int_equal(ports_select(ports, texts[i], &list, &count),
				 0);
		assert_int_equal(count, ports->count);
		assert_int_equal(list[0], 21);
		free(list);
	}
}

static void a_wrong_list_is_refused(void **state)
{
	static const char head[] = "port,service,speaks_first,send,reason\n";
	static const char *const rows[] = {
	    "0,x,no,http,why\n",
	    "80,x,maybe,http,why\n",
	    "80,x,no,exploit,why\n",
	    "80,x,no,http,\n",
	    "80,x,no,http\n",
	    "80,a,no,http,why\n80,b,no,tls,why\n",
	    "65536,x,no,http,because\n",
	};
	char path[] = "/tmp/martlet-ports-XXXXXX";
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	close(fd);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		FILE *f = fopen(path, "w");

		assert_non_null(f);
		fputs(head, f);
		fputs(rows[i], f);
		fclose(f);
		assert_null(ports_read(path));
	}
	unlink(path);
	assert_null(ports_read(path));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_shipped_list_says_what_is_sent_where),
	    cmocka_unit_test(nothing_is_sent_where_it_could_do_harm),
	    cmocka_unit_test(every_port_has_a_service_and_a_reason_of_its_own),
	    cmocka_unit_test(a_selection_keeps_its_order_and_only_listed_ports),
	    cmocka_unit_test(no_selection_means_all),
	    cmocka_unit_test(a_wrong_list_is_refused),
	};

	return cmocka_run_group_tests_name("ports", tests, load, unload);
}
