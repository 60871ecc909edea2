/*
 * Commands of this room, for the front door.
 */
#ifndef MARTLET_DOCUMENT_COMMANDS_H
#define MARTLET_DOCUMENT_COMMANDS_H

#include "workspace.h"

int cmd_report(const struct invocation *with, int argc, char **argv);
int cmd_check(const struct invocation *with, int argc, char **argv);

#endif
