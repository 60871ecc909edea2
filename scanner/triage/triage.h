/*
 * Choosing whom to ask: every source gets a reason from the closed list,
 * "target" or why not (DESIGN sections 6.3 to 6.5).
 */
#ifndef MARTLET_TRIAGE_H
#define MARTLET_TRIAGE_H

#include <stdbool.h>

#include "lists.h"
#include "scope.h"
#include "sources.h"
#include "workspace.h"

struct triage;

/**
 * triage_new: @stale: accept sources older than triage.max_age_days.
 * Without scope.countries the countries of the home region's sensors are
 * read from db.
 * Returns NULL, logged. @scope: borrowed, outlives the triage.
 */
struct triage *triage_new(const struct workspace *ws, struct sensordb *db,
			  struct scope *scope, bool stale);
void triage_free(struct triage *t);

/**
 * triage_judge: The first reason that applies, in the order of
 * lists/refusals.csv. Only TCP packets that are not backscatter speak for a
 * source, for its freshness too; the age is at civil_now.
 */
enum refusal triage_judge(const struct triage *t, const struct source *s);

#endif
