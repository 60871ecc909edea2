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
#include "fingerprint_verify.h"
#include "fingerprints.h"
#include "outfile.h"
#include "reference.h"
#include "xalloc.h"

static char directory[] = "/tmp/martlet-recog-XXXXXX";

static int make_directory(void **state)
{
	(void)state;
	return mkdtemp(directory) != NULL ? 0 : -1;
}

static char *path_of(const char *name)
{
	return xalloc_printf("%s/%s", directory, name);
}

static void write_file(const char *name, const char *text)
{
	char *path = path_of(name);

	assert_int_equal(outfile_write(path, 0644, text, strlen(text)), 0);
	free(path);
}

static void remove_file(const char *name)
{
	char *path = path_of(name);

	unlink(path);
	free(path);
}

static int remove_directory(void **state)
{
	char *path = path_of("probe");

	(void)state;
	rmdir(path);
	free(path);
	return rmdir(directory);
}

#define HEAD "<?xml version='1.0'?><fingerprints "

static struct recog_file *load(const char *text)
{
	char *path = path_of("probe.xml");
	struct recog_file *f;

	write_file("probe.xml", text);
	f = recog_load(path, true);
	remove_file("probe.xml");
	free(path);
	return f;
}

static void match(const struct recog_file *f, const char *text,
		  struct recog_result *r)
{
	struct pattern_subject s;

	pattern_subject(&s, text, strlen(text));
	recog_match(f, &s, r);
}

static void want_cpe(const struct recog_result *r, const char *wanted)
{
	char *cpe = recog_result_cpe(r, "service.cpe23");

	assert_string_equal(cpe, wanted);
	free(cpe);
}

static const char semantics[] =
    HEAD "matches='k' protocol='HTTP'>"
	 "<fingerprint pattern='^one (\\d+)?(x)?$'>"
	 "<description>  One\n of   two </description>"
	 "<param pos='1' name='service.version'/>"
	 "<param pos='2' name='_tmp.x'/>"
	 "<param pos='0' name='service.vendor' value='first'/>"
	 "<param pos='0' name='service.vendor' value='last'/>"
	 "<param pos='0' name='service.product' value='P {service.vendor}'/>"
	 "<param pos='0' name='_tmp.y' value='hidden'/>"
	 "<param pos='0' name='service.cpe23' "
	 "value='cpe:/a:v:p%2b:{service.version}'/>"
	 "</fingerprint>"
	 "<fingerprint pattern='^one'><description>too late</description>"
	 "</fingerprint>"
	 "<fingerprint pattern='^bad (y)?'><description>bad</description>"
	 "<param pos='1' name='hw.model'/>"
	 "<param pos='0' name='hw.product' value='{hw.model}'/>"
	 "</fingerprint></fingerprints>";

static void matches_give_recogs_values(void **state)
{
	struct recog_file *f = load(semantics);
	struct recog_result r;

	(void)state;
	assert_non_null(f);
	match(f, "one 12:3 x", &r);
	assert_string_equal(r.fingerprint->description, "too late");
	recog_result_release(&r);
	match(f, "one 12x", &r);
	assert_string_equal(r.fingerprint->description, "One of two");
	assert_string_equal(recog_result_value(&r, "service.version"), "12");
	assert_string_equal(recog_result_value(&r, "service.vendor"), "last");
	assert_string_equal(recog_result_value(&r, "service.product"),
			    "P last");
	assert_string_equal(recog_result_value(&r, "service.cpe23"),
			    "cpe:/a:v:p%2b:12");
	want_cpe(&r, "cpe:2.3:a:v:p\\+:12:*:*:*:*:*:*:*");
	assert_string_equal(recog_result_value(&r, "service.protocol"), "http");
	assert_string_equal(recog_result_value(&r, "fingerprint_db"), "k");
	assert_null(recog_result_value(&r, "_tmp.x"));
	assert_null(recog_result_value(&r, "_tmp.y"));
	assert_null(r.problem);
	recog_result_release(&r);
	match(f, "one ", &r);
	assert_null(recog_result_value(&r, "service.version"));
	assert_string_equal(recog_result_value(&r, "service.cpe23"),
			    "cpe:/a:v:p%2b:-");
	want_cpe(&r, "cpe:2.3:a:v:p\\+:-:*:*:*:*:*:*:*");
	recog_result_release(&r);
	match(f, "bad ", &r);
	assert_non_null(r.problem);
	recog_result_release(&r);
	match(f, "none", &r);
	assert_null(r.fingerprint);
	recog_result_release(&r);
	recog_free(f);
}

