/*
 * Answers of ClickHouse, cut at every byte.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "tsvrows.h"
#include "xalloc.h"

#define HEAD "a\tb\nString\tNullable(UInt8)\n"

static void two_lines_and_rows(void **state)
{
	static const char answer[] =
	    HEAD "x\\ty\\nz\t5\n\t\\N\n\\\\N\t\\'\\b\\f\\r\\q\n日本\t-1\n";
	static const char *const wanted[][2] = {
	    {"x\ty\nz", "5"}, {"", NULL}, {"\\N", "'\b\f\rq"}, {"日本", "-1"}};

	(void)state;
	for (size_t step = 1; step <= sizeof(answer); step++) {
		size_t at = 0, len = strlen(answer), row = 0;
		struct tsvrows t;

		tsvrows_init(&t);
		while (at < len) {
			size_t n = len - at < step ? len - at : step;
			int got;

			tsvrows_add(&t, answer + at, n);
			at += n;
			while ((got = tsvrows_next(&t)) == 1) {
				const char *second = tsvrows_text(&t, 1);

				assert_string_equal(tsvrows_text(&t, 0),
						    wanted[row][0]);
				if (wanted[row][1] == NULL)
					assert_null(second);
				else
					assert_string_equal(second,
							    wanted[row][1]);
				assert_null(tsvrows_text(&t, 2));
				assert_null(tsvrows_text(&t, -1));
				row++;
			}
			assert_int_equal(got, 0);
		}
		assert_int_equal(row, 4);
		assert_true(tsvrows_is_whole(&t));
		tsvrows_release(&t);
	}
}

static void an_answer_without_rows_is_whole(void **state)
{
	struct tsvrows t;

	(void)state;
	tsvrows_init(&t);
	assert_false(tsvrows_is_whole(&t));
	tsvrows_add(&t, HEAD, strlen(HEAD));
	assert_int_equal(tsvrows_next(&t), 0);
	assert_true(tsvrows_is_whole(&t));
	tsvrows_release(&t);
}

static void a_part_is_not_whole(void **state)
{
	static const char answer[] = HEAD "x\t5\n";

	(void)state;
	for (size_t len = 0; len < strlen(answer); len++) {
		struct tsvrows t;

		tsvrows_init(&t);
		tsvrows_add(&t, answer, len);
		assert_int_equal(tsvrows_next(&t), 0);
		assert_int_equal(tsvrows_is_whole(&t), len == strlen(HEAD));
		tsvrows_release(&t);
	}
}

static void assert_refused(const char *answer, const char *why)
{
	struct tsvrows t;
	int got;

	tsvrows_init(&t);
	tsvrows_add(&t, answer, strlen(answer));
	while ((got = tsvrows_next(&t)) > 0)
		continue;
	assert_int_equal(got, -1);
	assert_non_null(strstr(t.why, why));
	assert_false(tsvrows_is_whole(&t));
	assert_int_equal(tsvrows_next(&t), -1);
	tsvrows_release(&t);
}

static void what_is_no_answer_is_refused(void **state)
{
	char *big = xalloc_zero(TSVROWS_ROW_MAX + 100, 1);

	(void)state;
	assert_refused("a\tb\nString\n", "cells");
	assert_refused(HEAD "x\n", "cells");
	assert_refused(HEAD "x\t1\t2\n", "cells");
	assert_refused(HEAD "1\t2\nCode: 159. DB::Exception: Timeout\n",
		       "cells");
	assert_refused(HEAD "1\t2\\\n", "backslash");
	memcpy(big, HEAD, strlen(HEAD));
	memset(big + strlen(HEAD), 'x', TSVROWS_ROW_MAX + 10);
	assert_refused(big, "megabyte");
	free(big);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(two_lines_and_rows),
	    cmocka_unit_test(an_answer_without_rows_is_whole),
	    cmocka_unit_test(a_part_is_not_whole),
	    cmocka_unit_test(what_is_no_answer_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
