#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "waiting.h"
#include "xalloc.h"

static struct addr address(int last)
{
	struct addr a;
	char text[32];

	snprintf(text, sizeof(text), "192.0.2.%d", last);
	assert_true(addr_parse(text, &a));
	return a;
}

/* Hosts with these last numbers, in this order. */
static struct plan plan_of(const int *list, size_t count)
{
	struct plan p = {.hosts = xalloc_zero(count + 1, sizeof(*p.hosts)),
			 .count = count};

	for (size_t i = 0; i < count; i++)
		p.hosts[i] = (struct plan_host){.address = address(list[i]),
						.ports = xalloc_zero(1, 2),
						.port_count = 1};
	return p;
}

/* "3 1 ": those that wait, in order; takes them all. */
static const char *take_all(struct waiting *w)
{
	static char text[200];
	struct plan_host h;

	text[0] = '\0';
	while (waiting_next(w, &h)) {
		size_t len = strlen(text);

		snprintf(text + len, sizeof(text) - len, "%d ",
			 h.address.bytes[3]);
		free(h.ports);
	}
	return text;
}

static void answer(struct waiting *w, struct addr *busy, size_t count,
		   int64_t now_ms)
{
	static const int list[] = {5, 2, 9, 1};
	struct plan p = plan_of(list, 4);

	waiting_answer(w, &p, busy, count, now_ms);
	assert_int_equal(p.count, 0);
}

static void the_order_of_the_look_is_kept(void **state)
{
	struct waiting w = {0};

	(void)state;
	assert_int_equal(waiting_count(&w), 0);
	assert_string_equal(take_all(&w), "");
	answer(&w, NULL, 0, 0);
	assert_int_equal(waiting_count(&w), 4);
	assert_string_equal(take_all(&w), "5 2 9 1 ");
	assert_int_equal(waiting_count(&w), 0);
	waiting_release(&w);
}

static void a_look_replaces_the_one_before(void **state)
{
	struct waiting w = {0};
	struct plan_host h;

	(void)state;
	answer(&w, NULL, 0, 0);
	assert_true(waiting_next(&w, &h));
	free(h.ports);
	answer(&w, NULL, 0, 0);
	assert_int_equal(waiting_count(&w), 4);
	waiting_clear(&w);
	assert_int_equal(waiting_count(&w), 0);
	waiting_release(&w);
}

static void who_is_being_asked_does_not_wait(void **state)
{
	struct addr busy[] = {address(9), address(5), address(77)};
	struct waiting w = {0};

	(void)state;
	answer(&w, busy, 3, 0);
	assert_string_equal(take_all(&w), "2 1 ");
	waiting_release(&w);
}

static void what_a_look_did_not_know_is_left_out_once(void **state)
{
	struct waiting w = {0};
	struct addr two = address(2), five = address(5);

	(void)state;
	waiting_leave_out(&w, &five, 0); /* before the look: it knows */
	waiting_question(&w);
	waiting_leave_out(&w, &two, 0);
	answer(&w, NULL, 0, 0);
	assert_string_equal(take_all(&w), "5 9 1 ");
	waiting_question(&w);
	answer(&w, NULL, 0, 0);
	assert_string_equal(take_all(&w), "5 2 9 1 ");
	waiting_release(&w);
}

static void who_rests_is_left_out_until_then(void **state)
{
	struct waiting w = {0};
	struct addr nine = address(9), one = address(1);

	(void)state;
	waiting_leave_out(&w, &nine, 1000);
	waiting_leave_out(&w, &one, 2000);
	waiting_question(&w);
	answer(&w, NULL, 0, 999);
	assert_string_equal(take_all(&w), "5 2 ");
	waiting_question(&w);
	answer(&w, NULL, 0, 1000);
	assert_string_equal(take_all(&w), "5 2 9 ");
	assert_int_equal(w.out_count, 1);
	waiting_question(&w);
	answer(&w, NULL, 0, 5000);
	assert_string_equal(take_all(&w), "5 2 9 1 ");
	assert_int_equal(w.out_count, 0);
	waiting_release(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_order_of_the_look_is_kept),
	    cmocka_unit_test(a_look_replaces_the_one_before),
	    cmocka_unit_test(who_is_being_asked_does_not_wait),
	    cmocka_unit_test(what_a_look_did_not_know_is_left_out_once),
	    cmocka_unit_test(who_rests_is_left_out_until_then),
	};

	return cmocka_run_group_tests_name("waiting", tests, NULL, NULL);
}
