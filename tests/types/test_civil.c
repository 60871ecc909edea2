#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <time.h>

#include "civil.h"
#include "compiler.h"
#include "zone.h"

static void every_day_of_a_millennium_matches_the_c_library(void **state)
{
	struct civil first = {1970, 1, 1}, last = {2970, 1, 1};

	(void)state;
	for (int32_t day = civil_to_day(first); day < civil_to_day(last);
	     day += 13) {
		time_t t = (time_t)day * 86400;
		struct civil c = civil_from_day(day);
		struct tm tm;

		gmtime_r(&t, &tm);
		assert_int_equal(c.year, tm.tm_year + 1900);
		assert_int_equal(c.month, tm.tm_mon + 1);
		assert_int_equal(c.day, tm.tm_mday);
		assert_int_equal(civil_to_day(c), day);
		assert_int_equal(civil_weekday(day) % 7, tm.tm_wday);
	}
}

static void times_are_read_with_and_without_zone(void **state)
{
	static const struct {
		const char *text;
		int64_t seconds;
	} good[] = {
	    {"1970-01-01T00:00:00Z", 0},
	    {"2013-03-03 21:53:59", 1362347639},
	    {"2013-03-04T06:53:59+09:00", 1362347639},
	    {"2013-03-04T06:53:59+0900", 1362347639},
	    {"2013-03-04T03:23:59+05:30", 1362347639},
	    {"2013-03-03T16:53:59-05", 1362347639},
	    {"2013-03-03T21:53:59.123456Z", 1362347639},
	    {"2013-03-03T21:53", 1362347580},
	};
	static const char *const bad[] = {
	    "",
	    "2013-03-03",
	    "2013-02-29T00:00:00Z",
	    "2013-03-03T24:00:00",
	    "2013-03-03T21:60:00",
	    "2013-03-03T21:53:59+9",
	    "2013-03-03T21:53:59 JST",
	    "2013-03-03T21:53:59Zx",
	    "03/03/2013 21:53",
	    "2013-3-3T21:53:59",
	};
	int64_t seconds;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		assert_true(civil_parse_time(good[i].text, &seconds));
		assert_int_equal(seconds, good[i].seconds);
	}
	seconds = 7;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		assert_false(civil_parse_time(bad[i], &seconds));
		assert_int_equal(seconds, 7);
	}
}

static void times_are_written_in_utc(void **state)
{
	char text[CIVIL_TIME_TEXT];

	(void)state;
	assert_string_equal(civil_format_time(1362347639, text),
			    "2013-03-03T21:53:59Z");
	assert_string_equal(civil_format_time(-1, text),
			    "1969-12-31T23:59:59Z");
}

static void a_stopped_clock_stands_still(void **state)
{
	(void)state;
	setenv("MARTLET_NOW", "2013-07-01T00:00:00Z", 1);
	assert_int_equal(civil_set_now(), 0);
	assert_int_equal(civil_now(), 1372636800);
	assert_int_equal(civil_now_ms(), 1372636800000);
	setenv("MARTLET_NOW", "yesterday", 1);
	assert_int_equal(civil_set_now(), -1);
	unsetenv("MARTLET_NOW");
}

/* Hours of a day, as its zone has them. */
static void days_have_the_hours_of_their_zone(void **state)
{
	static const struct {
		const char *zone, *day;
		int hours;
	} cases[] = {
	    {"UTC", "2013-03-31", 24},
	    {"Asia/Tokyo", "2013-03-31", 24},
	    {"Europe/Berlin", "2013-03-31", 23},
	    {"Europe/Berlin", "2013-10-27", 25},
	    {"America/New_York", "2013-03-10", 23},
	    {"Asia/Kolkata", "2013-03-10", 24},
	    {"America/Sao_Paulo", "2013-10-20", 23}, /* no midnight */
	    {"America/Havana", "2013-03-10", 23},    /* no midnight */
	    {"America/Havana", "2013-11-03", 25},    /* two midnights */
	    {"Atlantic/Azores", "2013-10-27", 25},   /* two midnights */
	    {"Asia/Beirut", "2013-10-26", 25},
	    {"Asia/Kathmandu", "2013-10-26", 24},
	    {"Pacific/Apia", "2011-12-29", 24}, /* the next is the 31st */
	    {"Pacific/Apia", "2011-12-31", 24},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct zone *z = zone_open(cases[i].zone);
		int32_t day;
		int64_t start, end;

		assert_non_null(z);
		assert_true(civil_parse_day(cases[i].day, &day));
		start = zone_day_start(z, day);
		end = zone_day_start(z, day + 1);
		assert_int_equal(end - start, cases[i].hours * 3600);
		assert_int_equal(zone_day(z, start), day);
		assert_true(zone_day(z, start - 1) < day);
		assert_int_equal(zone_day(z, end - 1), day);
		assert_true(zone_day(z, end) > day);
		zone_free(z);
	}
}

