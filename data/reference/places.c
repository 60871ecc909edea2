#include <ctype.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "compiler.h"
#include "csvfile.h"
#include "log.h"
#include "reference.h"
#include "str.h"
#include "xalloc.h"
#include "places.h"

#define WORD_MAX 40 /* bytes; no spelling is longer */

struct spelling {
	char *word; /* lower case */
	uint64_t prefectures;
};

struct places {
	struct spelling *list; /* by word */
	size_t count, cap;
	char *names[PLACES_PREFECTURES];
	char *kanji[PLACES_PREFECTURES], *kana[PLACES_PREFECTURES];
};

enum { CODE, KANJI, KANA, HEPBURN, KUNREI, SHORT, IATA };

static void add(struct places *p, const char *word, int prefecture)
{
	void *list = p->list;
	char *lower = xalloc_string(word);

	for (char *c = lower; *c != '\0'; c++)
		*c = (char)tolower((unsigned char)*c);
	xalloc_room(&list, &p->cap, p->count, sizeof(*p->list));
	p->list = list;
	p->list[p->count++] =
	    (struct spelling){lower, UINT64_C(1) << prefecture};
}

static void add_words(struct places *p, const char *text, int prefecture)
{
	char *copy = xalloc_string(text), *rest = copy, *word;

	while ((word = strsep(&rest, " ")) != NULL)
		if (*word != '\0')
			add(p, word, prefecture);
	free(copy);
}

/* "tokyo-to", "osaka-fu" and "nara-ken" are written in one word, too. */
static void add_name(struct places *p, const char *name, int prefecture)
{
	static const char *const suffixes[] = {"ken", "fu", "to"};

	add(p, name, prefecture);
	for (size_t i = 0; i < ARRAY_LEN(suffixes); i++) {
		char *with = xalloc_printf("%s%s", name, suffixes[i]);

		add(p, with, prefecture);
		free(with);
	}
}

static int by_word(const void *a, const void *b)
{
	const struct spelling *x = a, *y = b;

	return strcmp(x->word, y->word);
}

/* One entry for each spelling, with all that it may stand for. */
static void merge(struct places *p)
{
	size_t kept = 0;

	qsort(p->list, p->count, sizeof(*p->list), by_word);
	for (size_t i = 0; i < p->count; i++) {
		if (kept > 0 &&
		    strcmp(p->list[kept - 1].word, p->list[i].word) == 0) {
			p->list[kept - 1].prefectures |= p->list[i].prefectures;
			free(p->list[i].word);
		} else {
			p->list[kept++] = p->list[i];
		}
	}
	p->count = kept;
}

static int fill(struct places *p, const struct csvfile *f, const char *path)
{
	for (size_t row = 0; row < csvfile_rows(f); row++) {
		int64_t code;
		int at;

		if (!str_to_int64(csvfile_cell(f, row, CODE), 1,
				  PLACES_PREFECTURES, &code) ||
		    p->names[code - 1] != NULL) {
			log_error("%s:%d: code is 01 to 47, each once", path,
				  csvfile_line(f, row));
			return -1;
		}
		at = (int)code - 1;
		p->names[at] = xalloc_string(csvfile_cell(f, row, HEPBURN));
		p->kanji[at] = xalloc_string(csvfile_cell(f, row, KANJI));
		p->kana[at] = xalloc_string(csvfile_cell(f, row, KANA));
		add_name(p, csvfile_cell(f, row, HEPBURN), at);
		add_name(p, csvfile_cell(f, row, KUNREI), at);
		add_words(p, csvfile_cell(f, row, SHORT), at);
		add_words(p, csvfile_cell(f, row, IATA), at);
	}
	if (csvfile_rows(f) != PLACES_PREFECTURES) {
		log_error("%s: there are 47 prefectures", path);
		return -1;
	}
	merge(p);
	return 0;
}

