/*
 * Questions as the text that each engine reads.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>

#include "sqltext.h"

static void assert_postgresql(const char *sql, const char *wanted)
{
	char *got = sqltext_postgresql(sql);

	assert_string_equal(got, wanted);
	free(got);
}

static void values_get_numbers(void **state)
{
	(void)state;
	assert_postgresql("", "");
	assert_postgresql("SELECT 1", "SELECT 1");
	assert_postgresql("a = ? AND b IN (?, ?)", "a = $1 AND b IN ($2, $3)");
	assert_postgresql("?????????? ?", "$1$2$3$4$5$6$7$8$9$10 $11");
}

static void quoted_text_stays(void **state)
{
	(void)state;
	assert_postgresql("a = 'why?' AND b = ?", "a = 'why?' AND b = $1");
	assert_postgresql("a = 'it''s ?' AND b = ?",
			  "a = 'it''s ?' AND b = $1");
	assert_postgresql("a = '' AND b = ?", "a = '' AND b = $1");
	assert_postgresql("'COLLATE BINARY'", "'COLLATE BINARY'");
	/* No question has this; it must not read past the end. */
	assert_postgresql("a = 'open ?", "a = 'open $1");
}

static void order_is_by_bytes(void **state)
{
	(void)state;
	assert_postgresql("ORDER BY a COLLATE BINARY, b LIMIT ?",
			  "ORDER BY a COLLATE \"C\", b LIMIT $1");
	assert_postgresql("COLLATE BINAR", "COLLATE BINAR");
}

static void assert_literal(const char *text, const char *wanted)
{
	const struct sensordb_value value = {SENSORDB_TEXT, 0, text};
	char *got = sqltext_clickhouse("?", &value, 1);

	assert_string_equal(got, wanted);
	free(got);
}

static void texts_become_literals(void **state)
{
	(void)state;
	assert_literal("", "''");
	assert_literal("plain", "'plain'");
	assert_literal("it's", "'it\\'s'");
	assert_literal("\\", "'\\\\'");
	assert_literal("\\'", "'\\\\\\''");
	assert_literal("' OR '' = '", "'\\' OR \\'\\' = \\''");
	assert_literal("a\n\t\x01?", "'a\n\t\x01?'");
	assert_literal("\xff\xfe日本", "'\xff\xfe日本'");
	assert_literal("COLLATE BINARY", "'COLLATE BINARY'");
}

static void numbers_become_literals(void **state)
{
	const struct sensordb_value values[] = {{SENSORDB_INT, INT64_MIN, NULL},
						{SENSORDB_INT, INT64_MAX, NULL},
						{SENSORDB_INT, -1, NULL}};
	char *got = sqltext_clickhouse("a < ? AND b = '?' AND c > ?-? "
				       "ORDER BY a COLLATE BINARY, b",
				       values, 3);

	(void)state;
	assert_string_equal(got, "a < toInt64(-9223372036854775808) AND "
				 "b = '?' AND c > "
				 "toInt64(9223372036854775807)-toInt64(-1) "
				 "ORDER BY a , b");
	free(got);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(values_get_numbers),
	    cmocka_unit_test(quoted_text_stays),
	    cmocka_unit_test(order_is_by_bytes),
	    cmocka_unit_test(texts_become_literals),
	    cmocka_unit_test(numbers_become_literals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
