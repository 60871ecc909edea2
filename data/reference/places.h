/*
 * data/reference/prefectures.csv: the 47 prefectures of Japan with the
 * spellings and abbreviations that people use. One spelling may stand for
 * several; the ambiguity is kept.
 */
#ifndef MARTLET_PLACES_H
#define MARTLET_PLACES_H

#include <stddef.h>
#include <stdint.h>

#define PLACES_PREFECTURES 47

struct places;

/** places_load: Returns NULL, logged with file and line. */
struct places *places_load(void);
void places_free(struct places *p);

/** places_read: The prefectures that a word may stand for, as bits (bit 0 is
 * JP-01); 0 when it is none. Case, digits and punctuation at the ends do not
 * matter; Kanji and kana may be followed by more text ("東京支店"). */
uint64_t places_read(const struct places *p, const char *word);

/** Hepburn name of a prefecture, 0 to 46. Borrowed. */
const char *places_name(const struct places *p, int prefecture);

/** places_chance: The share of all words of as many letters a to z that
 * places_read would read; 0 for words in Kanji, which are too many. */
double places_chance(const struct places *p, const char *word);

/** places_distinct: The most different prefectures that readings can stand
 * for, each reading for one (a matching). */
int places_distinct(const uint64_t *readings, size_t count);

#endif
