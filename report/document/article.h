/*
 * One article in one language: every public file of it, in memory, ready to
 * be looked at by the leak gate before any is put in place.
 */
#ifndef MARTLET_ARTICLE_H
#define MARTLET_ARTICLE_H

#include <stddef.h>

#include "compiler.h"
#include "library.h"
#include "model.h"

#define ARTICLE_FILES 8

struct article_file {
	char name[40]; /* inside out/PERIOD: "report.en.md", "data/fig-1.csv" */
	char *text;
};

struct article {
	struct article_file files[ARTICLE_FILES];
	size_t count;
};

/**
 * article_make: report.json, fig-1.svg, CSV files of data, report.LANG.md.
 * Returns -1, logged, when a template or a note is broken.
 * Caller frees with article_release in either case.
 */
int article_make(const struct model *m, const char *lang,
		 struct library *library, struct article *out) WARN_UNUSED;

/**
 * article_add_page: report.LANG.html, from the Markdown given: that of the
 * article, or the author's edited copy of it.
 * @name: of that Markdown, for messages.
 */
int article_add_page(struct article *a, const struct model *m, const char *lang,
		     struct library *library, const char *name,
		     const char *markdown) WARN_UNUSED;

/** NULL when there is no such file. Borrowed. */
const char *article_text(const struct article *a, const char *name);
void article_release(struct article *a);

#endif
