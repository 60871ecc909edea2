/*
 * The page class: a hash of the structure of a page without its varying
 * words, so that the same user interface at two sites, or in two languages,
 * has the same class.
 *
 * Counted: elements and how they nest, the names of their attributes, names
 * and types of form fields, paths of scripts. Not counted: text, values,
 * meta elements, languages, digits in paths, and how often equal elements
 * follow each other (rows of a table, choices of a list). A page of nothing
 * but headings and paragraphs has no class: thousands look like it.
 */
#ifndef MARTLET_SHAPE_H
#define MARTLET_SHAPE_H

struct shape;

struct shape *shape_new(void);
void shape_free(struct shape *s);
/** @attributes: names and values in turn, NULL at the end; may be NULL. */
void shape_start(struct shape *s, const char *element,
		 const char *const *attributes);
void shape_end(struct shape *s);
/** Depth of open elements. */
int shape_depth(const struct shape *s);
/** @out: 33 bytes; "" when the structure tells nothing. */
void shape_class(struct shape *s, char *out);

#endif
