#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compiler.h"
#include "pattern.h"
#include "pattern_mask.h"

static void ruby_spelling_becomes_pcre2(void **state)
{
	static const struct {
		const char *ruby, *pcre2;
	} cases[] = {
	    {"^abc$", "^abc$"},
	    {"(?m)a.b", "(?s:a.b)"},
	    {"x(?i)y|z", "x(?i:y|z)"},
	    {"(a(?i)b|c)d", "(a(?i:b|c))d"},
	    {"(?mi:a)(?-m:b)", "(?si:a)(?-s:b)"},
	    {"\\v\\h[\\h_]\\H", "\\x0b[0-9a-fA-F][0-9a-fA-F_][^0-9a-fA-F]"},
	    {"\\(?m\\)", "\\(?m\\)"},
	    {"[(?m]", "[(?m]"},
	    {"[]h)](?i)q", "[]h)](?i:q)"},
	    {"(.+)* x", "(.+)? x"},
	    {"(?:[)+]+)+(\\d+)*$", "(?:[)+]+)(\\d+)?$"},
	    {"(.+)*?(.+)+?(a.+)*(.+?)*", "(.+)*?(.+)+?(a.+)*(.+?)*"},
	};
	struct buf out;

	(void)state;
	buf_init(&out, BUF_NO_LIMIT);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		buf_reset(&out);
		pattern_translate(cases[i].ruby, &out);
		assert_string_equal(buf_text(&out), cases[i].pcre2);
	}
	buf_release(&out);
}

static enum pattern_result try(const char *source, const char *flags,
			       const char *text, size_t len)
{
	struct pattern p;
	struct pattern_subject s;
	enum pattern_result rc;

	assert_int_equal(pattern_init(&p, source, flags), 0);
	pattern_subject(&s, text, len);
	rc = pattern_match(&p, &s, NULL);
	pattern_release(&p);
	return rc;
}

