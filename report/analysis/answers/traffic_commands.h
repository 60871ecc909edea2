/*
 * Commands of this room, for the front door.
 */
#ifndef MARTLET_TRAFFIC_COMMANDS_H
#define MARTLET_TRAFFIC_COMMANDS_H

#include "workspace.h"

int cmd_traffic(const struct invocation *with, int argc, char **argv);

#endif
