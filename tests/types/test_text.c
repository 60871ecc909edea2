/* buf, str, table and csvfile: text in, text out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "buf.h"
#include "compiler.h"
#include "csvfile.h"
#include "outfile.h"
#include "str.h"
#include "table.h"

static void a_buffer_never_outgrows_its_cap(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 5);
	assert_string_equal(buf_text(&b), "");
	buf_add_string(&b, "abc");
	assert_false(b.too_big);
	buf_printf(&b, "%d", 12345);
	assert_true(b.too_big);
	assert_string_equal(buf_text(&b), "abc12");
	buf_add_char(&b, 'x');
	assert_int_equal(b.len, 5);
	buf_reset(&b);
	assert_false(b.too_big);
	assert_string_equal(buf_text(&b), "");
	buf_release(&b);
}

static void numbers_are_read_strictly(void **state)
{
	static const char *const bad[] = {
	    "", " 1", "1 ", "+1", "1e3", "0x1", "-", "99999999999999999999"};
	int64_t n = 7;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_false(str_to_int64(bad[i], INT64_MIN, INT64_MAX, &n));
	assert_false(str_to_int64("11", 0, 10, &n));
	assert_int_equal(n, 7);
	assert_true(str_to_int64("-12", -20, 0, &n));
	assert_int_equal(n, -12);
}

static void utf8_is_judged_as_the_standard_says(void **state)
{
	static const struct {
		const char *bytes;
		size_t length;
	} cases[] = {
	    {"a", 1},
	    {"\xc3\xa9", 2},
	    {"\xe3\x81\x82", 3},
	    {"\xf0\x9f\x90\xa6", 4},
	    {"\xc0\x80", 0},
	    {"\xe0\x80\x80", 0},
	    {"\xed\xa0\x80", 0},
	    {"\xf4\x90\x80\x80", 0},
	    {"\x80", 0},
	    {"\xe3\x81", 0},
	    {"\xff", 0},
	};
	struct buf b;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_int_equal(
		    str_utf8_length(cases[i].bytes, strlen(cases[i].bytes)),
		    cases[i].length);
	buf_init(&b, BUF_NO_LIMIT);
	str_add_utf8(&b,
		     "a\xff"
		     "b",
		     3);
	assert_string_equal(buf_text(&b), "a\xef\xbf\xbd"
					  "b");
	buf_release(&b);
}

static void hostile_text_is_harmless_on_a_terminal(void **state)
{
	static const char *const cases[][2] = {
	    {"plain \xe3\x81\x82", "plain \xe3\x81\x82"},
	    {"\x1b[31mred", "\\x1b[31mred"},
	    {"a\nb\tc", "a\\x0ab\\x09c"},
	    {"\xe2\x80\xaegnp.exe", "\\u{202e}gnp.exe"},
	    {"\xc2\x9b"
	     "31m",
	     "\\u{009b}31m"},
	    {"\xff\xfe", "\\xff\\xfe"},
	};
	char *text;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		text = str_vis(cases[i][0], strlen(cases[i][0]), 1000);
		assert_string_equal(text, cases[i][1]);
		free(text);
	}
	text = str_vis("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 35, 20);
	assert_true(strlen(text) <= 20 && strstr(text, "...") != NULL);
	free(text);
}

static void base64_matches_the_rfc(void **state)
{
	/* RFC 4648 section 10. */
	static const char *const cases[][2] = {
	    {"", ""},
	    {"f", "Zg=="},
	    {"fo", "Zm8="},
	    {"foo", "Zm9v"},
	    {"foob", "Zm9vYg=="},
	    {"fooba", "Zm9vYmE="},
	    {"foobar", "Zm9vYmFy"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char *text = str_base64(cases[i][0], strlen(cases[i][0]));

		assert_string_equal(text, cases[i][1]);
		free(text);
	}
}

static char *printed(void (*print)(const struct table *, FILE *),
		     const struct table *t)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	assert_non_null(out);
	print(t, out);
	fclose(out);
	return text;
}

static void tables_align_and_csv_is_safe(void **state)
{
	struct table *t = table_new();
	char *text;

	(void)state;
	table_column(t, "name", TABLE_LEFT);
	table_column(t, "packets", TABLE_RIGHT);
	table_text(t, "\xe6\x9d\xb1\xe4\xba\xac");
	table_number(t, 1234567);
	table_text(t, "=HYPERLINK(\"x\")");
	table_number(t, -5);
	text = printed(table_print, t);
	assert_string_equal(text, "name               packets\n"
				  "\xe6\x9d\xb1\xe4\xba\xac"
				  "             1,234,567\n"
				  "=HYPERLINK(\"x\")         -5\n");
	free(text);
	text = printed(table_print_csv, t);
	assert_string_equal(text, "name,packets\r\n"
				  "\xe6\x9d\xb1\xe4\xba\xac,1234567\r\n"
				  "\"'=HYPERLINK(\"\"x\"\")\",-5\r\n");
	free(text);
	table_free(t);
}

