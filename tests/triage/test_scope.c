#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "compiler.h"
#include "scope.h"
#include "xalloc.h"

static char directory[] = "/tmp/martlet-scope-XXXXXX";
static char *opt_out_path;

static void write_text(const char *path, const char *text, bool settled)
{
	const struct timespec past[2] = {{1500000000, 0}, {1500000000, 0}};
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
	if (settled)
		assert_int_equal(utimensat(AT_FDCWD, path, past, 0), 0);
}

static int make_workspace(void **state)
{
	char *conf;

	(void)state;
	assert_non_null(mkdtemp(directory));
	conf = xalloc_printf("%s/martlet.conf", directory);
	write_text(conf, "# nothing\n", false);
	free(conf);
	opt_out_path = xalloc_printf("%s/opt-out.txt", directory);
	return 0;
}

static int remove_workspace(void **state)
{
	char *conf = xalloc_printf("%s/martlet.conf", directory);

	(void)state;
	unlink(conf);
	unlink(opt_out_path);
	rmdir(directory);
	free(conf);
	free(opt_out_path);
	return 0;
}

/* @a, @b: assignments or NULL. The workspace is not needed after opening. */
static struct scope *open_scope(const char *a, const char *b)
{
	const char *overrides[] = {a, b};
	struct invocation with = {directory, overrides,
				  (size_t)((a != NULL) + (b != NULL))};
	struct workspace *ws = workspace_open(&with);
	struct scope *s;

	assert_non_null(ws);
	s = scope_open(ws);
	workspace_free(ws);
	return s;
}

static const char *judge(struct scope *s, const char *address)
{
	struct addr a;

	assert_true(addr_parse(address, &a));
	return refusal_text(scope_judge(s, &a));
}

static void special_purpose_addresses_are_never_targets(void **state)
{
	static const char *const refused[] = {
	    "0.0.0.0",
	    "0.1.2.3",
	    "10.0.0.1",
	    "100.64.0.1",
	    "100.127.255.255",
	    "127.0.0.1",
	    "169.254.1.1",
	    "172.16.0.1",
	    "172.31.255.255",
	    "192.0.0.1",
	    "192.0.2.1",
	    "192.31.196.1",
	    "192.52.193.1",
	    "192.88.99.1",
	    "192.168.1.1",
	    "192.175.48.1",
	    "198.18.0.1",
	    "198.19.255.255",
	    "198.51.100.1",
	    "203.0.113.1",
	    "224.0.0.1",
	    "239.255.255.255",
	    "240.0.0.1",
	    "255.255.255.255",
	    /* registered as globally reachable, refused all the same */
	    "192.0.0.9",
	    "192.0.0.10",
	    "2001:1::1",
	    "2001:1::2",
	    "2001:4:112::1",
	    "2001:20::1",
	    "2620:4f:8000::1",
	    "::",
	    "::1",
	    "::ffff:10.0.0.1",
	    "::ffff:127.0.0.1",
	    "::8.8.8.8",
	    "64:ff9b::1",
	    "64:ff9b::8.8.8.8",
	    "64:ff9b:1::1",
	    "100::1",
	    "2001::1",
	    "2001:2::1",
	    "2001:10::1",
	    "2001:db8::1",
	    "2001:1ff::1",
	    "2002::1",
	    "2002:808:808::1",
	    "3fff::1",
	    "3fff:fff::1",
	    "4000::1",
	    "5f00::1",
	    "8000::1",
	    "fc00::1",
	    "fd00:8::1",
	    "fe80::1",
	    "fec0::1",
	    "ff02::1",
	    "ffff::1",
	    "1fff::1",
	};
	static const char *const allowed[] = {
	    "1.1.1.1",        "8.8.8.8",         "100.63.255.255",
	    "100.128.0.0",    "126.255.255.255", "128.0.0.1",
	    "172.15.255.255", "172.32.0.0",      "192.0.1.1",
	    "192.0.3.1",      "198.17.255.255",  "198.20.0.0",
	    "203.0.112.1",    "223.255.255.255", "::ffff:8.8.8.8",
	    "2001:200::1",    "2001:db7::1",     "2001:db9::1",
	    "2003::1",        "2400:4000::1",    "2620:4f:8001::1",
	    "3ffe::1",        "3fff:1000::1",
	};
	struct scope *s = open_scope(NULL, NULL);

	(void)state;
	assert_non_null(s);
	for (size_t i = 0; i < ARRAY_LEN(refused); i++)
		assert_string_equal(judge(s, refused[i]), "special-purpose");
	for (size_t i = 0; i < ARRAY_LEN(allowed); i++)
		assert_string_equal(judge(s, allowed[i]), "target");
	scope_free(s);
}

