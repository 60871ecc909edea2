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
#include "contact_book.h"

static char path[64];

/* A book with this text, read; NULL when it is refused. */
static struct contact_book *book_of(const char *text)
{
	struct contact_book *b;
	FILE *f;
	int fd;

	snprintf(path, sizeof(path), "/tmp/martlet-book-XXXXXX");
	fd = mkstemp(path);
	assert_true(fd >= 0);
	f = fdopen(fd, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
	b = contact_book_read(path);
	unlink(path);
	return b;
}

static void the_most_specific_contact_wins(void **state)
{
	static const char text[] =
	    "kind,match,contact,role,name,language,note\n"
	    "country,JP,csirt@jp.example,,CSIRT,ja,\n"
	    "asn,AS64500,as@example.net,technical,,,\n"
	    "asn,64501,as2@example.net,,,,\n"
	    "network,192.0.2.0/24,net@example.net,,,,\n"
	    "network,192.0.2.128/25,half@example.net,,,,\n"
	    "network,2001:db8::/32,six@example.net,,,,\n";
	static const struct {
		const char *address;
		uint32_t asn;
		const char *country, *contact;
	} cases[] = {
	    {"192.0.2.1", 64500, "JP", "net@example.net"},
	    {"192.0.2.200", 64500, "JP", "half@example.net"},
	    {"198.51.100.1", 64500, "JP", "as@example.net"},
	    {"198.51.100.1", 64501, "US", "as2@example.net"},
	    {"198.51.100.1", 64502, "JP", "csirt@jp.example"},
	    {"198.51.100.1", 0, "JP", "csirt@jp.example"},
	    {"2001:db8:1::1", 64500, "JP", "six@example.net"},
	    {"198.51.100.1", 64502, "US", NULL},
	    {"198.51.100.1", 0, "", NULL},
	};
	struct contact_book *b = book_of(text);

	(void)state;
	assert_non_null(b);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct contact_entry *e;
		struct addr a;

		assert_true(addr_parse(cases[i].address, &a));
		e = contact_book_find(b, &a, cases[i].asn, cases[i].country);
		if (cases[i].contact == NULL)
			assert_null(e);
		else
			assert_string_equal(e->contact, cases[i].contact);
	}
	contact_book_free(b);
}

static void a_disabled_row_leaves_the_next_one(void **state)
{
	struct contact_book *b =
	    book_of("kind,match,contact,role,disabled\n"
		    "network,192.0.2.0/24,gone@example.net,,yes\n"
		    "network,192.0.2.0/24,new@example.net,,no\n"
		    "network,198.51.100.0/24,gone@example.net,,yes\n"
		    "asn,64500,as@example.net,,\n");
	struct addr a;

	(void)state;
	assert_non_null(b);
	assert_true(addr_parse("192.0.2.1", &a));
	assert_string_equal(contact_book_find(b, &a, 64500, "")->contact,
			    "new@example.net");
	assert_true(addr_parse("198.51.100.1", &a));
	assert_string_equal(contact_book_find(b, &a, 64500, "")->contact,
			    "as@example.net");
	contact_book_free(b);
}

static void roles_have_their_defaults(void **state)
{
	struct contact_book *b =
	    book_of("kind,match,contact\n"
		    "country,JP,csirt@jp.example\n"
		    "asn,64500,https://as.example/abuse\n");
	struct addr a;

	(void)state;
	assert_non_null(b);
	assert_true(addr_parse("192.0.2.1", &a));
	assert_string_equal(contact_book_find(b, &a, 0, "JP")->role,
			    "national-csirt");
	assert_string_equal(contact_book_find(b, &a, 64500, "JP")->role,
			    "abuse");
	contact_book_free(b);
}

static void a_broken_row_refuses_the_book(void **state)
{
	static const char *const rows[] = {
	    "host,192.0.2.0/24,a@example.net",
	    "network,192.0.2.1/24,a@example.net",
	    "network,example.net,a@example.net",
	    "asn,ASX,a@example.net",
	    "asn,0,a@example.net",
	    "country,jp,a@example.net",
	    "country,JPN,a@example.net",
	    "asn,1,nobody",
	    "asn,1,a@b@c",
	    "asn,1,\"a@example.net\nBcc: b@example.net\"",
	    "asn,1,",
	    "asn,1,a@example.net\nasn,AS1,b@example.net",
	    "asn,1",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char text[200];

		snprintf(text, sizeof(text), "kind,match,contact\n%s\n",
			 rows[i]);
		assert_null(book_of(text));
	}
	assert_null(book_of("kind,contact\nasn,a@example.net\n"));
	assert_null(contact_book_read("/nonexistent/contacts.csv"));
}

static void the_template_is_a_book(void **state)
{
	char text[4096] = "";
	FILE *f = fmemopen(text, sizeof(text), "w");
	struct contact_book *b;

	(void)state;
	contact_book_write_template(f);
	fclose(f);
	b = book_of(text);
	assert_non_null(b);
	contact_book_free(b);
	/* Its examples are rows, too, once their # is gone. */
	for (char *at = text; (at = strstr(at, "\n#")) != NULL;)
		if (strncmp(at, "\n#network", 9) == 0 ||
		    strncmp(at, "\n#asn", 5) == 0 ||
		    strncmp(at, "\n#country", 9) == 0)
			memmove(at + 1, at + 2, strlen(at + 2) + 1);
		else
			at += 2;
	b = book_of(text);
	assert_non_null(b);
	contact_book_free(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_most_specific_contact_wins),
	    cmocka_unit_test(a_disabled_row_leaves_the_next_one),
	    cmocka_unit_test(roles_have_their_defaults),
	    cmocka_unit_test(a_broken_row_refuses_the_book),
	    cmocka_unit_test(the_template_is_a_book),
	};

	return cmocka_run_group_tests_name("contact book", tests, NULL, NULL);
}
