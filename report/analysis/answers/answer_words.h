/*
 * Cells and fields that several answers have. Only for the files of this
 * room.
 */
#ifndef MARTLET_ANSWER_WORDS_H
#define MARTLET_ANSWER_WORDS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "table.h"

/** A table with these columns, NULL-terminated; the first @left of them at
 * the left, the others at the right. Caller frees. */
struct table *answer_words_table(const char *const *columns, size_t left);
/** A number with all its digits, or for people with @digits behind the
 * point; NaN: empty, or a dash. */
void answer_words_real(struct table *t, double value, int digits, bool exact);
/** 0.25 as "25.0%" for people. */
void answer_words_share(struct table *t, double value, bool exact);
void answer_words_day(struct table *t, int32_t day);
/** Prints and frees. */
void answer_words_print(struct table *t, FILE *out);

/** port, transport and service. */
void answer_words_set_service(json_t *o, uint32_t service);
void answer_words_set_day(json_t *o, const char *key, int32_t day);
/** null for "". */
json_t *answer_words_text(const char *text);

#endif
