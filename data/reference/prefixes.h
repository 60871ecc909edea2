/*
 * Prefixes with a name each: the special-purpose addresses that are never
 * asked (special-purpose.csv) and the research scanners that need not be
 * (scanners.csv).
 */
#ifndef MARTLET_PREFIXES_H
#define MARTLET_PREFIXES_H

#include "addr.h"
#include "compiler.h"

struct prefixes;

/** Return NULL, logged with file and line. */
struct prefixes *prefixes_load_special(void);
struct prefixes *prefixes_load_scanners(void);
/** prefixes_add_file: A CSV with the columns prefix and organisation, or a
 * warning list of MISP when its name ends in .json. -1, logged. */
int prefixes_add_file(struct prefixes *p, const char *path) WARN_UNUSED;
void prefixes_free(struct prefixes *p);

/** prefixes_find: The name of the most specific prefix that holds the
 * address ("Private-Use", "Shodan"), or NULL. Borrowed. */
const char *prefixes_find(struct prefixes *p, const struct addr *a);

#endif
