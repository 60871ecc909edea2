#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compiler.h"
#include "lists.h"
#include "packetrow.h"

static const char *pending;

static ssize_t give(void *arg, char *out, size_t size)
{
	size_t n = strlen(pending);

	(void)arg;
	n = n < size ? n : size;
	memcpy(out, pending, n);
	pending += n;
	return (ssize_t)n;
}

#define HEADER                                                                 \
	"time,sensor,source,protocol,port,packets,source_port,signature,"      \
	"country,asn,as_name\n"

static struct wordlist sensors, origins;

/* Reads one row behind the header above. */
static enum packetrow_got read_one(struct packetrow *p, const char *row,
				   struct packet *out)
{
	struct csvrow csv;
	enum packetrow_got got;
	char *text = malloc(strlen(HEADER) + strlen(row) + 1);

	memcpy(text, HEADER, strlen(HEADER));
	memcpy(text + strlen(HEADER), row, strlen(row) + 1);
	pending = text;
	packetrow_init(p, &sensors, &origins);
	csvrow_init(&csv, give, NULL);
	assert_int_equal(csvrow_next(&csv, 0), CSVROW_ROW);
	assert_int_equal(packetrow_header(p, &csv, "x.csv"), 0);
	assert_int_equal(csvrow_next(&csv, 11), CSVROW_ROW);
	got = packetrow_read(p, &csv, out);
	csvrow_release(&csv);
	free(text);
	return got;
}

static void cells_become_a_packet(void **state)
{
	static const struct {
		const char *row;
		int64_t time, packets;
		const char *source;
		int protocol, port, source_port;
		enum signature signature;
		const char *origin;
	} cases[] = {
	    {"2013-05-01 00:00:01,s,1.2.3.4,TCP,23,,,,,,", 1367366401, 1,
	     "1.2.3.4", 6, 23, 0, SIGNATURE_NONE, NULL},
	    {"2013-05-01T09:00:01+09:00,s,1.2.3.4,6,23,7,4000,mirai,cn,4134,"
	     "\"CHINANET, Backbone\"",
	     1367366401, 7, "1.2.3.4", 6, 23, 4000, SIGNATURE_MIRAI,
	     "CN\t4134\tCHINANET, Backbone"},
	    {"2013-05-01T00:00Z,s,::ffff:1.2.3.4,udp,53,,,,,,", 1367366400, 1,
	     "1.2.3.4", 17, 53, 0, SIGNATURE_NONE, NULL},
	    {"1367366401,s,2001:DB8:0:0::1,tcp,65535,,,zmap,,AS64500,",
	     1367366401, 1, "2001:db8::1", 6, 65535, 0, SIGNATURE_ZMAP,
	     "\t64500\t"},
	    {"1367366401.987654,s,1.2.3.4,icmp,,,,,JP,,ignored without AS",
	     1367366401, 1, "1.2.3.4", 1, 0, 0, SIGNATURE_NONE, "JP\t0\t"},
	    {"1367366401,s,1.2.3.4,1,8,,12,,,,", 1367366401, 1, "1.2.3.4", 1, 0,
	     0, SIGNATURE_NONE, NULL},
	    {"1367366401,s,1.2.3.4,GRE,,,,,,,", 1367366401, 1, "1.2.3.4", 47, 0,
	     0, SIGNATURE_GRE, NULL},
	    {" 1367366401 , s , 1.2.3.4 , TCP , 0 ,,,,,,", 1367366401, 1,
	     "1.2.3.4", 6, 0, 0, SIGNATURE_NONE, NULL},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char text[ADDR_TEXT_MAX];
		struct packetrow p;
		struct packet got;

		assert_int_equal(read_one(&p, cases[i].row, &got),
				 PACKETROW_GOOD);
		assert_int_equal(got.time, cases[i].time);
		assert_int_equal(got.packets, cases[i].packets);
		assert_string_equal(addr_format(&got.source, text),
				    cases[i].source);
		assert_int_equal(got.protocol, cases[i].protocol);
		assert_int_equal(got.port, cases[i].port);
		assert_int_equal(got.source_port, cases[i].source_port);
		assert_int_equal(got.signature, cases[i].signature);
		assert_string_equal(sensors.words[got.sensor], "s");
		if (cases[i].origin == NULL)
			assert_int_equal(got.origin, PACKET_NO_ORIGIN);
		else
			assert_string_equal(origins.words[got.origin],
					    cases[i].origin);
		packetrow_release(&p);
	}
}