static void a_laboratory_probes_its_prefixes_and_nothing_else(void **state)
{
	static const struct {
		const char *address, *wanted;
	} cases[] = {
	    {"127.8.0.1", "target"},
	    {"127.8.255.255", "target"},
	    {"::ffff:127.8.0.1", "target"},
	    {"fd00:8::1", "target"},
	    {"127.9.0.1", "special-purpose"},
	    {"10.0.0.1", "special-purpose"},
	    {"fd00:9::1", "special-purpose"},
	    {"8.8.8.8", "outside-laboratory"},
	    {"2400::1", "outside-laboratory"},
	    /* the way out of the laboratory through a translator */
	    {"64:ff9b::8.8.8.8", "outside-laboratory"},
	    {"64:ff9b::10.0.0.1", "special-purpose"},
	    {"64:ff9b::127.8.0.1", "target"},
	    {"2002:808:808::1", "outside-laboratory"},
	    {"2002:7f08:1::1", "target"},
	};
	struct scope *s = open_scope(
	    "scope.laboratory=127.8.0.0/16, fd00:8::/32,64:ff9b::/96,2002::/16",
	    NULL);

	(void)state;
	assert_non_null(s);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_string_equal(judge(s, cases[i].address),
				    cases[i].wanted);
	scope_free(s);
}

