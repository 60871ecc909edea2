/*
 * References in a page, resolved; only those on the same address, port and
 * scheme are of use, and names are never resolved (DESIGN section 6.1).
 */
#ifndef MARTLET_SAMESITE_H
#define MARTLET_SAMESITE_H

#include "observation.h"

/**
 * samesite_path: Resolves a reference against the page that was read.
 * @base: href of the page's base element, or NULL.
 * @path: out, when 1: begins with "/", without fragment, printable ASCII
 *        only; caller frees with free.
 * Returns 1 when it leads to another page of the same address, port and
 * scheme; 0 when it leads nowhere (the same page, a script, nothing); -1
 * when it leads elsewhere.
 */
int samesite_path(const struct observation *o, const char *base,
		  const char *reference, char **path);

#endif
