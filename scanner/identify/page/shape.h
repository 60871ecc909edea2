/*
 * The page class: a hash of what a page is built of, without its words, so
 * that the same user interface at two sites, in two languages or after an
 * update has the same class, and two user interfaces have different ones.
 *
 * As little is counted as tells the page, since all that is counted may
 * change. Layer after layer is added until there are enough distinctive
 * words (three that are no common names such as "jquery" or "username"):
 * files that the head names, files that the body names, form fields and
 * names in style sheets, names of elements, then how the upper elements nest.
 * A page of scripts alone, without text and fields, is in addition told by
 * its title. Counted as sets: how often, in which order and how many does
 * not matter. Not counted: text, languages, numbers, versions, hashes in
 * names, values, hosts, the directory that all files are in.
 *
 * What does not add up to three marks after the last layer has no class:
 * thousands look like a heading with a paragraph.
 */
#ifndef MARTLET_SHAPE_H
#define MARTLET_SHAPE_H

#include <stddef.h>

struct shape;

/** Bytes of a class with its NUL. It starts with the version of the rule
 * above: "p2-" and hexadecimal digits. */
#define SHAPE_CLASS 28
#define SHAPE_VERSION "p2-"
#define SHAPE_VERSION_LEN (sizeof(SHAPE_VERSION) - 1)

struct shape *shape_new(void);
void shape_free(struct shape *s);
/** @attributes: names and values in turn, NULL at the end; may be NULL. */
void shape_start(struct shape *s, const char *element,
		 const char *const *attributes);
void shape_end(struct shape *s);
/** Text between the tags, whatever it is in: title, style, script, page. */
void shape_text(struct shape *s, const char *text, size_t len);
/** What stands before the first element: a document type or <?xml?>. */
void shape_prologue(struct shape *s, const char *text);
/** Depth of open elements. */
int shape_depth(const struct shape *s);
/** @out: SHAPE_CLASS bytes; "" when the page is too thin to tell. */
void shape_class(struct shape *s, char *out);

#endif
