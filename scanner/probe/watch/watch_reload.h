/* Reading the configuration, for watch.c and cmd_watch.c; see watch.h. */
#ifndef MARTLET_WATCH_RELOAD_H
#define MARTLET_WATCH_RELOAD_H

#include "watch.h"

/**
 * watch_reload: Reads martlet.conf again and opens what it names. The
 * workspace has the new configuration then, and @out what belongs to it.
 * Returns -1, logged, with nothing changed.
 */
int watch_reload(const struct watch_parts *parts,
		 struct watch_tools *out) WARN_UNUSED;

#endif
