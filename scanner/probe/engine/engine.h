/*
 * One epoll loop and a heap of timers. Watches and timers live inside the
 * structures of their owners, so that thousands of sockets cost no
 * allocation here, and waiting costs nothing.
 */
#ifndef MARTLET_ENGINE_H
#define MARTLET_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "compiler.h"

struct engine;

/* Starts as {0} with fire set. */
struct engine_timer {
	void (*fire)(struct engine_timer *t);
	int64_t due_ms;
	size_t place;               /* in the heap, from 1; 0: not there */
	struct engine_queue *queue; /* NULL: in none */
	struct engine_timer *before, *after; /* in the queue */
	uint64_t turn; /* of the loop in which it was set */
};

/* Starts as {0} with fd and ready set. */
struct engine_watch {
	int fd;
	uint32_t events; /* EPOLLIN ...; 0: not watched */
	void (*ready)(struct engine_watch *w, uint32_t events);
};

/** Returns NULL, logged. */
struct engine *engine_new(void);
void engine_free(struct engine *e);

/** Milliseconds of the monotonic clock, read once per turn of the loop. */
int64_t engine_now(const struct engine *e);

/** Reads the clock in the middle of a turn. */
int64_t engine_clock(struct engine *e);

/** (Re)starts a timer. One that is set while timers fire fires in the next
 * turn at the earliest. */
void engine_timer_set(struct engine *e, struct engine_timer *t,
		      int64_t after_ms);
void engine_timer_cancel(struct engine *e, struct engine_timer *t);

/** Watches for events, or for others than before. Returns -1 with errno. */
int engine_watch_set(struct engine *e, struct engine_watch *w,
		     uint32_t events) WARN_UNUSED;
/** Before the descriptor is closed or given away. An event that waits in
 * this turn is dropped too. */
void engine_watch_drop(struct engine *e, struct engine_watch *w);
/** The same once the descriptor is closed, which nobody else has open. */
void engine_watch_closed(struct engine *e, struct engine_watch *w);

/** One turn: waits for an event or a timer, max_wait_ms at the most, and
 * calls what is due. Returns -1, logged. */
int engine_turn(struct engine *e, int64_t max_wait_ms) WARN_UNUSED;

#endif
