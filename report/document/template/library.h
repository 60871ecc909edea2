/*
 * The texts that an article is made of: the shipped templates of one
 * language and the author's notes of one period, as Mustache partials.
 *
 * {{>name}} is templates/LANG/name.md; {{>notes/intro}} is intro.LANG.md in
 * the notes of the period; {{>notes/topics}} is every topic-*.LANG.md there
 * in the order of their names. A file in templates/ of the workspace is taken
 * before the shipped one of that name.
 */
#ifndef MARTLET_LIBRARY_H
#define MARTLET_LIBRARY_H

#include <stdbool.h>
#include <stddef.h>

#include "compiler.h"
#include "mustache.h"

/** A note longer than this is refused (bytes). */
#define LIBRARY_TEXT_MAX (4u << 20)

struct library;

/** library_read: What an author wrote, without a byte order mark. NULL, logged
 * with the line, when it is not UTF-8 or cannot be read. Caller frees. */
char *library_read(const char *path);

/** library_open: @own: directory templates of the workspace, @notes:
 * directory notes/PERIOD; neither need exist, NULL for none.
 * Returns NULL, logged, when there are no templates for lang. */
struct library *library_open(const char *lang, const char *own,
			     const char *notes);
void library_free(struct library *l);

/** library_text: A file of templates/LANG ("report.md") or, with a leading
 * slash, of templates ("/page.html"). False, logged, when it cannot be
 * read. out is borrowed until library_free. */
bool library_text(struct library *l, const char *name,
		  struct mustache_source *out) WARN_UNUSED;

/** A mustache_partial; arg is the library. A note that is not there is
 * nothing; a template that is not there is logged and makes
 * library_failed true. */
bool library_partial(void *arg, const char *name, struct mustache_source *out);
bool library_failed(const struct library *l);

/** The i-th file of notes in this language, by name; NULL past the last. */
const char *library_note(const struct library *l, size_t i);

/** library_add_stubs: Writes intro, topic-1 and closing where none is yet,
 * with a comment that says what they are for. An existing file is never
 * touched. Returns -1, logged. */
int library_add_stubs(const char *lang, const char *notes) WARN_UNUSED;

#endif
