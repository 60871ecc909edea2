/*
 * What the files of groups share; nobody else includes it.
 */
#ifndef MARTLET_GROUPS_INTERNAL_H
#define MARTLET_GROUPS_INTERNAL_H

#include "groups.h"

/** groups_describe: Fills in differs and slots. Returns -1, logged. */
int groups_describe(struct groups *g) WARN_UNUSED;

#endif
