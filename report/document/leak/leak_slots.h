/*
 * What the leak gate learns from the workspace: the texts that vary inside a
 * group ("yamagata-2" in a title tells where somebody's machine stands), and
 * what sensors are called inside ("tokyo-3"; their labels are public).
 */
#ifndef MARTLET_LEAK_SLOTS_H
#define MARTLET_LEAK_SLOTS_H

#include "compiler.h"
#include "leak.h"
#include "period.h"

/** leak_slots_add: Slots of the period's groups (none without a case
 * database) and ids of sensors that are more than a plain word. Returns -1,
 * logged. */
int leak_slots_add(struct leak_gate *g, const struct workspace *ws,
		   const struct period *p) WARN_UNUSED;

#endif
