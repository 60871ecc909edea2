#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "compiler.h"
#include "multimatch.h"
#include "multimatch_cache.h"
#include "multimatch_hyperscan.h"
#include "outfile.h"
#include "recog.h"
#include "str.h"
#include "xalloc.h"

#define PAGE 8192 /* bytes of a page that is made up */

static char directory[] = "/tmp/martlet-multimatch-XXXXXX";

static int make_directory(void **state)
{
	(void)state;
	return mkdtemp(directory) != NULL ? 0 : -1;
}

/* The n-th file of the cache in that directory; caller frees. */
static char *cache_file(int n)
{
	DIR *d = opendir(directory);
	char *path = NULL;
	struct dirent *e;

	assert_non_null(d);
	while (path == NULL && (e = readdir(d)) != NULL)
		if (strncmp(e->d_name, "patterns-", 9) == 0 && n-- == 0)
			path = xalloc_printf("%s/%s", directory, e->d_name);
	closedir(d);
	return path;
}

static void empty_cache(void)
{
	char *path;

	while ((path = cache_file(0)) != NULL) {
		unlink(path);
		free(path);
	}
}

static int remove_directory(void **state)
{
	(void)state;
	empty_cache();
	return rmdir(directory);
}

static bool has_hyperscan(void)
{
	if (multimatch_hyperscan_text() != NULL)
		return true;
	fprintf(stderr, "SKIP: built without Hyperscan\n");
	return false;
}

/* Repeatable chance (xorshift). */
static uint64_t seed = 0x9e3779b97f4a7c15u;

static size_t below(size_t n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (size_t)(seed % n);
}

/* Whatever is hard to see through. */
static const char *const hard[] = {
    "abc",
    "^abc$",
    "(?i)kelvins",
    "(?i)\xc3\xa9t\xc3\xa9",
    "\xc3\xa9",
    "a.b",
    "a..b",
    "(?m)<b>.{0,5}</b>",
    "<b>[^<]{1,200}</b>",
    "x{0,300}y{3,90}z",
    "[]{1,99}]k",
    "[^]{2,99}]q",
    "\\{1,99}",
    "(?!ab{2,90})abb",
    "(?<=v)w{1,99}",
    "(?:one|two|three)fold",
    "(?:one|)fold",
    "foo|bar|[bB]az",
    "^$",
    "",
    "\\bword\\b",
    "a(?i)b|c",
    "\\x00z",
    "caf(?:e|\xc3\xa9) (\\d+)",
    "^^start",
    "tail$$",
    "\\Aonly",
    "last\\z",
    "(a)\\1",
    "abcabcabcabcabcabcabcabcabcabcabcabcabcabcabc",
    "bcabc",
    "\\s\\S\\w\\W\\d\\D",
    "\xff",
    "(?i)STRASSE|\xc5\xbf",
};

static const char *const bits[] = {
    "abc",
    "\n",
    "ab",
    "KELVIN",
    "\xe2\x84\xaa",
    "s",
    "elvin",
    "\xc5\xbf",
    "\xc3\xa9",
    "\xc3\x89",
    "t",
    "a",
    "b",
    "<b>",
    "</b>",
    "xxxy",
    "yyyz",
    "z",
    "]k",
    "{k",
    "q",
    "{1,99}",
    "abb",
    "v",
    "www",
    "one",
    "twofold",
    "threefold",
    "fold",
    "bar",
    "Baz",
    "word",
    " ",
    "caf",
    "e 12",
    "c",
    "start",
    "tail",
    "only",
    "last",
    "aa",
    "abcabcab",
    "cabcabcab",
    "\xff",
    "\xc3",
    "\x80",
    "STRASSE",
    "stra",
    "\t9x",
    "foofoo",
    "bbb",
    "Abc",
    "ABC",
    "abcabcabcabc",
    "1 - 2",
};

/* Files of patterns, each one loaded for each engine. */
enum { LINEAR, TEXTS, HYPERSCAN, ENGINES };
struct trio {
	struct recog_file *file[ENGINES];
};

static void prepare(struct trio *t, const char *cache)
{
	recog_prepare(t->file[TEXTS], MULTIMATCH_TEXTS, NULL);
	recog_prepare(t->file[HYPERSCAN], MULTIMATCH_HYPERSCAN, cache);
}

/* A file with the hard patterns, that is then thrown away. */
static void write_hard(const char *path)
{
	struct buf b;

	buf_init(&b, BUF_NO_LIMIT);
	buf_add_string(&b, "<fingerprints matches='body'>");
	for (size_t i = 0; i < ARRAY_LEN(hard); i++) {
		/* What is not UTF-8 cannot stand in XML. */
		if (hard[i][0] == '\xff')
			continue;
		buf_add_string(&b, "<fingerprint pattern=\"");
		str_add_html(&b, hard[i], strlen(hard[i]));
		buf_add_string(&b, "\"/>");
	}
	buf_add_string(&b, "</fingerprints>");
	assert_int_equal(outfile_write(path, 0600, buf_text(&b), b.len), 0);
	buf_release(&b);
}

