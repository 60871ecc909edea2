/*
 * Commands of this room, for the front door.
 */
#ifndef MARTLET_SCAN_COMMANDS_H
#define MARTLET_SCAN_COMMANDS_H

#include "workspace.h"

int cmd_scan(const struct invocation *with, int argc, char **argv);

#endif
