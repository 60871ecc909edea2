/*
 * Commands of this room, for the front door.
 */
#ifndef MARTLET_ANSWERABLE_COMMANDS_H
#define MARTLET_ANSWERABLE_COMMANDS_H

#include "workspace.h"

int cmd_opt_out(const struct invocation *with, int argc, char **argv);
int cmd_audit(const struct invocation *with, int argc, char **argv);
int cmd_probing_txt(const struct invocation *with, int argc, char **argv);

#endif
