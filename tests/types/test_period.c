#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "civil.h"
#include "compiler.h"
#include "period.h"

static void periods_have_their_days(void **state)
{
	static const struct {
		const char *text, *days;
	} good[] = {
	    {"2025Q3", "2025-07-01..2025-09-30"},
	    {"2024Q1", "2024-01-01..2024-03-31"},
	    {"2025", "2025-01-01..2025-12-31"},
	    {"FY2024", "2024-04-01..2025-03-31"},
	    {"2024-02", "2024-02-01..2024-02-29"},
	    {"2025-W31", "2025-07-28..2025-08-03"},
	    {"2020-W53", "2020-12-28..2021-01-03"},
	    {"2013-05-13..2013-05-27", "2013-05-13..2013-05-27"},
	};
	static const char *const bad[] = {
	    "",
	    "2025Q5",
	    "2025Q0",
	    "2025-13",
	    "2025-W54",
	    "2025Q3x",
	    "2025-02-29..2025-03-01",
	    "2025-07-02..2025-07-01",
	    "FY24",
	    "25Q3",
	    "2025 Q3",
	    "2025-7",
	    "2025-W1",
	    "0999",
	};
	char first[CIVIL_DAY_TEXT], last[CIVIL_DAY_TEXT], days[PERIOD_TEXT + 1];
	struct period p;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		assert_true(period_parse(good[i].text, &p));
		snprintf(days, sizeof(days), "%s..%s",
			 civil_format_day(p.first, first),
			 civil_format_day(p.last, last));
		assert_string_equal(days, good[i].days);
		assert_string_equal(p.text, good[i].text);
	}
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_false(period_parse(bad[i], &p));
}

static void neighbours_keep_the_kind(void **state)
{
	static const struct {
		const char *text, *before, *year;
	} cases[] = {
	    {"2025Q1", "2024Q4", "2024Q1"},
	    {"2025", "2024", "2024"},
	    {"FY2024", "FY2023", "FY2023"},
	    {"2025-01", "2024-12", "2024-01"},
	    {"2025-W01", "2024-W52", "2024-W01"},
	    {"2021-W01", "2020-W53", "2020-W01"},
	    {"2020-W53", "2020-W52", "2019-W52"},
	    {"2024-02-29..2024-03-01", "2024-02-27..2024-02-28",
	     "2023-02-28..2023-03-01"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct period p;

		assert_true(period_parse(cases[i].text, &p));
		assert_string_equal(period_previous(&p).text, cases[i].before);
		assert_string_equal(period_year_before(&p).text, cases[i].year);
	}
}

static void months_are_clipped(void **state)
{
	struct period p;
	struct period_month m;

	(void)state;
	assert_true(period_parse("2013-05-13..2013-07-31", &p));
	assert_true(period_month(&p, 0, &m));
	assert_int_equal(m.month, 5);
	assert_true(m.partial);
	assert_true(period_month(&p, 1, &m));
	assert_false(m.partial);
	assert_true(period_month(&p, 2, &m));
	assert_int_equal(m.month, 7);
	assert_false(m.partial);
	assert_false(period_month(&p, 3, &m));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(periods_have_their_days),
	    cmocka_unit_test(neighbours_keep_the_kind),
	    cmocka_unit_test(months_are_clipped),
	};

	return cmocka_run_group_tests_name("period", tests, NULL, NULL);
}
