/*
 * What was wrong with rows of a file, by kind: counted, with the first few
 * line numbers, so that a million broken rows make a few lines of report.
 */
#ifndef MARTLET_ROWFAULTS_H
#define MARTLET_ROWFAULTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ROWFAULTS_KINDS 32
#define ROWFAULTS_LINES 5 /* line numbers kept of each kind */

struct rowfault {
	const char *what; /* static */
	bool counted;     /* the row counted all the same */
	int64_t count;
	int64_t lines[ROWFAULTS_LINES];
	char *example; /* of the first one, safe to show; may be "" */
};

/* Starts as {0}. */
struct rowfaults {
	struct rowfault kinds[ROWFAULTS_KINDS];
	size_t count;
};

/** rowfaults_add: @what: a static text that names the kind. @about: what
 * stood there, or "". @counted: the row counted all the same. */
void rowfaults_add(struct rowfaults *f, const char *what, const char *about,
		   int64_t line, bool counted);
/** Warnings, one for each kind. @file: its name, safe to show. */
void rowfaults_log(const struct rowfaults *f, const char *file);
void rowfaults_release(struct rowfaults *f);

#endif
