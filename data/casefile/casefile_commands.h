/*
 * Commands of this room, for the front door.
 */
#ifndef MARTLET_CASEFILE_COMMANDS_H
#define MARTLET_CASEFILE_COMMANDS_H

#include "workspace.h"

int cmd_merge(const struct invocation *with, int argc, char **argv);

#endif
