#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "casefile.h"
#include "compiler.h"
#include "leak.h"
#include "outfile.h"
#include "xalloc.h"

static struct leak_hit last;

static void keep(void *arg, const struct leak_hit *hit)
{
	(void)arg;
	last = *hit;
}

static size_t hits(struct leak_gate *g, const char *text, bool author)
{
	return leak_check(g, text, strlen(text), author, keep, NULL);
}

static const char *const leaking[] = {
    "from 8.8.8.8 today",
    "8.8.8.8",
    "(8.8.8.8)",
    "8.8.8.0/24",
    "8.8.8/24",
    "8.8.8.x",
    "8.8.8.*",
    "008.008.008.008",
    "0x08.0x08.0x08.0x08",
    "8[.]8[.]8[.]8",
    "8(.)8(.)8(.)8",
    "8[dot]8[dot]8[dot]8",
    "8 dot 8 dot 8 dot 8",
    "8 . 8 . 8 . 8",
    "8\\.8\\.8\\.8",
    "8%2E8%2e8%2E8",
    "8%252E8%252E8%252E8",
    "8&#46;8&#x2e;8&period;8",
    "8&amp;#46;8&amp;#46;8&amp;#46;8",
    "\\u0038.8.8.8",
    "８．８．８．８",
    "8。8。8。8",
    "8.8\u200b.8.8",
    "8.8.<b>8</b>.8",
    "8.8.**8**.8",
    "8.8.<!-- x -->8.8",
    "8-8-8-8.example.net",
    "host_8_8_8_8",
    "http://134744072/",
    "http://0x8080808/",
    "0x08080808",
    "8.8.8.8.in-addr.arpa",
    "Chrome 120.0.0.1",
    "192.0.2.0/16",
    "192.0.2.1.5",
    "x8.8.8.8y",
    "2001:4860:4860::8888",
    "2001:4860:4860:0000:0000:0000:0000:8888",
    "2001:4860:4860:0:0:0:0:8888",
    "[2001:4860:4860::8888]:443",
    "fe80::1%eth0",
    "2001:DB9::1",
    "::ffff:8.8.8.8",
    "64:ff9b::808:808",
    "2001[:]4860[:]4860[:][:]8888",
    "2001%3A4860%3A4860%3A%3A8888",
    "IPv6:2001:4860:4860::8888",
    "2001:4860:4860::8888.",
    "2001:db8::/16",
    "::1",
    "2001-4860-4860-0-0-0-0-8888.ipv6-literal.net",
    "8.8.8.8.0.0.0.0.0.0.ip6.arpa",
    "00:11:22:aa:bb:cc",
    "00-11-22-AA-BB-CC",
    "<text x=\"1\">8.8.8.8</text>",
    "<a title='8.8.8.8'>x</a>",
    "\"8.8.8.8\":1",
    "OC44LjguOA==",
    "the word OC44LjguOA in base64",
    "aHR0cDovLzguOC44Ljg6ODAvIGFuZCBtb3Jl",
    "MjAwMTo0ODYwOjQ4NjA6Ojg4ODg=",
    "382e382e382e38",
    "⁸.⁸.⁸.⁸",
    "₈.₈.₈.₈",
    "⑧.⑧.⑧.⑧",
    "8٫8٫8٫8",
    "8ꓸ8ꓸ8ꓸ8",
    "8.8.x.x",
    "0011.22aa.bbcc",
    "http://8.526344/",
    "http://8.8.2056/x",
};

static const char *const harmless[] = {
    "",
    "192.0.2.1 and 198.51.100.7, 203.0.113.255",
    "192.0.2.0/24",
    "2001:db8::1 and 2001:db8::/32",
    "2001:0DB8:0000::1",
    "23/TCP, 445/TCP and ICMP",
    "14,388 packets, 2.7 times, 559.3 against 203.8",
    "martlet 0.1.0",
    "2013-06-30T23:59:59Z",
    "from 2013-04-01 to 2013-06-30",
    "12:34:56",
    "Figure 1: 1.5, 2.5. 3.5",
    "http://www.w3.org/2000/svg",
    "details::details-content { a::before }",
    "std::vector",
    "rgba(1,2,3,.4) #1c2530 1.0625rem/1.65",
    "| 1 | 2 | 3 | 4 |",
    "<td>1.2</td><td>3.4</td>",
    "300.400.500.600",
    "translate(60.5 120.5) rotate(-90)",
    "1.2.3",
    "<rect x=\"1.5\" y=\"2.5\"/>",
    "550e8400-e29b-41d4-a716-446655440000",
    "| --- | --- | --- |",
    "<!-- a -- b -->",
    "packets: 134744072",
    "MTkyLjAuMi4x is 192.0.2.1",
    "AAAAAAAAAAAAAAAAAAAA",
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "in 2013.04.30 and version 1.2.3",
    "the answer² of 10² is x¹",
    "https://example.org/1.5",
    "1.5.x and 3.x",
};

