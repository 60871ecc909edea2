/*
 * The answers that `traffic` gives, each a table, a part of the JSON
 * document and a CSV.
 */
#ifndef MARTLET_ANSWERS_H
#define MARTLET_ANSWERS_H

#include <jansson.h>
#include <stdio.h>

#include "events.h"
#include "location.h"
#include "traffic.h"

/* For --help, after the options. */
#define ANSWERS_HELP                                                           \
	"WHAT is one of months, ranks, changes and events; without --show "    \
	"all of these.\n\n"

struct answers {
	struct sensordb *db;
	const struct config *config;
	struct location *location; /* NULL: there is none */
	unsigned shown;            /* 1 << answer */
	struct traffic traffic;
	struct events events;
};

/** answers_find: The number of an answer by its name, or -1. */
int answers_find(const char *name);

/**
 * answers_load: @show: 1 << answer; 0: the usual ones.
 * Returns -1, logged, with out empty. Caller frees with answers_release.
 */
int answers_load(struct sensordb *db, const struct config *config,
		 const struct period *period,
		 const struct traffic_options *options, unsigned show,
		 struct answers *out) WARN_UNUSED;
void answers_release(struct answers *a);

/** answers_json: @note: of an empty period, or NULL. Caller owns it. */
json_t *answers_json(const struct answers *a, const char *note);
/** Those shown, for a person. */
void answers_print(const struct answers *a, FILE *out);
void answers_print_csv(const struct answers *a, int answer, FILE *out);

#endif