static void load(struct trio *t, const char *path, bool examples)
{
	for (int i = 0; i < ENGINES; i++) {
		t->file[i] = recog_load(path, examples);
		assert_non_null(t->file[i]);
	}
}

static void release(struct trio *t)
{
	for (int i = 0; i < ENGINES; i++)
		recog_free(t->file[i]);
}

/* What could match contains all that does, and the first is the first. */
static void compare(const struct trio *t, const char *text, size_t len)
{
	struct recog_result wanted, got;
	struct pattern_subject s;
	bool could[1024];

	pattern_subject(&s, text, len);
	recog_match(t->file[LINEAR], &s, &wanted);
	for (int e = TEXTS; e < ENGINES; e++) {
		struct recog_file *f = t->file[e];

		assert_true(f->count <= ARRAY_LEN(could));
		multimatch_find(f->many, &s, could);
		for (size_t i = 0; i < f->count; i++)
			if (!could[i])
				assert_int_not_equal(
				    pattern_match(
					&t->file[LINEAR]->list[i].pattern, &s,
					NULL),
				    PATTERN_MATCH);
		recog_match(f, &s, &got);
		assert_int_equal(wanted.fingerprint == NULL,
				 got.fingerprint == NULL);
		if (got.fingerprint != NULL) {
			assert_int_equal(wanted.fingerprint -
					     t->file[LINEAR]->list,
					 got.fingerprint - f->list);
			assert_int_equal(wanted.count, got.count);
			for (size_t i = 0; i < got.count; i++)
				assert_string_equal(wanted.values[i].value,
						    got.values[i].value);
		}
		recog_result_release(&got);
	}
	recog_result_release(&wanted);
}

/* A page of bits, repeated bits and noise. */
static size_t make_page(char *page, size_t size)
{
	size_t len = 0, end = below(size);

	while (len < end) {
		const char *bit = bits[below(ARRAY_LEN(bits))];
		size_t n = strlen(bit), times = below(20) == 0 ? 200 : 1;

		for (; times > 0 && len + n < size; times--) {
			memcpy(page + len, bit, n);
			len += n;
		}
		if (below(30) == 0 && len < size)
			page[len++] = (char)below(256);
		if (len + n >= size)
			break;
	}
	return len;
}

static void engines_agree_on_hard_patterns(void **state)
{
	char *path = xalloc_printf("%s/hard.xml", directory);
	char page[PAGE];
	struct trio t;

	(void)state;
	write_hard(path);
	load(&t, path, false);
	prepare(&t, directory);
	compare(&t, "", 0);
	for (int i = 0; i < 3000; i++)
		compare(&t, page, make_page(page, i % 3 == 0 ? 24 : PAGE));
	release(&t);
	unlink(path);
	free(path);
	empty_cache();
}

/* Its examples among other things, whole and broken. */
static void compare_examples(const struct trio *t)
{
	const struct recog_file *f = t->file[LINEAR];
	char page[PAGE];

	for (size_t i = 0; i < f->count; i += 1 + f->count / 60) {
		size_t len = make_page(page, PAGE / 4);

		for (int n = 0; n < 3 && f->list[i].example_count > 0; n++) {
			const struct recog_example *e =
			    &f->list[i]
				 .examples[below(f->list[i].example_count)];
			size_t take =
			    below(3) == 0 ? below(e->len + 1) : e->len;

			if (len + take + 1 >= PAGE)
				break;
			page[len++] = '\n';
			memcpy(page + len, e->text, take);
			len += take;
			if (below(4) == 0 && take > 0)
				page[len - 1 - below(take)] ^= 0x20;
		}
		compare(t, page, len);
	}
}

static void engines_agree_on_recogs_patterns(void **state)
{
	static const char *const names[] = {"html_title", "http_cookies",
					    "telnet_banners",
					    "ldap_searchresult"};

	(void)state;
	if (access("../shared/data/recog/xml", R_OK) != 0) {
		fprintf(stderr, "SKIP: no ../shared/data/recog/xml\n");
		skip();
	}
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		char *path =
		    xalloc_printf("../shared/data/recog/xml/%s.xml", names[i]);
		struct trio t;

		load(&t, path, true);
		prepare(&t, NULL);
		compare_examples(&t);
		release(&t);
		free(path);
	}
}

static const char *const few[] = {"abc[0-9]{1,99}", "(?i)def"};

/* Whether two patterns find what they should with this cache. */
static void check_few(const char *cache)
{
	static const char text[] = "xx abc12 xx";
	const struct pattern *list[ARRAY_LEN(few)];
	struct pattern patterns[ARRAY_LEN(few)];
	struct pattern_subject s;
	struct multimatch *m;
	bool could[ARRAY_LEN(few)] = {false, true};

	for (size_t i = 0; i < ARRAY_LEN(few); i++) {
		assert_int_equal(pattern_init(&patterns[i], few[i], ""), 0);
		list[i] = &patterns[i];
	}
	m = multimatch_new(list, ARRAY_LEN(few), MULTIMATCH_BEST, cache);
	pattern_subject(&s, text, strlen(text));
	multimatch_find(m, &s, could);
	assert_true(could[0]);
	assert_false(could[1]);
	multimatch_free(m);
	for (size_t i = 0; i < ARRAY_LEN(few); i++)
		pattern_release(&patterns[i]);
}

