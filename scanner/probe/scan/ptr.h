/*
 * Names on request (scan --ptr): asks a name server for the names of targets
 * beside the probes, at a pace of its own, and stores what it says. Only
 * addresses that the scope gate lets through at that moment, and none whose
 * name was looked up within triage.max_age_days. That no name server answers
 * is no failure of a scan.
 */
#ifndef MARTLET_PTR_H
#define MARTLET_PTR_H

#include "casefile.h"
#include "dialer.h"
#include "engine.h"

struct ptr;

struct ptr_parts { /* all borrowed */
	struct engine *engine;
	struct dialer *dialer;
	struct casefile *casefile; /* open for writing */
	const struct config *config;
};

struct ptr_counts {
	size_t waiting; /* not asked yet, or under way */
	size_t answers[NAME_ANSWER_COUNT];
	size_t known;   /* looked up lately */
	size_t refused; /* no target any more */
	bool given_up;  /* no name server answers: nothing more is asked */
};

/** ptr_new: Returns NULL, logged: a wrong setting, a build without c-ares. */
struct ptr *ptr_new(const struct ptr_parts *parts);
/** What is under way is dropped, what came is stored. */
void ptr_free(struct ptr *p);

/** ptr_add: @until: Unix seconds, when it is no target any more; 0: never. */
void ptr_add(struct ptr *p, const struct addr *address, int64_t until);

struct ptr_counts ptr_count(const struct ptr *p);
/** Whether the case database refused, logged: the scan cannot go on. */
bool ptr_failed(const struct ptr *p);

#endif
