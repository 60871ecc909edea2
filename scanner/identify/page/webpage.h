/*
 * What one HTML page shows of the software that made it. Reads hostile
 * input: no network, no entities beyond HTML's, a bounded part of the page,
 * bounded depth.
 */
#ifndef MARTLET_WEBPAGE_H
#define MARTLET_WEBPAGE_H

#include <stdbool.h>

#include "observation.h"
#include "shape.h"

/* All pointers are owned; NULL is "not there". Text is UTF-8. */
struct webpage {
	const char *charset; /* static */
	char *title;         /* white space squeezed */
	char *generator;
	char *forms;   /* "METHOD ACTION: name, name", one form a line */
	char *links;   /* "icon HREF" and "script SRC", one a line */
	char *icon;    /* href of the best icon as written */
	char *base;    /* href of the base element */
	char *refresh; /* content of the meta refresh */
	char *scripts; /* inline scripts, and body's onload */
	char *metas;   /* "NAME: CONTENT", one a line */
	char page_class[SHAPE_CLASS]; /* "" = too thin to tell */
	size_t text_len;              /* bytes of visible text */
	bool asks;                    /* has a field to fill in */
};

/** webpage_read: @content_type: value of the HTTP field, or NULL.
 * @out: caller calls webpage_release. */
void webpage_read(const struct blob *body, const char *content_type,
		  struct webpage *out);
void webpage_release(struct webpage *page);

/** webpage_raw_title: The bytes between the tags of the first title, as sent;
 * length 0 when there is none. Borrowed from body. */
struct blob webpage_raw_title(const struct blob *body);

#endif
