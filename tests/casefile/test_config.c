#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compiler.h"
#include "config.h"
#include "outfile.h"

static char path[] = "/tmp/martlet-config-XXXXXX";

static int read_text(struct config *c, const char *text)
{
	assert_int_equal(outfile_write(path, 0600, text, strlen(text)), 0);
	return config_read(c, path);
}

static void defaults_hold_until_something_is_said(void **state)
{
	struct config *c = config_new();

	(void)state;
	assert_int_equal(config_int(c, "triage.min_packets"), 3);
	assert_int_equal(config_int(c, "triage.max_age_days"), 7);
	assert_false(config_is_set(c, "triage.min_packets"));
	assert_int_equal(read_text(c, "# x\n\n triage.min_packets = 5 \n"
				      "who.url=https://example.org/?a=b\n"),
			 0);
	assert_int_equal(config_int(c, "triage.min_packets"), 5);
	assert_true(config_is_set(c, "triage.min_packets"));
	assert_string_equal(config_text(c, "who.url"),
			    "https://example.org/?a=b");
	assert_int_equal(config_override(c, "triage.min_packets=9"), 0);
	assert_int_equal(config_int(c, "triage.min_packets"), 9);
	config_free(c);
}

static void wrong_lines_are_refused(void **state)
{
	static const char *const bad[] = {
	    "nonsense\n",
	    "no.such.key = 1\n",
	    "triage.min_packets = many\n",
	    "triage.min_packets = 0\n",
	    "triage.min_packets = 2.5\n",
	    "pace.overall = nan\n",
	    "pace.overall = 1x\n",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct config *c = config_new();

		assert_int_equal(read_text(c, bad[i]), -1);
		config_free(c);
	}
}

static void lists_are_split_and_trimmed(void **state)
{
	struct config *c = config_new();
	char word[8];

	(void)state;
	assert_int_equal(config_override(c, "scope.countries= JP , TW,,KR "),
			 0);
	assert_true(config_list(c, "scope.countries", 0, word, sizeof(word)));
	assert_string_equal(word, "JP");
	assert_true(config_list(c, "scope.countries", 1, word, sizeof(word)));
	assert_string_equal(word, "TW");
	assert_true(config_list(c, "scope.countries", 2, word, sizeof(word)));
	assert_string_equal(word, "KR");
	assert_false(config_list(c, "scope.countries", 3, word, sizeof(word)));
	assert_false(config_list(c, "scope.ports", 0, word, sizeof(word)));
	config_free(c);
}

/* The file that init writes: as it is it changes nothing, and with every
 * comment sign removed it is still right. */
static void the_template_is_a_configuration(void **state)
{
	struct config *c = config_new();
	char *text = NULL, *line, *rest;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	(void)state;
	config_write_template(out);
	fclose(out);
	assert_int_equal(read_text(c, text), 0);
	assert_false(config_is_set(c, "pace.overall"));
	rest = text;
	while ((line = strsep(&rest, "\n")) != NULL)
		if (line[0] == '#' && line[1] != ' ' && line[1] != '\0')
			assert_int_equal(config_override(c, line + 1), 0);
	assert_true(config_is_set(c, "pace.overall"));
	assert_true(config_is_set(c, "retention.days"));
	free(text);
	config_free(c);
}

static int make_file(void **state)
{
	int fd = mkstemp(path);

	(void)state;
	return fd < 0 ? -1 : close(fd);
}

static int remove_file(void **state)
{
	(void)state;
	return unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(defaults_hold_until_something_is_said),
	    cmocka_unit_test(wrong_lines_are_refused),
	    cmocka_unit_test(lists_are_split_and_trimmed),
	    cmocka_unit_test(the_template_is_a_configuration),
	};

	return cmocka_run_group_tests_name("config", tests, make_file,
					   remove_file);
}
