#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compiler.h"
#include "identify.h"
#include "xalloc.h"

static void page(struct observation *o, const char *address, int status,
		 const char *headers, const char *body)
{
	observation_init(o);
	assert_true(addr_parse(address, &o->address));
	o->port = 8080;
	o->protocol = PROTOCOL_HTTP;
	o->http_status = status;
	o->http_path = xalloc_string("/a/index.html");
	blob_set(&o->http_headers, headers, strlen(headers));
	blob_set(&o->body, body, strlen(body));
}

static void check(const char *address, int status, const char *headers,
		  const char *body, int found, const char *wanted)
{
	struct observation o;
	char *path = NULL;

	page(&o, address, status, headers, body);
	assert_int_equal(identify_next_page(&o, NULL, &path), found);
	if (wanted == NULL)
		assert_null(path);
	else
		assert_string_equal(path, wanted);
	free(path);
	observation_release(&o);
}

static void headers_lead_on_within_the_same_place(void **state)
{
	static const struct {
		int status;
		const char *headers;
		int found;
		const char *path;
	} cases[] = {
	    {302, "Location: /login", 1, "/login"},
	    {302, "Location: login?a=1&b=2#top", 1, "/a/login?a=1&b=2"},
	    {302, "Location: ../x", 1, "/x"},
	    {302, "Location: ?next", 1, "/a/index.html?next"},
	    {301, "Location: http://192.0.2.7:8080/x", 1, "/x"},
	    {301, "Location: http://192.0.2.7:8080", 1, "/"},
	    {301, "Location: //192.0.2.7:8080/x", 1, "/x"},
	    {307, "Location: HTTP://192.0.2.7:8080/x", 1, "/x"},
	    {301, "Location: http://192.0.2.7/x", -1, NULL},
	    {301, "Location: http://192.0.2.7:8081/x", -1, NULL},
	    {301, "Location: https://192.0.2.7:8080/x", -1, NULL},
	    {301, "Location: http://192.0.2.8:8080/x", -1, NULL},
	    {301, "Location: http://3221225991:8080/x", -1, NULL},
	    {301, "Location: http://example.com:8080/x", -1, NULL},
	    {301, "Location: http://user@192.0.2.7:8080/x", -1, NULL},
	    {301, "Location: http://192.0.2.7:8080@192.0.2.8/", -1, NULL},
	    {301, "Location: //192.0.2.8/x", -1, NULL},
	    {301, "Location: /\\192.0.2.8/x", -1, NULL},
	    {301, "Location: ftp://192.0.2.7/", -1, NULL},
	    {301, "Location: /a/index.html", 0, NULL},
	    {301, "Location: javascript:alert(1)", 0, NULL},
	    {301, "Location: #top", 0, NULL},
	    {301, "Location: ", 0, NULL},
	    {301, "X: y", 0, NULL},
	    {200, "Location: /login", 0, NULL},
	    {302, "Location: /a b\"<\xe5>%zz", 1, "/a%20b%22%3C%E5%3E%25zz"},
	    {200, "Refresh: 0; url=/next", 1, "/next"},
	    {200, "Refresh: 600; url=/next", 0, NULL},
	    {200, "Refresh: 5", 0, NULL},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		check("192.0.2.7", cases[i].status, cases[i].headers, "",
		      cases[i].found, cases[i].path);
}

static void pages_lead_on_within_the_same_place(void **state)
{
	static const struct {
		const char *body;
		int found;
		const char *path;
	} cases[] = {
	    {"<meta http-equiv=refresh content='0;url=/web/'>", 1, "/web/"},
	    {"<META HTTP-EQUIV=\"Refresh\" CONTENT=\"1; URL='x.html' \">", 1,
	     "/a/x.html"},
	    {"<meta http-equiv=refresh content='0; /bare'>", 1, "/bare"},
	    {"<meta http-equiv=refresh content='60; url=/late'>", 0, NULL},
	    {"<meta http-equiv=refresh content='0'>", 0, NULL},
	    {"<meta http-equiv=refresh content='0;url=//192.0.2.9/'>", -1,
	     NULL},
	    {"<meta http-equiv=refresh content='0;url=http://192.0.2.9/'>"
	     "<script>location='/here'</script>",
	     1, "/here"},
	    {"<base href='/b/'><meta http-equiv=refresh content='0;url=x'>", 1,
	     "/b/x"},
	    {"<base href='http://192.0.2.9/'><meta http-equiv=refresh "
	     "content='0;url=x'>",
	     -1, NULL},
	    {"<script>window.location.href = \"/doc/page/login.asp?_\" + "
	     "(new Date()).getTime();</script>",
	     1, "/doc/page/login.asp?_"},
	    {"<script>top.location.replace('/cgi/login')</script>", 1,
	     "/cgi/login"},
	    {"<script>document.location = '/x'</script>", 1, "/x"},
	    {"<script>location.assign ( '/x' )</script>", 1, "/x"},
	    {"<body onload=\"window.location='/loaded'\">", 1, "/loaded"},
	    {"<script>if (location.href == '/x') y();</script>", 0, NULL},
	    {"<script>mylocation = '/x'</script>", 0, NULL},
	    {"<script>location.hash = '/x'</script>", 0, NULL},
	    {"<script>// location = '/old'\nlocation = '/new'</script>", 1,
	     "/new"},
	    {"<script>location = url</script>", 0, NULL},
	    {"<script>location = 'https://192.0.2.7:8080/'</script>", -1, NULL},
	    {"<script>function out() { location = '/logout' }</script>"
	     "<form><input name=user></form>",
	     0, NULL},
	    {"<p>location = '/text'</p>", 0, NULL},
	    {"", 0, NULL},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		check("192.0.2.7", 200, "", cases[i].body, cases[i].found,
		      cases[i].path);
}

static void addresses_of_version_six_are_equal(void **state)
{
	(void)state;
	check("2001:db8::7", 302, "Location: /x", "", 1, "/x");
	check("2001:db8::7", 302, "Location: http://[2001:DB8:0::7]:8080/x", "",
	      1, "/x");
	check("2001:db8::7", 302, "Location: http://[2001:db8::8]:8080/x", "",
	      -1, NULL);
}

static void the_usual_port_needs_no_number(void **state)
{
	struct observation o;
	char *path = NULL;

	(void)state;
	page(&o, "192.0.2.7", 302, "Location: https://192.0.2.7/x", "");
	o.port = 443;
	o.protocol = PROTOCOL_HTTPS;
	assert_int_equal(identify_next_page(&o, NULL, &path), 1);
	assert_string_equal(path, "/x");
	free(path);
	observation_release(&o);
}

static void icons_are_those_of_the_same_place(void **state)
{
	static const struct {
		const char *body, *path;
	} cases[] = {
	    {"", "/favicon.ico"},
	    {"<link rel=icon href=/i.ico>", "/i.ico"},
	    {"<link rel='shortcut icon' href='i.ico'>", "/a/i.ico"},
	    {"<link rel=apple-touch-icon href=/t.png><link rel=icon "
	     "href=/i.png>",
	     "/i.png"},
	    {"<link rel=apple-touch-icon href=/t.png>", "/t.png"},
	    {"<link rel=mask-icon href=/m.svg>", "/favicon.ico"},
	    {"<link rel=icon href='http://192.0.2.9/i.ico'>", "/favicon.ico"},
	    {"<link rel=icon href='data:image/png;base64,AA=='>",
	     "/favicon.ico"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct observation o;
		char *path;

		page(&o, "192.0.2.7", 200, "", cases[i].body);
		path = identify_icon(&o, NULL);
		assert_string_equal(path, cases[i].path);
		free(path);
		observation_release(&o);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(headers_lead_on_within_the_same_place),
	    cmocka_unit_test(pages_lead_on_within_the_same_place),
	    cmocka_unit_test(addresses_of_version_six_are_equal),
	    cmocka_unit_test(the_usual_port_needs_no_number),
	    cmocka_unit_test(icons_are_those_of_the_same_place),
	};

	return cmocka_run_group_tests_name("next_page", tests, NULL, NULL);
}
