#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compiler.h"
#include "log.h"
#include "pace.h"
#include "xalloc.h"

#define DAY_MS ((int64_t)86400000)

static struct pace *make(struct location *location, const char *const *keys)
{
	struct config *c = config_new();
	struct pace *p;

	for (; *keys != NULL; keys++)
		assert_int_equal(config_override(c, *keys), 0);
	p = pace_new(c, location);
	config_free(c);
	return p;
}

#define MAKE(...) make(NULL, (const char *const[]){__VA_ARGS__, NULL})
#define OPEN_ALL                                                               \
	"pace.overall=1000000", "pace.per_address=1000000",                    \
	    "pace.per_network=1000000", "pace.per_as=1000000",                 \
	    "pace.open_per_address=1000000", "pace.pause_ms=0",                \
	    "pace.per_address_day=0"

static struct addr address(const char *text)
{
	struct addr a;

	assert_true(addr_parse(text, &a));
	return a;
}

/* How many of count tries, one a millisecond, are admitted. The address is
 * base with its last two bytes (IPv4) counted up for each try. */
static int admitted(struct pace *p, const char *base, int spread, int from_ms,
		    int count)
{
	struct addr a = address(base);
	int n = 0;

	for (int i = 0; i < count; i++) {
		struct addr to = a;

		to.bytes[3] = (uint8_t)(to.bytes[3] + i % spread);
		to.bytes[2] = (uint8_t)(to.bytes[2] + i % spread / 250);
		n += pace_admit(p, &to, from_ms + i) == 0;
	}
	return n;
}

static void each_level_has_its_rate(void **state)
{
	static const struct {
		const char *limit;
		int spread; /* addresses asked in turn */
		int wanted; /* in ten seconds */
	} cases[] = {
	    {"pace.overall=100", 200, 990},
	    {"pace.overall=7", 200, 70},
	    {"pace.per_address=1", 1, 10},
	    {"pace.per_address=20", 1, 198},
	    {"pace.per_network=4", 200, 40},
	    {"pace.per_network=1000", 200, 9900},
	    {"pace.pause_ms=1000", 1, 10},
	    {"pace.pause_ms=250", 1, 40},
	    {"pace.open_per_address=3", 1, 3},
	    {"pace.per_address_day=300", 1, 300},
	    {"pace.overall=0.5", 200, 5},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct pace *p = MAKE(OPEN_ALL, cases[i].limit);
		int n = admitted(p, "9.9.9.1", cases[i].spread, 5000, 10000);

		/* A hundredth slower at the most, and never faster. */
		assert_in_range(n, cases[i].wanted - cases[i].wanted / 50,
				cases[i].wanted + cases[i].wanted / 100);
		pace_free(p);
	}
}

static void a_rate_above_the_clock_is_reached(void **state)
{
	struct pace *p = MAKE(OPEN_ALL, "pace.overall=5000");
	struct addr a = address("9.9.9.9");
	int n = 0;

	(void)state;
	for (int ms = 0; ms < 1000; ms++)
		while (pace_admit(p, &a, ms) == 0)
			n++;
	assert_in_range(n, 4900, 5000);
	pace_free(p);
}

