#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "compiler.h"
#include "places.h"

static struct places *places;

static int load(void **state)
{
	(void)state;
	places = places_load();
	return places != NULL ? 0 : -1;
}

static int unload(void **state)
{
	(void)state;
	places_free(places);
	return 0;
}

/* Names of what a word may stand for, north to south: "Fukui Fukuoka". */
static void read_as(const char *word, char *out, size_t size)
{
	uint64_t bits = places_read(places, word);

	*out = '\0';
	for (int i = 0; i < PLACES_PREFECTURES; i++)
		if ((bits >> i & 1) != 0)
			snprintf(out + strlen(out), size - strlen(out), "%s%s",
				 *out != '\0' ? " " : "",
				 places_name(places, i));
}

static void words_are_read_with_their_ambiguity(void **state)
{
	static const struct {
		const char *word, *names;
	} cases[] = {
	    {"Tokyo", "Tokyo"},
	    {"TOKYO-01", "Tokyo"},
	    {"tokyoto", "Tokyo"},
	    {"osakafu", "Osaka"},
	    {"naraken", "Nara"},
	    {"toukyou", "Tokyo"},
	    {"tky", "Tokyo"},
	    {"[osk]", "Osaka"},
	    {"TIBA", "Chiba"},
	    {"hukuoka", "Fukuoka"},
	    {"fuk", "Fukushima Fukui Fukuoka"},
	    {"yam", "Yamagata Yamanashi Yamaguchi"},
	    {"ymg", "Yamagata Yamaguchi"},
	    {"miy", "Miyagi Miyazaki"},
	    {"oka", "Okayama Okinawa"},
	    {"shm", "Wakayama Shimane"},
	    {"hkd", "Hokkaido"},
	    {"kix", "Osaka"},
	    {"東京", "Tokyo"},
	    {"東京支店", "Tokyo"},
	    {"京都府", "Kyoto"},
	    {"北海道", "Hokkaido"},
	    {"[宮城]", "Miyagi"},
	    {"おおさか", "Osaka"},
	    {"", ""},
	    {"123", ""},
	    {"xqv", ""},
	    {"tokyo osaka", ""},
	    {"本社", ""},
	    {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", ""},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char names[400];

		read_as(cases[i].word, names, sizeof(names));
		assert_string_equal(names, cases[i].names);
	}
}

static void chance_is_the_share_of_words_that_are_read(void **state)
{
	int read = 0;

	(void)state;
	for (int i = 0; i < 26 * 26 * 26; i++) {
		char word[4] = {(char)('a' + i / 676),
				(char)('a' + i / 26 % 26), (char)('a' + i % 26),
				'\0'};

		read += places_read(places, word) != 0 ? 1 : 0;
	}
	assert_true(read > 100 && read < 400);
	assert_true(fabs(places_chance(places, "abc") - read / 17576.0) < 1e-9);
	assert_true(places_chance(places, "ABC-01") ==
		    places_chance(places, "abc"));
	assert_true(places_chance(places, "abcde") < 1e-4);
	assert_true(places_chance(places, "東京") == 0);
}

static void ambiguous_readings_are_matched(void **state)
{
	/* Bits of three prefectures. */
	static const struct {
		uint64_t readings[4];
		size_t count;
		int distinct;
	} cases[] = {
	    {{0}, 0, 0},       {{1, 2, 4}, 3, 3}, {{1, 1, 1}, 3, 1},
	    {{3, 1}, 2, 2},    {{1, 3}, 2, 2},    {{3, 3, 3}, 3, 2},
	    {{7, 1, 2}, 3, 3}, {{3, 3, 7}, 3, 3}, {{0, 1}, 2, 1},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_int_equal(
		    places_distinct(cases[i].readings, cases[i].count),
		    cases[i].distinct);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(words_are_read_with_their_ambiguity),
	    cmocka_unit_test(chance_is_the_share_of_words_that_are_read),
	    cmocka_unit_test(ambiguous_readings_are_matched),
	};

	return cmocka_run_group_tests_name("places", tests, load, unload);
}
