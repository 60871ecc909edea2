/*
 * Commands of this room, for the front door.
 */
#ifndef MARTLET_WATCH_COMMANDS_H
#define MARTLET_WATCH_COMMANDS_H

#include "workspace.h"

int cmd_watch(const struct invocation *with, int argc, char **argv);

#endif
