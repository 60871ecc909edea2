#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "audit.h"
#include "buf.h"
#include "civil.h"
#include "outfile.h"
#include "xalloc.h"

static char directory[64];
static struct workspace ws;
static char *path;

static int make_directory(void **state)
{
	(void)state;
	snprintf(directory, sizeof(directory), "/tmp/martlet-audit-XXXXXX");
	if (mkdtemp(directory) == NULL)
		return -1;
	ws.directory = directory;
	path = workspace_path(&ws, "audit.log");
	return 0;
}

static int remove_directory(void **state)
{
	(void)state;
	unlink(path);
	rmdir(directory);
	free(path);
	return 0;
}

static struct {
	int count;
	int64_t youngest_ms, oldest_ms;
	struct addr last;
} seen;

static void see(const struct addr *to, int64_t age_ms, void *arg)
{
	(void)arg;
	if (seen.count++ == 0)
		seen.oldest_ms = seen.youngest_ms = age_ms;
	if (age_ms < seen.youngest_ms)
		seen.youngest_ms = age_ms;
	if (age_ms > seen.oldest_ms)
		seen.oldest_ms = age_ms;
	seen.last = *to;
}

static void look(struct audit *a, int64_t seconds)
{
	memset(&seen, 0, sizeof(seen));
	assert_int_equal(audit_each_since(a, seconds, see, NULL), 0);
}

static void connections_are_found_again(void **state)
{
	struct addr from = {0}, to;
	struct audit *a = audit_open(&ws, "p");
	struct stat st;
	uint64_t first, second;

	(void)state;
	assert_non_null(a);
	assert_true(addr_parse("2001:db8::7", &to));
	first = audit_start(a, &from, &to, 80, "probe");
	audit_end(a, first, 10, 20, "answered", 5);
	second = audit_start(a, &to, &to, 443, "icon");
	assert_true(second != first);
	look(a, 60);
	assert_int_equal(seen.count, 0); /* not written yet */
	assert_int_equal(audit_flush(a), 0);
	look(a, 60);
	assert_int_equal(seen.count, 2);
	assert_int_equal(addr_compare(&seen.last, &to), 0);
	assert_true(seen.oldest_ms < 60000);
	audit_close(a);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
}

static void a_line_that_a_crash_cut_joins_no_other(void **state)
{
	struct addr from = {0}, to;
	struct audit *a;
	FILE *f = fopen(path, "a");

	(void)state;
	assert_non_null(f);
	fputs("2026-11-21T01:20:00.123Z open 1-1 prober=p from=- to=192.0", f);
	fclose(f);
	a = audit_open(&ws, "p");
	assert_non_null(a);
	assert_true(addr_parse("192.0.2.9", &to));
	audit_start(a, &from, &to, 80, "probe");
	assert_int_equal(audit_flush(a), 0);
	look(a, 60);
	assert_int_equal(seen.count, 1);
	assert_int_equal(addr_compare(&seen.last, &to), 0);
	audit_close(a);
}

/* Two lines a minute for a month: a few megabytes. */
static void only_the_end_of_a_long_log_is_read(void **state)
{
	int64_t now = (int64_t)time(NULL), at = now - 30 * 86400;
	char text[CIVIL_TIME_TEXT];
	FILE *f = fopen(path, "w");
	struct audit *a;
	int wanted = 0;

	(void)state;
	assert_non_null(f);
	for (int i = 0; at < now; at += 60, i++) {
		civil_format_time(at, text);
		text[19] = '\0';
		fprintf(f,
			"%s.500Z open 1-%d prober=p from=- to=192.0.2.1 "
			"port=80 why=probe\n"
			"%s.700Z end 1-%d sent=0 received=0 outcome=refused "
			"ms=1\n",
			text, i, text, i);
		wanted += (now - at) * 1000 - 500 <= 86000000;
	}
	fclose(f);
	a = audit_open(&ws, "p");
	assert_non_null(a);
	look(a, 86000);
	assert_true(wanted > 1400);
	assert_in_range(seen.count, wanted - 1, wanted);
	assert_true(seen.oldest_ms <= 86001000);
	look(a, 400 * 86400);
	assert_int_equal(seen.count, 30 * 1440);
	audit_close(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(connections_are_found_again,
					    make_directory, remove_directory),
	    cmocka_unit_test_setup_teardown(
		a_line_that_a_crash_cut_joins_no_other, make_directory,
		remove_directory),
	    cmocka_unit_test_setup_teardown(only_the_end_of_a_long_log_is_read,
					    make_directory, remove_directory),
	};

	return cmocka_run_group_tests_name("audit", tests, NULL, NULL);
}