static void wrong_cells_break_the_row_or_are_left_out(void **state)
{
	static const struct {
		const char *row;
		enum packetrow_got got;
		const char *complaint; /* a part of it */
	} cases[] = {
	    {"yesterday,s,1.2.3.4,TCP,23,,,,,,", PACKETROW_BROKEN, "time"},
	    {"2013-05-01,s,1.2.3.4,TCP,23,,,,,,", PACKETROW_BROKEN, "time"},
	    {"2013-02-29 00:00:00,s,1.2.3.4,TCP,23,,,,,,", PACKETROW_BROKEN,
	     "time"},
	    {"-1,s,1.2.3.4,TCP,23,,,,,,", PACKETROW_BROKEN, "time"},
	    /* milliseconds */
	    {"1367366401000,s,1.2.3.4,TCP,23,,,,,,", PACKETROW_BROKEN, "time"},
	    {"1367366401,,1.2.3.4,TCP,23,,,,,,", PACKETROW_BROKEN, "sensor"},
	    {"1367366401,s\xff,1.2.3.4,TCP,23,,,,,,", PACKETROW_BROKEN,
	     "sensor"},
	    {"1367366401,192.0.2.7,1.2.3.4,TCP,23,,,,,,", PACKETROW_BROKEN,
	     "never stored"},
	    {"1367366401,s,1.2.3,TCP,23,,,,,,", PACKETROW_BROKEN, "source"},
	    {"1367366401,s,example.org,TCP,23,,,,,,", PACKETROW_BROKEN,
	     "source"},
	    {"1367366401,s,fe80::1%eth0,TCP,23,,,,,,", PACKETROW_BROKEN,
	     "source"},
	    {"1367366401,s,1.2.3.4,SMOKE,23,,,,,,", PACKETROW_BROKEN,
	     "protocol"},
	    {"1367366401,s,1.2.3.4,256,23,,,,,,", PACKETROW_BROKEN, "protocol"},
	    {"1367366401,s,1.2.3.4,TCP,,,,,,,", PACKETROW_BROKEN, "port"},
	    {"1367366401,s,1.2.3.4,TCP,65536,,,,,,", PACKETROW_BROKEN, "port"},
	    {"1367366401,s,1.2.3.4,TCP,-1,,,,,,", PACKETROW_BROKEN, "port"},
	    {"1367366401,s,1.2.3.4,TCP,23,0,,,,,", PACKETROW_BROKEN, "packets"},
	    {"1367366401,s,1.2.3.4,TCP,23,many,,,,,", PACKETROW_BROKEN,
	     "packets"},
	    {"1367366401,s,1.2.3.4,TCP,23,,,Mirai,,,", PACKETROW_BROKEN,
	     "signature"},
	    {"1367366401,s,1.2.3.4,TCP,23,,x,,,,", PACKETROW_DOUBTFUL,
	     "source port"},
	    {"1367366401,s,1.2.3.4,TCP,23,,,,China,,", PACKETROW_DOUBTFUL,
	     "country"},
	    {"1367366401,s,1.2.3.4,TCP,23,,,,CN,x,", PACKETROW_DOUBTFUL, "AS"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct packetrow p;
		struct packet got;

		assert_int_equal(read_one(&p, cases[i].row, &got),
				 cases[i].got);
		assert_non_null(strstr(p.complaint, cases[i].complaint));
		packetrow_release(&p);
	}
}

static void a_mapping_names_columns_of_the_contract(void **state)
{
	static const struct {
		const char *map;
		int rc;
	} cases[] = {{"time=datetime,source=srcstr", 0},
		     {"port=dpt", 0},
		     {"time = when", 0},
		     {"when=time", -1},
		     {"time", -1},
		     {"time=", -1},
		     {"=x", -1},
		     {"", -1},
		     {"time=a,,port=b", -1}};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct packetrow p;

		packetrow_init(&p, &sensors, &origins);
		assert_int_equal(packetrow_map(&p, cases[i].map), cases[i].rc);
		packetrow_release(&p);
	}
}

static int forget_words(void **state)
{
	(void)state;
	wordlist_release(&sensors);
	wordlist_release(&origins);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(cells_become_a_packet),
	    cmocka_unit_test(wrong_cells_break_the_row_or_are_left_out),
	    cmocka_unit_test(a_mapping_names_columns_of_the_contract),
	};

	return cmocka_run_group_tests(tests, NULL, forget_words);
}