static void the_cache_is_private_and_used(void **state)
{
	struct stat before, after;
	char *path;

	(void)state;
	if (!has_hyperscan())
		skip();
	check_few(directory);
	path = cache_file(0);
	assert_non_null(path);
	assert_int_equal(stat(path, &before), 0);
	assert_int_equal(before.st_mode & 0777, 0600);
	check_few(directory);
	assert_int_equal(stat(path, &after), 0);
	assert_int_equal(before.st_ino, after.st_ino);
	free(path);
	free(cache_file(1));
	path = cache_file(2); /* one for bytes, one for UTF-8 */
	assert_null(path);
	empty_cache();
}

static void damage(const char *path, long at)
{
	FILE *f = fopen(path, "r+");
	int c;

	assert_non_null(f);
	assert_int_equal(fseek(f, at, SEEK_SET), 0);
	c = fgetc(f);
	assert_int_equal(fseek(f, at, SEEK_SET), 0);
	fputc(c ^ 1, f);
	assert_int_equal(fclose(f), 0);
}

static void a_damaged_cache_is_made_again(void **state)
{
	struct stat st, again;
	char *path;

	(void)state;
	if (!has_hyperscan())
		skip();
	check_few(directory);
	path = cache_file(0);
	assert_int_equal(stat(path, &st), 0);
	for (long at = 0; at < (long)st.st_size; at += 1 + st.st_size / 40) {
		damage(path, at);
		check_few(directory);
		damage(path, at);
		damage(path, at);
		assert_int_equal(stat(path, &again), 0);
		assert_int_equal(st.st_size, again.st_size);
		check_few(directory);
	}
	for (off_t size = 0; size < st.st_size; size += 1 + st.st_size / 10) {
		assert_int_equal(truncate(path, size), 0);
		check_few(directory);
		assert_int_equal(stat(path, &again), 0);
		assert_int_equal(st.st_size, again.st_size);
	}
	free(path);
	empty_cache();
}

/* As multimatch_cache_read finds it. */
static char *read_as(const char *path, mode_t mode,
		     const unsigned char key[MULTIMATCH_KEY])
{
	size_t len = 0;
	char *text;

	assert_int_equal(chmod(path, mode), 0);
	text = multimatch_cache_read(directory, key, &len);
	assert_true(text == NULL || len == 6);
	return text;
}

static void a_cache_that_others_could_write_is_not_read(void **state)
{
	static const unsigned char key[MULTIMATCH_KEY] = "key",
				   other[MULTIMATCH_KEY] = "other";
	char *path, *aside = xalloc_printf("%s/aside", directory), *text;
	size_t len;

	(void)state;
	multimatch_cache_write(directory, key, "tables", 6);
	path = cache_file(0);
	text = read_as(path, 0600, key);
	assert_memory_equal(text, "tables", 6);
	free(text);
	assert_null(read_as(path, 0620, key));
	assert_null(read_as(path, 0602, key));
	assert_null(multimatch_cache_read(directory, other, &len));
	assert_int_equal(chmod(path, 0600), 0);
	assert_int_equal(rename(path, aside), 0);
	assert_int_equal(symlink(aside, path), 0);
	assert_null(multimatch_cache_read(directory, key, &len));
	unlink(path);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_null(multimatch_cache_read(directory, key, &len));
	unlink(path);
	unlink(aside);
	free(aside);
	free(path);
}

static void old_caches_go(void **state)
{
	static const unsigned char key[MULTIMATCH_KEY] = "key",
				   other[MULTIMATCH_KEY] = "other";
	const struct timespec times[2] = {{1600000000, 0}, {1600000000, 0}};
	char *path;
	size_t len;

	(void)state;
	multimatch_cache_write(directory, key, "tables", 6);
	path = cache_file(0);
	assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
	free(path);
	multimatch_cache_write(directory, other, "tables", 6);
	assert_null(multimatch_cache_read(directory, key, &len));
	path = multimatch_cache_read(directory, other, &len);
	assert_non_null(path);
	free(path);
	empty_cache();
}

static void no_place_for_a_cache_is_no_trouble(void **state)
{
	(void)state;
	check_few(NULL);
	check_few("/nonexistent");
	check_few("/proc");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(engines_agree_on_hard_patterns),
	    cmocka_unit_test(engines_agree_on_recogs_patterns),
	    cmocka_unit_test(the_cache_is_private_and_used),
	    cmocka_unit_test(a_damaged_cache_is_made_again),
	    cmocka_unit_test(a_cache_that_others_could_write_is_not_read),
	    cmocka_unit_test(old_caches_go),
	    cmocka_unit_test(no_place_for_a_cache_is_no_trouble),
	};

	return cmocka_run_group_tests_name("multimatch", tests, make_directory,
					   remove_directory);
}
