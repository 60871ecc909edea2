/*
 * Commands of this room, for the front door.
 */
#ifndef MARTLET_GROUPS_COMMANDS_H
#define MARTLET_GROUPS_COMMANDS_H

#include "workspace.h"

int cmd_groups(const struct invocation *with, int argc, char **argv);
int cmd_group(const struct invocation *with, int argc, char **argv);

#endif
