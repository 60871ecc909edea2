/*
 * Commands of this room, for the front door.
 */
#ifndef MARTLET_FINDINGS_COMMANDS_H
#define MARTLET_FINDINGS_COMMANDS_H

#include "workspace.h"

int cmd_findings(const struct invocation *with, int argc, char **argv);

#endif
