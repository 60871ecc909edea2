#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "room.h"

#define MIB ((size_t)1 << 20)

static struct room_place *order[8];
static size_t granted;

static void note(struct room_place *p)
{
	order[granted++] = p;
}

static int reset(void **state)
{
	(void)state;
	granted = 0;
	return 0;
}

static void answers_wait_for_room_in_order(void **state)
{
	struct room r = {.max = MIB};
	struct room_place p[4];

	(void)state;
	for (int i = 0; i < 4; i++)
		p[i] = (struct room_place){.granted = note};
	assert_true(room_take(&r, &p[0], MIB / 2));
	assert_true(room_take(&r, &p[0], MIB / 2));
	assert_int_equal(r.reserved, MIB / 2);
	assert_false(room_take(&r, &p[1], MIB));
	assert_false(room_take(&r, &p[1], MIB));
	/* It would fit, but is not the first. */
	assert_false(room_take(&r, &p[2], 1));
	assert_false(room_take(&r, &p[3], 1));
	/* The one in the middle gives up. */
	room_leave(&r, &p[2]);
	assert_int_equal(granted, 0);
	room_leave(&r, &p[0]);
	assert_int_equal(granted, 1);
	assert_ptr_equal(order[0], &p[1]);
	room_leave(&r, &p[1]);
	assert_int_equal(granted, 2);
	assert_ptr_equal(order[1], &p[3]);
	room_leave(&r, &p[3]);
	assert_int_equal(r.reserved, 0);
	/* The list is whole after its last one left. */
	assert_true(room_take(&r, &p[0], MIB));
	assert_false(room_take(&r, &p[1], 1));
	assert_false(room_take(&r, &p[2], 1));
	room_leave(&r, &p[2]);
	assert_false(room_take(&r, &p[3], 1));
	room_leave(&r, &p[0]);
	assert_ptr_equal(order[2], &p[1]);
	assert_ptr_equal(order[3], &p[3]);
}

static void one_is_always_read(void **state)
{
	struct room r = {.max = 1000, .probes = 5, .kept = 5000};
	struct room_place page = {.granted = note, .holds = true};
	struct room_place a = {.granted = note}, b = {.granted = note};

	(void)state;
	/* Not one that adds a page to those there. */
	assert_false(room_take(&r, &a, MIB));
	assert_true(room_take(&r, &page, 100));
	room_leave(&r, &page);
	assert_int_equal(granted, 0);
	room_keep(&r, 5000, 0);
	assert_int_equal(granted, 1);
	assert_false(room_take(&r, &b, 1));
	/* What ends a probe goes before. */
	assert_false(room_take(&r, &page, 1));
	room_leave(&r, &a);
	assert_int_equal(granted, 2);
	assert_ptr_equal(order[1], &page);
	room_leave(&r, &page);
	assert_ptr_equal(order[2], &b);
	room_leave(&r, &b);
	assert_int_equal(r.reserved, 0);
}

static void probes_begin_while_there_is_room(void **state)
{
	struct room r = {.max = MIB};
	struct room_place a = {.granted = note}, b = {.granted = note};

	(void)state;
	while (room_for_probe(&r))
		r.probes++;
	assert_in_range(r.probes, 5, 20);
	r.probes = 1;
	room_keep(&r, 0, 2 * MIB);
	assert_false(room_for_probe(&r));
	assert_false(room_take(&r, &a, 100));
	assert_false(room_take(&r, &b, MIB));
	/* A page that goes makes room, too. */
	room_keep(&r, 2 * MIB, 0);
	assert_int_equal(granted, 1);
	assert_true(room_for_probe(&r));
	r.probes = 0;
	room_keep(&r, 0, 2 * MIB);
	assert_true(room_for_probe(&r));
	r = (struct room){.probes = 1000000, .kept = 1000 * MIB};
	assert_true(room_for_probe(&r));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(answers_wait_for_room_in_order, reset),
	    cmocka_unit_test_setup(one_is_always_read, reset),
	    cmocka_unit_test_setup(probes_begin_while_there_is_room, reset),
	};

	return cmocka_run_group_tests_name("room", tests, NULL, NULL);
}
