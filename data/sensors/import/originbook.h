/*
 * Where sources were when they were seen: `source_origin`, made of what each
 * import says, so that an import can be taken back. Writing and taking back
 * run inside the caller's transaction.
 */
#ifndef MARTLET_ORIGINBOOK_H
#define MARTLET_ORIGINBOOK_H

#include <stddef.h>
#include <stdint.h>

#include "compiler.h"
#include "packet.h"
#include "sensorstore.h"
#include "wordlist.h"

/* A time, both ends in it, during which a source had one origin. */
struct originbook_run {
	int64_t from, until;
	uint32_t origin;
};

/* Packets of one source from one origin on one UTC day. */
struct originbook_sight {
	struct addr source;
	struct originbook_run run;
};

/* Starts as {0}. */
struct originbook {
	struct originbook_sight *sights;
	size_t count, cap;
	uint32_t *slots;
	size_t slot_count;
};

void originbook_add(struct originbook *b, const struct packet *p);
void originbook_reset(struct originbook *b);
void originbook_release(struct originbook *b);

/**
 * originbook_flatten: Makes runs, in any order, into runs that follow each
 * other without overlap; neighbours of equal origin become one. Of two that
 * overlap, the shorter cuts the longer.
 * @runs: array on the heap, replaced. Returns the new count.
 */
size_t originbook_flatten(struct originbook_run **runs, size_t count);

/** originbook_write: @origins: "CC\tASN\tNAME" by number. Logs. */
int originbook_write(struct sensorstore *s, int64_t import,
		     struct originbook *b,
		     const struct wordlist *origins) WARN_UNUSED;
/** Logs. */
int originbook_undo(struct sensorstore *s, int64_t import) WARN_UNUSED;

#endif