struct places *places_load(void)
{
	static const char *const columns[] = {"code",    "kanji",  "kana",
					      "hepburn", "kunrei", "short",
					      "iata",    NULL};
	char *path = reference_path("data/reference/prefectures.csv");
	struct csvfile *f = path != NULL ? csvfile_read(path, columns) : NULL;
	struct places *p = xalloc_zero(1, sizeof(*p));

	if (f == NULL || fill(p, f, path) < 0) {
		places_free(p);
		p = NULL;
	}
	csvfile_free(f);
	free(path);
	return p;
}

void places_free(struct places *p)
{
	if (p == NULL)
		return;
	for (size_t i = 0; i < p->count; i++)
		free(p->list[i].word);
	for (int i = 0; i < PLACES_PREFECTURES; i++) {
		free(p->names[i]);
		free(p->kanji[i]);
		free(p->kana[i]);
	}
	free(p->list);
	free(p);
}

/* Letters only, lower case, what stands around them dropped; "" when there
 * is more than one word or too long a one. */
static void bare_word(const char *word, char out[WORD_MAX])
{
	size_t len = 0;

	while (*word != '\0' && !isalpha((unsigned char)*word))
		word++;
	for (; isalpha((unsigned char)*word); word++) {
		if (len + 1 == WORD_MAX)
			break;
		out[len++] = (char)tolower((unsigned char)*word);
	}
	for (; *word != '\0'; word++)
		if (isalpha((unsigned char)*word) || (*word & 0x80))
			len = 0;
	out[len] = '\0';
}

/* With or without its suffix (-to, -fu, -ken, the last character); that of
 * Hokkaido belongs to the name. */
static bool starts_kanji(const char *word, const char *kanji, int prefecture)
{
	size_t len = strlen(kanji) - (prefecture == 0 ? 0 : 3);

	return strncmp(word, kanji, len) == 0;
}

uint64_t places_read(const struct places *p, const char *word)
{
	char bare[WORD_MAX];
	struct spelling wanted = {bare, 0}, *found;
	uint64_t bits = 0;

	while (isascii((unsigned char)*word) && *word != '\0' &&
	       !isalpha((unsigned char)*word))
		word++;
	if ((*word & 0x80) != 0) {
		for (int i = 0; i < PLACES_PREFECTURES; i++)
			if (starts_kanji(word, p->kanji[i], i) ||
			    str_starts(word, p->kana[i]))
				bits |= UINT64_C(1) << i;
		return bits;
	}
	bare_word(word, bare);
	found = bsearch(&wanted, p->list, p->count, sizeof(*p->list), by_word);
	return found != NULL ? found->prefectures : 0;
}

const char *places_name(const struct places *p, int prefecture)
{
	return p->names[prefecture];
}

double places_chance(const struct places *p, const char *word)
{
	char bare[WORD_MAX];
	size_t len, spellings = 0;

	bare_word(word, bare);
	len = strlen(bare);
	for (size_t i = 0; i < p->count; i++)
		spellings += strlen(p->list[i].word) == len ? 1 : 0;
	return len == 0 ? 0 : (double)spellings / pow(26, (double)len);
}

/* Finds a prefecture for one reading, moving others aside (Kuhn). */
static bool place_one(const uint64_t *readings, size_t at, int *owner,
		      uint64_t *tried)
{
	for (int i = 0; i < PLACES_PREFECTURES; i++) {
		uint64_t bit = UINT64_C(1) << i;

		if ((readings[at] & bit) == 0 || (*tried & bit) != 0)
			continue;
		*tried |= bit;
		if (owner[i] < 0 ||
		    place_one(readings, (size_t)owner[i], owner, tried)) {
			owner[i] = (int)at;
			return true;
		}
	}
	return false;
}

int places_distinct(const uint64_t *readings, size_t count)
{
	int owner[PLACES_PREFECTURES], distinct = 0;

	for (int i = 0; i < PLACES_PREFECTURES; i++)
		owner[i] = -1;
	for (size_t i = 0; i < count; i++) {
		uint64_t tried = 0;

		distinct += place_one(readings, i, owner, &tried) ? 1 : 0;
	}
	return distinct;
}
