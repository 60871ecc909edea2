#include <stdlib.h>

#include "civil.h"
#include "log.h"
#include "resolver.h"
#include "xalloc.h"
#include "ptr.h"

#define UNDER_WAY_MAX 32
#define BATCH_MAX 64
#define COMMIT_AFTER_MS 50
#define DAY_MS INT64_C(86400000)

/* Of one turn: looking in the database for what is known takes time. */
#define LOOKS_PER_TURN 64

/* So many questions in a row that reached nobody. */
#define SILENT_MAX 20

struct queued {
	struct addr address;
	int64_t until;
};

struct ptr {
	struct engine_timer turn; /* first */
	struct ptr_parts with;
	struct resolver *resolver;
	struct engine_timer commit;
	struct queued *queue;
	size_t first, count, cap; /* first: whose turn it is */
	size_t under_way, silent; /* silent: in a row */
	struct hostname batch[BATCH_MAX];
	size_t batched;
	int64_t age_ms, gap_us, due_us; /* of the pace */
	struct ptr_counts counts;
	bool failed;
};

static void flush(struct ptr *p)
{
	struct casefile *cf = p->with.casefile;
	int rc = 0;

	engine_timer_cancel(p->with.engine, &p->commit);
	if (p->batched > 0 && !p->failed) {
		rc = casefile_begin(cf);
		for (size_t i = 0; rc == 0 && i < p->batched; i++)
			rc = casefile_store_hostname(cf, &p->batch[i]);
		if (rc == 0)
			rc = casefile_commit(cf);
		if (rc < 0) {
			casefile_rollback(cf);
			p->failed = true;
		}
	}
	for (size_t i = 0; i < p->batched; i++)
		hostname_release(&p->batch[i]);
	p->batched = 0;
}

static void commit_fires(struct engine_timer *t)
{
	flush((struct ptr *)(void *)((char *)t - offsetof(struct ptr, commit)));
}

static void give_up(struct ptr *p)
{
	if (p->counts.given_up)
		return;
	p->counts.given_up = true;
	log_warning("no name server answers: no more names are asked for, %zu "
		    "addresses are left",
		    p->count - p->first);
	log_hint("look at ptr.resolver, then run the same command again");
}

static void set_turn(struct ptr *p)
{
	int64_t wait_us =
	    p->due_us - engine_now(p->with.engine) * INT64_C(1000);

	if (p->first < p->count && p->under_way < UNDER_WAY_MAX &&
	    !p->counts.given_up)
		engine_timer_set(p->with.engine, &p->turn,
				 wait_us > 0 ? (wait_us + 999) / 1000 : 0);
}

static void named(struct hostname *h, bool silent, void *arg)
{
	struct ptr *p = arg;

	p->under_way--;
	p->counts.answers[h->answer]++;
	p->silent = silent ? p->silent + 1 : 0;
	h->looked_up_ms = civil_now_ms();
	p->batch[p->batched++] = *h;
	if (p->batched == 1)
		engine_timer_set(p->with.engine, &p->commit, COMMIT_AFTER_MS);
	if (p->batched == BATCH_MAX)
		flush(p);
	if (p->silent >= SILENT_MAX)
		give_up(p);
	set_turn(p);
}

/* Whether a name may be asked for, and is not known already. */
static bool is_due(struct ptr *p, const struct queued *q)
{
	int known;

	if (!dialer_allowed(p->with.dialer, &q->address) ||
	    (q->until != 0 && civil_now() > q->until)) {
		p->counts.refused++;
		return false;
	}
	known = casefile_knows_hostname(p->with.casefile, &q->address,
					civil_now_ms() - p->age_ms);
	p->failed = p->failed || known < 0;
	p->counts.known += known > 0;
	return known == 0;
}

static void turn(struct engine_timer *t)
{
	struct ptr *p = (struct ptr *)(void *)t;
	int64_t now_us = engine_now(p->with.engine) * INT64_C(1000);

	if (p->due_us < now_us - 1000000)
		p->due_us = now_us;
	for (int i = 0;
	     i < LOOKS_PER_TURN && p->first < p->count && p->due_us <= now_us &&
	     p->under_way < UNDER_WAY_MAX && !p->counts.given_up && !p->failed;
	     i++) {
		struct queued q = p->queue[p->first++];

		if (!is_due(p, &q))
			continue;
		p->due_us += p->gap_us;
		p->under_way++;
		resolver_ask(p->resolver, &q.address, named, p);
	}
	set_turn(p);
}

struct ptr *ptr_new(const struct ptr_parts *parts)
{
	const struct config *config = parts->config;
	struct resolver *resolver =
	    resolver_new(parts->engine, config_text(config, "ptr.resolver"));
	struct ptr *p;

	if (resolver == NULL)
		return NULL;
	p = xalloc_zero(1, sizeof(*p));
	p->with = *parts;
	p->resolver = resolver;
	p->turn.fire = turn;
	p->commit.fire = commit_fires;
	p->age_ms = config_int(config, "triage.max_age_days") * DAY_MS;
	p->gap_us = (int64_t)(1000000 / config_real(config, "ptr.per_second"));
	p->due_us = engine_now(parts->engine) * INT64_C(1000);
	return p;
}

void ptr_free(struct ptr *p)
{
	if (p == NULL)
		return;
	resolver_free(p->resolver);
	flush(p);
	engine_timer_cancel(p->with.engine, &p->turn);
	free(p->queue);
	free(p);
}

void ptr_add(struct ptr *p, const struct addr *address, int64_t until)
{
	void *queue = p->queue;

	if (p->first == p->count)
		p->first = p->count = 0;
	xalloc_room(&queue, &p->cap, p->count, sizeof(*p->queue));
	p->queue = queue;
	p->queue[p->count++] = (struct queued){*address, until};
	set_turn(p);
}

struct ptr_counts ptr_count(const struct ptr *p)
{
	struct ptr_counts counts = p->counts;

	counts.waiting =
	    p->under_way + (counts.given_up ? 0 : p->count - p->first);
	return counts;
}

bool ptr_failed(const struct ptr *p)
{
	return p->failed;
}
