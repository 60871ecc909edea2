/*
 * The research scanners that Martlet knows and those that the workspace
 * adds (reference.scanners).
 */
#ifndef MARTLET_SCANNERLISTS_H
#define MARTLET_SCANNERLISTS_H

#include "prefixes.h"
#include "workspace.h"

/** Returns NULL, logged with the file. Caller frees with prefixes_free. */
struct prefixes *scannerlists_load(const struct workspace *ws);

#endif