static void patterns_mean_what_they_mean_in_ruby(void **state)
{
	static const struct {
		const char *pattern, *flags, *text;
		bool matches;
	} cases[] = {
	    {"^b$", "", "a\nb\nc", true},
	    {"\\Ab", "", "a\nb", false},
	    {"a.b", "", "a\nb", false},
	    {"a.b", "REG_DOT_NEWLINE", "a\nb", true},
	    {"a.b", "REG_MULTILINE", "a\nb", true},
	    {"a.b", "REG_LINE_ANY_CRLF", "a\nb", true},
	    {"(?m)a.b", NULL, "a\nb", true},
	    {"(?m:a.)b", "", "a\nb", true},
	    {"ab", "REG_ICASE", "AB", true},
	    {"ab", "IGNORECASE", "aB", true},
	    {"ab", "", "AB", false},
	    {"a.B", "REG_DOT_NEWLINE,REG_ICASE", "A\nb", true},
	    {"x(?i)y|z", "", "xZ", true},
	    {"x(?i)y|z", "", "z", false},
	    {"a\\vb", "",
	     "a\x0b"
	     "b",
	     true},
	    {"a\\vb", "", "a\nb", false},
	    {"^a\\h$", "", "aF", true},
	    /* One character, however many bytes it has. */
	    {"^Sign in . GitLab$", "", "Sign in · GitLab", true},
	    {"^a.b$", "",
	     "a\xff"
	     "b",
	     true},
	    {"^a..b$", "",
	     "a\xff\xfe"
	     "b",
	     true},
	    {"^a..b$", "", "aéb", false},
	    {"a\r$", "", "a\r\n", true},
	    {"^$", "", "", true},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_int_equal(try(cases[i].pattern, cases[i].flags,
				     cases[i].text, strlen(cases[i].text)),
				 cases[i].matches ? PATTERN_MATCH
						  : PATTERN_MISS);
}

/* Those of one text are compared without PCRE2, which says the same. */
static void exact_patterns_match_as_pcre2_does(void **state)
{
	static const struct {
		const char *pattern, *flags;
		bool exact;
	} patterns[] = {
	    {"^Key 1\\.2\\/x$", "", true},
	    {"(?i)^key 1\\.2\\/X$", "", true},
	    {"^KEY 1\\.2/x$", "REG_ICASE", true},
	    {"(?mi)^key$", "", true},
	    {"^$", "", true},
	    {"^key\\$$", "", true},
	    {"^key\\$", "", false},
	    {"^key\\n$", "", false},
	    {"^key$$", "", false},
	    {"^k.y$", "", false},
	    {"key$", "", false},
	    {"^key|$", "", false},
	    {"(?x)^key$", "", false},
	    {"^k\u00e9y$", "", false},
	};
	static const char *const texts[] = {
	    "",
	    "key",
	    "Key",
	    "KEY",
	    "key\n",
	    "a\nkey",
	    "key$",
	    "key\r",
	    "Key 1.2/x",
	    "key 1.2/X",
	    "keyy",
	    "ke",
	    "key\xff",
	    "\xe2\x84\xaa"
	    "ey",
	    "key\\",
	    "KEY 1.2/X",
	    "Key 1a2/x",
	    "k\u00e9y",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(patterns); i++) {
		struct pattern p;

		assert_int_equal(
		    pattern_init(&p, patterns[i].pattern, patterns[i].flags),
		    0);
		assert_int_equal(p.exact != NULL, patterns[i].exact);
		for (size_t j = 0; j < ARRAY_LEN(texts); j++) {
			struct pattern_groups g;
			struct pattern_subject s;
			enum pattern_result rc;

			pattern_subject(&s, texts[j], strlen(texts[j]));
			rc = pattern_match(&p, &s, &g);
			if (rc == PATTERN_MATCH)
				assert_true(pattern_group_is_set(&g, 0));
			s.kind |= PATTERN_LINES;
			assert_int_equal(rc, pattern_run(&p, &s, NULL));
		}
		pattern_release(&p);
	}
}

static void unknown_flags_and_broken_patterns_are_told(void **state)
{
	struct pattern p;
	char *why;

	(void)state;
	assert_int_equal(pattern_init(&p, "a", "REG_EXTENDED"), -1);
	pattern_release(&p);
	assert_int_equal(pattern_init(&p, "(a", ""), 0);
	why = pattern_compile(&p);
	assert_non_null(why);
	free(why);
	pattern_release(&p);
	assert_int_equal(try("(a", "", "a", 1), PATTERN_ERROR);
}

static void work_is_bounded(void **state)
{
	char text[2048];

	(void)state;
	memset(text, 'a', sizeof(text));
	assert_int_equal(try("(a+)+$b|(a*)*b", "", text, sizeof(text) - 1),
			 PATTERN_MISS);
	text[sizeof(text) - 2] = 'b';
	text[0] = 'x';
	assert_int_equal(try("^x((a+)+)+c?$", "", text, sizeof(text) - 1),
			 PATTERN_LIMIT_HIT);
}

/* A page is searched piece by piece, as if it were whole. */
static void long_subjects_are_searched_to_the_end(void **state)
{
	static const char *const patterns[] = {
	    "key$",        "(?<=x)key", "(?<!y)key", "^x+key",
	    "\\Ax[^k]+ke", "x{255}key", ".key",      "\\xe9?key\\z"};
	static const size_t places[] = {300, 511, 512, 513, 2047, 4000, 8189};
	char text[8192];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(places); i++)
		for (size_t j = 0; j < ARRAY_LEN(patterns); j++) {
			size_t len = places[i] + 3;

			memset(text, 'x', sizeof(text));
			memcpy(text + places[i], "key", 3);
			assert_int_equal(try(patterns[j], "", text, len),
					 PATTERN_MATCH);
			/* the same with characters of two bytes */
			for (size_t k = 0; k + 1 < places[i] - 256; k += 2)
				memcpy(text + k, "\xc3\xa9", 2);
			assert_int_equal(try("(?<=x)key", "", text, len),
					 PATTERN_MATCH);
			assert_int_equal(try("^[x\xc3\xa9]+key", "", text, len),
					 PATTERN_MATCH);
			assert_int_equal(try("\\Akey|keyx", "", text, len),
					 PATTERN_MISS);
		}
}

