#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <libxml/HTMLparser.h>
#include <libxml/parser.h>
#include <libxml/xpath.h>
#include <libxml/xpathInternals.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "article.h"
#include "compiler.h"
#include "figure.h"
#include "lint.h"
#include "outfile.h"
#include "page.h"
#include "xalloc.h"

/* MARTLET_GOLDEN=write (make golden) writes the goldens instead of
 * comparing with them. */
#define GOLDEN "tests/golden/"

static struct model_month months[] = {
    {2013,
     4,
     {{true, 14388.25, 30, 431647, false, false},
      {true, 204.1, 240, 48984, false, true}}},
    {2013,
     5,
     {{true, 20019, 31, 620589, false, false}, {false, 0, 0, 0, false, false}}},
    {2013,
     6,
     {{true, 0.05, 8, 1, true, false},
      {true, 999.96, 240, 239990, false, true}}},
};

static struct model_sensor sensors[] = {
    {"Japan #1", "Japan", "日本", {"23/TCP", "ICMP", "445/TCP"}, 3},
    {"Europe | <#1>", "Europe", "欧州", {"123/UDP"}, 1},
};

static struct model_finding findings[] = {
    {FINDING_KIND_REGION_COMPARISON, "Sensors in Japan received more.",
     "日本の方が多い。", "high"},
    {FINDING_KIND_MONTHLY_MOVEMENT, "It rose & fell.", NULL, "high"},
    {FINDING_KIND_COMMON_PORTS, "23/TCP was seen by all.", NULL, "high"},
    {FINDING_KIND_IDENTICAL_DEPLOYMENT,
     "Nine addresses show the same:\n- a login page of a recorder\n"
     "- an interface of a *router*\nOne hand may have placed them.",
     NULL, "high"},
};

static struct model fixture(void)
{
	struct model m = {
	    .series = "Sensor Report Overflow",
	    .author = "The Author",
	    .unit = "packets",
	    .home_en = "Japan",
	    .home_ja = "日本",
	    .has_side = {true, true},
	    .months = months,
	    .month_count = ARRAY_LEN(months),
	    .sensors = sensors,
	    .sensor_count = ARRAY_LEN(sensors),
	    .findings = findings,
	    .finding_count = ARRAY_LEN(findings),
	};

	assert_true(period_parse("2013Q2", &m.period));
	return m;
}

static void make(const struct model *m, const char *lang, struct article *a)
{
	struct library *l = library_open(lang, NULL, NULL);
	char *name = xalloc_printf("report.%s.md", lang);

	assert_non_null(l);
	assert_int_equal(article_make(m, lang, l, a), 0);
	assert_int_equal(
	    article_add_page(a, m, lang, l, name, article_text(a, name)), 0);
	free(name);
	library_free(l);
}

static void compare(const struct article_file *f)
{
	const char *write = getenv("MARTLET_GOLDEN");
	const char *base = strrchr(f->name, '/');
	char *path = xalloc_printf(GOLDEN "%s", base ? base + 1 : f->name);
	char *wanted;

	if (write != NULL && strcmp(write, "write") == 0) {
		assert_int_equal(outfile_make_directory(GOLDEN, 0755), 0);
		assert_int_equal(
		    outfile_write(path, 0644, f->text, strlen(f->text)), 0);
	}
	wanted = outfile_read(path, 1 << 20, NULL);
	assert_non_null(wanted);
	if (strcmp(wanted, f->text) != 0)
		fail_msg("%s is not as it was; 'make golden' accepts it:\n%s",
			 path, f->text);
	free(wanted);
	free(path);
}

static void files_are_as_they_were(void **state)
{
	struct model m = fixture();
	struct article a;

	(void)state;
	make(&m, "en", &a);
	assert_int_equal(a.count, 6);
	for (size_t i = 0; i < a.count; i++)
		compare(&a.files[i]);
	article_release(&a);
}

