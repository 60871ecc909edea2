/*
 * Commands of this room, for the front door.
 */
#ifndef MARTLET_TRIAGE_COMMANDS_H
#define MARTLET_TRIAGE_COMMANDS_H

#include "workspace.h"

int cmd_sources(const struct invocation *with, int argc, char **argv);

#endif
