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

/* Nearly all timers wait for one of few times. Those that wait for the same
 * one fall due in the order of their setting: a queue does. */
#define QUEUES 8

struct engine_queue {
	int64_t after_ms; /* of all in it; of the first queue 0 */
	struct engine_timer *first, *last;
};

struct engine {
	int epoll;
	int64_t now_ms;
	int64_t until_ms; /* serving what is ready, or what is due */
	uint64_t turn;
	struct engine_queue queues[QUEUES];
	struct engine_timer **heap; /* others, earliest first; [0] is place 1 */
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

static void unqueue(struct engine_timer *t)
{
	struct engine_queue *q = t->queue;

	*(t->before != NULL ? &t->before->after : &q->first) = t->after;
	*(t->after != NULL ? &t->after->before : &q->last) = t->before;
	t->before = t->after = NULL;
	t->queue = NULL;
}

static void enqueue(struct engine_queue *q, struct engine_timer *t)
{
	t->queue = q;
	t->before = q->last;
	*(q->last != NULL ? &q->last->after : &q->first) = t;
	q->last = t;
}

/* NULL: all are taken by other times. */
static struct engine_queue *queue_of(struct engine *e, int64_t after_ms)
{
	struct engine_queue *free = NULL;

	for (size_t i = 0; i < QUEUES; i++) {
		struct engine_queue *q = &e->queues[i];

		if (q->after_ms == after_ms)
			return q;
		if (i > 0 && free == NULL && q->first == NULL)
			free = q;
	}
	if (free != NULL)
		free->after_ms = after_ms;
	return free;
}

void engine_timer_cancel(struct engine *e, struct engine_timer *t)
{
	struct engine_timer *last;
	size_t place = t->place;

	if (t->queue != NULL) {
		unqueue(t);
		return;
	}
	if (place == 0)
		return;
	t->place = 0;
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
	struct engine_queue *q;

	if (after_ms < 0)
		after_ms = 0;
	engine_timer_cancel(e, t);
	t->due_ms = e->now_ms + after_ms;
	t->turn = e->turn;
	q = queue_of(e, after_ms);
	if (q != NULL) {
		enqueue(q, t);
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

/* The one of two that fires first; each may be NULL. */
static struct engine_timer *earlier(struct engine_timer *a,
				    struct engine_timer *b)
{
	if (a == NULL || b == NULL)
		return a != NULL ? a : b;
	return a->due_ms <= b->due_ms ? a : b;
}

/* What was set in this turn waits for the next one. */
static struct engine_timer *if_due(const struct engine *e,
				   struct engine_timer *t)
{
	return t == NULL || t->due_ms > e->now_ms || t->turn == e->turn ? NULL
									: t;
}

static struct engine_timer *next_due(const struct engine *e)
{
	struct engine_timer *t = e->count > 0 ? if_due(e, e->heap[0]) : NULL;

	for (size_t i = QUEUES; i-- > 0;)
		t = earlier(t, if_due(e, e->queues[i].first));
	return t;
}

/* Of all, or NULL. */
static struct engine_timer *first_timer(const struct engine *e)
{
	struct engine_timer *t = e->count > 0 ? e->heap[0] : NULL;

	for (size_t i = QUEUES; i-- > 0;)
		t = earlier(t, e->queues[i].first);
	return t;
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
	struct engine_timer *first = first_timer(e);
	int64_t wait = max_wait_ms;
	int more;

	if (first != NULL && first->due_ms - monotonic_ms() < wait)
		wait = first->due_ms - monotonic_ms();
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
