/*
 * An SQLite file opened for reading only, also on a disk that cannot be
 * written. For the files of this room.
 */
#ifndef MARTLET_SENSORFILE_H
#define MARTLET_SENSORFILE_H

#include <sqlite3.h>

/** sensorfile_open: Returns NULL, logged: not there, not readable, not an
 * SQLite database. Caller frees with sqlite3_close. */
sqlite3 *sensorfile_open(const char *path);

#endif
