#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "xalloc.h"
#include "pace.h"

#define NS_PER_MS 1000000
#define NS_PER_SECOND 1e9
#define HOUR_MS 3600000
#define HOURS 25 /* 24 hours and the begun one */
#define TABLE_START 64
#define TABLE_KEEP 32768 /* a smaller table grows sooner than it forgets */

/* One address, network or AS. */
struct entry {
	struct addr key; /* family 255: free */
	int64_t next_ns; /* when the rate allows the next one */
	/* Of addresses only: */
	int open;
	bool as_known;
	uint32_t asn; /* 0: none */
	int64_t rest_until_ms;
	int64_t hour;    /* the newest one counted */
	uint32_t *hours; /* connections by hour modulo HOURS; NULL: no budget */
};

struct level {
	int64_t interval_ns;
	struct entry *entries; /* open addressing */
	size_t cap, count;
};

struct pace {
	struct location *location;
	int64_t overall_next_ns, overall_ns;
	struct level address, network, as;
	int64_t late_ms; /* the newest moment told by pace_late */
	int open_max;
	int64_t pause_ms, budget;
};

enum { FREE = 255 };

/* The clock drops fractions of a millisecond, so that two of its times lie
 * up to that much nearer than they seem: the interval is longer by as much,
 * or by a hundredth when that is less. */
static int64_t interval_of(double rate)
{
	double interval = NS_PER_SECOND / rate;

	return (int64_t)ceil(interval + fmin(NS_PER_MS, interval / 100));
}

/* --- tables of what was asked lately */

static void clear(struct level *l, size_t cap)
{
	l->entries = xalloc_zero(cap, sizeof(*l->entries));
	l->cap = cap;
	l->count = 0;
	for (size_t i = 0; i < cap; i++)
		l->entries[i].key.family = FREE;
}

static struct entry *slot_of(const struct level *l, const struct addr *key)
{
	size_t at = addr_hash(key) & (l->cap - 1);

	while (l->entries[at].key.family != FREE &&
	       !addr_same(&l->entries[at].key, key))
		at = (at + 1) & (l->cap - 1);
	return &l->entries[at];
}

static int64_t hour_of(int64_t ms)
{
	return ms >= 0 ? ms / HOUR_MS : -((-ms + HOUR_MS - 1) / HOUR_MS);
}

/* Whether forgetting the entry changes nothing. */
static bool is_past(const struct entry *e, int64_t now_ms)
{
	return e->open == 0 && e->next_ns <= now_ms * NS_PER_MS &&
	       e->rest_until_ms <= now_ms &&
	       (e->hours == NULL || hour_of(now_ms) - e->hour >= HOURS);
}

/* Drops what is past, and grows only when that is not enough. */
static void make_room(struct level *l, int64_t now_ms)
{
	struct level old = *l;
	size_t live = 0;

	for (size_t i = 0; i < old.cap; i++)
		live += old.entries[i].key.family != FREE &&
			!is_past(&old.entries[i], now_ms);
	if (old.cap < TABLE_KEEP || live * 4 > old.cap)
		clear(l, old.cap * 2);
	else
		clear(l, old.cap);
	for (size_t i = 0; i < old.cap; i++) {
		struct entry *e = &old.entries[i];

		if (e->key.family == FREE)
			continue;
		if (old.cap == l->cap && is_past(e, now_ms)) {
			free(e->hours);
			continue;
		}
		*slot_of(l, &e->key) = *e;
		l->count++;
	}
	free(old.entries);
}

static struct entry *find(struct level *l, const struct addr *key,
			  int64_t now_ms)
{
	struct entry *e = slot_of(l, key);

	if (e->key.family != FREE)
		return e;
	if ((l->count + 1) * 2 > l->cap) {
		make_room(l, now_ms);
		e = slot_of(l, key);
	}
	l->count++;
	*e = (struct entry){.key = *key,
			    .next_ns = INT64_MIN,
			    .rest_until_ms = INT64_MIN,
			    .hour = hour_of(now_ms)};
	return e;
}

