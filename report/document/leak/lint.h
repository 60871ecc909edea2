/*
 * What published articles got wrong and a program can see: numbers of
 * figures and tables that do not exist, a port twice in one ranking, marks
 * of a template or of markup left in the text, pictures without words.
 */
#ifndef MARTLET_LINT_H
#define MARTLET_LINT_H

#include <stddef.h>

/** Called for each fault, as found. what: a sentence, borrowed. */
typedef void lint_found(void *arg, int line, const char *what);

/** lint_markdown: Returns the number of faults of an article. */
size_t lint_markdown(const char *markdown, lint_found *found, void *arg);

#endif