static int count(xmlDocPtr doc, const char *xpath)
{
	xmlXPathContextPtr context = xmlXPathNewContext(doc);
	xmlXPathObjectPtr found;
	int n;

	xmlXPathRegisterNs(context, BAD_CAST "svg",
			   BAD_CAST "http://www.w3.org/2000/svg");
	found = xmlXPathEval(BAD_CAST xpath, context);
	assert_non_null(found);
	n = found->type == XPATH_NODESET && found->nodesetval
		? found->nodesetval->nodeNr
		: (int)found->boolval;
	xmlXPathFreeObject(found);
	xmlXPathFreeContext(context);
	return n;
}

static void expect(xmlDocPtr doc, const char *xpath, int wanted)
{
	int got = count(doc, xpath);

	if (got != wanted)
		fail_msg("%s: %d, not %d", xpath, got, wanted);
}

static void the_figure_is_accessible(void **state)
{
	struct model m = fixture();
	struct article a;
	xmlDocPtr doc;

	(void)state;
	make(&m, "en", &a);
	doc = xmlReadDoc(BAD_CAST article_text(&a, "fig-1.svg"), NULL, NULL,
			 XML_PARSE_NONET);
	assert_non_null(doc);
	expect(doc, "/svg:svg[@role='img']", 1);
	expect(doc, "/svg:svg[@aria-labelledby='fig-1-title fig-1-desc']", 1);
	expect(doc, "/svg:svg/*[1][self::svg:title][@id='fig-1-title']", 1);
	expect(doc, "/svg:svg/*[2][self::svg:desc][@id='fig-1-desc']", 1);
	expect(doc, "//*[@id][not(starts-with(@id,'fig-1'))]", 0);
	expect(doc, "//svg:rect[contains(@class,'mf-home')][@height>1]", 3);
	/* The month without a sensor abroad is a gap, not a bar of 0. */
	expect(doc, "//svg:rect[contains(@class,'mf-abroad')]", 3);
	expect(doc, "//svg:text[.='no data']", 1);
	expect(doc, "//svg:text[.='Jun*']", 1);
	expect(doc, "//svg:rect[contains(@class,'mf-partial')]", 1);
	expect(doc, "//svg:text[.='14,388']", 1);
	expect(doc, "//svg:text[.='0.05']", 1);
	expect(doc, "//svg:text[.='packets per sensor per day']", 1);
	expect(doc, "//svg:script|//svg:image|//@href", 0);
	xmlFreeDoc(doc);
	article_release(&a);
}

static void the_page_is_accessible_and_closed(void **state)
{
	struct model m = fixture();
	struct article a;
	xmlDocPtr doc;
	const char *html;

	(void)state;
	make(&m, "en", &a);
	html = article_text(&a, "report.en.html");
	assert_non_null(strstr(html, "default-src 'none'"));
	doc = htmlReadDoc(BAD_CAST html, NULL, "UTF-8",
			  HTML_PARSE_NONET | HTML_PARSE_NOERROR);
	assert_non_null(doc);
	expect(doc, "/html[@lang='en']", 1);
	expect(doc, "//meta[@name='viewport']", 1);
	expect(doc, "//header//p[.='TLP:CLEAR']", 1);
	expect(doc, "//footer//p[.='TLP:CLEAR']", 1);
	expect(doc, "//h1", 1);
	expect(doc, "//h2[not(@id)]", 0);
	expect(doc, "//table[@id='table-1']/caption[starts-with(.,'Table 1:')]",
	       1);
	expect(doc, "//table[@id='table-1']/thead//th[@scope='col']", 3);
	expect(doc, "//table[@id='table-1']/tbody//th[@scope='row']", 10);
	expect(doc, "//table[@id='table-1']//td[.='–']", 16);
	expect(doc, "//figure[@id='figure-1']//svg", 1);
	expect(doc, "//figure/figcaption[starts-with(.,'Figure 1: Monthly')]",
	       1);
	expect(doc, "//figure/details//tbody/tr", 3);
	expect(doc, "//ul/li", 2);
	expect(doc,
	       "//p[starts-with(.,'Table 1:') or "
	       "starts-with(.,'Figure 1:')]",
	       0);
	expect(doc, "//script|//link|//iframe|//img|//@src", 0);
	expect(doc, "//@id[. = ../preceding::*/@id]", 0);
	xmlFreeDoc(doc);
	article_release(&a);
}