/* --- the budget of a day */

static uint64_t spent(const struct entry *e, int64_t now_ms)
{
	int64_t now = hour_of(now_ms);
	uint64_t sum = 0;

	if (e->hours == NULL)
		return 0;
	for (int64_t h = e->hour; h > e->hour - HOURS; h--)
		if (h > now - HOURS)
			sum += e->hours[((h % HOURS) + HOURS) % HOURS];
	return sum;
}

static void spend(struct entry *e, int64_t when_ms)
{
	int64_t hour = hour_of(when_ms);

	if (e->hours == NULL) {
		e->hours = xalloc_zero(HOURS, sizeof(*e->hours));
		e->hour = hour;
	}
	if (hour - e->hour >= HOURS) {
		memset(e->hours, 0, HOURS * sizeof(*e->hours));
		e->hour = hour;
	}
	while (e->hour < hour) {
		e->hour++;
		e->hours[((e->hour % HOURS) + HOURS) % HOURS] = 0;
	}
	if (hour > e->hour - HOURS)
		e->hours[((hour % HOURS) + HOURS) % HOURS]++;
}

/* --- asking */

static struct entry *find_as(struct pace *p, struct entry *host, int64_t now_ms)
{
	struct addr key = {.family = 0};
	struct location_origin origin;

	if (!host->as_known && p->location != NULL) {
		location_find(p->location, &host->key, &origin);
		host->asn = (uint32_t)origin.asn;
		host->as_known = true;
	}
	if (host->asn == 0)
		return NULL;
	memcpy(key.bytes, &host->asn, sizeof(host->asn));
	return find(&p->as, &key, now_ms);
}

static void raise_wait(int64_t *wait, int64_t more)
{
	if (more > *wait)
		*wait = more;
}

/* A connection fits into this millisecond when its due time lies in it. */
static int64_t rate_wait(int64_t next_ns, int64_t now_ms)
{
	int64_t now_ns = now_ms * NS_PER_MS;

	if (next_ns < now_ns + NS_PER_MS)
		return 0;
	return (next_ns - now_ns) / NS_PER_MS;
}

static int64_t address_wait(const struct pace *p, const struct entry *e,
			    int64_t now_ms)
{
	int64_t wait = 0;

	if (p->budget > 0 && spent(e, now_ms) >= (uint64_t)p->budget)
		return PACE_SPENT;
	if (e->rest_until_ms > now_ms)
		raise_wait(&wait, e->rest_until_ms - now_ms);
	/* When a connection will end is not known: ask after a pause. */
	if (e->open >= p->open_max)
		raise_wait(&wait, p->pause_ms > 0 ? p->pause_ms : 1);
	raise_wait(&wait, rate_wait(e->next_ns, now_ms));
	return wait;
}

static void advance(int64_t *next_ns, int64_t interval_ns, int64_t when_ms)
{
	int64_t due = when_ms * NS_PER_MS;

	*next_ns = (*next_ns > due ? *next_ns : due) + interval_ns;
}

static void rest(struct entry *e, int64_t until_ms)
{
	if (until_ms > e->rest_until_ms)
		e->rest_until_ms = until_ms;
}

void pace_know_as(struct pace *p, const struct addr *a, uint32_t asn,
		  int64_t now_ms)
{
	struct entry *host = find(&p->address, a, now_ms);

	host->asn = asn;
	host->as_known = true;
}

