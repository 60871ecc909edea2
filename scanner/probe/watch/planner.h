/*
 * Looks at the sensor database in a process of its own, so that a look of any
 * length holds nothing up and every library it uses is used by one thread.
 * The process is started before the sandbox, enters one itself, and dies with
 * its parent. One look at a time.
 */
#ifndef MARTLET_PLANNER_H
#define MARTLET_PLANNER_H

#include "plan.h"

struct planner;

struct planner_answer {
	bool good;
	struct plan plan; /* latest packet first */
	char *messages;   /* what the look had to say, "" for nothing */
	int64_t took_ms;
};

/** planner_start: Before any database is open. @wishes: shard only.
 * Returns NULL, logged. */
struct planner *planner_start(const struct workspace *ws,
			      const struct plan_wishes *wishes);
/** The process ends when it has nothing to do, or with its parent. */
void planner_free(struct planner *p);

/** planner_ask: Begins a look with this configuration. What is committed to
 * the case database before is known to it. Returns -1, logged. */
int planner_ask(struct planner *p, const struct config *config) WARN_UNUSED;
/** Readable when the answer is there. */
int planner_fd(const struct planner *p);
/** planner_take: Returns -1, logged, when the process died. Caller frees with
 * planner_answer_release. */
int planner_take(struct planner *p, struct planner_answer *out) WARN_UNUSED;
void planner_answer_release(struct planner_answer *a);

#endif