static void hostile_values_stay_text(void **state)
{
	struct model m = fixture();
	struct article a;

	(void)state;
	m.series = "<script>alert(1)</script> [x](javascript:y) | {{home}}";
	make(&m, "en", &a);
	assert_null(strstr(article_text(&a, "report.en.html"), "<script"));
	assert_null(
	    strstr(article_text(&a, "report.en.html"), "href=\"javascript"));
	assert_non_null(strstr(article_text(&a, "report.en.html"), "{{home}}"));
	article_release(&a);
}

static void tables_can_have_sensors_as_rows(void **state)
{
	struct model m = fixture();
	struct article a;

	(void)state;
	m.sensors_as_rows = true;
	make(&m, "en", &a);
	assert_non_null(strstr(article_text(&a, "report.en.md"),
			       "| Japan #1 | 23/TCP | ICMP | 445/TCP | – |"));
	article_release(&a);
}

static void periods_have_titles(void **state)
{
	static const struct {
		const char *period, *title;
	} cases[] = {
	    {"2013Q2", "# S (Apr-Jun 2013)\n"},
	    {"2013-07", "# S (Jul 2013)\n"},
	    {"FY2024", "# S (Apr 2024-Mar 2025)\n"},
	    {"2013", "# S (Jan-Dec 2013)\n"},
	    {"2013-W01", "# S (31 Dec 2012 to 6 Jan 2013)\n"},
	    {"2013-05-05..2013-05-05", "# S (5 May 2013)\n"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct model m = fixture();
		struct article a;

		m.series = "S";
		assert_true(period_parse(cases[i].period, &m.period));
		make(&m, "en", &a);
		assert_memory_equal(article_text(&a, "report.en.md"),
				    cases[i].title, strlen(cases[i].title));
		article_release(&a);
	}
}

static void a_side_without_sensors_is_not_spoken_of(void **state)
{
	static const char *const files[] = {"report.en.md", "report.en.html",
					    "report.json", "fig-1.svg",
					    "data/fig-1.csv"};
	static const char *const words[] = {"abroad", "Abroad", "no data"};
	struct model m = fixture();
	struct article a;

	(void)state;
	m.has_side[TRAFFIC_ABROAD] = false;
	m.finding_count = 0;
	make(&m, "en", &a);
	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		const char *text = article_text(&a, files[i]);
		const char *end = strstr(text, "</style>");

		/* The style sheets know both sides. */
		for (const char *c; end && (c = strstr(end + 1, "</style>"));)
			end = c;
		for (size_t w = 0; w < ARRAY_LEN(words); w++)
			assert_null(strstr(end ? end : text, words[w]));
	}
	assert_non_null(strstr(article_text(&a, "report.en.md"),
			       "\n## Observations in Japan\n"));
	article_release(&a);
	make(&m, "ja", &a);
	assert_null(strstr(article_text(&a, "report.ja.md"), "海外"));
	article_release(&a);
}

static char *body_of(const char *markdown)
{
	struct page page = {"x.md",     markdown,  "fig-1.svg", "<svg/>",
			    "<p>d</p>", "Figure ", "Table ",    "Contents"};

	return page_body(&page);
}

