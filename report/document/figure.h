/*
 * Figure 1 as SVG: grouped bars from zero, one group a month, home solid
 * and abroad hatched. Works inline in a page and as a file of its own; its
 * ids start with the figure's id.
 */
#ifndef MARTLET_FIGURE_H
#define MARTLET_FIGURE_H

#include "buf.h"
#include "model.h"

/** Words of the article's language. All are plain text. */
struct figure_words {
	const char *id; /* "fig-1" */
	const char *title, *description;
	const char *axis; /* "packets per sensor per day" */
	const char *sides[TRAFFIC_SIDES];
	const char *no_data; /* in the place of a bar */
	const char *partial; /* what the mark at a month means */
	char (*months)[24];  /* parallel to model.months */
};

/** figure_draw: Appends one <svg> element. */
void figure_draw(const struct model *m, const struct figure_words *words,
		 struct buf *out);

/** A mean as the sentences write it: "1,106.0", "0.034".
 * @out: 32 bytes. Returns out. */
const char *figure_number(double value, char *out);

#endif