static void networks_are_24_and_48(void **state)
{
	static const struct {
		const char *first, *second;
		bool together;
	} cases[] = {
	    {"9.9.9.1", "9.9.9.254", true},
	    {"9.9.9.1", "9.9.8.1", false},
	    {"2400:1:2:3::1", "2400:1:2:ffff::9", true},
	    {"2400:1:2:3::1", "2400:1:3:3::1", false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct pace *p = MAKE(OPEN_ALL, "pace.per_network=1");
		struct addr a = address(cases[i].first);
		struct addr b = address(cases[i].second);

		assert_int_equal(pace_admit(p, &a, 0), 0);
		assert_int_equal(pace_admit(p, &b, 0) > 0, cases[i].together);
		pace_free(p);
	}
}

static void the_wait_is_long_enough_and_no_longer(void **state)
{
	static const char *const limits[] = {
	    "pace.overall=10",
	    "pace.per_address=2",
	    "pace.per_network=3",
	    "pace.pause_ms=777",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(limits); i++) {
		struct pace *p = MAKE(OPEN_ALL, limits[i]);
		struct addr a = address("9.9.9.9");
		int64_t wait;

		assert_int_equal(pace_admit(p, &a, 1000), 0);
		wait = pace_admit(p, &a, 1000);
		assert_in_range(wait, 1, 1000);
		assert_true(pace_admit(p, &a, 1000 + wait - 1) > 0);
		assert_int_equal(pace_admit(p, &a, 1000 + wait), 0);
		pace_free(p);
	}
}

static void the_pause_counts_from_start_and_end(void **state)
{
	struct pace *p = MAKE(OPEN_ALL, "pace.pause_ms=1000");
	struct addr a = address("9.9.9.9");

	(void)state;
	assert_int_equal(pace_admit(p, &a, 0), 0);
	assert_int_equal(pace_admit(p, &a, 999), 1);
	assert_int_equal(pace_admit(p, &a, 1000), 0);
	pace_closed(p, &a, 3000);
	assert_int_equal(pace_admit(p, &a, 3500), 500);
	assert_int_equal(pace_admit(p, &a, 4000), 0);
	pace_free(p);
}

static void an_address_has_so_many_open_at_a_time(void **state)
{
	struct pace *p = MAKE(OPEN_ALL, "pace.open_per_address=2");
	struct addr a = address("9.9.9.9"), b = address("9.9.9.8");

	(void)state;
	assert_int_equal(pace_admit(p, &a, 0), 0);
	assert_int_equal(pace_admit(p, &a, 10), 0);
	assert_true(pace_admit(p, &a, 20) > 0);
	assert_true(pace_admit(p, &a, DAY_MS * 3) > 0);
	assert_int_equal(pace_admit(p, &b, DAY_MS * 3), 0);
	pace_closed(p, &a, DAY_MS * 3);
	assert_int_equal(pace_admit(p, &a, DAY_MS * 3), 0);
	assert_true(pace_admit(p, &a, DAY_MS * 3 + 1) > 0);
	pace_free(p);
}

static void a_day_has_its_budget_wherever_it_begins(void **state)
{
	struct pace *p = MAKE(OPEN_ALL, "pace.per_address_day=5");
	struct addr a = address("9.9.9.9"), b = address("9.9.9.8");
	int64_t times[64] = {0};
	int n = 0;

	(void)state;
	for (int64_t ms = -DAY_MS; ms < 5 * DAY_MS; ms += 600000) {
		int64_t wait = pace_admit(p, &a, ms);

		assert_true(wait == 0 || wait == PACE_SPENT);
		if (wait == 0)
			times[n++] = ms;
		assert_in_range(n, 0, 63);
	}
	for (int i = 5; i < n; i++)
		assert_true(times[i] - times[i - 5] >= DAY_MS);
	assert_in_range(n, 25, 30);
	assert_int_equal(pace_admit(p, &b, 5 * DAY_MS), 0);
	pace_free(p);
}

static void the_audit_of_an_earlier_run_counts(void **state)
{
	struct pace *p = MAKE("pace.per_address_day=4", "pace.pause_ms=1000");
	struct addr a = address("9.9.9.9"), b = address("9.9.9.8");

	(void)state;
	/* Two of yesterday's last hours, one of three days ago, one now. */
	pace_restore(p, &a, -3600000);
	pace_restore(p, &a, -3 * DAY_MS);
	pace_restore(p, &a, -7200000);
	pace_restore(p, &a, 500);
	assert_in_range(pace_admit(p, &a, 600), 900, 902);
	assert_int_equal(pace_admit(p, &a, 1600), 0);
	pace_closed(p, &a, 1600);
	assert_int_equal(pace_admit(p, &a, 4000), PACE_SPENT);
	assert_int_equal(pace_admit(p, &b, 4000), 0);
	assert_int_equal(pace_admit(p, &a, DAY_MS), 0);
	pace_free(p);
}

static void the_sensors_say_which_as_an_address_is_in(void **state)
{
	struct pace *p = MAKE(OPEN_ALL, "pace.per_as=10");
	struct addr a = address("9.9.9.1"), b = address("9.9.8.1");
	int64_t wait;

	(void)state;
	pace_know_as(p, &a, 64500, 0);
	pace_know_as(p, &b, 64500, 0);
	assert_int_equal(pace_admit(p, &a, 0), 0);
	wait = pace_admit(p, &b, 0);
	assert_in_range(wait, 99, 102);
	pace_know_as(p, &b, 64501, 0);
	assert_int_equal(pace_admit(p, &b, 0), 0);
	pace_free(p);
}

static void memory_is_given_back_for_what_is_past(void **state)
{
	struct pace *p = MAKE(OPEN_ALL, "pace.pause_ms=1000");
	struct addr a = {.family = 6};
	size_t early = 0, late;

	(void)state;
	for (uint32_t i = 0; i < 400000; i++) {
		memcpy(a.bytes + 2, &i, sizeof(i));
		assert_int_equal(pace_admit(p, &a, i), 0);
		pace_closed(p, &a, i);
		if (i == 20000)
			early = mallinfo2().uordblks + mallinfo2().hblkhd;
	}
	late = mallinfo2().uordblks + mallinfo2().hblkhd;
	/* The sanitizers' allocator does not count here: 0 either way. */
	assert_true(late <= early * 2);
	pace_free(p);
}

/* --- an hour of scanning, every level at work */

#define ADDRESSES 240

struct event {
	uint32_t key;
	int64_t ms;
};

static int by_key_and_time(const void *a, const void *b)
{
	const struct event *x = a, *y = b;

	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	return x->ms < y->ms ? -1 : x->ms > y->ms;
}

/* In no window of a second (or longer) are there more than limit. */
static void check_windows(struct event *e, size_t count, size_t limit,
			  int64_t window_ms)
{
	qsort(e, count, sizeof(*e), by_key_and_time);
	for (size_t i = limit; i < count; i++)
		if (e[i].key == e[i - limit].key)
			assert_true(e[i].ms - e[i - limit].ms >= window_ms);
}

struct hour {
	struct addr hosts[ADDRESSES];
	uint32_t asn[ADDRESSES];
	int64_t ask_at[ADDRESSES];
	int64_t ends[ADDRESSES][2]; /* 0: not open */
	struct event *events;       /* key: host */
	size_t count, cap;
};

static void close_ended(struct hour *h, struct pace *p, int host, int64_t now)
{
	for (int i = 0; i < 2; i++) {
		if (h->ends[host][i] != 0 && h->ends[host][i] <= now) {
			pace_closed(p, &h->hosts[host], now);
			h->ends[host][i] = 0;
		}
	}
}

static void connect_one(struct hour *h, int host, int64_t now, uint32_t random)
{
	void *events = h->events;
	int at = h->ends[host][0] == 0 ? 0 : 1;

	/* A third one open at a time would find no place. */
	assert_int_equal(h->ends[host][at], 0);
	h->ends[host][at] = now + 1 + random % 4000;
	xalloc_room(&events, &h->cap, h->count, sizeof(*h->events));
	h->events = events;
	h->events[h->count++] = (struct event){(uint32_t)host, now};
}

static void run_hour(struct hour *h, struct pace *p)
{
	uint32_t random = 1;

	for (;;) {
		int64_t now = INT64_MAX, wait;
		int host = 0;

		for (int i = 0; i < ADDRESSES; i++) {
			if (h->ask_at[i] < now) {
				now = h->ask_at[i];
				host = i;
			}
		}
		if (now >= 3600000)
			return;
		random = random * 1664525u + 1013904223u;
		close_ended(h, p, host, now);
		wait = pace_admit(p, &h->hosts[host], now);
		if (wait == 0)
			connect_one(h, host, now, random >> 8);
		h->ask_at[host] =
		    wait == PACE_SPENT ? 3600000 : now + (wait > 0 ? wait : 1);
	}
}

/* The events again, each with another key. */
static struct event *with_keys(const struct hour *h,
			       uint32_t (*key)(const struct hour *, uint32_t))
{
	struct event *e = xalloc_zero(h->count, sizeof(*e));

	for (size_t i = 0; i < h->count; i++)
		e[i] =
		    (struct event){key(h, h->events[i].key), h->events[i].ms};
	return e;
}

static uint32_t key_all(const struct hour *h, uint32_t host)
{
	(void)h;
	(void)host;
	return 0;
}

static uint32_t key_network(const struct hour *h, uint32_t host)
{
	struct prefix n = addr_network(&h->hosts[host]);

	return addr_hash(&n.base);
}

static uint32_t key_as(const struct hour *h, uint32_t host)
{
	/* Unknown: a key of its own, so that nothing is checked. */
	return h->asn[host] != 0 ? h->asn[host] : 0x80000000u + host;
}

static void check_level(const struct hour *h, size_t limit,
			uint32_t (*key)(const struct hour *, uint32_t))
{
	struct event *e = with_keys(h, key);

	check_windows(e, h->count, limit, 1000);
	free(e);
}

static void no_second_of_an_hour_is_above_any_level(void **state)
{
	/* Eight networks; 8.8.4, 8.8.8 and 8.34.208 are of few ASes. */
	static const char *const networks[] = {
	    "8.8.8.0",           "8.8.4.0",       "8.34.208.0",
	    "193.0.6.0",         "203.119.1.0",   "2001:67c:2e8:22::",
	    "2001:67c:2e8:23::", "2400:4050:1::",
	};
	static const char *const keys[] = {
	    "pace.overall=30",           "pace.per_address=0.7",
	    "pace.per_network=6",        "pace.per_as=9",
	    "pace.pause_ms=900",         "pace.open_per_address=2",
	    "pace.per_address_day=1200", NULL};
	struct location *location = location_open("");
	struct pace *p = make(location, keys);
	struct hour *h = xalloc_zero(1, sizeof(*h));

	(void)state;
	for (int i = 0; i < ADDRESSES; i++) {
		struct location_origin origin = {0};

		h->hosts[i] = address(networks[i % 8]);
		h->hosts[i].bytes[h->hosts[i].family == 4 ? 3 : 15] =
		    (uint8_t)(i / 8 + 1);
		if (location != NULL)
			location_find(location, &h->hosts[i], &origin);
		h->asn[i] = origin.asn;
	}
	run_hour(h, p);
	/* The limits are used, not only kept. */
	assert_true(h->count > 3600 * 20);
	check_level(h, 30, key_all);
	check_level(h, 6, key_network);
	check_level(h, 9, key_as);
	check_windows(h->events, h->count, 1, 1428);
	check_windows(h->events, h->count, 1200, 3600000);
	free(h->events);
	free(h);
	pace_free(p);
	location_free(location);
}

static void what_is_made_late_counts_from_then(void **state)
{
	static const char *const levels[] = {
	    "pace.overall=10", "pace.per_address=10", "pace.per_network=10"};
	struct addr a = address("192.0.2.1");

	(void)state;
	for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
		struct pace *p = MAKE(OPEN_ALL, levels[i]);

		assert_int_equal(pace_admit(p, &a, 1000), 0);
		pace_late(p, &a, 1000, 1040);
		assert_true(pace_admit(p, &a, 1120) > 0);
		assert_int_equal(pace_admit(p, &a, 1142), 0);
		pace_free(p);
	}
}

