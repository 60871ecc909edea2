#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compiler.h"
#include "rowstream.h"

#define DAY 15826
#define PACKETS 20000

static struct wordlist sensors;

static struct packet make(const char *source, uint16_t port, uint8_t signature,
			  int64_t packets)
{
	struct packet p = {.time = 1367366400,
			   .packets = packets,
			   .sensor = wordlist_add(&sensors, "alpha"),
			   .port = port,
			   .protocol = 6,
			   .signature = signature};

	assert_true(addr_parse(source, &p.source));
	return p;
}

static void sort(struct rollup *r)
{
	uint32_t *ranks = rollup_ranks(&sensors);

	rollup_sort(r, ranks);
	free(ranks);
}

static void marks_need_two_packets_or_all(void **state)
{
	static const struct {
		int signatures[4]; /* -1: no more packets */
		const char *wanted;
	} cases[] = {
	    {{PACKET_MAYBE_ZMAP, -1}, "zmap 1"},
	    {{PACKET_MAYBE_ZMAP, SIGNATURE_NONE, -1}, " 2"},
	    {{PACKET_MAYBE_ZMAP, SIGNATURE_NONE, PACKET_MAYBE_ZMAP, -1},
	     " 1 zmap 2"},
	    {{PACKET_MAYBE_MASSCAN, -1}, "masscan 1"},
	    {{PACKET_MAYBE_MASSCAN, SIGNATURE_MIRAI, -1}, " 1 mirai 1"},
	    {{PACKET_MAYBE_MASSCAN, PACKET_MAYBE_ZMAP, -1}, " 2"},
	    {{PACKET_MAYBE_MASSCAN, PACKET_MAYBE_MASSCAN, PACKET_MAYBE_ZMAP,
	      -1},
	     " 1 masscan 2"},
	    /* What follows, or answers, does not speak against a mark. */
	    {{PACKET_MAYBE_ZMAP, PACKET_FOLLOWS, PACKET_FOLLOWS, -1},
	     " 2 zmap 1"},
	    {{PACKET_MAYBE_ZMAP, SIGNATURE_BACKSCATTER, -1},
	     "backscatter 1 zmap 1"},
	    {{PACKET_FOLLOWS, -1}, " 1"},
	    /* What a file says itself is not judged. */
	    {{SIGNATURE_ZMAP, SIGNATURE_NONE, -1}, " 1 zmap 1"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct rollup r = {0};
		struct rollup_row row;
		struct rowstream *s;
		char got[100] = "";
		size_t len = 0;
		int rc;

		for (int n = 0; n < 4 && cases[i].signatures[n] >= 0; n++) {
			struct packet p =
			    make("192.0.2.1", 23,
				 (uint8_t)cases[i].signatures[n], 1);

			rollup_add(&r, &p, DAY);
		}
		sort(&r);
		s = rowstream_new(&r, NULL, &sensors);
		while ((rc = rowstream_next(s, &row)) > 0)
			len += (size_t)snprintf(
			    got + len, sizeof(got) - len, "%s%s %d",
			    len ? " " : "",
			    signature_text((enum signature)row.signature),
			    (int)row.packets);
		assert_int_equal(rc, 0);
		assert_string_equal(got, cases[i].wanted);
		rowstream_free(s);
		rollup_release(&r);
	}
}

static uint32_t next_number(void)
{
	static uint32_t state = 4711;

	state = state * 1664525u + 1013904223u;
	return state >> 8;
}

/* Packets of every kind, with few enough keys that many meet. */
static struct packet random_packet(void)
{
	static const char *const ids[] = {"b", "a", "c-10", "c-9", "é"};
	struct packet p = {.time = 1367366400 + next_number() % 5000,
			   .packets = 1 + next_number() % 3,
			   .port = (uint16_t)(next_number() % 3 * 100),
			   .source_port = (uint16_t)next_number()};
	static const uint8_t marks[] = {SIGNATURE_NONE, SIGNATURE_MIRAI,
					PACKET_MAYBE_ZMAP, PACKET_FOLLOWS};
	unsigned n = next_number() % 300;
	char text[ADDR_TEXT_MAX];

	if (n % 3 == 0)
		snprintf(text, sizeof(text), "2001:db8::1:2:%x", n * 40);
	else if (n % 3 == 1)
		snprintf(text, sizeof(text), "2001:db8:%x::%x", n, n);
	else
		snprintf(text, sizeof(text), "%u.0.2.%u", 1 + n % 200, n % 256);
	assert_true(addr_parse(text, &p.source));
	p.sensor = wordlist_add(&sensors, ids[next_number() % 5]);
	p.protocol = next_number() % 2 ? 6 : 17;
	p.signature = marks[next_number() % 4];
	return p;
}

/* The key as the table compares it. */
static void key_text(const struct rollup_row *r, char *out, size_t size)
{
	char source[ADDR_TEXT_MAX];

	snprintf(out, size, "%08d\x01%s\x01%s\x01%03d\x01%05d\x01%s", r->day,
		 sensors.words[r->sensor], addr_format(&r->source, source),
		 r->protocol, r->port,
		 signature_text((enum signature)r->signature));
}

static void rows_come_in_the_order_of_the_table(void **state)
{
	struct rollup whole = {0}, part = {0};
	struct rollup_row row, other;
	struct rowstream *s, *t;
	struct spill spill;
	char before[200] = "", key[200];
	int64_t sum = 0, all = 0;
	size_t rows = 0;

	(void)state;
	spill_init(&spill, "/tmp");
	for (size_t i = 0; i < PACKETS; i++) {
		struct packet p = random_packet();
		int32_t day = DAY + (int32_t)(next_number() % 3);

		sum += p.packets;
		rollup_add(&whole, &p, day);
		rollup_add(&part, &p, day);
		if (part.count >= 1000) {
			sort(&part);
			assert_int_equal(spill_add(&spill, &part), 0);
			rollup_reset(&part);
		}
	}
	assert_true(spill.count > 5);
	sort(&whole);
	sort(&part);
	s = rowstream_new(&whole, NULL, &sensors);
	t = rowstream_new(&part, &spill, &sensors);
	while (rowstream_next(s, &row) > 0) {
		key_text(&row, key, sizeof(key));
		assert_true(strcmp(before, key) < 0);
		memcpy(before, key, sizeof(key));
		all += row.packets;
		rows++;
		/* However much was spilled, the rows are the same. */
		assert_int_equal(rowstream_next(t, &other), 1);
		assert_memory_equal(&row.source, &other.source,
				    sizeof(row.source));
		assert_int_equal(row.packets, other.packets);
		assert_int_equal(row.signature, other.signature);
		assert_int_equal(row.first_seen, other.first_seen);
		assert_int_equal(row.last_seen, other.last_seen);
		assert_int_equal(row.source_port, other.source_port);
	}
	assert_int_equal(rowstream_next(t, &other), 0);
	assert_int_equal(all, sum);
	assert_true(rows > 1000);
	assert_int_equal(rowstream_done(t), rowstream_all(t));
	rowstream_free(s);
	rowstream_free(t);
	spill_release(&spill);
	rollup_release(&whole);
	rollup_release(&part);
}

static void a_disk_that_cannot_be_written_is_told(void **state)
{
	struct rollup r = {0};
	struct packet p = make("192.0.2.1", 1, 0, 1);
	struct spill spill;

	(void)state;
	spill_init(&spill, "/proc/no-such-directory");
	rollup_add(&r, &p, DAY);
	sort(&r);
	assert_int_equal(spill_add(&spill, &r), -1);
	assert_int_equal(spill.count, 0);
	spill_release(&spill);
	rollup_release(&r);
}

static int forget_words(void **state)
{
	(void)state;
	wordlist_release(&sensors);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(marks_need_two_packets_or_all),
	    cmocka_unit_test(rows_come_in_the_order_of_the_table),
	    cmocka_unit_test(a_disk_that_cannot_be_written_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, forget_words);
}
