/*
 * Commands of this room, for the front door.
 */
#ifndef MARTLET_CONTACTS_COMMANDS_H
#define MARTLET_CONTACTS_COMMANDS_H

#include "workspace.h"

int cmd_contacts(const struct invocation *with, int argc, char **argv);

#endif