static void many_that_are_late_together_are_late_once(void **state)
{
	struct pace *p = MAKE(OPEN_ALL, "pace.overall=100000");
	struct addr a = address("192.0.2.1");

	(void)state;
	for (int i = 0; i < 50; i++)
		assert_int_equal(pace_admit(p, &a, 1000), 0);
	for (int i = 0; i < 50; i++)
		pace_late(p, &a, 1000, 1040);
	assert_int_equal(pace_admit(p, &a, 1042), 0);
	pace_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_level_has_its_rate),
	    cmocka_unit_test(a_rate_above_the_clock_is_reached),
	    cmocka_unit_test(networks_are_24_and_48),
	    cmocka_unit_test(the_wait_is_long_enough_and_no_longer),
	    cmocka_unit_test(the_pause_counts_from_start_and_end),
	    cmocka_unit_test(an_address_has_so_many_open_at_a_time),
	    cmocka_unit_test(a_day_has_its_budget_wherever_it_begins),
	    cmocka_unit_test(the_audit_of_an_earlier_run_counts),
	    cmocka_unit_test(what_is_made_late_counts_from_then),
	    cmocka_unit_test(many_that_are_late_together_are_late_once),
	    cmocka_unit_test(the_sensors_say_which_as_an_address_is_in),
	    cmocka_unit_test(memory_is_given_back_for_what_is_past),
	    cmocka_unit_test(no_second_of_an_hour_is_above_any_level),
	};

	return cmocka_run_group_tests_name("pace", tests, NULL, NULL);
}
