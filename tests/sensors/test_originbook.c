#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compiler.h"
#include "originbook.h"
#include "rollup.h"

#define RUNS 6

struct plain_run {
	int64_t from, until;
	char origin; /* 'A'..; 0 ends a list */
};

static void runs_become_times_without_overlap(void **state)
{
	static const struct {
		struct plain_run given[RUNS], flat[RUNS];
	} cases[] = {
	    {{{1, 5, 'A'}}, {{1, 5, 'A'}}},
	    /* equal neighbours are one, though nothing was seen between */
	    {{{1, 5, 'A'}, {50, 60, 'A'}}, {{1, 60, 'A'}}},
	    {{{50, 60, 'A'}, {1, 55, 'A'}}, {{1, 60, 'A'}}},
	    {{{1, 5, 'A'}, {6, 9, 'B'}}, {{1, 5, 'A'}, {6, 9, 'B'}}},
	    /* A, then B, then A again */
	    {{{1, 5, 'A'}, {20, 30, 'A'}, {10, 12, 'B'}},
	     {{1, 5, 'A'}, {10, 12, 'B'}, {20, 30, 'A'}}},
	    /* the shorter cuts the longer */
	    {{{1, 100, 'A'}, {50, 51, 'B'}},
	     {{1, 49, 'A'}, {50, 51, 'B'}, {52, 100, 'A'}}},
	    {{{1, 10, 'A'}, {5, 20, 'B'}}, {{1, 4, 'A'}, {5, 20, 'B'}}},
	    {{{5, 9, 'A'}, {5, 6, 'B'}}, {{5, 6, 'B'}, {7, 9, 'A'}}},
	    {{{5, 5, 'A'}, {5, 5, 'B'}}, {{5, 5, 'A'}}},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct originbook_run *runs = calloc(RUNS, sizeof(*runs));
		size_t n = 0, wanted = 0;

		for (; cases[i].given[n].origin != 0; n++)
			runs[n] = (struct originbook_run){
			    cases[i].given[n].from, cases[i].given[n].until,
			    (uint32_t)cases[i].given[n].origin};
		n = originbook_flatten(&runs, n);
		for (; cases[i].flat[wanted].origin != 0; wanted++) {
			const struct plain_run *w = &cases[i].flat[wanted];

			assert_true(wanted < n);
			assert_int_equal(runs[wanted].from, w->from);
			assert_int_equal(runs[wanted].until, w->until);
			assert_int_equal(runs[wanted].origin, w->origin);
		}
		assert_int_equal(n, wanted);
		free(runs);
	}
}

static struct packet packet(int64_t time, uint16_t source_port)
{
	struct packet p = {.time = time,
			   .packets = 1,
			   .port = 23,
			   .source_port = source_port,
			   .protocol = 6};

	p.source = (struct addr){4, {192, 0, 2, 1}};
	return p;
}

static void a_roll_up_does_not_depend_on_the_order_of_rows(void **state)
{
	static const struct {
		int64_t time;
		uint16_t source_port;
	} order[][4] = {
	    {{10, 1}, {20, 5}, {20, 9}, {15, 7}},
	    {{20, 9}, {15, 7}, {20, 5}, {10, 1}},
	    {{20, 5}, {20, 9}, {10, 1}, {15, 7}},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(order); i++) {
		struct rollup r = {0};

		for (size_t n = 0; n < 4; n++) {
			struct packet p =
			    packet(order[i][n].time, order[i][n].source_port);

			rollup_add(&r, &p, 3);
		}
		rollup_settle(&r);
		assert_int_equal(r.count, 1);
		assert_int_equal(r.rows[0].packets, 4);
		assert_int_equal(r.rows[0].first_seen, 10);
		assert_int_equal(r.rows[0].last_seen, 20);
		assert_int_equal(r.rows[0].source_port, 9);
		rollup_release(&r);
	}
}

static void a_roll_up_keeps_every_key_apart(void **state)
{
	struct rollup r = {0};
	struct packet p = packet(1, 0);

	(void)state;
	for (int round = 0; round < 2; round++) {
		for (int i = 0; i < 50000; i++) {
			p.port = (uint16_t)i;
			p.signature = (uint8_t)(i % 2);
			rollup_add(&r, &p, i % 3);
		}
	}
	rollup_settle(&r);
	assert_int_equal(r.count, 50000);
	for (size_t i = 0; i < r.count; i++)
		assert_int_equal(r.rows[i].packets, 2);
	rollup_reset(&r);
	rollup_add(&r, &p, 0);
	rollup_settle(&r);
	assert_int_equal(r.count, 1);
	rollup_release(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(runs_become_times_without_overlap),
	    cmocka_unit_test(a_roll_up_does_not_depend_on_the_order_of_rows),
	    cmocka_unit_test(a_roll_up_keeps_every_key_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
