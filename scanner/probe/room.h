/*
 * The memory that probes under way may take, whatever peers send
 * (probe.memory_max_mb). Each probe counts for what a connection takes; an
 * answer is read only once the most that it may become is set aside, and waits
 * in the kernel until then; a page that is kept counts for its size. Where all
 * is taken, still one answer at a time is read that ends a probe which has a
 * page, or any when there is no such page: so what waits goes on.
 */
#ifndef MARTLET_ROOM_H
#define MARTLET_ROOM_H

#include <stdbool.h>
#include <stddef.h>

/* Starts as {0}. */
struct room {
	size_t max;      /* bytes; 0: no bound */
	size_t probes;   /* under way; the scheduler's */
	size_t kept;     /* bytes of pages */
	size_t reserved; /* bytes for answers */
	struct room_place *waiting, *last;
};

/* An answer's. Starts as {0} with granted set. */
struct room_place {
	void (*granted)(struct room_place *p);
	size_t bytes; /* set aside; 0: none */
	size_t wanted;
	bool holds; /* its probe has a page that goes when it is read */
	bool waits;
	struct room_place *next;
};

/** Whether one more probe may begin. */
bool room_for_probe(const struct room *r);
/** room_take: Sets bytes aside. Returns false when it has to wait: granted is
 * called when they are there. */
bool room_take(struct room *r, struct room_place *p, size_t bytes);
/** Gives back, or waits no more. */
void room_leave(struct room *r, struct room_place *p);
/** A page that was counted for so many bytes is counted for others. */
void room_keep(struct room *r, size_t before, size_t now);

#endif
