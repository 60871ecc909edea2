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
};

struct schedule {
	struct schedule_parts with;
	struct host *hosts;
	size_t host_count, busy;             /* busy: with ports left */
	struct host *blocked, **blocked_end; /* until a socket is free */
	struct schedule_counts counts;
	uint64_t asked; /* times that the pace said later */
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

struct schedule *schedule_new(const struct schedule_parts *parts)
{
	struct schedule *s = xalloc_zero(1, sizeof(*s));
	uint64_t state = parts->seed;
	size_t *order;

	s->with = *parts;
	s->blocked_end = &s->blocked;
	s->host_count = s->busy = parts->plan->count;
	s->hosts = xalloc_zero(s->host_count + 1, sizeof(*s->hosts));
	parts->prober->want = want;
	parts->prober->done = done;
	parts->prober->arg = s;
	order = shuffled(s->host_count, &state);
	for (size_t i = 0; i < s->host_count; i++) {
		const struct plan_host *plan = &parts->plan->hosts[order[i]];
		struct host *h = &s->hosts[i];

		h->timer.fire = turn;
		h->schedule = s;
		h->plan = plan;
		h->further_end = &h->further;
		h->ports = xalloc_zero(plan->port_count + 1, sizeof(*h->ports));
		memcpy(h->ports, plan->ports,
		       plan->port_count * sizeof(*h->ports));
		shuffle_ports(h->ports, plan->port_count, &state);
		s->counts.left += plan->port_count;
		set_turn(h, 0);
	}
	free(order);
	return s;
}

void schedule_free(struct schedule *s)
{
	if (s == NULL)
		return;
	for (size_t i = 0; i < s->host_count; i++) {
		struct host *h = &s->hosts[i];

		engine_timer_cancel(s->with.prober->engine, &h->timer);
		while (h->live != NULL) {
			struct probe *p = h->live;

			h->live = p->sibling;
			probe_free(p);
		}
		probe_free(h->pending);
		free(h->ports);
	}
	free(s->hosts);
	free(s);
}

struct schedule_counts schedule_count(const struct schedule *s)
{
	return s->counts;
}

static void no_ports_left(struct host *h)
{
	h->schedule->busy--;
}

/* Nothing more of this host, for this reason. */
static void give_up(struct host *h, size_t *reason)
{
	size_t left = h->plan->port_count - h->next;

	*reason += left;
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
	h->live = p;
	s->counts.live++;
	s->counts.left--;
	if (++h->next == h->plan->port_count)
		no_ports_left(h);
}

static void unblock(struct schedule *s)
{
	struct host *h = s->blocked;

	if (h == NULL)
		return;
	s->blocked = h->blocked_next;
	if (s->blocked == NULL)
		s->blocked_end = &s->blocked;
	h->blocked = false;
	set_turn(h, 0);
}

static void turn_new(struct host *h)
{
	struct schedule *s = h->schedule;

	if (s->counts.live >= s->with.open_max) {
		h->blocked = true;
		h->blocked_next = NULL;
		*s->blocked_end = h;
		s->blocked_end = &h->blocked_next;
		return;
	}
	if (h->plan->ask_until != 0 && civil_now() > h->plan->ask_until) {
		give_up(h, &s->counts.withdrawn);
		unblock(s);
		return;
	}
	if (h->pending == NULL)
		h->pending = next_probe(h);
	switch (dial(h, h->pending)) {
	case DIALER_STARTED:
		begun(h);
		if (h->next < h->plan->port_count)
			set_turn(h, 0);
		return;
	case DIALER_LATER:
		break;
	case DIALER_SPENT:
		give_up(h, &s->counts.spent);
		break;
	case DIALER_WITHDRAWN:
		give_up(h, &s->counts.withdrawn);
		break;
	}
	/* Somebody else may use the socket. */
	unblock(s);
}

static void turn(struct engine_timer *t)
{
	struct host *h = (struct host *)(void *)t;

	if (h->further != NULL)
		turn_further(h);
	else if (h->next < h->plan->port_count && !h->blocked)
		turn_new(h);
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

	for (struct probe **at = &h->live; *at != NULL; at = &(*at)->sibling) {
		if (*at != p)
			continue;
		*at = p->sibling;
		break;
	}
	s->counts.live--;
	s->with.done(p, h->plan, s->with.arg);
	probe_free(p);
	unblock(s);
	set_turn(h, 0);
}
