#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "compiler.h"
#include "csvrow.h"

/* A text that comes in pieces of a size. */
struct pieces {
	const char *text;
	size_t len, at, size;
};

static ssize_t give(void *arg, char *out, size_t size)
{
	struct pieces *p = arg;
	size_t n = p->len - p->at;

	n = n < p->size ? n : p->size;
	n = n < size ? n : size;
	memcpy(out, p->text + p->at, n);
	p->at += n;
	return (ssize_t)n;
}

/* What the reader makes of a text: "LINE:cell|cell;" or "LINE!PROBLEM;". */
static char *read_all(const char *text, size_t len, size_t piece, size_t width)
{
	struct pieces pieces = {text, len, 0, piece};
	struct csvrow r;
	struct buf out;
	enum csvrow_got got;

	buf_init(&out, BUF_NO_LIMIT);
	csvrow_init(&r, give, &pieces);
	while ((got = csvrow_next(&r, width)) != CSVROW_END) {
		if (got == CSVROW_BROKEN) {
			buf_printf(&out, "%d!%d;", (int)r.line, r.problem);
			continue;
		}
		buf_printf(&out, "%d:", (int)r.line);
		for (size_t i = 0; i < r.count; i++) {
			assert_int_equal(strlen(r.cells[i].text),
					 r.cells[i].len);
			buf_printf(&out, "%s%s", i ? "|" : "", r.cells[i].text);
		}
		buf_add_char(&out, ';');
	}
	csvrow_release(&r);
	return buf_detach(&out);
}

static void rows_are_read_as_rfc_4180_says(void **state)
{
	static const struct {
		const char *text;
		size_t width;
		const char *rows;
	} cases[] = {
	    {"a,b\n1,2\n", 0, "1:a|b;2:1|2;"},
	    {"a,b\r\n1,2\r\n", 0, "1:a|b;2:1|2;"},
	    {"\xef\xbb\xbf"
	     "a,b\n1,2",
	     0, "1:a|b;2:1|2;"},
	    {"a,,\n", 0, "1:a||;"},
	    {",\n", 0, "1:|;"},
	    {"\n\r\na\n\n\nb\n", 0, "3:a;6:b;"},
	    {"\"a,b\",c\n", 0, "1:a,b|c;"},
	    {"\"a\nb\",c\nd,e\n", 0, "1:a\nb|c;3:d|e;"},
	    {"\"a\r\nb\",c\r\nd,e\r\n", 0, "1:a\r\nb|c;3:d|e;"},
	    {"\"say \"\"hi\"\"\",\"\"\n", 0, "1:say \"hi\"|;"},
	    {"x,\"a\"\"\"", 0, "1:x|a\";"},
	    {"5\" disk,b\n", 0, "1:5\" disk|b;"},
	    {"\"\"\"\"", 0, "1:\";"},
	    {"", 0, ""},
	    {"\n\n", 0, ""},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		for (size_t piece = 1; piece < 40; piece += 7) {
			char *rows =
			    read_all(cases[i].text, strlen(cases[i].text),
				     piece, cases[i].width);

			assert_string_equal(rows, cases[i].rows);
			free(rows);
		}
	}
}

static void a_broken_row_costs_only_its_first_line(void **state)
{
	static const struct {
		const char *text;
		const char *rows;
	} cases[] = {
	    {"a,b\n1\n3,4\n", "1:a|b;2!0;3:3|4;"},
	    {"a,b\n1,2,3\n3,4\n", "1:a|b;2!0;3:3|4;"},
	    /* a quote that never ends */
	    {"a,b\n\"1,2\n3,4\n5,6\n", "1:a|b;2!1;3:3|4;4:5|6;"},
	    /* one that a later quote would close */
	    {"a,b\n\"1,2\n3,\"4\"\n5,6\n", "1:a|b;2!1;3:3|4;4:5|6;"},
	    /* text behind a quote */
	    {"a,b\n\"1\"x,2\n3,4\n", "1:a|b;2!1;3:3|4;"},
	    /* lines inside a cell, and a cell too few */
	    {"a,b\n\"1\n9,8\n\"\n3,4\n", "1:a|b;2!0;3:9|8;4!1;5:3|4;"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		for (size_t piece = 1; piece < 40; piece += 7) {
			char *rows = read_all(cases[i].text,
					      strlen(cases[i].text), piece, 2);

			assert_string_equal(rows, cases[i].rows);
			free(rows);
		}
	}
}

static void a_zero_byte_breaks_a_row(void **state)
{
	static const char text[] = "a,b\n1\0x,2\n3,4\n";
	char *rows = read_all(text, sizeof(text) - 1, 5, 2);

	(void)state;
	assert_string_equal(rows, "1:a|b;2!2;3:3|4;");
	free(rows);
}

static void a_row_over_the_limit_is_skipped(void **state)
{
	size_t len = 3u * CSVROW_MAX;
	char *text = malloc(len + 32), *rows;

	(void)state;
	memcpy(text, "a,b\n", 4);
	memset(text + 4, 'x', len);
	memcpy(text + 4 + len, "\n3,4\n", 5);
	rows = read_all(text, len + 9, 100000, 2);
	assert_string_equal(rows, "1:a|b;2!3;3:3|4;");
	free(rows);
	free(text);
}

static void rows_survive_the_end_of_the_buffer(void **state)
{
	enum { ROWS = 60000 };
	struct pieces pieces;
	struct csvrow r;
	struct buf text;
	int n = 0;

	(void)state;
	buf_init(&text, BUF_NO_LIMIT);
	for (int i = 0; i < ROWS; i++)
		buf_printf(&text,
			   "row %d,\"with \"\"quotes\"\", %d\nand a "
			   "line\",end\n",
			   i, i);
	assert_true(text.len > 2u * CSVROW_MAX);
	pieces = (struct pieces){text.data, text.len, 0, 4099};
	csvrow_init(&r, give, &pieces);
	while (csvrow_next(&r, 3) == CSVROW_ROW) {
		char first[32], second[64];

		snprintf(first, sizeof(first), "row %d", n);
		snprintf(second, sizeof(second),
			 "with \"quotes\", %d\nand a line", n);
		assert_string_equal(r.cells[0].text, first);
		assert_string_equal(r.cells[1].text, second);
		assert_string_equal(r.cells[2].text, "end");
		assert_int_equal(r.line, 2 * n + 1);
		n++;
	}
	assert_int_equal(n, ROWS);
	csvrow_release(&r);
	buf_release(&text);
}

static void the_last_row_tells_whether_it_was_ended(void **state)
{
	static const struct {
		const char *text;
		bool unended;
	} cases[] = {{"a,b\n", false},
		     {"a,b", true},
		     {"a,\"b\"", true},
		     {"a,\"b\"\r\n", false}};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct pieces p = {cases[i].text, strlen(cases[i].text), 0, 3};
		struct csvrow r;

		csvrow_init(&r, give, &p);
		assert_int_equal(csvrow_next(&r, 2), CSVROW_ROW);
		assert_int_equal(r.unended, cases[i].unended);
		csvrow_release(&r);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(rows_are_read_as_rfc_4180_says),
	    cmocka_unit_test(a_broken_row_costs_only_its_first_line),
	    cmocka_unit_test(a_zero_byte_breaks_a_row),
	    cmocka_unit_test(a_row_over_the_limit_is_skipped),
	    cmocka_unit_test(rows_survive_the_end_of_the_buffer),
	    cmocka_unit_test(the_last_row_tells_whether_it_was_ended),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
