/*
 * The answers that `traffic` gives, each a table, a part of the JSON
 * document and a CSV.
 */
#ifndef MARTLET_ANSWERS_H
#define MARTLET_ANSWERS_H

#include <jansson.h>
#include <stdio.h>

#include "concentration.h"
#include "countries.h"
#include "events.h"
#include "habits.h"
#include "location.h"
#include "movers.h"
#include "research.h"
#include "signatures.h"
#include "table.h"
#include "traffic.h"
#include "workspace.h"

/* For --help, after the options. */
#define ANSWERS_HELP                                                           \
	"WHAT is one of months, ranks, changes (these three without --show), " \
	"days (of each region), movers (ports and countries that rose and "    \
	"fell), events (days above their neighbours, and what explains them, " \
	"where it was seen and where not), signatures (shares of each port, "  \
	"day and country), countries (sources of each day), concentration "    \
	"(few sources, networks and AS that send most), scanners (research "   \
	"scanners, known and by breadth), habits (weekdays and hours), "       \
	"uptime (when sensors ran, and their gaps).\n\n"

struct answers {
	const struct workspace *ws;
	struct sensordb *db;
	struct location *location; /* NULL: there is none */
	struct prefixes *known;    /* research scanners */
	unsigned shown;            /* 1 << answer */
	bool without_research;
	int top;
	struct traffic traffic;
	struct traffic then[TRAFFIC_THENS]; /* with all ranks, if needed */
	struct sourcedays sources;
	struct portdays ports;
	struct research research;
	struct movers port_movers, country_movers;
	struct events events;
	struct signatures signatures;
	struct countries countries;
	struct concentration concentration;
	struct habits habits;
};

struct answers_options {
	unsigned show; /* 1 << answer; 0: the usual ones */
	bool scanning_only, without_research;
	int top; /* 0: TRAFFIC_TOP */
};

/** answers_find: The number of an answer by its name, or -1. */
int answers_find(const char *name);

/** answers_load: Returns -1, logged, with out empty. Caller frees with
 * answers_release. */
int answers_load(const struct workspace *ws, struct sensordb *db,
		 const struct period *period,
		 const struct answers_options *options,
		 struct answers *out) WARN_UNUSED;
void answers_release(struct answers *a);

/** answers_json: @note: of an empty period, or NULL. Caller owns it. */
json_t *answers_json(const struct answers *a, const char *note);
/** Those shown, for a person. */
void answers_print(const struct answers *a, FILE *out);
void answers_print_csv(const struct answers *a, int answer, FILE *out);

#endif
