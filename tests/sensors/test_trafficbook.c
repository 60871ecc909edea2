#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "buf.h"
#include "compiler.h"
#include "originbook.h"
#include "rollup.h"
#include "sensorstore.h"
#include "trafficbook.h"
#include "xalloc.h"

static const char schema[] =
#include "sensors_schema.h"
    ;

#define PACKETS 3000

static struct packet packets[PACKETS];
static struct wordlist sensors, origins;

/* Numbers that look random and are the same each time. */
static uint32_t next_number(void)
{
	static uint32_t state = 12345;

	state = state * 1664525u + 1013904223u;
	return state >> 8;
}

/* Few keys, so that most packets meet others of their key. */
static void make_packets(void)
{
	static const char *const places[] = {"JP\t64500\tOne", "JP\t64501\tTwo",
					     "US\t0\t"};

	for (size_t i = 0; i < 3; i++)
		wordlist_add(&origins, places[i]);
	wordlist_add(&sensors, "alpha");
	wordlist_add(&sensors, "beta");
	for (size_t i = 0; i < PACKETS; i++) {
		struct packet *p = &packets[i];

		*p = (struct packet){.time = 1367366400 +
					     next_number() % (3 * 86400),
				     .packets = 1 + next_number() % 3,
				     .sensor = next_number() % 2,
				     .origin = next_number() % 3,
				     .port = (uint16_t)(next_number() % 4),
				     .protocol = 6};
		p->source = (struct addr){4, {192, 0, 2}};
		p->source.bytes[3] = (uint8_t)(next_number() % 5);
		p->source_port = (uint16_t)(next_number() % 60000);
	}
}

static struct sensorstore *open_store(void)
{
	struct sensorstore *s = xalloc_zero(1, sizeof(*s));

	s->path = xalloc_string(":memory:");
	assert_int_equal(sqlite3_open(":memory:", &s->sqlite), SQLITE_OK);
	assert_int_equal(sensorstore_exec(s, schema), 0);
	return s;
}

static void write_rows(struct sensorstore *s, int64_t id, struct rollup *r)
{
	uint32_t *ranks = rollup_ranks(&sensors);
	struct rowstream *rows;

	rollup_sort(r, ranks);
	rows = rowstream_new(r, NULL, &sensors);
	assert_int_equal(trafficbook_write(s, id, rows, &sensors, NULL, NULL),
			 0);
	rowstream_free(rows);
	free(ranks);
}

/* Writes packets from first to last as one import in so many portions. */
static void import(struct sensorstore *s, int64_t id, size_t first, size_t last,
		   size_t portions)
{
	size_t each = (last - first) / portions;

	for (size_t n = 0; n < portions; n++) {
		size_t at = first + n * each;
		size_t end = n + 1 == portions ? last : at + each;
		struct originbook book = {0};
		struct rollup r = {0};

		for (; at < end; at++) {
			rollup_add(&r, &packets[at],
				   (int32_t)(packets[at].time / 86400));
			originbook_add(&book, &packets[at]);
		}
		write_rows(s, id, &r);
		assert_int_equal(originbook_write(s, id, &book, &origins), 0);
		rollup_release(&r);
		originbook_release(&book);
	}
}

static void undo(struct sensorstore *s, int64_t id)
{
	assert_int_equal(trafficbook_undo(s, id, "2013-01-01", "2013-12-31"),
			 0);
	assert_int_equal(originbook_undo(s, id), 0);
}

/* All rows of a question as text. Caller frees. */
static char *rows(struct sensorstore *s, const char *sql)
{
	sqlite3_stmt *q = sensorstore_prepare(s, sql);
	struct buf out;

	assert_non_null(q);
	buf_init(&out, BUF_NO_LIMIT);
	while (sqlite3_step(q) == SQLITE_ROW)
		for (int i = 0; i < sqlite3_column_count(q); i++)
			buf_printf(&out, "%s%s", i ? "|" : "\n",
				   (const char *)sqlite3_column_text(q, i));
	sqlite3_finalize(q);
	return buf_detach(&out);
}