static void a_captured_text_adds_no_part_to_a_cpe(void **state)
{
	struct recog_file *f =
	    load(HEAD "matches='k'><fingerprint pattern='^v (.*)$'>"
		      "<description>d</description>"
		      "<param pos='1' name='service.version'/>"
		      "<param pos='0' name='service.cpe23' "
		      "value='cpe:/a:v:p:{service.version}:u:~~pro~win~~'/>"
		      "</fingerprint></fingerprints>");
	static const struct {
		const char *text, *cpe;
	} cases[] = {
	    {"v 1:2*?", "cpe:2.3:a:v:p:1\\:2\\*\\?:u:*:*:pro:win:*:*"},
	    {"v A b\xc3\xa9", "cpe:2.3:a:v:p:a_b__:u:*:*:pro:win:*:*"},
	    {"v {service.vendor}",
	     "cpe:2.3:a:v:p:\\{service.vendor\\}:u:*:*:pro:win:*:*"},
	};

	(void)state;
	assert_non_null(f);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct recog_result r;

		match(f, cases[i].text, &r);
		want_cpe(&r, cases[i].cpe);
		recog_result_release(&r);
	}
	recog_free(f);
}

static void broken_files_are_refused(void **state)
{
	static const char *const broken[] = {
	    "",
	    "<fingerprints>",
	    "<other/>",
	    "<!DOCTYPE f [<!ENTITY a 'b'>]><fingerprints/>",
	    "<!DOCTYPE f SYSTEM 'file:///etc/passwd'><fingerprints/>",
	    HEAD "><fingerprint><description/></fingerprint></fingerprints>",
	    HEAD "><fingerprint pattern='a' flags='REG_X'/></fingerprints>",
	    HEAD "><fingerprint pattern='a'><param pos='0' name='n'/>"
		 "</fingerprint></fingerprints>",
	    HEAD "><fingerprint pattern='(a)'><param pos='1' name='n' "
		 "value='v'/></fingerprint></fingerprints>",
	    HEAD "><fingerprint pattern='a'><param pos='x' name='n' "
		 "value='v'/></fingerprint></fingerprints>",
	    HEAD "><fingerprint pattern='a'><param pos='0' value='v'/>"
		 "</fingerprint></fingerprints>",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(broken); i++)
		assert_null(load(broken[i]));
}

static void the_key_is_the_name_without_matches(void **state)
{
	struct recog_file *f = load(HEAD "/>");

	(void)state;
	assert_non_null(f);
	assert_string_equal(f->key, "probe");
	assert_string_equal(f->protocol, "");
	recog_free(f);
}

static void verify(const char *text, struct fingerprint_report *report)
{
	struct fingerprints *f = fingerprints_new();

	write_file("probe.xml", text);
	assert_int_equal(fingerprints_add(f, directory, true), 0);
	fingerprint_verify(f, false, false, report);
	for (size_t i = 0; i < report->failure_count; i++)
		report->failures[i].path = NULL;
	fingerprints_free(f);
	remove_file("probe.xml");
}

#define ONE(pattern, example, params)                                          \
	HEAD "matches='k'><fingerprint pattern='" pattern                      \
	     "'><description>d</description>" example params                   \
	     "</fingerprint></fingerprints>"
#define VERSION "<param pos='1' name='service.version'/>"

