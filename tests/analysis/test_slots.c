#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compiler.h"
#include "slots.h"

#define STRINGS 6

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

static struct slot *find(const char *const texts[STRINGS], size_t *count)
{
	static const struct profile member;
	struct slot_string strings[STRINGS];
	struct slot *slots = NULL;
	size_t n = 0;

	for (; n < STRINGS && texts[n] != NULL; n++)
		strings[n] = (struct slot_string){&member, texts[n]};
	*count = 0;
	slots_find(places, "80/TCP title", strings, n, &slots, count);
	return slots;
}

static void words_that_differ_are_slots(void **state)
{
	static const struct {
		const char *texts[STRINGS];
		size_t slots;
		const char *pattern, *kind, *first;
		int readable, distinct;
	} cases[] = {
	    /* All the same, and too few to tell. */
	    {{"a b", "a b", "a b"}, 0, "", "", "", 0, 0},
	    {{"a b", "a c"}, 0, "", "", "", 0, 0},
	    {{"gw 1", "gw 2", "gw 2"}, 1, "gw {}", "number", "1", 0, 2},
	    {{"gwTKY", "gwOSK", "gwKYT"}, 1, "gw{}", "prefecture", "TKY", 3, 3},
	    {{"TKY01", "OSK01", "KYT01"}, 1, "{}01", "prefecture", "TKY", 3, 3},
	    /* One prefecture three times is no spread over prefectures. */
	    {{"in tokyo", "in tky", "in Tokyo"},
	     1,
	     "in {}",
	     "text",
	     "tokyo",
	     3,
	     3},
	    {{"x 東京支店 y", "x 大阪支店 y", "x 京都本店 y"},
	     1,
	     "x {} y",
	     "prefecture",
	     "東京支店",
	     3,
	     3},
	    /* Not as many words: what stands between the common ends. */
	    {{"gw tokyo east", "gw osaka east", "gw south kyoto east"},
	     1,
	     "gw {} east",
	     "prefecture",
	     "tokyo",
	     3,
	     3},
	    {{"gw", "gw tokyo", "gw osaka"}, 1, "gw{}", "text", "", 2, 3},
	    {{"a 1 b x", "a 2 b y", "a 3 b x"},
	     2,
	     "a {} b *",
	     "number",
	     "1",
	     0,
	     3},
	    {{"", "\xff\xfe", "\x1b[2J"}, 1, "{}", "text", "", 0, 3},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		size_t count;
		struct slot *s = find(cases[i].texts, &count);

		assert_int_equal(count, cases[i].slots);
		if (count > 0) {
			assert_string_equal(s[0].where, "80/TCP title");
			assert_string_equal(s[0].pattern, cases[i].pattern);
			assert_string_equal(s[0].kind, cases[i].kind);
			assert_string_equal(s[0].values[0].value,
					    cases[i].first);
			assert_int_equal(s[0].readable, cases[i].readable);
			assert_int_equal(s[0].distinct, cases[i].distinct);
		}
		slots_release(s, count);
	}
}

/* Long strings of many words are cut, not overrun. */
static void long_strings_are_bounded(void **state)
{
	static char text[3][2000];
	const char *const texts[STRINGS] = {text[0], text[1], text[2]};
	size_t count;
	struct slot *s;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		memset(text[i], '-', sizeof(text[i]) - 1);
		text[i][1000] = (char)('a' + i);
	}
	s = find(texts, &count);
	assert_int_equal(count, 1);
	slots_release(s, count);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(words_that_differ_are_slots),
	    cmocka_unit_test(long_strings_are_bounded),
	};

	return cmocka_run_group_tests_name("slots", tests, load, unload);
}