static void pages_come_from_any_markdown(void **state)
{
	static const struct {
		const char *markdown, *wanted;
	} cases[] = {
	    {"", ""},
	    {"# A & B\n", "<h1 id=\"s1-a-b\">A &amp; B</h1>"},
	    {"# 日本\n", "<h1 id=\"s1-part\">日本</h1>"},
	    {"Table 1: x\n\nno table", "<p>Table 1: x</p>"},
	    {"![a](fig-1.svg)\n", "<figure><div class=\"wide\">"},
	    {"![a](b.png)\n\nFigure 2: c\n",
	     "<figure id=\"figure-2\"><img src=\"b.png\" alt=\"a\" />"
	     "<figcaption>Figure 2: c</figcaption></figure>"},
	    {"a\x01 b\xff c", "<p>a  b\xef\xbf\xbd c</p>"},
	    {"<b onclick=x>t</b>", "t"},
	    {"|a|\n|-|\n", "<table>"},
	    {"a  \nb", "a<br />"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char *got = body_of(cases[i].markdown);

		assert_non_null(got);
		if (strstr(got, cases[i].wanted) == NULL)
			fail_msg("'%s' gave '%s'", cases[i].markdown, got);
		assert_null(strstr(got, "onclick"));
		free(got);
	}
}

static void long_pages_have_contents(void **state)
{
	char *got =
	    body_of("# t\n\n## a\n\n## b\n\n## c\n\n## d\n\n## e & f\n");

	(void)state;
	assert_non_null(strstr(got, "<nav class=\"contents\""));
	assert_non_null(strstr(got, "<a href=\"#s6-e-f\">e &amp; f</a>"));
	free(got);
	got = body_of("# t\n\n## a\n\n## b\n");
	assert_null(strstr(got, "<nav"));
	free(got);
}

static void numbers_are_written_as_in_sentences(void **state)
{
	static const struct {
		double value;
		const char *wanted;
	} cases[] = {
	    {0, "0.0"},
	    {0.034, "0.034"},
	    {1, "1.0"},
	    {999.94, "999.9"},
	    {1106, "1,106.0"},
	    {14388.25, "14,388.2"},
	    {1234567.8, "1,234,567.8"},
	};
	char text[32];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_string_equal(figure_number(cases[i].value, text),
				    cases[i].wanted);
}

static void keep(void *arg, int line, const char *what)
{
	snprintf(arg, 160, "%d: %s", line, what);
}

static void lint_finds_faults(void **state)
{
	static const struct {
		const char *markdown, *wanted;
	} cases[] = {
	    {"see Figure 1\n\nFigure 1: x\n", ""},
	    {"see Figure 2\n\nFigure 1: x\n",
	     "1: Figure 2 is named and is not there"},
	    {"Table 1: x\n\nTable 1: y\n",
	     "3: Table 1 is there more than once"},
	    {"a {{b}}\n", "1: a mark of a template is left: }}"},
	    {"![](x.png)",
	     "1: a picture has no text for those who cannot see it"},
	    {"| Rank | A |\n|---|---|\n| #1 | 443/TCP |\n| #2 | 443/TCP |\n",
	     "4: 443/TCP is twice in the ranking of A"},
	    {"| Sensor | #1 | #2 |\n|---|---|---|\n| A | 23/TCP | 23/TCP |\n",
	     "3: 23/TCP is twice in the ranking of A"},
	    {"| Rank | A | B |\n|---|---|---|\n| #1 | 443/TCP | 443/TCP |\n"
	     "| #2 | – | – |\n",
	     ""},
	    {"![a](https://example.org/a.png)",
	     "1: a picture from elsewhere is not shown on the page"},
	    {"| <23/TCP | a |\n",
	     "1: a table cell starts with stray markup: <"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char got[160] = "";

		lint_markdown(cases[i].markdown, keep, got);
		assert_string_equal(got, cases[i].wanted);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(files_are_as_they_were),
	    cmocka_unit_test(the_figure_is_accessible),
	    cmocka_unit_test(the_page_is_accessible_and_closed),
	    cmocka_unit_test(hostile_values_stay_text),
	    cmocka_unit_test(tables_can_have_sensors_as_rows),
	    cmocka_unit_test(periods_have_titles),
	    cmocka_unit_test(a_side_without_sensors_is_not_spoken_of),
	    cmocka_unit_test(pages_come_from_any_markdown),
	    cmocka_unit_test(long_pages_have_contents),
	    cmocka_unit_test(numbers_are_written_as_in_sentences),
	    cmocka_unit_test(lint_finds_faults),
	};

	return cmocka_run_group_tests_name("article", tests, NULL, NULL);
}
