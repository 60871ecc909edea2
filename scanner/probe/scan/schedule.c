#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "civil.h"
#include "xalloc.h"
#include "schedule.h"

/* Hosts that wait for a limit they share with others are told the same time,
 * so they are spread over some more: so many come back in one ms. */
#define HOSTS_PER_MS 16
#define EXTRA_MAX_MS 1000

struct host {
	struct engine_timer timer; /* first: timers lead back here */
	struct schedule *schedule;
	const struct plan_host *plan;
	uint16_t *ports;                      /* shuffled */
	size_t next;                          /* the port whose turn it is */
	struct probe *pending;                /* of ports[next], not begun */
	struct probe *further, **further_end; /* want a connection */
	struct probe *live;                   /* all that are under way */
	struct host *blocked_next;
	bool blocked;
	bool woken;                  /* from being blocked, its turn comes */
	enum schedule_end end;       /* why nothing more of it is begun */
	struct host *before, *after; /* of all */
};

struct schedule {
	struct schedule_parts with;
	struct host *hosts;
	size_t busy;                         /* with ports left */
	struct host *blocked, **blocked_end; /* until there is room */
	size_t woken;                        /* that have room kept */
	struct schedule_counts counts;
	uint64_t asked;  /* times that the pace said later */
	uint64_t random; /* state */
};

