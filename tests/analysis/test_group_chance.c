#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compiler.h"
#include "group_chance.h"
#include "xalloc.h"

static void add(struct profiles *p, int address, uint16_t port,
		const char *product, const char *type)
{
	struct observation o;
	char text[ADDR_TEXT_MAX];

	observation_init(&o);
	snprintf(text, sizeof(text), "2001:db8::%x", 1 + address);
	assert_true(addr_parse(text, &o.address));
	o.port = port;
	o.identity.product = xalloc_string(product);
	o.identity.device_type = xalloc_string(type);
	o.identity.fingerprint = xalloc_string("test");
	profiles_add(p, &o);
	observation_release(&o);
}

/* 20 profiles; two items on the first @members of them, nothing shared by
 * the others. */
static struct group_chance chance_of(int members, const char *product,
				     const char *type)
{
	struct profiles profiles = {0};
	struct population p;
	struct group_chance chance;
	struct ids core = {(uint32_t[]){0, 1}, 2};

	for (int i = 0; i < 20; i++) {
		if (i < members) {
			add(&profiles, i, 80, "Dome", "recorder");
			add(&profiles, i, 81, product, type);
		} else {
			add(&profiles, i, (uint16_t)(1000 + i), "Else", "nas");
		}
	}
	population_build(&profiles, &p);
	chance = group_chance(&p, &core, (size_t)members);
	population_release(&p);
	profiles_release(&profiles);
	return chance;
}

static double choose(int n, int k)
{
	double value = 1;

	for (int i = 1; i <= k; i++)
		value = value * (n - k + i) / i;
	return value;
}

/* The formula of the header, summed plainly. */
static double tail(int n, double q, int m)
{
	double sum = 0;

	for (int i = m; i <= n; i++)
		sum += choose(n, i) * pow(q, i) * pow(1 - q, n - i);
	return sum;
}

static void different_machines_are_two_units(void **state)
{
	struct group_chance c = chance_of(4, "Edge", "router");

	(void)state;
	assert_int_equal(c.units, 2);
	assert_int_equal(c.machines, 2);
	/* Two items are on four profiles or more: one pair of units. */
	assert_true(fabs(exp(c.log_chance) - tail(20, 0.04, 4)) < 1e-12);
}

static void what_may_be_one_machine_is_one_unit(void **state)
{
	static const struct {
		const char *product, *type;
		int machines;
	} cases[] = {
	    {"Dome", "recorder", 1}, /* two ports of one product */
	    {"Else", "recorder", 1}, /* always together, same kind */
	    {"Eye", "camera", 1},    /* recorders have cameras */
	    {"Ngin", "server", 1},   /* software of any machine */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct group_chance c =
		    chance_of(4, cases[i].product, cases[i].type);

		assert_int_equal(c.units, 1);
		assert_int_equal(c.machines, cases[i].machines);
		assert_true(fabs(exp(c.log_chance) - 2 * tail(20, 0.2, 4)) <
			    1e-12);
		assert_true(exp(c.log_chance) > 0.5);
	}
}

static void what_everybody_has_is_certain(void **state)
{
	(void)state;
	assert_true(fabs(chance_of(20, "Edge", "router").log_chance) < 1e-9);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(different_machines_are_two_units),
	    cmocka_unit_test(what_may_be_one_machine_is_one_unit),
	    cmocka_unit_test(what_everybody_has_is_certain),
	};

	return cmocka_run_group_tests_name("group chance", tests, NULL, NULL);
}
