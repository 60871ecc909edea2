/*
 * Writing `traffic` with the books that let one import be taken back. Both
 * run inside the caller's transaction; both log and return -1.
 */
#ifndef MARTLET_TRAFFICBOOK_H
#define MARTLET_TRAFFICBOOK_H

#include <stdbool.h>
#include <stdint.h>

#include "compiler.h"
#include "rowstream.h"
#include "sensorstore.h"
#include "wordlist.h"

/** Called now and then while rows are written. */
typedef void trafficbook_tick(void *arg, size_t done, size_t all);

/** trafficbook_write: Adds rows to `traffic` as part of an import, which may
 * have written others before.
 * @sensors: the ids behind the rows' sensor numbers. */
int trafficbook_write(struct sensorstore *s, int64_t import,
		      struct rowstream *rows, const struct wordlist *sensors,
		      trafficbook_tick *tick, void *arg) WARN_UNUSED;

/** trafficbook_undo: What is left is what the other imports gave.
 * @first, @last: the days of the import, as ISO text. */
int trafficbook_undo(struct sensorstore *s, int64_t import, const char *first,
		     const char *last) WARN_UNUSED;

#endif