static uint64_t random_next(uint64_t *state)
{
	/* splitmix64: good enough to spread, and the same everywhere. */
	uint64_t z = *state += 0x9e3779b97f4a7c15u;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

static void shuffle_ports(uint16_t *list, size_t count, uint64_t *state)
{
	for (size_t i = count; i > 1; i--) {
		size_t j = random_next(state) % i;
		uint16_t keep = list[i - 1];

		list[i - 1] = list[j];
		list[j] = keep;
	}
}

static size_t *shuffled(size_t count, uint64_t *state)
{
	size_t *order = xalloc_zero(count + 1, sizeof(*order));

	for (size_t i = 0; i < count; i++) {
		size_t j = random_next(state) % (i + 1);

		order[i] = order[j];
		order[j] = i;
	}
	return order;
}

static void turn(struct engine_timer *t);
static void want(struct probe *p);
static void done(struct probe *p);

static void set_turn(struct host *h, int64_t after_ms)
{
	engine_timer_set(h->schedule->with.prober->engine, &h->timer, after_ms);
}

void schedule_add(struct schedule *s, const struct plan_host *plan)
{
	struct host *h = xalloc_zero(1, sizeof(*h));

	h->timer.fire = turn;
	h->schedule = s;
	h->plan = plan;
	h->further_end = &h->further;
	h->ports = xalloc_zero(plan->port_count + 1, sizeof(*h->ports));
	memcpy(h->ports, plan->ports, plan->port_count * sizeof(*h->ports));
	shuffle_ports(h->ports, plan->port_count, &s->random);
	h->after = s->hosts;
	if (h->after != NULL)
		h->after->before = h;
	s->hosts = h;
	s->busy++;
	s->counts.hosts++;
	s->counts.left += plan->port_count;
	set_turn(h, 0);
}

struct schedule *schedule_new(const struct schedule_parts *parts)
{
	const struct plan *plan = parts->plan;
	size_t count = plan != NULL ? plan->count : 0;
	struct schedule *s = xalloc_zero(1, sizeof(*s));
	size_t *order;

	s->with = *parts;
	s->blocked_end = &s->blocked;
	s->random = parts->seed;
	parts->prober->want = want;
	parts->prober->done = done;
	parts->prober->arg = s;
	order = shuffled(count, &s->random);
	for (size_t i = 0; i < count; i++)
		schedule_add(s, &plan->hosts[order[i]]);
	free(order);
	return s;
}

/* Ends the probes under way and forgets the host. */
static void drop(struct host *h)
{
	struct schedule *s = h->schedule;

	engine_timer_cancel(s->with.prober->engine, &h->timer);
	while (h->live != NULL) {
		struct probe *p = h->live;

		h->live = p->sibling;
		probe_free(p);
		s->with.prober->room.probes--;
	}
	probe_free(h->pending);
	s->woken -= h->woken;
	if (h->before != NULL)
		h->before->after = h->after;
	else
		s->hosts = h->after;
	if (h->after != NULL)
		h->after->before = h->before;
	s->counts.hosts--;
	free(h->ports);
	free(h);
}

void schedule_free(struct schedule *s)
{
	if (s == NULL)
		return;
	while (s->hosts != NULL)
		drop(s->hosts);
	free(s);
}

/* Forgets a host of which nothing is left to do or to wait for. */
static void forget_done(struct host *h)
{
	struct schedule *s = h->schedule;
	const struct plan_host *plan = h->plan;
	enum schedule_end end = h->end;

	if (h->next < plan->port_count || h->live != NULL || h->blocked)
		return;
	drop(h);
	if (s->with.gone != NULL)
		s->with.gone(plan, end, s->with.arg);
}

struct schedule_counts schedule_count(const struct schedule *s)
{
	return s->counts;
}

void schedule_set_open_max(struct schedule *s, size_t open_max)
{
	s->with.open_max = open_max;
}

static void no_ports_left(struct host *h)
{
	h->schedule->busy--;
}

/* Nothing more of this host, for this reason. */
static void give_up(struct host *h, enum schedule_end reason)
{
	size_t left = h->plan->port_count - h->next;

	if (reason == SCHEDULE_SPENT)
		h->schedule->counts.spent += left;
	else
		h->schedule->counts.withdrawn += left;
	h->end = reason;
	h->schedule->counts.left -= left;
	h->next = h->plan->port_count;
	probe_free(h->pending);
	h->pending = NULL;
	no_ports_left(h);
}

static int64_t patience(struct schedule *s, int64_t wait_ms)
{
	int64_t room = (int64_t)(s->busy / HOSTS_PER_MS);

	if (room > EXTRA_MAX_MS)
		room = EXTRA_MAX_MS;
	s->asked++;
	return wait_ms > room
		   ? wait_ms
		   : wait_ms + (int64_t)(s->asked % (uint64_t)(room + 1));
}

static enum dialer_answer dial(struct host *h, struct probe *p)
{
	struct dialer_request request = probe_request(p);
	enum dialer_answer answer;
	int64_t wait_ms = 0;

	request.asn = h->plan->asn;
	answer = dialer_ask(h->schedule->with.prober->dialer, &request,
			    &wait_ms, &p->connection);
	if (answer == DIALER_LATER)
		set_turn(h, patience(h->schedule, wait_ms));
	return answer;
}

/* A further connection of a probe under way. */
static void turn_further(struct host *h)
{
	struct probe *p = h->further;

	switch (dial(h, p)) {
	case DIALER_LATER:
		return;
	case DIALER_STARTED:
		break;
	case DIALER_SPENT:
		probe_denied(p, OUTCOME_LOCAL_ERROR);
		break;
	case DIALER_WITHDRAWN:
		probe_denied(p, OUTCOME_WITHDRAWN);
		break;
	}
	h->further = p->next;
	if (h->further == NULL)
		h->further_end = &h->further;
	set_turn(h, 0);
}

static struct probe *next_probe(struct host *h)
{
	struct schedule *s = h->schedule;
	const struct port *port = ports_find(s->with.ports, h->ports[h->next]);
	struct probe *p = probe_new(s->with.prober, &h->plan->address, port);

	p->place = h;
	p->why = "probe";
	return p;
}

static void begun(struct host *h)
{
	struct schedule *s = h->schedule;
	struct probe *p = h->pending;

	h->pending = NULL;
	p->sibling = h->live;
	p->sibling_at = &h->live;
	if (h->live != NULL)
		h->live->sibling_at = &p->sibling;
	h->live = p;
	s->counts.live++;
	s->with.prober->room.probes++;
	s->counts.begun++;
	s->counts.left--;
	if (++h->next == h->plan->port_count)
		no_ports_left(h);
}

static bool has_room(const struct schedule *s)
{
	return s->counts.live + s->woken < s->with.open_max &&
	       room_for_probe(&s->with.prober->room);
}

/* One that waits gets the room that there is now. */
static void unblock(struct schedule *s)
{
	struct host *h = s->blocked;

	if (h == NULL || !has_room(s))
		return;
	s->blocked = h->blocked_next;
	if (s->blocked == NULL)
		s->blocked_end = &s->blocked;
	h->blocked = false;
	h->woken = true;
	s->woken++;
	set_turn(h, 0);
}

static void block(struct host *h)
{
	struct schedule *s = h->schedule;

	h->blocked = true;
	h->blocked_next = NULL;
	*s->blocked_end = h;
	s->blocked_end = &h->blocked_next;
}

/* A host that has had its turn stands behind those that wait: all get on at
 * one speed, and what is stored together lies together. */
static void queue_up(struct host *h)
{
	if (h->schedule->blocked != NULL || !has_room(h->schedule))
		block(h);
	else
		set_turn(h, 0);
}

static void turn_new(struct host *h)
{
	struct schedule *s = h->schedule;

	if (!has_room(s)) {
		block(h);
		return;
	}
	if (h->plan->ask_until != 0 && civil_now() > h->plan->ask_until) {
		give_up(h, SCHEDULE_WITHDRAWN);
		unblock(s);
		return;
	}
	if (h->pending == NULL)
		h->pending = next_probe(h);
	switch (dial(h, h->pending)) {
	case DIALER_STARTED:
		begun(h);
		if (h->next < h->plan->port_count)
			queue_up(h);
		/* What one answer took may be room for many. */
		unblock(s);
		return;
	case DIALER_LATER:
		break;
	case DIALER_SPENT:
		give_up(h, SCHEDULE_SPENT);
		break;
	case DIALER_WITHDRAWN:
		give_up(h, SCHEDULE_WITHDRAWN);
		break;
	}
	/* Somebody else may use the socket. */
	unblock(s);
}

static void turn(struct engine_timer *t)
{
	struct host *h = (struct host *)(void *)t;
	struct schedule *s = h->schedule;
	bool woken = h->woken;

	s->woken -= woken;
	h->woken = false;
	if (h->further != NULL)
		turn_further(h);
	else if (h->next < h->plan->port_count && !h->blocked) {
		turn_new(h);
		woken = false;
	}
	/* The room that was kept for it is another's. */
	if (woken)
		unblock(s);
	forget_done(h);
}

void schedule_withdraw(struct schedule *s)
{
	for (struct host *h = s->hosts, *next; h != NULL; h = next) {
		next = h->after;
		h->blocked = false;
		if (h->next < h->plan->port_count)
			give_up(h, SCHEDULE_WITHDRAWN);
		forget_done(h);
	}
	s->blocked = NULL;
	s->blocked_end = &s->blocked;
}

static void want(struct probe *p)
{
	struct host *h = p->place;

	p->next = NULL;
	*h->further_end = p;
	h->further_end = &p->next;
	set_turn(h, 0);
}

static void done(struct probe *p)
{
	struct host *h = p->place;
	struct schedule *s = h->schedule;

	*p->sibling_at = p->sibling;
	if (p->sibling != NULL)
		p->sibling->sibling_at = p->sibling_at;
	s->counts.live--;
	s->with.prober->room.probes--;
	s->with.done(p, h->plan, s->with.arg);
	probe_free(p);
	unblock(s);
	/* Its turn tells whether anything is left of it. */
	if (!h->blocked || h->further != NULL)
		set_turn(h, 0);
}
