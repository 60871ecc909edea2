#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>

#include "addr.h"
#include "compiler.h"

static void addresses_become_canonical(void **state)
{
	static const char *const good[][2] = {
	    {"192.0.2.1", "192.0.2.1"},
	    {"::ffff:192.0.2.1", "192.0.2.1"},
	    {"::FFFF:c000:0201", "192.0.2.1"},
	    {"2001:DB8:0:0:0:0:0:1", "2001:db8::1"},
	    {"2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"},
	    {"::", "::"},
	};
	static const char *const bad[] = {
	    "",         "192.0.2",        "192.0.2.256",  "192.0.2.01",
	    "1.2.3.4 ", "2001:db8::1%lo", "2001:db8:::1", "host.example",
	};
	char text[ADDR_TEXT_MAX];
	struct addr a;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		assert_true(addr_parse(good[i][0], &a));
		assert_string_equal(addr_format(&a, text), good[i][1]);
	}
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_false(addr_parse(bad[i], &a));
}

static void addresses_order_by_number(void **state)
{
	static const char *const order[] = {
	    "9.255.255.255", "10.0.0.0", "10.0.0.9",
	    "10.0.0.10",     "::1",      "2001:db8::",
	};
	struct addr a, b;

	(void)state;
	for (size_t i = 0; i + 1 < ARRAY_LEN(order); i++) {
		assert_true(addr_parse(order[i], &a));
		assert_true(addr_parse(order[i + 1], &b));
		assert_true(addr_compare(&a, &b) < 0);
		assert_true(addr_compare(&b, &a) > 0);
		assert_int_equal(addr_compare(&a, &a), 0);
	}
}

static void prefixes_without_host_bits_are_read(void **state)
{
	static const char *const good[][2] = {
	    {"10.0.0.0/8", "10.0.0.0/8"},
	    {"0.0.0.0/0", "0.0.0.0/0"},
	    {"192.0.2.1", "192.0.2.1/32"},
	    {"2001:db8::/33", "2001:db8::/33"},
	    {"2001:db8::1", "2001:db8::1/128"},
	    {"192.0.2.128/25", "192.0.2.128/25"},
	};
	static const char *const bad[] = {
	    "10.0.0.1/8",     "10.0.0.0/33", "10.0.0.0/",   "/8",
	    "2001:db8::1/64", "10.0.0.0/-1", "10.0.0.0/8x",
	};
	char text[ADDR_TEXT_MAX + 4];
	struct prefix p;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		assert_true(prefix_parse(good[i][0], &p));
		assert_string_equal(prefix_format(&p, text), good[i][1]);
	}
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_false(prefix_parse(bad[i], &p));
}

static void the_most_specific_prefix_wins(void **state)
{
	static const char *const prefixes[] = {"10.0.0.0/8", "10.1.0.0/16",
					       "10.1.2.3", "2001:db8::/32",
					       "2001:db8:1::/48"};
	static const struct {
		const char *address;
		int value;
	} cases[] = {
	    {"10.9.9.9", 0},    {"10.1.9.9", 1},      {"10.1.2.3", 2},
	    {"11.0.0.0", -1},   {"2001:db8:2::1", 3}, {"2001:db8:1::1", 4},
	    {"2001:db9::", -1},
	};
	struct prefix_set set = {0};
	struct prefix p;
	struct addr a;

	(void)state;
	assert_true(addr_parse("10.0.0.1", &a));
	assert_int_equal(prefix_set_find(&set, &a), -1);
	for (size_t i = 0; i < ARRAY_LEN(prefixes); i++) {
		assert_true(prefix_parse(prefixes[i], &p));
		prefix_set_add(&set, &p, (int)i);
	}
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		assert_true(addr_parse(cases[i].address, &a));
		assert_int_equal(prefix_set_find(&set, &a), cases[i].value);
	}
	prefix_set_release(&set);
}

static void networks_are_24_and_48_bits(void **state)
{
	char text[ADDR_TEXT_MAX + 4];
	struct prefix p;
	struct addr a;

	(void)state;
	assert_true(addr_parse("192.0.2.77", &a));
	p = addr_network(&a);
	assert_string_equal(prefix_format(&p, text), "192.0.2.0/24");
	assert_true(prefix_contains(&p, &a));
	assert_true(addr_parse("2001:db8:1:2::3", &a));
	p = addr_network(&a);
	assert_string_equal(prefix_format(&p, text), "2001:db8:1::/48");
}

static void socket_addresses_go_both_ways(void **state)
{
	static const char *const texts[] = {"192.0.2.1", "2001:db8::1"};
	struct sockaddr_storage ss;
	struct addr a, b;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		assert_true(addr_parse(texts[i], &a));
		assert_true(addr_to_sockaddr(&a, 80, &ss) > 0);
		assert_true(addr_from_sockaddr((struct sockaddr *)&ss, &b));
		assert_int_equal(addr_compare(&a, &b), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(addresses_become_canonical),
	    cmocka_unit_test(addresses_order_by_number),
	    cmocka_unit_test(prefixes_without_host_bits_are_read),
	    cmocka_unit_test(the_most_specific_prefix_wins),
	    cmocka_unit_test(networks_are_24_and_48_bits),
	    cmocka_unit_test(socket_addresses_go_both_ways),
	};

	return cmocka_run_group_tests_name("addr", tests, NULL, NULL);
}