static void long_subjects_take_bounded_time(void **state)
{
	static char text[32768];

	(void)state;
	memset(text, 'a', sizeof(text));
	memcpy(text + sizeof(text) - 2, "bd", 2);
	assert_int_equal(try("a[^b]{0,5000}[cd]", "", text, sizeof(text)),
			 PATTERN_LIMIT_HIT);
}

/* A pattern is passed over only where it could not have matched. */
static void masks_never_hide_a_match(void **state)
{
	static const struct {
		const char *pattern, *text;
	} cases[] = {
	    {"abc", "xxABCxx"},
	    {"(?i)KELVIN", "\xe2\x84\xaa"
			   "elvin"},
	    {"ab?c", "ac"},
	    {"ab*c", "ac"},
	    {"ab{0}c", "ac"},
	    {"ab{0,2}c", "ac"},
	    {"ab{2,}c", "abbbc"},
	    {"a(?:bc)?d", "ad"},
	    {"ab|cd", "cd"},
	    {"(ab|c)+d", "cd"},
	    {"a|", ""},
	    {"[ab]c", "bc"},
	    {"[^]]x", "ax"},
	    {"a\\.b\\x41", "a.bA"},
	    {"(?!zz)a", "a"},
	    {"(?=a)a", "a"},
	    {"(?<n>a)b", "ab"},
	    {"\\Qa.b\\E", "a.b"},
	    {"(?#note)a", "a"},
	    {"a(?i)B|C", "ab"},
	    {"é(?i)É", "éé"},
	    {"a{,2}", "a{,2}"},
	    {"ab{2", "ab{2"},
	    {"ab{0,/|", "x"},
	    {"ab{1,2x}c|d", "d"},
	    {"(?x) a b ", "ab"},
	    {"a\\bc|d", "d"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct pattern p, open;
		struct pattern_subject s;

		assert_int_equal(
		    pattern_init(&p, cases[i].pattern, "REG_ICASE"), 0);
		open = p;
		memset(&open.needs, 0, sizeof(open.needs));
		pattern_subject(&s, cases[i].text, strlen(cases[i].text));
		assert_int_equal(pattern_match(&p, &s, NULL),
				 pattern_match(&open, &s, NULL));
		pattern_release(&p);
		pattern_release(&open);
	}
}

static void masks_pass_over_what_cannot_match(void **state)
{
	static const struct {
		const char *pattern, *text;
	} cases[] = {
	    {"^nginx/", "lighttpd/1.4"},
	    {"(?:foo|food)bar", "barfo"},
	    {"^(ab)+\\.", "ab"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct pattern_mask needs, has;

		needs = pattern_mask_needs(cases[i].pattern);
		has = pattern_mask_has(cases[i].text, strlen(cases[i].text),
				       false);
		assert_false(pattern_mask_fits(&needs, &has));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(ruby_spelling_becomes_pcre2),
	    cmocka_unit_test(patterns_mean_what_they_mean_in_ruby),
	    cmocka_unit_test(exact_patterns_match_as_pcre2_does),
	    cmocka_unit_test(unknown_flags_and_broken_patterns_are_told),
	    cmocka_unit_test(work_is_bounded),
	    cmocka_unit_test(long_subjects_are_searched_to_the_end),
	    cmocka_unit_test(long_subjects_take_bounded_time),
	    cmocka_unit_test(masks_never_hide_a_match),
	    cmocka_unit_test(masks_pass_over_what_cannot_match),
	};

	return cmocka_run_group_tests_name("pattern", tests, NULL, NULL);
}
