/*
 * Findings: claims with a sentence in each language, and the numbers that
 * make them, each with the statement that anybody can run again (DESIGN
 * section 10). Text here is public: it never holds an address, a host name
 * or the name of a sensor's site.
 */
#ifndef MARTLET_FINDINGS_H
#define MARTLET_FINDINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "casefile.h"
#include "compiler.h"
#include "lists.h"
#include "sensordb.h"
#include "traffic.h"

/* A number is counted by a statement, or made of others by a formula; a
 * formula of such numbers alone has a statement, too. */
struct finding_number {
	char *name; /* "home.2013-04.packets" */
	double value;
	const char *database;              /* "sensors" or "case"; NULL: none */
	char *statement;                   /* SQL with a ? for each parameter */
	struct sensordb_value *parameters; /* texts are owned */
	size_t parameter_count;
	char *formula; /* "a / (b / 86400 + c)" */
};

struct finding {
	char *id; /* "2013Q2/region-comparison"; the same in every run */
	enum finding_kind kind;
	char *text_en, *text_ja; /* text_ja may be NULL */
	struct finding_number *numbers;
	size_t number_count, number_cap;
	const char *confidence; /* "high", "medium", "low" */
	const char *status;     /* "proposed" */
};

struct findings {
	struct finding *list; /* by kind, then as found */
	size_t count, cap;
};

/**
 * findings_list: Everything that the period's data say.
 * @cf: may be NULL: then nothing that needs probes is found.
 * Returns -1, logged, with out empty. Caller frees with findings_release.
 */
int findings_list(const struct traffic *t, struct sensordb *db,
		  struct casefile *cf, struct findings *out) WARN_UNUSED;
void findings_release(struct findings *f);

/* --- for the rooms' own files that find something */

/**
 * findings_add: A new finding, confidence "high".
 * @subject: NULL, or what tells several of one kind apart; it goes into id.
 * Borrowed until the next findings_add.
 */
struct finding *findings_add(struct findings *f, const struct period *p,
			     enum finding_kind kind, const char *subject);
/** A number that statement gives; values are copied. */
void findings_count(struct finding *f, const char *name, int64_t value,
		    const char *database, const char *statement,
		    const struct sensordb_value *values, size_t count);
/** A number made of others: their names, whole numbers, + - * / ( ), or
 * prose. NaN is not known. */
void findings_ratio(struct finding *f, const char *name, double value,
		    const char *formula);

#endif
