#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "civil.h"
#include "compiler.h"
#include "sensors_commands.h"
#include "triage.h"
#include "xalloc.h"

#define NOW 1790000000 /* 2026-09-21 */
#define DAY 86400

static char directory[] = "/tmp/martlet-triage-XXXXXX";

static int make_workspace(void **state)
{
	char *argv[] = {(char[]){"init"}, directory, NULL};
	struct invocation with = {.directory = "."};

	(void)state;
	assert_non_null(mkdtemp(directory));
	assert_int_equal(setenv("MARTLET_NOW", "2026-09-21T14:13:20Z", 1), 0);
	assert_int_equal(civil_set_now(), 0);
	assert_int_equal(civil_now(), NOW);
	return cmd_init(&with, 2, argv);
}

static int remove_workspace(void **state)
{
	static const char *const names[] = {"martlet.conf", "sensors.db"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		char *path = xalloc_printf("%s/%s", directory, names[i]);

		unlink(path);
		free(path);
	}
	return rmdir(directory);
}

struct bench {
	struct workspace *ws;
	struct sensordb *db;
	struct scope *scope;
	struct triage *triage;
};

static struct bench open_bench(const char *more, bool stale)
{
	const char *overrides[] = {"scope.countries=JP,tw", more};
	struct invocation with = {directory, overrides, more != NULL ? 2 : 1};
	struct bench b = {.ws = workspace_open(&with)};

	assert_non_null(b.ws);
	b.db = sensordb_open(b.ws);
	assert_non_null(b.db);
	b.scope = scope_open(b.ws);
	assert_non_null(b.scope);
	b.triage = triage_new(b.ws, b.db, b.scope, stale);
	return b;
}

static void close_bench(struct bench *b)
{
	triage_free(b->triage);
	scope_free(b->scope);
	sensordb_close(b->db);
	workspace_free(b->ws);
}

/* A source that is a target, to be spoilt. */
static struct source good(const char *address, const char *country)
{
	struct source s = {
	    .packets = 10,
	    .tcp = 10,
	    .tcp_sensors = 2,
	    .tcp_days = 1,
	    .sensors = 2,
	    .days = 1,
	    .first_seen = NOW - 2 * DAY,
	    .last_seen = NOW - DAY,
	    .tcp_last_seen = NOW - DAY,
	    .signatures = 1u << SIGNATURE_MIRAI,
	};

	assert_true(addr_parse(address, &s.address));
	memcpy(s.origin.country, country, strlen(country));
	return s;
}

static const char *judge(const struct bench *b, const struct source *s)
{
	return refusal_text(triage_judge(b->triage, s));
}

static void each_rule_has_its_reason(void **state)
{
	struct bench b = open_bench(NULL, false);
	struct source s;

	(void)state;
	assert_non_null(b.triage);
	s = good("203.104.1.1", "JP");
	assert_string_equal(judge(&b, &s), "target");
	s = good("203.104.1.1", "TW");
	assert_string_equal(judge(&b, &s), "target");
	s = good("2400:4050::1", "JP");
	assert_string_equal(judge(&b, &s), "target");

	s = good("10.0.0.1", "JP");
	assert_string_equal(judge(&b, &s), "special-purpose");
	s = good("203.104.1.1", "JP");
	s.backscatter = s.packets;
	s.tcp = 0;
	assert_string_equal(judge(&b, &s), "backscatter-only");
	s = good("203.104.1.1", "JP");
	s.tcp = 0;
	assert_string_equal(judge(&b, &s), "no-tcp");
	s.backscatter = 5; /* the rest is UDP */
	assert_string_equal(judge(&b, &s), "no-tcp");
	s = good("203.104.1.1", "JP");
	s.tcp = 2;
	assert_string_equal(judge(&b, &s), "too-few-packets");
	s.tcp = 3;
	assert_string_equal(judge(&b, &s), "target");
	s.tcp_sensors = 1;
	assert_string_equal(judge(&b, &s), "one-sensor-one-day");
	s.tcp_days = 2;
	assert_string_equal(judge(&b, &s), "target");
	s = good("71.6.135.131", "JP");
	assert_string_equal(judge(&b, &s), "research-scanner");
	s = good("203.104.1.1", "");
	assert_string_equal(judge(&b, &s), "country-unknown");
	s = good("203.104.1.1", "KR");
	assert_string_equal(judge(&b, &s), "country-out-of-scope");
	s = good("203.104.1.1", "JP");
	s.tcp_last_seen = NOW - 7 * DAY;
	assert_string_equal(judge(&b, &s), "target");
	s.tcp_last_seen = NOW - 7 * DAY - 1;
	assert_string_equal(judge(&b, &s), "too-old");
	close_bench(&b);
}

