/*
 * Many short texts searched for in one pass (Aho and Corasick, 1975).
 */
#ifndef MARTLET_MULTIMATCH_TEXTS_H
#define MARTLET_MULTIMATCH_TEXTS_H

#include <stdbool.h>
#include <stddef.h>

#include "pattern.h"

struct multimatch_texts;

/** multimatch_texts_new: For each pattern the texts of which it needs one;
 * a pattern without such texts could always match. */
struct multimatch_texts *multimatch_texts_new(const struct pattern *const *list,
					      size_t count);
void multimatch_texts_free(struct multimatch_texts *t);

/** multimatch_texts_find: As multimatch_find. */
void multimatch_texts_find(const struct multimatch_texts *t,
			   const struct pattern_subject *s, bool *could);

#endif