/* Whatever was asked before, every instant of a day is in that day. */
static void instants_and_days_agree_in_every_zone(void **state)
{
	static const char *const zones[] = {
	    "Asia/Tokyo",       "Europe/Berlin",   "America/Havana",
	    "America/St_Johns", "Pacific/Apia",    "Australia/Lord_Howe",
	    "Asia/Kolkata",     "America/Asuncion"};
	int32_t first, last;

	(void)state;
	assert_true(civil_parse_day("2010-10-01", &first));
	assert_true(civil_parse_day("2012-04-30", &last));
	for (size_t i = 0; i < ARRAY_LEN(zones); i++) {
		struct zone *z = zone_open(zones[i]);
		int64_t end = zone_day_start(z, first);

		assert_non_null(z);
		for (int32_t day = first; day <= last; day++) {
			int64_t start = end;

			end = zone_day_start(z, day + 1);
			assert_true(end >= start);
			for (int64_t t = start; t < end; t += 1790) {
				assert_int_equal(zone_day(z, t), day);
				(void)zone_day(z, t - 90000);
			}
		}
		zone_free(z);
	}
}

static void a_day_that_never_was_is_empty(void **state)
{
	struct zone *z = zone_open("Pacific/Apia");
	int32_t day;

	(void)state;
	assert_true(civil_parse_day("2011-12-30", &day));
	assert_int_equal(zone_day_start(z, day), zone_day_start(z, day + 1));
	zone_free(z);
}

static void zones_are_independent_of_each_other(void **state)
{
	struct zone *tokyo = zone_open("Asia/Tokyo");
	struct zone *kolkata = zone_open("Asia/Kolkata");
	int64_t t = 1362347639; /* 2013-03-03T21:53:59Z */
	int32_t third;

	(void)state;
	assert_true(civil_parse_day("2013-03-03", &third));
	for (int i = 0; i < 3; i++) {
		assert_int_equal(zone_day(tokyo, t), third + 1);
		assert_int_equal(zone_day(kolkata, t), third + 1);
		assert_int_equal(zone_day(kolkata, t - 4 * 3600), third);
		assert_int_equal(zone_clock(kolkata, t).tm_min, 23);
		assert_int_equal(zone_clock(tokyo, t).tm_hour, 6);
	}
	zone_free(tokyo);
	zone_free(kolkata);
}

static void unknown_zones_are_refused(void **state)
{
	static const char *const bad[] = {"", "Asia/Edo", "../passwd",
					  "/etc/passwd", "Asia/../UTC"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_null(zone_open(bad[i]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_day_of_a_millennium_matches_the_c_library),
	    cmocka_unit_test(times_are_read_with_and_without_zone),
	    cmocka_unit_test(times_are_written_in_utc),
	    cmocka_unit_test(a_stopped_clock_stands_still),
	    cmocka_unit_test(days_have_the_hours_of_their_zone),
	    cmocka_unit_test(instants_and_days_agree_in_every_zone),
	    cmocka_unit_test(a_day_that_never_was_is_empty),
	    cmocka_unit_test(zones_are_independent_of_each_other),
	    cmocka_unit_test(unknown_zones_are_refused),
	};

	return cmocka_run_group_tests_name("civil", tests, NULL, NULL);
}
