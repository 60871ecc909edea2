/*
 * Commands of this room, for the front door.
 */
#ifndef MARTLET_IDENTIFY_COMMANDS_H
#define MARTLET_IDENTIFY_COMMANDS_H

#include "workspace.h"

int cmd_fingerprint(const struct invocation *with, int argc, char **argv);
int cmd_name(const struct invocation *with, int argc, char **argv);

#endif
