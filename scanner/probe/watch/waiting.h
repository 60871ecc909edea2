/*
 * Whose turn has not come: the hosts of the latest look, latest packet first.
 * Each look replaces them all, so that nothing grows.
 */
#ifndef MARTLET_WAITING_H
#define MARTLET_WAITING_H

#include "plan.h"

/* Starts as {0}. */
struct waiting {
	struct plan plan;
	size_t at; /* the next of plan */
	struct waiting_address {
		struct addr address;
		int64_t until_ms; /* 0: until the next answer */
	} * out;                  /* must not come back with the next answer */
	size_t out_count, out_cap;
};

void waiting_release(struct waiting *w);

/** waiting_question: A look begins now: it knows what was stored before. */
void waiting_question(struct waiting *w);

/** waiting_leave_out: The look that is under way does not know what became of
 * this address. @until_ms: leave it out of later looks too, up to then (as
 * now_ms counts); 0: no. */
void waiting_leave_out(struct waiting *w, const struct addr *a,
		       int64_t until_ms);

/**
 * waiting_answer: The hosts of the look, but those left out or being asked.
 * @plan: moved in. @busy: addresses that are being asked; sorted here.
 */
void waiting_answer(struct waiting *w, struct plan *plan, struct addr *busy,
		    size_t busy_count, int64_t now_ms);

/** waiting_next: Moves the next host out; the caller frees its ports.
 * Returns whether there was one. */
bool waiting_next(struct waiting *w, struct plan_host *out);
size_t waiting_count(const struct waiting *w);

/** waiting_clear: Forgets the hosts; addresses left out stay so. */
void waiting_clear(struct waiting *w);

#endif