static void addresses_are_found_in_every_spelling(void **state)
{
	struct leak_gate *g = leak_open(NULL);

	(void)state;
	assert_non_null(g);
	for (size_t i = 0; i < ARRAY_LEN(leaking); i++)
		if (hits(g, leaking[i], false) == 0)
			fail_msg("not found: %s", leaking[i]);
	leak_free(g);
}

static void other_text_passes(void **state)
{
	struct leak_gate *g = leak_open(NULL);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(harmless); i++)
		if (hits(g, harmless[i], true) != 0)
			fail_msg("'%s' was taken for a %s: %s", harmless[i],
				 last.kind, last.shown);
	leak_free(g);
}

static void a_hit_names_its_line_and_hides_itself(void **state)
{
	struct leak_gate *g = leak_open(NULL);

	(void)state;
	assert_int_equal(hits(g, "a\nb&#10;\n\nsee 8.8.4.4\n", false), 1);
	assert_int_equal(last.line, 4);
	assert_string_equal(last.kind, "IPv4 address");
	assert_null(strstr(last.shown, "8.8.4"));
	assert_int_equal(hits(g, "8.8.8.8\n8.8.4.4\n", false), 2);
	leak_free(g);
}

static void names_of_machines_are_found(void **state)
{
	static const struct {
		const char *text;
		bool author;
		size_t hits;
	} cases[] = {
	    {"the gate of Kawasaki-Branch-07 is open", false, 1},
	    {"KAWASAKI-branch-07", false, 1},
	    {"Kawasaki&#45;Branch&#45;07", false, 1},
	    {"Kawasaki-<b>Branch</b>-07", false, 1},
	    {"Kawasaki", true, 0},
	    {"a ymg b", true, 1},
	    {"a ymg b", false, 0},
	    {"aymgb", true, 0},
	    {"Login page of a Web Server", true, 0},
	    {"Store   42\nbackoffice", false, 1},
	    {"1,000 packets", true, 0},
	    {"445/TCP and 1433/TCP at North Quokka #1", true, 0},
	    {"site 0412", true, 1},
	    {"データは横ばい", false, 0},
	};
	struct leak_gate *g = leak_open(NULL);

	(void)state;
	leak_add_name(g, "page title", "Kawasaki-Branch-07");
	leak_add_name(g, "slot", "ymg");
	leak_add_name(g, "page title", "Login");
	leak_add_name(g, "page title", "Web Server");
	leak_add_name(g, "page title", "store 42 Backoffice");
	leak_add_name(g, "page title", "");
	leak_add_name(g, "page title", "-");
	/* What a stranger could choose to hold up every report. */
	leak_add_name(g, "page title", "1433/TCP");
	leak_add_name(g, "page title", "North Quokka");
	leak_add_name(g, "page title", "データ");
	leak_add_name(g, "slot", "0412");
	leak_allow(g, "North Quokka #1");
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		if (hits(g, cases[i].text, cases[i].author) != cases[i].hits)
			fail_msg("'%s' has not %zu hits", cases[i].text,
				 cases[i].hits);
	leak_free(g);
}

/* A workspace whose case database knows one machine. */
static struct workspace *workspace_with(const char *directory)
{
	struct invocation with = {.directory = directory};
	struct workspace *ws;
	struct casefile *cf;
	struct observation o;
	struct hostname h = {0};
	int64_t scan;
	char *path = xalloc_printf("%s/martlet.conf", directory);

