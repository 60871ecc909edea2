/*
 * The texts that vary inside a group, for the leak gate: "yamagata-2" in a
 * title tells where somebody's machine stands.
 */
#ifndef MARTLET_LEAK_SLOTS_H
#define MARTLET_LEAK_SLOTS_H

#include "compiler.h"
#include "leak.h"
#include "period.h"

/** leak_slots_add: Those of the period's groups; none without a case
 * database. Returns -1, logged. */
int leak_slots_add(struct leak_gate *g, const struct workspace *ws,
		   const struct period *p) WARN_UNUSED;

#endif