static void a_laboratory_that_cannot_be_read_is_refused(void **state)
{
	static const char *const bad[] = {
	    "scope.laboratory=127.8.0.0/33",
	    "scope.laboratory=127.8.0.1/16",
	    "scope.laboratory=localhost",
	    "scope.laboratory=127.8.0.0/16,fd00::/x",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_null(open_scope(bad[i], NULL));
}

static void who_opted_out_is_never_asked(void **state)
{
	static const struct {
		const char *address, *wanted;
	} cases[] = {
	    {"8.8.8.8", "opt-out"},  {"::ffff:8.8.8.8", "opt-out"},
	    {"8.8.8.9", "target"},   {"9.9.9.9", "opt-out"},
	    {"9.9.10.9", "target"},  {"2400:1::5", "opt-out"},
	    {"2400:2::5", "target"}, {"11.0.0.1", "opt-out"},
	};
	struct scope *s;

	(void)state;
	write_text(
	    opt_out_path,
	    "# asked us on 2026-11-02\n\n8.8.8.8\n  9.9.9.0/24   # all\r\n"
	    "2400:1::/32\n11.0.0.0/8",
	    true);
	s = open_scope(NULL, NULL);
	assert_non_null(s);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_string_equal(judge(s, cases[i].address),
				    cases[i].wanted);
	scope_free(s);
	unlink(opt_out_path);
}

static void an_opt_out_wins_in_the_laboratory_too(void **state)
{
	static const struct {
		const char *address, *wanted;
	} cases[] = {
	    {"127.8.0.1", "target"},
	    {"127.8.0.2", "opt-out"},
	    {"2002:7f08:1::1", "target"},
	    {"2002:7f08:2::1", "opt-out"},
	    /* Teredo: server 127.8.0.2, then client 127.8.0.2 inverted */
	    {"2001:0:7f08:1:0:0:80f7:fffe", "target"},
	    {"2001:0:7f08:2:0:0:80f7:fffe", "opt-out"},
	    {"2001:0:7f08:1:0:0:80f7:fffd", "opt-out"},
	};
	struct scope *s;

	(void)state;
	write_text(opt_out_path, "127.8.0.2\n", true);
	s = open_scope("scope.laboratory=127.8.0.0/16,2002::/16,2001::/32",
		       NULL);
	assert_non_null(s);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_string_equal(judge(s, cases[i].address),
				    cases[i].wanted);
	scope_free(s);
	unlink(opt_out_path);
}

static void the_opt_out_list_is_followed_while_it_changes(void **state)
{
	struct scope *s = open_scope(NULL, NULL);

	(void)state;
	assert_non_null(s);
	assert_string_equal(judge(s, "8.8.8.8"), "target");
	write_text(opt_out_path, "8.8.8.8\n", true);
	assert_int_equal(scope_refresh(s), 0);
	assert_string_equal(judge(s, "8.8.8.8"), "opt-out");
	/* Same size and time, another content. */
	write_text(opt_out_path, "9.9.9.9\n", true);
	assert_int_equal(scope_refresh(s), 0);
	assert_string_equal(judge(s, "8.8.8.8"), "target");
	assert_string_equal(judge(s, "9.9.9.9"), "opt-out");
	/* Without being told, it is looked at by itself. */
	write_text(opt_out_path, "9.9.9.9\n7.7.7.7\n", true);
	usleep(250000);
	assert_string_equal(judge(s, "7.7.7.7"), "opt-out");
	scope_free(s);
	unlink(opt_out_path);
}

static void a_file_that_may_still_be_written_takes_nobody_off(void **state)
{
	struct scope *s;

	(void)state;
	write_text(opt_out_path, "8.8.8.8\n", true);
	s = open_scope(NULL, NULL);
	assert_non_null(s);
	write_text(opt_out_path, "", false);
	assert_int_equal(scope_refresh(s), 0);
	assert_string_equal(judge(s, "8.8.8.8"), "opt-out");
	write_text(opt_out_path, "9.9.9.9\n", false);
	assert_int_equal(scope_refresh(s), 0);
	assert_string_equal(judge(s, "8.8.8.8"), "opt-out");
	assert_string_equal(judge(s, "9.9.9.9"), "opt-out");
	write_text(opt_out_path, "9.9.9.9\n", true);
	assert_int_equal(scope_refresh(s), 0);
	assert_string_equal(judge(s, "8.8.8.8"), "target");
	assert_string_equal(judge(s, "9.9.9.9"), "opt-out");
	scope_free(s);
	unlink(opt_out_path);
}

static void a_list_that_vanishes_or_breaks_refuses_everybody(void **state)
{
	struct scope *s;

	(void)state;
	write_text(opt_out_path, "8.8.8.8\n", true);
	s = open_scope(NULL, NULL);
	assert_non_null(s);
	assert_string_equal(judge(s, "1.1.1.1"), "target");
	unlink(opt_out_path);
	assert_int_equal(scope_refresh(s), -1);
	assert_string_equal(judge(s, "1.1.1.1"), "opt-out");
	write_text(opt_out_path, "8.8.8.8\n", true);
	assert_int_equal(scope_refresh(s), 0);
	assert_string_equal(judge(s, "1.1.1.1"), "target");
	write_text(opt_out_path, "8.8.8.8\n9.9.9.9/8\n", true);
	assert_int_equal(scope_refresh(s), -1);
	assert_string_equal(judge(s, "1.1.1.1"), "opt-out");
	assert_int_equal(scope_refresh(s), -1);
	write_text(opt_out_path, "8.8.8.8\n", true);
	assert_int_equal(scope_refresh(s), 0);
	assert_string_equal(judge(s, "1.1.1.1"), "target");
	assert_int_equal(chmod(opt_out_path, 0), 0);
	if (access(opt_out_path, R_OK) != 0) { /* not root */
		assert_int_equal(scope_refresh(s), -1);
		assert_string_equal(judge(s, "1.1.1.1"), "opt-out");
	}
	scope_free(s);
	unlink(opt_out_path);
}

static void a_broken_or_missing_list_stops_the_start(void **state)
{
	static const char *const bad[] = {
	    "8.8.8.8 9.9.9.9\n", "example.org\n", "8.8.8.0/33\n",
	    "8.8.8.8/24\n",      "8.8.8.*\n",     "\x1b[2Jx\n",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		write_text(opt_out_path, bad[i], true);
		assert_null(open_scope(NULL, NULL));
	}
	unlink(opt_out_path);
	/* A default that is not there is an empty list; a named one is a
	 * mistake. */
	assert_null(open_scope("scope.opt_out=nobody.txt", NULL));
	assert_null(open_scope("scope.laboratory=127.8.0.0/16",
			       "scope.opt_out=/nonexistent/list"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(special_purpose_addresses_are_never_targets),
	    cmocka_unit_test(a_laboratory_probes_its_prefixes_and_nothing_else),
	    cmocka_unit_test(a_laboratory_that_cannot_be_read_is_refused),
	    cmocka_unit_test(who_opted_out_is_never_asked),
	    cmocka_unit_test(an_opt_out_wins_in_the_laboratory_too),
	    cmocka_unit_test(the_opt_out_list_is_followed_while_it_changes),
	    cmocka_unit_test(a_file_that_may_still_be_written_takes_nobody_off),
	    cmocka_unit_test(a_list_that_vanishes_or_breaks_refuses_everybody),
	    cmocka_unit_test(a_broken_or_missing_list_stops_the_start),
	};

	return cmocka_run_group_tests_name("scope", tests, make_workspace,
					   remove_workspace);
}
