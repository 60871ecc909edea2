#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <regex.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "metrics.h"

static char *text;

static void write_text(const struct metrics *m)
{
	size_t len;
	FILE *out;

	free(text);
	out = open_memstream(&text, &len);
	assert_non_null(out);
	metrics_write(m, out);
	fclose(out);
}

static bool has(const char *line)
{
	const char *at = strstr(text, line);

	return at != NULL && (at == text || at[-1] == '\n') &&
	       at[strlen(line)] == '\n';
}

/* The exposition format: each family has its HELP and TYPE once, before all
 * of its samples, which stand together. */
static void the_text_is_what_prometheus_reads(void **state)
{
	struct metrics m = {.up = true, .look_s = 1700000000, .look_ms = 42};
	char family[100] = "", seen[8192] = "", *rest, *line;
	regex_t sample, help, type;

	(void)state;
	assert_int_equal(
	    regcomp(&sample,
		    "^([a-z_]+)(\\{[a-z]+=\"[-a-z0-9.+A-Z]+\"\\})? "
		    "[0-9]+(\\.[0-9]+)?$",
		    REG_EXTENDED),
	    0);
	assert_int_equal(
	    regcomp(&help, "^# HELP [a-z_]+ [A-Z].*\\.$", REG_EXTENDED), 0);
	assert_int_equal(regcomp(&type,
				 "^# TYPE [a-z_]+ (counter|gauge|histogram)$",
				 REG_EXTENDED),
			 0);
	metrics_note_lag(&m, 100);
	write_text(&m);
	assert_int_equal(text[strlen(text) - 1], '\n');
	rest = strdup(text);
	for (char *at = rest; (line = strsep(&at, "\n")) != NULL;) {
		regmatch_t found[2];
		char name[100];

		if (*line == '\0')
			continue;
		if (strncmp(line, "# HELP ", 7) == 0) {
			assert_int_equal(regexec(&help, line, 0, NULL, 0), 0);
			sscanf(line, "# HELP %99s", family);
			snprintf(name, sizeof(name), "\n%.90s\n", family);
			assert_null(strstr(seen, name));
			strncat(seen, name, sizeof(seen) - strlen(seen) - 1);
		} else if (*line == '#') {
			assert_int_equal(regexec(&type, line, 0, NULL, 0), 0);
			sscanf(line, "# TYPE %99s", name);
			assert_string_equal(name, family);
		} else {
			assert_int_equal(regexec(&sample, line, 2, found, 0),
					 0);
			assert_int_equal(strncmp(line, family, strlen(family)),
					 0);
		}
	}
	free(rest);
	regfree(&sample);
	regfree(&help);
	regfree(&type);
}

static void buckets_of_the_lag_add_up(void **state)
{
	struct metrics m = {0};

	(void)state;
	metrics_note_lag(&m, 0);
	metrics_note_lag(&m, 60);
	metrics_note_lag(&m, 61);
	metrics_note_lag(&m, 86400);
	metrics_note_lag(&m, 1000000000);
	metrics_note_lag(&m, -1); /* not known */
	write_text(&m);
	assert_true(has("martlet_watch_lag_seconds_bucket{le=\"60\"} 2"));
	assert_true(has("martlet_watch_lag_seconds_bucket{le=\"300\"} 3"));
	assert_true(has("martlet_watch_lag_seconds_bucket{le=\"21600\"} 3"));
	assert_true(has("martlet_watch_lag_seconds_bucket{le=\"86400\"} 4"));
	assert_true(has("martlet_watch_lag_seconds_bucket{le=\"604800\"} 4"));
	assert_true(has("martlet_watch_lag_seconds_bucket{le=\"+Inf\"} 5"));
	assert_true(has("martlet_watch_lag_seconds_count 5"));
	assert_true(has("martlet_watch_lag_seconds_sum 1000086521"));
}

static void every_outcome_and_reason_has_its_number(void **state)
{
	struct metrics m = {.up = true, .waiting = 7, .look_ms = 1234};

	(void)state;
	m.probes[OUTCOME_REFUSED] = 3;
	m.refused[REFUSAL_TOO_OLD] = 4;
	m.reloads_failed = 2;
	write_text(&m);
	assert_true(has("martlet_watch_probes_total{outcome=\"refused\"} 3"));
	assert_true(has("martlet_watch_probes_total{outcome=\"timeout\"} 0"));
	assert_true(has("martlet_watch_refused_sources{reason=\"too-old\"} 4"));
	assert_true(has("martlet_watch_reloads_total{result=\"failed\"} 2"));
	assert_true(has("martlet_watch_waiting_addresses 7"));
	assert_true(has("martlet_watch_up 1"));
	assert_true(has("martlet_watch_last_look_duration_seconds 1.234"));
	/* Without a look there is no time of one. */
	assert_null(strstr(text, "last_look_timestamp"));
	free(text);
	text = NULL;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_text_is_what_prometheus_reads),
	    cmocka_unit_test(buckets_of_the_lag_add_up),
	    cmocka_unit_test(every_outcome_and_reason_has_its_number),
	};

	return cmocka_run_group_tests_name("metrics", tests, NULL, NULL);
}
