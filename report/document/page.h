/*
 * Markdown to the body of a page: libcmark-gfm in its safe mode, then one
 * pass over the tree that gives headings ids, tables captions and scopes,
 * and puts the figure where its image was.
 *
 * "Table 1: ..." before a table becomes its caption; "Figure 1: ..." after
 * an image becomes the figure's.
 */
#ifndef MARTLET_PAGE_H
#define MARTLET_PAGE_H

/** With fewer second-level headings there is no table of contents. */
#define PAGE_CONTENTS_MIN 5

struct page {
	const char *name; /* of the Markdown, for messages */
	const char *markdown;
	const char *figure_file; /* the image that the figure replaces */
	const char *figure;      /* SVG */
	const char *figure_data; /* XHTML that follows the figure's caption */
	const char *figure_word, *table_word; /* "Figure ", "Table " */
	const char *contents_word;
};

/** page_body: XHTML-compatible HTML. NULL, logged; caller frees. */
char *page_body(const struct page *page);

#endif