int64_t pace_admit(struct pace *p, const struct addr *a, int64_t now_ms)
{
	struct prefix network = addr_network(a);
	struct entry *host = find(&p->address, a, now_ms);
	struct entry *net = find(&p->network, &network.base, now_ms);
	struct entry *as = find_as(p, host, now_ms);
	int64_t wait = address_wait(p, host, now_ms);

	if (wait == PACE_SPENT)
		return PACE_SPENT;
	raise_wait(&wait, rate_wait(p->overall_next_ns, now_ms));
	raise_wait(&wait, rate_wait(net->next_ns, now_ms));
	if (as != NULL)
		raise_wait(&wait, rate_wait(as->next_ns, now_ms));
	if (wait > 0)
		return wait;
	advance(&p->overall_next_ns, p->overall_ns, now_ms);
	advance(&host->next_ns, p->address.interval_ns, now_ms);
	advance(&net->next_ns, p->network.interval_ns, now_ms);
	if (as != NULL)
		advance(&as->next_ns, p->as.interval_ns, now_ms);
	rest(host, now_ms + p->pause_ms);
	host->open++;
	if (p->budget > 0)
		spend(host, now_ms);
	return 0;
}

void pace_closed(struct pace *p, const struct addr *a, int64_t now_ms)
{
	struct entry *host = find(&p->address, a, now_ms);

	if (host->open > 0)
		host->open--;
	rest(host, now_ms + p->pause_ms);
}

static void restore(int64_t *next_ns, int64_t interval_ns, int64_t when_ms)
{
	int64_t next = when_ms * NS_PER_MS + interval_ns;

	if (next > *next_ns)
		*next_ns = next;
}

void pace_late(struct pace *p, const struct addr *a, int64_t admitted_ms,
	       int64_t now_ms)
{
	struct prefix network = addr_network(a);
	struct entry *host = find(&p->address, a, now_ms);
	struct entry *net = find(&p->network, &network.base, now_ms);
	struct entry *as = find_as(p, host, now_ms);

	/* All that were admitted in one turn are late together, once. */
	if (p->late_ms != now_ms)
		p->overall_next_ns += (now_ms - admitted_ms) * NS_PER_MS;
	p->late_ms = now_ms;
	restore(&host->next_ns, p->address.interval_ns, now_ms);
	restore(&net->next_ns, p->network.interval_ns, now_ms);
	if (as != NULL)
		restore(&as->next_ns, p->as.interval_ns, now_ms);
	rest(host, now_ms + p->pause_ms);
}

void pace_restore(struct pace *p, const struct addr *a, int64_t when_ms)
{
	struct prefix network = addr_network(a);
	struct entry *host = find(&p->address, a, when_ms);
	struct entry *net = find(&p->network, &network.base, when_ms);
	struct entry *as = find_as(p, host, when_ms);

	restore(&p->overall_next_ns, p->overall_ns, when_ms);
	restore(&host->next_ns, p->address.interval_ns, when_ms);
	restore(&net->next_ns, p->network.interval_ns, when_ms);
	if (as != NULL)
		restore(&as->next_ns, p->as.interval_ns, when_ms);
	rest(host, when_ms + p->pause_ms);
	if (p->budget > 0)
		spend(host, when_ms);
}

void pace_configure(struct pace *p, const struct config *config,
		    struct location *location)
{
	p->location = location;
	p->open_max = (int)config_int(config, "pace.open_per_address");
	p->pause_ms = config_int(config, "pace.pause_ms");
	p->budget = config_int(config, "pace.per_address_day");
	p->address.interval_ns =
	    interval_of(config_real(config, "pace.per_address"));
	p->network.interval_ns =
	    interval_of(config_real(config, "pace.per_network"));
	p->overall_ns = interval_of(config_real(config, "pace.overall"));
	p->as.interval_ns = interval_of(config_real(config, "pace.per_as"));
}

struct pace *pace_new(const struct config *config, struct location *location)
{
	struct pace *p = xalloc_zero(1, sizeof(*p));

	p->overall_next_ns = INT64_MIN;
	p->late_ms = INT64_MIN;
	clear(&p->address, TABLE_START);
	clear(&p->network, TABLE_START);
	clear(&p->as, TABLE_START);
	pace_configure(p, config, location);
	return p;
}

void pace_free(struct pace *p)
{
	if (p == NULL)
		return;
	for (size_t i = 0; i < p->address.cap; i++)
		free(p->address.entries[i].hours);
	free(p->address.entries);
	free(p->network.entries);
	free(p->as.entries);
	free(p);
}
