/*
 * What templates see of the model, in one language: numbers written out,
 * months named, sentences split into paragraphs and lists.
 */
#ifndef MARTLET_VIEW_H
#define MARTLET_VIEW_H

#include <jansson.h>

#include "figure.h"
#include "library.h"
#include "model.h"

/**
 * view_build: The value that templates are filled in from. words.json of
 * the language is rendered into "words".
 * Returns NULL, logged; caller owns it.
 */
json_t *view_build(const struct model *m, const char *lang,
		   struct library *library);

/** The rendered text of words.json; "" when it has no such word. Borrowed
 * from the view. */
const char *view_word(const json_t *view, const char *name);

#endif
