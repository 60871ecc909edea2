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
#include "outfile.h"
#include "prefixes.h"

static struct prefixes *special, *scanners;

static int load(void **state)
{
	(void)state;
	special = prefixes_load_special();
	scanners = prefixes_load_scanners();
	return special != NULL && scanners != NULL ? 0 : -1;
}

static int unload(void **state)
{
	(void)state;
	prefixes_free(special);
	prefixes_free(scanners);
	return 0;
}

static void the_most_specific_prefix_names_an_address(void **state)
{
	static const struct {
		const char *address, *name; /* NULL: none */
	} cases[] = {
	    {"10.9.8.7", "Private-Use"},
	    {"0.0.0.0", "This host on this network"},
	    {"0.0.0.1", "This network"},
	    {"192.0.0.9", "Port Control Protocol Anycast"},
	    {"192.0.0.77", "IETF Protocol Assignments"},
	    {"232.1.2.3", "Multicast"},
	    {"255.255.255.255", "Limited Broadcast"},
	    {"2001::1", "TEREDO"},
	    {"2001:db8::1", "Documentation"},
	    {"ff02::1", "Multicast"},
	    {"5f00::1", "Not global unicast"},
	    {"8.8.8.8", NULL},
	    {"2400::1", NULL},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct addr a;
		const char *name;

		assert_true(addr_parse(cases[i].address, &a));
		name = prefixes_find(special, &a);
		if (cases[i].name == NULL)
			assert_null(name);
		else
			assert_string_equal(name, cases[i].name);
	}
}

/* What a file adds to a fresh set; NULL when it is refused. */
static struct prefixes *with_file(const char *name, const char *content)
{
	struct prefixes *p = prefixes_load_scanners();
	char path[64];
	FILE *file;
	int rc;

	snprintf(path, sizeof(path), "/tmp/martlet-%d-%s", (int)getpid(), name);
	file = fopen(path, "w");
	assert_non_null(file);
	fputs(content, file);
	fclose(file);
	rc = prefixes_add_file(p, path);
	unlink(path);
	if (rc == 0)
		return p;
	prefixes_free(p);
	return NULL;
}

static void further_scanners_come_from_files(void **state)
{
	static const struct {
		const char *name, *content, *organisation; /* NULL: refused */
	} cases[] = {
	    {"list.json",
	     "{\"name\": \"Example scanners\", \"type\": \"cidr\", "
	     "\"list\": [\"192.0.2.0/25\", \"2001:db8::/64\"]}",
	     "Example scanners"},
	    {"list.csv", "prefix,organisation\n192.0.2.7,Example\n", "Example"},
	    {"no.json", "{\"name\": \"x\"}", NULL},
	    {"broken.json", "{\"name\": ", NULL},
	    {"host.json", "{\"name\": \"x\", \"list\": [\"example.org\"]}",
	     NULL},
	    {"number.json", "{\"name\": \"x\", \"list\": [7]}", NULL},
	    {"host.csv", "prefix,organisation\n192.0.2.7/24,x\n", NULL},
	    {"other.csv", "network,name\n192.0.2.7,x\n", NULL},
	};
	struct addr a;

	(void)state;
	assert_true(addr_parse("192.0.2.7", &a));
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct prefixes *p = with_file(cases[i].name, cases[i].content);

		if (cases[i].organisation == NULL) {
			assert_null(p);
			continue;
		}
		assert_non_null(p);
		assert_string_equal(prefixes_find(p, &a),
				    cases[i].organisation);
		prefixes_free(p);
	}
}

static void research_scanners_are_known_by_organisation(void **state)
{
	static const struct {
		const char *address, *name;
	} cases[] = {
	    {"71.6.135.131", "Shodan"},     {"162.142.125.200", "Censys"},
	    {"2602:80d:1003::1", "Censys"}, {"91.196.152.9", "Onyphe"},
	    {"71.6.135.132", NULL},         {"8.8.8.8", NULL},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct addr a;
		const char *name;

		assert_true(addr_parse(cases[i].address, &a));
		name = prefixes_find(scanners, &a);
		if (cases[i].name == NULL)
			assert_null(name);
		else
			assert_string_equal(name, cases[i].name);
	}
}

/* Every address block of one of IANA's files; returns how many. */
static int check_registry(const char *path)
{
	char *xml = outfile_read(path, 1u << 20, NULL), *at = xml;
	int count = 0;

	assert_non_null(xml);
	while ((at = strstr(at, "<address>")) != NULL) {
		at += strlen("<address>");
		/* "192.0.0.170/32, 192.0.0.171/32", a note after it or not */
		for (char *end = strchr(at, '<'); at < end;) {
			char text[ADDR_TEXT_MAX];
			size_t len = strcspn(at, "/,<");
			struct addr a;

			assert_true(len < sizeof(text));
			memcpy(text, at, len);
			text[len] = '\0';
			assert_true(addr_parse(text, &a));
			assert_non_null(prefixes_find(special, &a));
			count++;
			at += strcspn(at, ",<");
			at += strspn(at, ", ");
		}
	}
	free(xml);
	return count;
}

static void every_block_of_the_registries_is_there(void **state)
{
	static const char *const paths[] = {
	    "../shared/data/registry/iana-ipv4-special-registry.xml",
	    "../shared/data/registry/iana-ipv6-special-registry.xml",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
		if (access(paths[i], R_OK) != 0) {
			fprintf(stderr, "skipped: no %s\n", paths[i]);
			skip();
		}
		assert_true(check_registry(paths[i]) >= 20);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_most_specific_prefix_names_an_address),
	    cmocka_unit_test(further_scanners_come_from_files),
	    cmocka_unit_test(research_scanners_are_known_by_organisation),
	    cmocka_unit_test(every_block_of_the_registries_is_there),
	};

	return cmocka_run_group_tests_name("prefixes", tests, load, unload);
}