static void wrong_examples_are_found_with_their_reason(void **state)
{
	static const struct {
		const char *text, *reason; /* NULL: right */
	} cases[] = {
	    {ONE("^a(\\d)$", "<example service.version='1'>a1</example>",
		 VERSION),
	     NULL},
	    {ONE("^a(\\d)$",
		 "<example _encoding='base64' service.version='1'>\n YT\nE=\n"
		 "</example>",
		 VERSION),
	     NULL},
	    {ONE("^a(\\d)$",
		 "<example _source='s' _kind='observed'>a1</example>", VERSION),
	     NULL},
	    {ONE("^a(\\d)$", "<example>b1</example>", VERSION),
	     "does not match"},
	    {ONE("^a(\\d)$", "<example> a1</example>", VERSION),
	     "does not match"},
	    {ONE("^a(\\d)$", "<example service.version='2'>a1</example>",
		 VERSION),
	     "service.version is '1', its example wants '2'"},
	    {ONE("^a(\\d)$", "<example hw.product='x'>a1</example>", VERSION),
	     "hw.product is 'nothing'"},
	    {ONE("^a$", "<example>a</example>",
		 "<param pos='0' name='hw.product' value='{hw.model}'/>"),
	     "refers to hw.model"},
	    {ONE("(a", "<example>a</example>", ""), "missing"},
	    {ONE("^a$", "<example>a</example>",
		 "<param pos='2' name='hw.model'/>"),
	     "is capture 2"},
	    {ONE("^a$", "<example _filename='../../etc/passwd'/>", ""),
	     "outside"},
	    {ONE("^a$", "<example _filename='/etc/passwd'/>", ""), "outside"},
	    {ONE("^a$", "<example _filename='none'/>", ""), "cannot be read"},
	    {ONE("^a$", "<example _encoding='rot13'>a</example>", ""),
	     "not base64"},
	    {HEAD "matches='k'><fingerprint pattern='a'><description>x"
		  "</description><example>a</example></fingerprint>"
		  "<fingerprint pattern='^ab'><description>y</description>"
		  "<example>ab</example></fingerprint></fingerprints>",
	     "('x') matches first"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct fingerprint_report report;

		verify(cases[i].text, &report);
		if (cases[i].reason == NULL) {
			assert_int_equal(report.failure_count, 0);
			assert_int_equal(report.right, 1);
		} else {
			assert_true(report.failure_count > 0);
			assert_non_null(
			    strstr(report.failures[0].reason, cases[i].reason));
		}
		fingerprint_verify_release(&report);
	}
}

#define SOURCED "_source='RFC 1' _kind='derived'"

static void our_own_files_are_checked_strictly(void **state)
{
	static const struct {
		const char *text, *reason; /* NULL: right */
	} cases[] = {
	    {ONE("^ab$", "<example " SOURCED ">ab</example>", ""), NULL},
	    {ONE("^ab$", "", ""), "no example"},
	    {ONE("^ab$", "<example>ab</example>", ""), "no _source"},
	    {ONE("^ab$", "<example _source='RFC 1'>ab</example>", ""),
	     "no _kind"},
	    {ONE("^ab$", "<example _kind='derived'>ab</example>", ""),
	     "no _source"},
	    {ONE("^ab$", "<example _source='x' _kind='derived'>ab</example>",
		 ""),
	     "no _source"},
	    {ONE("^ab$", "<example _source='RFC 1' _kind='seen'>ab</example>",
		 ""),
	     "_kind is not"},
	    {ONE("^((a+)+)+b?$", "<example " SOURCED ">ab</example>", ""),
	     "steps"},
	    {ONE("^a(x+)?(x*)*(x*)y$", "<example " SOURCED ">axxy</example>",
		 ""),
	     "steps"},
	    {ONE("^.*a.*a.*a.*b$", "<example " SOURCED ">aaab</example>", ""),
	     "steps"},
	    /* of a line a square is no trouble */
	    {ONE("^.*a.*b$", "<example " SOURCED ">ab</example>", ""), NULL},
	    /* of a page it is */
	    {HEAD "matches='body'><fingerprint pattern='&lt;p[^>]*a>'>"
		  "<description>d</description><example " SOURCED
		  ">&lt;p a></example></fingerprint></fingerprints>",
	     "steps"},
	    {HEAD "matches='body'><fingerprint pattern='&lt;p[^>]{0,40}a>'>"
		  "<description>d</description><example " SOURCED
		  ">&lt;p a></example></fingerprint></fingerprints>",
	     NULL},
	    {HEAD "matches='k'><fingerprint pattern='^a'><description>x"
		  "</description><example " SOURCED ">a</example>"
		  "</fingerprint><fingerprint pattern='^b'><description>x"
		  "</description><example " SOURCED ">b</example>"
		  "</fingerprint></fingerprints>",
	     "line 1 has the same description"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct fingerprints *f = fingerprints_new();
		struct fingerprint_report strict, lax;

		write_file("martlet_probe.xml", cases[i].text);
		assert_int_equal(fingerprints_add(f, directory, true), 0);
		fingerprint_verify(f, false, false, &strict);
		if (cases[i].reason == NULL) {
			assert_int_equal(strict.failure_count, 0);
		} else {
			assert_int_equal(strict.failure_count, 1);
			assert_non_null(
			    strstr(strict.failures[0].reason, cases[i].reason));
		}
		fingerprint_verify_release(&strict);
		fingerprints_free(f);
		remove_file("martlet_probe.xml");
		/* Files of others need none of this. */
		verify(cases[i].text, &lax);
		assert_int_equal(lax.failure_count, 0);
		fingerprint_verify_release(&lax);
	}
}

static void attacks_are_counted(void **state)
{
	struct fingerprints *f = fingerprints_new();
	struct fingerprint_report report;

	(void)state;
	write_file("probe.xml",
		   ONE("^((a+)+)+b?$", "<example>ab</example>", ""));
	assert_int_equal(fingerprints_add(f, directory, true), 0);
	fingerprint_verify(f, false, true, &report);
	assert_int_equal(report.attack.texts, FINGERPRINT_ATTACKS);
	assert_true(report.attack.given_up > 0);
	assert_true(report.attack.slowest_ms > 0);
	assert_non_null(report.attack.path);
	fingerprint_verify_release(&report);
	fingerprints_free(f);
	remove_file("probe.xml");
}

static void examples_may_lie_in_files(void **state)
{
	struct fingerprint_report report;
	char *dir = path_of("probe");

	(void)state;
	assert_int_equal(outfile_make_directory(dir, 0755), 0);
	free(dir);
	write_file("probe/banner.txt", "line 1\nline 2");
	verify(ONE("^line 2$", "<example _filename='banner.txt'/>", ""),
	       &report);
	assert_int_equal(report.right, 1);
	fingerprint_verify_release(&report);
	remove_file("probe/banner.txt");
}

/* Everything that Martlet's own files claim has a source. */
static void our_own_examples_are_right_and_sourced(void **state)
{
	struct fingerprints *f = fingerprints_new();
	struct fingerprint_report report;

	(void)state;
	assert_int_equal(fingerprints_add_own(f, true), 0);
	fingerprint_verify(f, false, false, &report);
	assert_int_equal(report.failure_count, 0);
	assert_int_equal(report.without_example, 0);
	assert_true(report.right > 50);
	assert_int_equal(report.kinds[FINGERPRINT_UNSAID], 0);
	assert_int_equal(report.kinds[FINGERPRINT_OBSERVED] +
			     report.kinds[FINGERPRINT_DOCUMENTED] +
			     report.kinds[FINGERPRINT_DERIVED],
			 report.examples);
	fingerprint_verify_release(&report);
	fingerprints_free(f);
}

/* The prefilter and the engine agree over each file's own examples. */
static void compare_masks(const struct recog_file *file)
{
	for (size_t i = 0; i < file->count; i++)
		for (size_t j = 0; j < file->list[i].example_count; j++) {
			const struct recog_example *e =
			    &file->list[i].examples[j];
			struct pattern_subject s, all;

			pattern_subject(&s, e->text, e->len);
			all = s;
			memset(&all.has, 0xff, sizeof(all.has));
			for (size_t k = 0; k < file->count; k++) {
				struct pattern *p = &file->list[k].pattern;
				enum pattern_result open =
				    pattern_match(p, &all, NULL);

				if (open == PATTERN_MATCH)
					assert_int_equal(
					    pattern_match(p, &s, NULL),
					    PATTERN_MATCH);
			}
		}
}

static void recogs_examples_are_right(void **state)
{
	static const char recog[] = "../shared/data/recog/xml";
	struct fingerprints *f;
	struct fingerprint_report report;

	(void)state;
	if (access(recog, R_OK) != 0) {
		fprintf(stderr,
			"SKIP: no %s, Recog's own examples are not "
			"tried\n",
			recog);
		skip();
	}
	f = fingerprints_new();
	assert_int_equal(fingerprints_add(f, recog, true), 0);
	fingerprint_verify(f, false, false, &report);
	assert_int_equal(report.examples, 7525);
	assert_int_equal(report.right, 7525);
	assert_int_equal(report.failure_count, 0);
	fingerprint_verify_release(&report);
	for (size_t i = 0; i < fingerprints_count(f); i++)
		compare_masks(fingerprints_file(f, i));
	fingerprints_free(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(matches_give_recogs_values),
	    cmocka_unit_test(a_captured_text_adds_no_part_to_a_cpe),
	    cmocka_unit_test(broken_files_are_refused),
	    cmocka_unit_test(the_key_is_the_name_without_matches),
	    cmocka_unit_test(wrong_examples_are_found_with_their_reason),
	    cmocka_unit_test(our_own_files_are_checked_strictly),
	    cmocka_unit_test(attacks_are_counted),
	    cmocka_unit_test(examples_may_lie_in_files),
	    cmocka_unit_test(our_own_examples_are_right_and_sourced),
	    cmocka_unit_test(recogs_examples_are_right),
	};

	return cmocka_run_group_tests_name("recog", tests, make_directory,
					   remove_directory);
}
