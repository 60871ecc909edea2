/*
 * Commands of this room, for the front door.
 */
#ifndef MARTLET_SENSORS_COMMANDS_H
#define MARTLET_SENSORS_COMMANDS_H

#include "workspace.h"

int cmd_init(const struct invocation *with, int argc, char **argv);
int cmd_import(const struct invocation *with, int argc, char **argv);
int cmd_sensors(const struct invocation *with, int argc, char **argv);
/* Parts of it. */
int cmd_sensors_list(const struct invocation *with, int argc, char **argv);
int cmd_sensors_add(const struct invocation *with, int argc, char **argv);
int cmd_sensors_ddl(const struct invocation *with, int argc, char **argv);
int cmd_sensors_uptime(const struct invocation *with, int argc, char **argv);

#endif
