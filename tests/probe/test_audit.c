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
#include "auditlog.h"
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
	ws.config = config_new();
	path = workspace_path(&ws, "audit.log");
	return 0;
}

static int remove_directory(void **state)
{
	(void)state;
	unlink(path);
	for (int i = 1; i < 100; i++) {
		char *old = xalloc_printf("%s.%d", path, i);

		unlink(old);
		free(old);
	}
	rmdir(directory);
	free(path);
	config_free(ws.config);
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

/* --- rotation */

static bool there(int number)
{
	char *old = xalloc_printf("%s.%d", path, number);
	bool is = access(old, F_OK) == 0;

	free(old);
	return is;
}

static void open_many(struct audit *a, int count)
{
	struct addr from = {0}, to;

	assert_true(addr_parse("192.0.2.9", &to));
	for (int i = 0; i < count; i++) {
		audit_start(a, &from, &to, 80, "probe");
		assert_int_equal(audit_flush(a), 0);
	}
}

static void a_full_log_is_set_aside_and_still_counts(void **state)
{
	struct audit *a;

	(void)state;
	assert_int_equal(config_override(ws.config, "audit.rotate_mb=0.001"),
			 0);
	a = audit_open(&ws, "p");
	assert_non_null(a);
	open_many(a, 50);
	assert_true(there(1) && there(2) && there(3));
	look(a, 60);
	assert_int_equal(seen.count, 50);
	audit_close(a);
	/* The next run goes on behind the youngest and replaces none. */
	a = audit_open(&ws, "p");
	open_many(a, 50);
	look(a, 60);
	assert_int_equal(seen.count, 100);
	audit_close(a);
}

static void numbers_grow_beyond_nine_and_gaps_stay(void **state)
{
	char *old = xalloc_printf("%s.41", path);
	char *other = xalloc_printf("%s.x", path);
	struct audit *a;

	(void)state;
	assert_int_equal(config_override(ws.config, "audit.rotate_mb=0.0001"),
			 0);
	assert_int_equal(outfile_write(old, 0600, "", 0), 0);
	assert_int_equal(outfile_write(other, 0600, "x\n", 2), 0);
	a = audit_open(&ws, "p");
	assert_non_null(a);
	open_many(a, 4);
	assert_false(there(1));
	assert_true(there(42) && there(43));
	look(a, 60);
	assert_int_equal(seen.count, 4);
	audit_close(a);
	unlink(other);
	free(other);
	free(old);
}

static void zero_never_rotates(void **state)
{
	struct audit *a;

	(void)state;
	assert_int_equal(config_override(ws.config, "audit.rotate_mb=0"), 0);
	a = audit_open(&ws, "p");
	assert_non_null(a);
	open_many(a, 100);
	assert_false(there(1));
	audit_close(a);
}

/* Killed after the renaming and before the new file. */
static void a_log_that_was_just_set_aside_still_counts(void **state)
{
	char *old = xalloc_printf("%s.1", path);
	struct audit *a = audit_open(&ws, "p");

	(void)state;
	assert_non_null(a);
	open_many(a, 3);
	audit_close(a);
	assert_int_equal(rename(path, old), 0);
	a = audit_open(&ws, "p");
	assert_non_null(a);
	look(a, 60);
	assert_int_equal(seen.count, 3);
	audit_close(a);
	free(old);
}

static struct auditlog_line lines[8];
static int line_count;

static void keep(const struct auditlog_line *line, void *arg)
{
	(void)arg;
	assert_true(line_count < 8);
	lines[line_count++] = *line;
}

static void lines_that_are_not_ours_are_counted_and_skipped(void **state)
{
	static const char text[] =
	    "2026-11-21T01:20:00.123Z open a1-1 prober=p from=192.0.2.1 "
	    "to=2001:db8::1 port=443 why=icon of a page\n"
	    "\n"
	    "nonsense\n"
	    "2026-11-21T01:20:00.123Z open a1-2 prober=p from=- to=x port=1 "
	    "why=y\n"
	    "2026-11-21T01:20:00.123Z open a1-3 prober=p from=- to=192.0.2.2 "
	    "port=65536 why=y\n"
	    "2026-11-21T01:20:00.123Z open a1-3 prober=p to=192.0.2.2 from=- "
	    "port=1 why=y\n"
	    "2026-11-21T01:20:00.123Z shut a1-3 sent=1 received=1 outcome=x "
	    "ms=1\n"
	    "2026-11-21T01:20:00.123Z end a1-3 sent=-1 received=1 outcome=x "
	    "ms=1\n"
	    "2026-11-21T01:20:00.123Z end a1-z sent=1 received=1 outcome=x "
	    "ms=1\n"
	    "2026-11-21T01:20:00.123Z end\n"
	    "with\0NUL\n"
	    "2026-11-21T01:20:00.456Z end a1-1 sent=10 received=20 "
	    "outcome=answered ms=333\n"
	    "2026-11-21T01:20:00.123Z open a1-4 prober=p from=- to=192.0.2.1";
	struct auditlog_result result;

	(void)state;
	line_count = 0;
	assert_int_equal(outfile_write(path, 0600, text, sizeof(text) - 1), 0);
	assert_int_equal(auditlog_read(&ws, 0, keep, NULL, &result), 0);
	assert_int_equal(line_count, 2);
	assert_int_equal(result.broken, 10);
	assert_string_equal(result.first_broken, "audit.log: byte 103");
	assert_true(lines[0].is_open);
	assert_int_equal(lines[0].port, 443);
	assert_int_equal(lines[0].from.family, 4);
	assert_int_equal(lines[0].to.family, 6);
	assert_int_equal(lines[0].run, 0xa1);
	assert_int_equal(lines[1].number, 1);
	assert_int_equal(lines[1].received, 20);
	assert_int_equal(lines[1].duration_ms, 333);
	assert_int_equal(lines[1].time_ms - lines[0].time_ms, 333);
}

static void a_line_without_end_takes_no_memory_and_hides_no_other(void **state)
{
	struct buf text;
	struct auditlog_result result;

	(void)state;
	line_count = 0;
	buf_init(&text, BUF_NO_LIMIT);
	for (int i = 0; i < 300000; i++)
		buf_add_string(&text, "x ");
	buf_add_string(&text, "\n2026-11-21T01:20:00.456Z end a1-1 sent=10 "
			      "received=20 outcome=answered ms=333\n");
	assert_int_equal(outfile_write(path, 0600, text.data, text.len), 0);
	buf_release(&text);
	assert_int_equal(auditlog_read(&ws, 0, keep, NULL, &result), 0);
	assert_int_equal(result.broken, 1);
	assert_int_equal(line_count, 1);
}

#define LOG_TEST(f)                                                            \
	cmocka_unit_test_setup_teardown(f, make_directory, remove_directory)

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
	    LOG_TEST(a_full_log_is_set_aside_and_still_counts),
	    LOG_TEST(numbers_grow_beyond_nine_and_gaps_stay),
	    LOG_TEST(zero_never_rotates),
	    LOG_TEST(a_log_that_was_just_set_aside_still_counts),
	    LOG_TEST(lines_that_are_not_ours_are_counted_and_skipped),
	    LOG_TEST(a_line_without_end_takes_no_memory_and_hides_no_other),
	};

	return cmocka_run_group_tests_name("audit", tests, NULL, NULL);
}
