#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "compiler.h"
#include "identify.h"

#define OURS INT64_C(1763700000) /* 2025-11-21T04:40:00Z */

static struct peer_clock read_date(const char *date)
{
	char head[400];
	struct blob headers = {head, 0};
	struct peer_clock c = {0};

	headers.len = (size_t)snprintf(head, sizeof(head),
				       "HTTP/1.1 200 OK\r\n%s\r\n\r\n", date);
	identify_http_clock(&headers, OURS, &c);
	return c;
}

static void dates_become_offsets(void **state)
{
	static const struct {
		const char *date;
		int64_t ahead;
	} cases[] = {
	    {"Date: Fri, 21 Nov 2025 04:40:00 GMT", 0},
	    {"date:Fri, 21 Nov 2025 04:40:07 GMT", 7},
	    {"Date: Friday, 21-Nov-25 03:40:00 GMT", -3600},
	    {"Date: Fri Nov 21 04:39:58 2025", -2},
	    {"Date: Fri, 21 Nov 2025 13:40:00 +0900", 0},
	    {"Date: Thu, 01 Jan 1970 00:00:05 GMT", 5 - OURS},
	    {"Date: Fri, 31 Dec 9999 23:59:59 GMT", 253402300799 - OURS},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct peer_clock c = read_date(cases[i].date);

		if (!c.http_known || c.http_s != cases[i].ahead)
			fail_msg("'%s': %d %lld", cases[i].date, c.http_known,
				 (long long)c.http_s);
		assert_false(c.tls_known);
	}
}

static void what_is_no_date_says_nothing(void **state)
{
	static const char *const cases[] = {
	    "Server: x",
	    "Date:",
	    "Date: soon",
	    "Date: Fri, 00 Nov 0000 00:00:00 GMT",
	    "Date: Sat, 01 Jan 0000 00:00:00 GMT",
	    "Date: Fri, 21 Nov 99999999999999999999 04:40:00 GMT",
	    "Date: Fri, 99 Nov 2025 99:99:99 GMT",
	    "Date: -9223372036854775808",
	    "Date: 9223372036854775807",
	    "Date: Fri, 21 Nov 1969 04:40:00 GMT",
	    "Date: Fri, 21 Nov 2025 04:40:00 GMT                              "
	    "               and much more",
	    "Date: \xff\xfe\x01\x1b[2J",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct peer_clock c = read_date(cases[i]);

		if (c.http_known)
			fail_msg("'%s': %lld", cases[i], (long long)c.http_s);
	}
}

static struct peer_clock read_random(int64_t at, struct peer_clock c)
{
	const unsigned char random[4] = {
	    (unsigned char)(at >> 24), (unsigned char)(at >> 16),
	    (unsigned char)(at >> 8), (unsigned char)at};

	identify_tls_clock(random, OURS, &c);
	return c;
}

static void random_bytes_are_no_clock(void **state)
{
	const struct peer_clock nothing = {0};
	const struct peer_clock old = {.http_known = true,
				       .http_s = 1000000000 - OURS};
	struct peer_clock c;

	(void)state;
	c = read_random(OURS - 4000, nothing);
	assert_true(c.tls_known);
	assert_int_equal(c.tls_s, -4000);
	assert_false(read_random(OURS - 86401, nothing).tls_known);
	assert_false(read_random(0, nothing).tls_known);
	assert_false(read_random(0xffffffff, nothing).tls_known);
	/* Far off, but the same server's HTTP clock agrees. */
	c = read_random(1000000003, old);
	assert_true(c.tls_known);
	assert_int_equal(c.tls_s, 1000000003 - OURS);
	assert_false(read_random(1000000100, old).tls_known);
	assert_true(read_random(OURS, old).tls_known);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(dates_become_offsets),
	    cmocka_unit_test(what_is_no_date_says_nothing),
	    cmocka_unit_test(random_bytes_are_no_clock),
	};

	return cmocka_run_group_tests_name("clock", tests, NULL, NULL);
}