/* A line that wraps cannot be read; an address that is cut misleads. */
static void no_csv_cell_is_a_formula(void **state)
{
	static const struct {
		const char *in, *out;
	} cases[] = {
	    {"=1+1", "\"'=1+1\"\r\n"},   {"+x", "\"'+x\"\r\n"},
	    {"-x", "\"'-x\"\r\n"},       {"@SUM(1)", "\"'@SUM(1)\"\r\n"},
	    {"\t=1", "\"'\t=1\"\r\n"},   {"＝1", "\"'＝1\"\r\n"},
	    {"＋1", "\"'＋1\"\r\n"},     {"－1", "\"'－1\"\r\n"},
	    {"＠SUM", "\"'＠SUM\"\r\n"}, {"-5", "-5\r\n"},
	    {"a=1", "a=1\r\n"},          {"", "\r\n"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct table *t = table_new();
		char *text;

		table_column(t, "c", TABLE_LEFT);
		table_text(t, cases[i].in);
		text = printed(table_print_csv, t);
		assert_string_equal(text + strlen("c\r\n"), cases[i].out);
		free(text);
		table_free(t);
	}
}

static void tables_fit_a_terminal(void **state)
{
	struct table *t = table_new();
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	(void)state;
	assert_non_null(out);
	table_column(t, "address", TABLE_LEFT);
	table_column(t, "title", TABLE_CUT);
	table_column(t, "n", TABLE_RIGHT);
	table_column(t, "place", TABLE_CUT);
	table_text(t, "192.0.2.200");
	table_text(t, "a title that is long");
	table_number(t, 7);
	table_text(t, "\xe6\x9d\xb1\xe4\xba\xac\xe6\x9d\xb1\xe4\xba\xac"
		      "\xe6\x9d\xb1\xe4\xba\xac");
	table_print_fitted(t, out, 38);
	table_print_fitted(t, out, 10);
	fclose(out);
	assert_string_equal(
	    text, "address      title       n  place\n"
		  "192.0.2.200  a title t~  7  "
		  "\xe6\x9d\xb1\xe4\xba\xac\xe6\x9d\xb1\xe4\xba\xac~\n"
		  "address      title     n  place\n"
		  "192.0.2.200  a title~  7  "
		  "\xe6\x9d\xb1\xe4\xba\xac\xe6\x9d\xb1~\n");
	free(text);
	table_free(t);
}

static void csv_files_are_read_by_column(void **state)
{
	static const char *const columns[] = {"b", "a", NULL};
	static const char good[] = "# a comment\na,b,c\n1,\"x, \"\"y\"\"\",\r\n"
				   "\n2,\"two\nlines\",z\n";
	static const char *const bad[] = {"a,c\n1,2\n", "a,b\n1\n",
					  "a,b\n\"1,2\n"};
	char path[] = "/tmp/martlet-test-XXXXXX";
	int fd = mkstemp(path);
	struct csvfile *f;

	(void)state;
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(outfile_write(path, 0600, good, strlen(good)), 0);
	f = csvfile_read(path, columns);
	assert_non_null(f);
	assert_int_equal(csvfile_rows(f), 2);
	assert_string_equal(csvfile_cell(f, 0, 0), "x, \"y\"");
	assert_string_equal(csvfile_cell(f, 0, 1), "1");
	assert_string_equal(csvfile_cell(f, 1, 0), "two\nlines");
	assert_string_equal(csvfile_optional(f, 1, "c"), "z");
	assert_null(csvfile_optional(f, 1, "d"));
	assert_int_equal(csvfile_line(f, 1), 5);
	csvfile_free(f);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		assert_int_equal(
		    outfile_write(path, 0600, bad[i], strlen(bad[i])), 0);
		assert_null(csvfile_read(path, columns));
	}
	unlink(path);
}

static void names_for_the_public_are_on_one_plain_line(void **state)
{
	static const struct {
		const char *in, *out;
	} cases[] = {
	    {"Japan #1", "Japan #1"},
	    {"日本 #1", "日本 #1"},
	    {"a\nb\tc\x01", "a b c "},
	    {"a\u202eb\u200bc\u00add", "abcd"},
	    {"a\xff", "a\xef\xbf\xbd"},
	    {"<b>|", "<b>|"},
	    {"", ""},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char *got = str_clean(cases[i].in);

		assert_string_equal(got, cases[i].out);
		free(got);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_buffer_never_outgrows_its_cap),
	    cmocka_unit_test(numbers_are_read_strictly),
	    cmocka_unit_test(utf8_is_judged_as_the_standard_says),
	    cmocka_unit_test(hostile_text_is_harmless_on_a_terminal),
	    cmocka_unit_test(base64_matches_the_rfc),
	    cmocka_unit_test(tables_align_and_csv_is_safe),
	    cmocka_unit_test(no_csv_cell_is_a_formula),
	    cmocka_unit_test(tables_fit_a_terminal),
	    cmocka_unit_test(csv_files_are_read_by_column),
	    cmocka_unit_test(names_for_the_public_are_on_one_plain_line),
	};

	setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