	assert_int_equal(outfile_write(path, 0644, "", 0), 0);
	free(path);
	ws = workspace_open(&with);
	assert_non_null(ws);
	cf = casefile_open(ws, CASEFILE_WRITE);
	assert_non_null(cf);
	assert_int_equal(casefile_begin_scan(cf, "2013Q2", false, &scan), 0);
	observation_init(&o);
	assert_true(addr_parse("198.18.7.9", &o.address));
	o.port = 443;
	memcpy(o.transport, "TCP", 4);
	o.observed_ms = 1;
	o.outcome = OUTCOME_ANSWERED;
	o.title = xalloc_string("Kumquat gate 7");
	o.realm = xalloc_string("login");
	o.certificate.subject = xalloc_string("CN=vault-kumquat,O=Example");
	o.certificate.serial = xalloc_string("0badc0ffee77");
	o.certificate.names = xalloc_string("one.kumquat.test\ntwo.example");
	memset(o.certificate.sha256, '0', 64);
	memset(o.certificate.spki_sha256, '1', 64);
	assert_int_equal(casefile_store(cf, scan, &o), 0);
	assert_int_equal(casefile_end_scan(cf, scan), 0);
	h.address = o.address;
	h.count = 1;
	h.names[0] = xalloc_string("gate7.kumquat.test");
	assert_int_equal(casefile_store_hostname(cf, &h), 0);
	hostname_release(&h);
	observation_release(&o);
	casefile_close(cf);
	return ws;
}

static void the_case_database_names_machines(void **state)
{
	static const struct {
		const char *text, *kind;
	} cases[] = {
	    {"the kumquat GATE 7 page", "page title"},
	    {"at gate7.kumquat.test", "host name"},
	    {"vault-kumquat", "certificate name"},
	    {"two.example", "certificate name"},
	    {"serial 0BADC0FFEE77", "certificate serial"},
	    {"number 3323070217", "address as a number"},
	    {"hex c6120709", "address as a number"},
	    {"a login page", NULL},
	    {"33230702171", NULL},
	};
	char directory[] = "/tmp/martlet-leak-XXXXXX";
	struct workspace *ws;
	struct leak_gate *g;
	char *path_of;

	(void)state;
	assert_non_null(mkdtemp(directory));
	ws = workspace_with(directory);
	g = leak_open(ws);
	assert_non_null(g);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		size_t n = hits(g, cases[i].text, false);

		if ((n > 0) != (cases[i].kind != NULL))
			fail_msg("'%s': %zu hits", cases[i].text, n);
		if (n > 0)
			assert_string_equal(last.kind, cases[i].kind);
	}
	leak_free(g);
	workspace_free(ws);
	path_of = xalloc_printf("%s/martlet.db", directory);
	unlink(path_of);
	free(path_of);
	path_of = xalloc_printf("%s/martlet.conf", directory);
	unlink(path_of);
	free(path_of);
	rmdir(directory);
}

static void no_bytes_break_it(void **state)
{
	struct leak_gate *g = leak_open(NULL);
	char text[512];
	uint32_t seed = 1;

	(void)state;
	leak_add_name(g, "page title", "Kawasaki-Branch-07");
	for (int round = 0; round < 2000; round++) {
		static const char alphabet[] =
		    "0189.:-_%&#x;\\u[](){}<>/!b*f \n"
		    "\xe3\x80\x82\xff";

		for (size_t i = 0; i < sizeof(text); i++) {
			seed = seed * 1664525u + 1013904223u;
			text[i] =
			    alphabet[(seed >> 16) % (sizeof(alphabet) - 1)];
		}
		leak_check(g, text, seed % sizeof(text), true, keep, NULL);
	}
	assert_int_equal(leak_check(g, "a\0 8.8.8.8", 10, false, keep, NULL),
			 1);
	leak_free(g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(addresses_are_found_in_every_spelling),
	    cmocka_unit_test(other_text_passes),
	    cmocka_unit_test(a_hit_names_its_line_and_hides_itself),
	    cmocka_unit_test(names_of_machines_are_found),
	    cmocka_unit_test(the_case_database_names_machines),
	    cmocka_unit_test(no_bytes_break_it),
	};

	return cmocka_run_group_tests_name("leak", tests, NULL, NULL);
}
