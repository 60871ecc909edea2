#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compiler.h"
#include "escape.h"
#include "mustache.h"

static bool from_json(void *arg, const char *name, struct mustache_source *out)
{
	json_t *text = json_object_get(arg, name);

	if (text == NULL)
		return false;
	out->name = name;
	out->text = json_string_value(text);
	return true;
}

static char *rendered(const char *text, json_t *value, json_t *partials)
{
	struct mustache with = {escape_html, from_json, partials};
	struct mustache_source source = {"template", text};
	struct buf out;
	int rc;

	buf_init(&out, BUF_NO_LIMIT);
	rc = mustache_render(&with, &source, value, &out);
	if (rc < 0) {
		buf_release(&out);
		return NULL;
	}
	return buf_detach(&out);
}

static int run_specification(const char *path)
{
	json_t *file = json_load_file(path, 0, NULL), *test;
	int failures = 0;
	size_t i;

	assert_non_null(file);
	assert_true(json_array_size(json_object_get(file, "tests")) > 5);
	json_array_foreach(json_object_get(file, "tests"), i, test)
	{
		const char *wanted =
		    json_string_value(json_object_get(test, "expected"));
		char *got = rendered(
		    json_string_value(json_object_get(test, "template")),
		    json_object_get(test, "data"),
		    json_object_get(test, "partials"));

		if (got == NULL || strcmp(got, wanted) != 0) {
			print_message(
			    "%s: %s\n  got: %s\n  not: %s\n", path,
			    json_string_value(json_object_get(test, "name")),
			    got != NULL ? got : "(failed)", wanted);
			failures++;
		}
		free(got);
	}
	json_decref(file);
	return failures;
}

static void the_specification_holds(void **state)
{
	static const char *const files[] = {
	    "comments", "delimiters", "interpolation",
	    "inverted", "partials",   "sections",
	};
	int failures = 0;

	(void)state;
	if (access("../shared/data/mustache", R_OK) != 0) {
		print_message("SKIPPED: no ../shared/data/mustache\n");
		skip();
	}
	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		char path[64];

		snprintf(path, sizeof(path), "../shared/data/mustache/%s.json",
			 files[i]);
		failures += run_specification(path);
	}
	assert_int_equal(failures, 0);
}

static void templates_render(void **state)
{
	static const struct {
		const char *name, *template, *json, *wanted;
	} cases[] = {
	    {"plain", "no tag", "{}", "no tag"},
	    {"empty", "", "{}", ""},
	    {"escaped", "{{a}} {{{a}}} {{&a}}", "{\"a\":\"<&\"}",
	     "&lt;&amp; <& <&"},
	    {"numbers", "{{i}} {{r}}", "{\"i\":20019,\"r\":1.5}", "20019 1.5"},
	    {"empty text is false", "{{#a}}yes{{/a}}{{^a}}no{{/a}}",
	     "{\"a\":\"\"}", "no"},
	    {"outer names", "{{#l}}{{.}}{{o}}{{/l}}",
	     "{\"l\":[1,2],\"o\":\"x\"}", "1x2x"},
	    {"inner name hides outer", "{{#l}}{{n}},{{/l}}",
	     "{\"n\":0,\"l\":[{\"n\":1},{\"n\":2},{}]}", "1,2,0,"},
	    {"dotted stays inside", "{{a.b.c}}|{{a.x}}",
	     "{\"a\":{\"b\":{\"c\":7}},\"x\":1}", "7|"},
	    {"standalone CRLF", "a\r\n{{#t}}\r\nb\r\n{{/t}}\r\nc",
	     "{\"t\":true}", "a\r\nb\r\nc"},
	    {"section of one line keeps it", "{{#t}}x{{/t}}\n", "{\"t\":true}",
	     "x\n"},
	    {"delimiters last", "{{=| |=}}|a| {{a}}|={{ }}=|{{a}}", "{\"a\":1}",
	     "1 {{a}}1"},
	    {"value is not a template", "{{{a}}}", "{\"a\":\"{{b}}\",\"b\":1}",
	     "{{b}}"},
	    {"partial is indented", " {{>p}}\n|", "{\"a\":\"1\"}", " x\n 1\n|"},
	};
	json_t *partials = json_pack("{s:s}", "p", "x\n{{a}}\n");

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		json_t *value = json_loads(cases[i].json, 0, NULL);
		char *got = rendered(cases[i].template, value, partials);

		assert_non_null(value);
		if (got == NULL || strcmp(got, cases[i].wanted) != 0)
			fail_msg("%s: got '%s'", cases[i].name, got);
		free(got);
		json_decref(value);
	}
	json_decref(partials);
}

static void broken_templates_are_refused(void **state)
{
	static const char *const broken[] = {
	    "{{a",
	    "{{{a}}",
	    "{{#a}}x",
	    "{{/a}}",
	    "{{#a}}{{/b}}",
	    "{{#a}}{{#b}}{{/a}}{{/b}}",
	    "{{=a=}}",
	    "{{= =}}",
	    "{{}}",
	    "{{#}}{{/}}",
	    "{{a b}}",
	    "{{^a}}",
	    "{{#a}}text\n\n",
	    "{{#a}}{{/a",
	    "{{>loop}}",
	    "{{#a}}{{b}}",
	    "{{= a b c =}}",
	};
	json_t *value = json_object();
	json_t *partials = json_pack("{s:s}", "loop", "x{{>loop}}");

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(broken); i++) {
		char *got = rendered(broken[i], value, partials);

		if (got != NULL)
			fail_msg("'%s' gave '%s'", broken[i], got);
	}
	json_decref(value);
	json_decref(partials);
}

static void sections_nest_to_a_limit(void **state)
{
	struct buf text;
	json_t *value = json_object();
	char *got;

	(void)state;
	buf_init(&text, BUF_NO_LIMIT);
	for (int i = 0; i < 100000; i++)
		buf_add_string(&text, "{{#a}}");
	got = rendered(buf_text(&text), value, NULL);
	assert_null(got);
	buf_release(&text);
	json_decref(value);
}

static void markdown_stays_text(void **state)
{
	static const struct {
		const char *in, *wanted;
	} cases[] = {
	    {"23/TCP", "23/TCP"},
	    {"Japan #1", "Japan #1"},
	    {"# head", "\\# head"},
	    {"- item", "\\- item"},
	    {"1. item", "1\\. item"},
	    {"14388.2", "14388.2"},
	    {"a|b", "a\\|b"},
	    {"*b* _i_ `c`", "\\*b\\* \\_i\\_ \\`c\\`"},
	    {"<script>", "\\<script\\>"},
	    {"[a](b)", "\\[a\\](b)"},
	    {"&amp;", "\\&amp;"},
	    {"http://x www.y", "http\\://x www\\.y"},
	    {"two\nlines", "two lines"},
	    {"back\\slash", "back\\\\slash"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct buf out;

		buf_init(&out, BUF_NO_LIMIT);
		escape_markdown(&out, cases[i].in, strlen(cases[i].in));
		assert_string_equal(buf_text(&out), cases[i].wanted);
		buf_release(&out);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_specification_holds),
	    cmocka_unit_test(templates_render),
	    cmocka_unit_test(broken_templates_are_refused),
	    cmocka_unit_test(sections_nest_to_a_limit),
	    cmocka_unit_test(markdown_stays_text),
	};

	return cmocka_run_group_tests_name("mustache", tests, NULL, NULL);
}