static void other_packets_speak_for_nobody(void **state)
{
	struct bench b = open_bench(NULL, false);
	struct source s = good("203.104.1.1", "JP");

	(void)state;
	/* One SYN among much backscatter and UDP, on many sensors and days:
	 * somebody else's forging must not make a target. */
	s.packets = 100000;
	s.backscatter = 99000;
	s.tcp = 1;
	s.tcp_sensors = s.tcp_days = 1;
	s.sensors = 9;
	s.days = 90;
	assert_string_equal(judge(&b, &s), "too-few-packets");
	s.tcp = 50;
	assert_string_equal(judge(&b, &s), "one-sensor-one-day");
	/* Nor keep one fresh. */
	s.tcp_sensors = 2;
	s.tcp_last_seen = NOW - 30 * DAY;
	s.last_seen = NOW;
	assert_string_equal(judge(&b, &s), "too-old");
	close_bench(&b);
}

static void the_first_reason_of_the_list_is_given(void **state)
{
	struct bench b = open_bench(NULL, false);
	struct source s = good("192.168.1.1", "KR");

	(void)state;
	s.tcp = 1;
	s.tcp_sensors = 1;
	s.tcp_last_seen = 1;
	assert_string_equal(judge(&b, &s), "special-purpose");
	assert_true(addr_parse("71.6.135.131", &s.address));
	assert_string_equal(judge(&b, &s), "too-few-packets");
	s.tcp = 9;
	assert_string_equal(judge(&b, &s), "one-sensor-one-day");
	s.tcp_days = 2;
	assert_string_equal(judge(&b, &s), "research-scanner");
	assert_true(addr_parse("203.104.1.1", &s.address));
	assert_string_equal(judge(&b, &s), "country-out-of-scope");
	memcpy(s.origin.country, "JP", 3);
	assert_string_equal(judge(&b, &s), "too-old");
	close_bench(&b);
}

static void settings_move_the_bounds(void **state)
{
	static const struct {
		const char *setting;
		int tcp, sensors, days;
		int64_t age;
		const char *wanted;
	} cases[] = {
	    {"triage.min_packets=100", 99, 2, 2, 0, "too-few-packets"},
	    {"triage.min_packets=100", 100, 2, 2, 0, "target"},
	    {"triage.min_packets=1", 1, 2, 1, 0, "target"},
	    {"triage.min_sensors=5", 9, 4, 1, 0, "one-sensor-one-day"},
	    {"triage.min_sensors=5", 9, 4, 2, 0, "target"},
	    {"triage.min_sensors=5", 9, 5, 1, 0, "target"},
	    {"triage.min_sensors=1", 9, 1, 1, 0, "target"},
	    {"triage.max_age_days=1", 9, 2, 1, DAY + 1, "too-old"},
	    {"triage.max_age_days=30", 9, 2, 1, 30 * DAY, "target"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct bench b = open_bench(cases[i].setting, false);
		struct source s = good("203.104.1.1", "JP");

		s.tcp = cases[i].tcp;
		s.tcp_sensors = cases[i].sensors;
		s.tcp_days = cases[i].days;
		s.tcp_last_seen = NOW - cases[i].age;
		assert_string_equal(judge(&b, &s), cases[i].wanted);
		close_bench(&b);
	}
}

static void stale_overrides_age_and_nothing_else(void **state)
{
	struct bench b = open_bench(NULL, true);
	struct source s = good("203.104.1.1", "JP");

	(void)state;
	s.tcp_last_seen = NOW - 1000 * DAY;
	assert_string_equal(judge(&b, &s), "target");
	s.tcp = 1;
	assert_string_equal(judge(&b, &s), "too-few-packets");
	close_bench(&b);
}

static void a_laboratory_keeps_the_other_rules(void **state)
{
	struct bench b = open_bench("scope.laboratory=127.8.0.0/16", false);
	struct source s = good("127.8.0.1", "JP");

	(void)state;
	assert_string_equal(judge(&b, &s), "target");
	memcpy(s.origin.country, "KR", 3);
	assert_string_equal(judge(&b, &s), "country-out-of-scope");
	s = good("127.9.0.1", "JP");
	assert_string_equal(judge(&b, &s), "special-purpose");
	s = good("203.104.1.1", "JP");
	assert_string_equal(judge(&b, &s), "outside-laboratory");
	s.tcp_last_seen = NOW - 30 * DAY;
	assert_string_equal(judge(&b, &s), "too-old");
	close_bench(&b);
}

static void a_country_that_is_none_is_refused(void **state)
{
	static const char *const bad[] = {
	    "scope.countries=Japan",
	    "scope.countries=JP,T",
	    "scope.countries=J1",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct bench b = open_bench(bad[i], false);

		assert_null(b.triage);
		close_bench(&b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_rule_has_its_reason),
	    cmocka_unit_test(other_packets_speak_for_nobody),
	    cmocka_unit_test(the_first_reason_of_the_list_is_given),
	    cmocka_unit_test(settings_move_the_bounds),
	    cmocka_unit_test(stale_overrides_age_and_nothing_else),
	    cmocka_unit_test(a_laboratory_keeps_the_other_rules),
	    cmocka_unit_test(a_country_that_is_none_is_refused),
	};

	return cmocka_run_group_tests_name("triage", tests, make_workspace,
					   remove_workspace);
}
