/*
 * Each answer as JSON, as CSV (exact) and for people. Only for answers.c.
 */
#ifndef MARTLET_ANSWER_PARTS_H
#define MARTLET_ANSWER_PARTS_H

#include "answers.h"

void answer_days_json(const struct answers *a, json_t *document);
struct table *answer_days_csv(const struct answers *a);
void answer_days_print(const struct answers *a, FILE *out);

void answer_uptime_json(const struct answers *a, json_t *document);
struct table *answer_uptime_csv(const struct answers *a);
void answer_uptime_print(const struct answers *a, FILE *out);

void answer_movers_json(const struct answers *a, json_t *document);
struct table *answer_movers_csv(const struct answers *a);
void answer_movers_print(const struct answers *a, FILE *out);

void answer_signatures_json(const struct answers *a, json_t *document);
struct table *answer_signatures_csv(const struct answers *a);
void answer_signatures_print(const struct answers *a, FILE *out);

void answer_countries_json(const struct answers *a, json_t *document);
struct table *answer_countries_csv(const struct answers *a);
void answer_countries_print(const struct answers *a, FILE *out);

void answer_concentration_json(const struct answers *a, json_t *document);
struct table *answer_concentration_csv(const struct answers *a);
void answer_concentration_print(const struct answers *a, FILE *out);

void answer_scanners_json(const struct answers *a, json_t *document);
struct table *answer_scanners_csv(const struct answers *a);
void answer_scanners_print(const struct answers *a, FILE *out);

void answer_habits_json(const struct answers *a, json_t *document);
struct table *answer_habits_csv(const struct answers *a);
void answer_habits_print(const struct answers *a, FILE *out);

#endif
