#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include "log.h"
#include "xalloc.h"
#include "engine.h"

#define EVENTS_PER_ROUND 128
/* A turn that serves for so long leaves the rest to the next one: neither a
 * flood of events nor one of timers holds up the other, or a signal. */
#define SERVE_MAX_MS 100

/* The place of a timer that waits in the queue. */
#define QUEUED SIZE_MAX

struct engine {
	int epoll;
	int64_t now_ms;
	int64_t until_ms; /* serving what is ready, or what is due */
	uint64_t turn;
	struct engine_timer **heap;        /* earliest first; [0] is place 1 */
	struct engine_timer *first, *last; /* queue of those due at once */
	size_t count, cap;
	struct epoll_event events[EVENTS_PER_ROUND];
	int event_at, event_count; /* of this round */
};

static int64_t read_clock(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static int64_t monotonic_ms(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

struct engine *engine_new(void)
{
	struct engine *e = xalloc_zero(1, sizeof(*e));

	e->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (e->epoll < 0) {
		log_error("cannot make an epoll instance: %s", strerror(errno));
		free(e);
		return NULL;
	}
	e->now_ms = monotonic_ms();
	return e;
}

void engine_free(struct engine *e)
{
	if (e == NULL)
		return;
	close(e->epoll);
	free(e->heap);
	free(e);
}

int64_t engine_now(const struct engine *e)
{
	return e->now_ms;
}

int64_t engine_clock(struct engine *e)
{
	e->now_ms = monotonic_ms();
	return e->now_ms;
}

static void put(struct engine *e, size_t place, struct engine_timer *t)
{
	e->heap[place - 1] = t;
	t->place = place;
}

static void rise(struct engine *e, struct engine_timer *t)
{
	size_t at = t->place;

	while (at > 1 && e->heap[at / 2 - 1]->due_ms > t->due_ms) {
		put(e, at, e->heap[at / 2 - 1]);
		at /= 2;
	}
	put(e, at, t);
}

static void sink(struct engine *e, struct engine_timer *t)
{
	size_t at = t->place, child;

	while ((child = 2 * at) <= e->count) {
		if (child < e->count &&
		    e->heap[child]->due_ms < e->heap[child - 1]->due_ms)
			child++;
		if (e->heap[child - 1]->due_ms >= t->due_ms)
			break;
		put(e, at, e->heap[child - 1]);
		at = child;
	}
	put(e, at, t);
}

static void unqueue(struct engine *e, struct engine_timer *t)
{
	*(t->before != NULL ? &t->before->after : &e->first) = t->after;
	*(t->after != NULL ? &t->after->before : &e->last) = t->before;
	t->before = t->after = NULL;
}

static void enqueue(struct engine *e, struct engine_timer *t)
{
	t->place = QUEUED;
	t->before = e->last;
	*(e->last != NULL ? &e->last->after : &e->first) = t;
	e->last = t;
}

void engine_timer_cancel(struct engine *e, struct engine_timer *t)
{
	struct engine_timer *last;
	size_t place = t->place;

	if (place == 0)
		return;
	t->place = 0;
	if (place == QUEUED) {
		unqueue(e, t);
		return;
	}
	last = e->heap[--e->count];
	if (last == t)
		return;
	put(e, place, last);
	rise(e, last);
	sink(e, last);
}

void engine_timer_set(struct engine *e, struct engine_timer *t,
		      int64_t after_ms)
{
	engine_timer_cancel(e, t);
	t->due_ms = e->now_ms + (after_ms > 0 ? after_ms : 0);
	t->turn = e->turn;
	/* Half of all timers: they need no order but that of their setting. */
	if (after_ms <= 0) {
		enqueue(e, t);
		return;
	}
	xalloc_room((void **)&e->heap, &e->cap, e->count, sizeof(*e->heap));
	put(e, ++e->count, t);
	rise(e, t);
}

int engine_watch_set(struct engine *e, struct engine_watch *w, uint32_t events)
{
	struct epoll_event event = {.events = events, .data.ptr = w};
	int op = w->events == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;

	if (events == w->events)
		return 0;
	if (epoll_ctl(e->epoll, op, w->fd, &event) < 0)
		return -1;
	w->events = events;
	return 0;
}

void engine_watch_drop(struct engine *e, struct engine_watch *w)
{
	if (w->events == 0)
		return;
	epoll_ctl(e->epoll, EPOLL_CTL_DEL, w->fd, NULL);
	engine_watch_closed(e, w);
}

void engine_watch_closed(struct engine *e, struct engine_watch *w)
{
	if (w->events == 0)
		return;
	w->events = 0;
	for (int i = e->event_at; i < e->event_count; i++)
		if (e->events[i].data.ptr == w)
			e->events[i].data.ptr = NULL;
}

static void start_serving(struct engine *e)
{
	e->until_ms = monotonic_ms() + SERVE_MAX_MS;
}

static bool may_go_on(const struct engine *e)
{
	/* Asked for each event: the clock that is a few ms late costs less. */
	return read_clock(CLOCK_MONOTONIC_COARSE) < e->until_ms;
}

/* What was set in this turn waits for the next one. */
static struct engine_timer *next_due(const struct engine *e)
{
	struct engine_timer *t = e->count > 0 ? e->heap[0] : NULL;

	if (t != NULL && (t->due_ms > e->now_ms || t->turn == e->turn))
		t = NULL;
	if (e->first == NULL || e->first->turn == e->turn)
		return t;
	return t != NULL && t->due_ms <= e->first->due_ms ? t : e->first;
}

static void fire_due(struct engine *e)
{
	struct engine_timer *t;

	e->turn++;
	start_serving(e);
	while ((t = next_due(e)) != NULL && may_go_on(e)) {
		engine_timer_cancel(e, t);
		t->fire(t);
	}
}

/* Calls what is ready; returns whether more may be, or -1, logged. What is
 * left out is reported again. */
static int serve_ready(struct engine *e, int64_t wait)
{
	int n = epoll_wait(e->epoll, e->events, EVENTS_PER_ROUND, (int)wait);

	if (n < 0 && errno != EINTR) {
		log_error("cannot wait for events: %s", strerror(errno));
		return -1;
	}
	e->now_ms = monotonic_ms();
	if (wait != 0)
		start_serving(e);
	e->event_count = n < 0 ? 0 : n;
	for (e->event_at = 0; e->event_at < e->event_count && may_go_on(e);) {
		struct epoll_event event = e->events[e->event_at++];
		struct engine_watch *w = event.data.ptr;

		if (w != NULL)
			w->ready(w, event.events);
	}
	e->event_count = 0;
	return n == EVENTS_PER_ROUND;
}

int engine_turn(struct engine *e, int64_t max_wait_ms)
{
	int64_t wait = max_wait_ms;
	int more;

	if (e->first != NULL)
		wait = 0;
	else if (e->count > 0 && e->heap[0]->due_ms - monotonic_ms() < wait)
		wait = e->heap[0]->due_ms - monotonic_ms();
	start_serving(e);
	more = serve_ready(e, wait < 0 ? 0 : wait);
	/* Nobody is too late only because others were heard first. */
	while (more > 0 && may_go_on(e))
		more = serve_ready(e, 0);
	if (more < 0)
		return -1;
	fire_due(e);
	return 0;
}
