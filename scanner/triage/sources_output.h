/*
 * Judged sources as a table for people, CSV and JSON (DESIGN section 15).
 */
#ifndef MARTLET_SOURCES_OUTPUT_H
#define MARTLET_SOURCES_OUTPUT_H

#include <stdio.h>

#include "compiler.h"
#include "lists.h"
#include "sources.h"

struct judged {
	const struct source *source;
	enum refusal reason;
};

struct sources_output {
	const char *period;
	struct judged *list; /* printed in this order */
	size_t count;
};

/** Each returns -1, logged, when out cannot be written. */
int sources_output_table(const struct sources_output *s, FILE *out) WARN_UNUSED;
int sources_output_csv(const struct sources_output *s, FILE *out) WARN_UNUSED;
int sources_output_json(const struct sources_output *s, FILE *out) WARN_UNUSED;

/** On standard error: how many there are, IPv6 also by /64, and the reasons.
 * @shown: how many of them options left to show. */
void sources_output_summary(const struct sources_output *s, size_t shown);

#endif
