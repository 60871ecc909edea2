#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "compiler.h"
#include "resolver.h"

#define QUESTION "1.2.0.192.in-addr.arpa"
#define WIRE                                                                   \
	"\1"                                                                   \
	"1"                                                                    \
	"\1"                                                                   \
	"2"                                                                    \
	"\1"                                                                   \
	"0"                                                                    \
	"\3"                                                                   \
	"192"                                                                  \
	"\7"                                                                   \
	"in-addr"                                                              \
	"\4"                                                                   \
	"arpa"

/* An answer of so many records, which are given; its length is returned. */
static size_t make(unsigned char *out, unsigned count, const char *rows,
		   size_t len)
{
	static const char head[] =
	    "\0\1\x81\x80\0\1\0\0\0\0\0\0" WIRE "\0\0\14\0\1";

	memcpy(out, head, sizeof(head) - 1);
	out[6] = (unsigned char)(count >> 8);
	out[7] = (unsigned char)count;
	memcpy(out + sizeof(head) - 1, rows, len);
	return sizeof(head) - 1 + len;
}

/* A record of the question's name (or of another), PTR or CNAME. */
#define OWN "\xc0\x0c"
#define PTR "\0\14\0\1\0\0\0\60"
#define CNAME "\0\5\0\1\0\0\0\60"

static void names_are_read(void **state)
{
	static const struct {
		const char *rows;
		size_t len;
		unsigned count;
		enum name_answer answer;
		const char *names;
	} cases[] = {
#define ROWS(text) text, sizeof(text) - 1
	    {ROWS(OWN PTR "\0\5\1a\1b\0"), 1, NAME_ANSWER_FOUND, "a.b "},
	    {ROWS(""), 0, NAME_ANSWER_NONE, ""},
	    /* The root is no name. */
	    {ROWS(OWN PTR "\0\1\0"), 1, NAME_ANSWER_NONE, ""},
	    /* Sorted, each once. */
	    {ROWS(OWN PTR "\0\3\1z\0" OWN PTR "\0\3\1a\0" OWN PTR "\0\3\1z\0"),
	     3, NAME_ANSWER_FOUND, "a z "},
	    {ROWS(OWN PTR "\0\3\1f\0" OWN PTR "\0\3\1e\0" OWN PTR
			  "\0\3\1d\0" OWN PTR "\0\3\1c\0" OWN PTR "\0\3\1b\0"),
	     5, NAME_ANSWER_FOUND, "b c d e "},
	    /* An alias, also to another case; what nobody asked for is left. */
	    {ROWS(OWN CNAME "\0\3\1x\0"
			    "\1X\0" PTR "\0\3\1a\0"
			    "\1y\0" PTR "\0\3\1b\0"),
	     3, NAME_ANSWER_FOUND, "a "},
	    {ROWS("\1y\0" PTR "\0\3\1b\0"), 1, NAME_ANSWER_NONE, ""},
	    /* An alias of itself. */
	    {ROWS(OWN CNAME "\0\2" OWN OWN CNAME "\0\2" OWN), 2,
	     NAME_ANSWER_NONE, ""},
	    /* Not printable, and what zone files give a meaning. */
	    {ROWS(OWN PTR "\0\10\6\33[2J.\n\0"), 1, NAME_ANSWER_FOUND,
	     "\\027[2J\\.\\010 "},
	    /* Loops, ends and lengths that are wrong. */
	    {ROWS(OWN PTR "\0\2\xc0\x34"), 1, NAME_ANSWER_FAILED, ""},
	    {ROWS(OWN PTR "\0\2\xff\xff"), 1, NAME_ANSWER_FAILED, ""},
	    {ROWS(OWN PTR "\0\x40\1a\0"), 1, NAME_ANSWER_FAILED, ""},
	    {ROWS(OWN PTR), 1, NAME_ANSWER_FAILED, ""},
	    {ROWS(OWN), 1, NAME_ANSWER_FAILED, ""},
	    {ROWS(""), 65535, NAME_ANSWER_FAILED, ""},
	};
	unsigned char answer[1024];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct hostname h = {0};
		size_t len =
		    make(answer, cases[i].count, cases[i].rows, cases[i].len);
		unsigned char *exact = malloc(len);
		struct buf got;

		memcpy(exact, answer, len); /* for the sanitizer */
		resolver_read(exact, len, QUESTION, &h);
		free(exact);
		buf_init(&got, BUF_NO_LIMIT);
		for (size_t k = 0; k < h.count; k++) {
			buf_printf(&got, "%s ", h.names[k]);
		}
		if (h.answer != cases[i].answer ||
		    strcmp(buf_text(&got), cases[i].names) != 0)
			fail_msg("%zu: %s '%s'", i, name_answer_text(h.answer),
				 buf_text(&got));
		buf_release(&got);
		hostname_release(&h);
	}
}

static void any_bytes_are_survived(void **state)
{
	static const char rows[] =
	    OWN CNAME "\0\3\1x\0"
		      "\1x\0" PTR "\0\3\1a\0" OWN PTR "\0\4\2bc\0";
	unsigned char answer[1024];
	uint32_t random = 1;

	(void)state;
	for (int round = 0; round < 20000; round++) {
		struct hostname h = {0};
		size_t len = make(answer, 3, rows, sizeof(rows) - 1);
		unsigned char *exact;

		for (int i = 0; i < 3; i++) {
			random = random * 1664525u + 1013904223u;
			answer[(random >> 8) % len] = (unsigned char)random;
		}
		len -= (random >> 20) % len;
		exact = malloc(len + 1);
		memcpy(exact, answer, len);
		resolver_read(exact, len, QUESTION, &h);
		assert_true(h.count <= HOSTNAME_NAMES);
		free(exact);
		hostname_release(&h);
	}
}

static void questions_are_written(void **state)
{
	static const struct {
		const char *address, *question;
	} cases[] = {
	    {"192.0.2.1", QUESTION},
	    {"255.254.253.252", "252.253.254.255.in-addr.arpa"},
	    {"2001:db8::567:89ab",
	     "b.a.9.8.7.6.5.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2."
	     "ip6.arpa"},
	};
	char text[RESOLVER_QUESTION];
	struct addr a;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		assert_true(addr_parse(cases[i].address, &a));
		assert_string_equal(resolver_question(&a, text),
				    cases[i].question);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(names_are_read),
	    cmocka_unit_test(any_bytes_are_survived),
	    cmocka_unit_test(questions_are_written),
	};

	return cmocka_run_group_tests_name("resolver", tests, NULL, NULL);
}
