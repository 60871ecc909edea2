/*
 * Commands of this room, for the front door.
 */
#ifndef MARTLET_SHOW_COMMANDS_H
#define MARTLET_SHOW_COMMANDS_H

#include "workspace.h"

int cmd_services(const struct invocation *with, int argc, char **argv);
int cmd_show(const struct invocation *with, int argc, char **argv);

#endif