#define ALL_TRAFFIC "SELECT * FROM traffic"
#define ALL_PARTS "SELECT * FROM import_part"
#define ALL_ORIGINS "SELECT * FROM source_origin"

static void assert_same(struct sensorstore *a, struct sensorstore *b,
			const char *sql)
{
	char *x = rows(a, sql), *y = rows(b, sql);

	assert_string_equal(x, y);
	free(x);
	free(y);
}

static void portions_make_no_difference(void **state)
{
	static const char *const tables[] = {ALL_TRAFFIC, ALL_PARTS};
	struct sensorstore *one = open_store(), *many = open_store();

	(void)state;
	import(one, 1, 0, 1000, 1);
	import(one, 2, 1000, 2000, 1);
	import(many, 1, 0, 1000, 7);
	import(many, 2, 1000, 2000, 13);
	for (size_t i = 0; i < ARRAY_LEN(tables); i++)
		assert_same(one, many, tables[i]);
	sensorstore_close(one);
	sensorstore_close(many);
}

static void sums_are_those_of_all_packets(void **state)
{
	struct sensorstore *s = open_store();
	int64_t sum = 0;
	char *got, wanted[32];

	(void)state;
	import(s, 1, 0, 1000, 3);
	import(s, 2, 1000, 2000, 1);
	import(s, 3, 2000, PACKETS, 2);
	for (size_t i = 0; i < PACKETS; i++)
		sum += packets[i].packets;
	snprintf(wanted, sizeof(wanted), "\n%lld", (long long)sum);
	got = rows(s, "SELECT SUM(packets) FROM traffic");
	assert_string_equal(got, wanted);
	free(got);
	sensorstore_close(s);
}

static void taking_back_leaves_what_the_others_gave(void **state)
{
	static const struct {
		int64_t undone[2];
		int64_t left; /* 0: none */
	} cases[] = {{{3, 2}, 1}, {{1, 3}, 2}, {{2, 1}, 3}};
	static const size_t bounds[] = {0, 1000, 2000, PACKETS};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct sensorstore *s = open_store(), *alone = open_store();
		int64_t left = cases[i].left;

		for (int64_t id = 1; id <= 3; id++)
			import(s, id, bounds[id - 1], bounds[id], 2);
		undo(s, cases[i].undone[0]);
		undo(s, cases[i].undone[1]);
		import(alone, left, bounds[left - 1], bounds[left], 2);
		assert_same(s, alone, ALL_TRAFFIC);
		assert_same(s, alone, ALL_PARTS);
		assert_same(s, alone, ALL_ORIGINS);
		undo(s, left);
		undo(alone, left);
		assert_same(s, alone, "SELECT COUNT(*) FROM traffic");
		assert_same(s, alone, "SELECT COUNT(*) FROM import_origin");
		sensorstore_close(s);
		sensorstore_close(alone);
	}
}

static void origins_of_a_source_never_overlap(void **state)
{
	struct sensorstore *s = open_store();
	char *got;

	(void)state;
	import(s, 1, 0, 1500, 4);
	import(s, 2, 1500, PACKETS, 1);
	got = rows(s, "SELECT COUNT(*) FROM source_origin a "
		      "JOIN source_origin b ON a.source = b.source "
		      "AND a.valid_from < b.valid_from "
		      "AND a.valid_until >= b.valid_from");
	assert_string_equal(got, "\n0");
	free(got);
	got = rows(s, "SELECT COUNT(*) > 5 FROM source_origin");
	assert_string_equal(got, "\n1");
	free(got);
	sensorstore_close(s);
}

static int forget_words(void **state)
{
	(void)state;
	wordlist_release(&sensors);
	wordlist_release(&origins);
	return 0;
}

static int make(void **state)
{
	(void)state;
	make_packets();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(portions_make_no_difference),
	    cmocka_unit_test(sums_are_those_of_all_packets),
	    cmocka_unit_test(taking_back_leaves_what_the_others_gave),
	    cmocka_unit_test(origins_of_a_source_never_overlap),
	};

	return cmocka_run_group_tests(tests, make, forget_words);
}
