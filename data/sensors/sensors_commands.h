/*
 * Commands of this room, for the front door.
 */
#ifndef MARTLET_SENSORS_COMMANDS_H
#define MARTLET_SENSORS_COMMANDS_H

#include "workspace.h"

int cmd_init(const struct invocation *with, int argc, char **argv);
int cmd_import(const struct invocation *with, int argc, char **argv);

#endif
