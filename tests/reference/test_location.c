#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include <unistd.h>

#include "compiler.h"
#include "location.h"

static void a_missing_database_is_refused(void **state)
{
	(void)state;
	assert_null(location_open("/nonexistent/location.db"));
}

static void a_file_of_another_kind_is_refused(void **state)
{
	(void)state;
	assert_null(location_open("/proc/self/exe"));
}

static void addresses_have_country_and_as(void **state)
{
	/* Long-lived allocations, so that any database of this century
	 * says the same. */
	static const struct {
		const char *address, *country;
		uint32_t asn;
	} cases[] = {
	    {"192.41.192.129", "JP", 2515}, /* JPNIC */
	    {"193.0.6.139", "NL", 3333},    /* RIPE NCC */
	    {"2001:67c:2e8:22::c100:68b", "NL", 3333},
	    {"10.0.0.1", "", 0},
	    {"127.8.0.1", "", 0},
	    {"fd00::1", "", 0},
	};
	struct location *l;

	(void)state;
	if (access("/var/lib/location/database.db", R_OK) != 0 &&
	    access("/usr/share/libloc-location/location.db", R_OK) != 0)
		skip();
	l = location_open("");
	assert_non_null(l);
	assert_string_equal(location_database(l), "libloc-database");
	assert_true(location_day(l) > 17897); /* 2019-01-01 */
	/* Twice: the second time from the cache. */
	for (size_t i = 0; i < 2 * ARRAY_LEN(cases); i++) {
		size_t at = i % ARRAY_LEN(cases);
		struct location_origin o;
		struct addr a;

		assert_true(addr_parse(cases[at].address, &a));
		memset(&o, 0x55, sizeof(o));
		location_find(l, &a, &o);
		assert_string_equal(o.country, cases[at].country);
		assert_int_equal(o.asn, cases[at].asn);
		assert_int_equal(o.as_name[0] == '\0', o.asn == 0);
	}
	location_free(l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_missing_database_is_refused),
	    cmocka_unit_test(a_file_of_another_kind_is_refused),
	    cmocka_unit_test(addresses_have_country_and_as),
	};

	return cmocka_run_group_tests_name("location", tests, NULL, NULL);
}
