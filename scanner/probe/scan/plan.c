#include <stdlib.h>
#include <string.h>

#include "civil.h"
#include "log.h"
#include "sources.h"
#include "str.h"
#include "triage.h"
#include "xalloc.h"
#include "plan.h"

#define DAY_S 86400
#define DAY_MS (DAY_S * 1000ll)

/* The ports of one address that were answered lately. */
struct answered {
	uint16_t *ports;
	size_t count, cap;
	bool stale; /* answers of stale scans count as well */
};

static int note_answer(struct observation *o, void *arg)
{
	struct answered *all = arg;
	void *ports = all->ports;

	if (o->stale && !all->stale)
		return 0;
	xalloc_room(&ports, &all->cap, all->count, sizeof(*all->ports));
	all->ports = ports;
	all->ports[all->count++] = o->port;
	return 0;
}

static bool is_answered(const struct answered *all, uint16_t port)
{
	for (size_t i = 0; i < all->count; i++)
		if (all->ports[i] == port)
			return true;
	return false;
}

unsigned plan_shard(const struct addr *a, unsigned shards)
{
	struct prefix network = addr_network(a);
	uint64_t hash = 14695981039346656037u; /* FNV-1a */

	for (size_t i = 0; i < sizeof(network.base.bytes); i++)
		hash = (hash ^ network.base.bytes[i]) * 1099511628211u;
	hash ^= hash >> 32;
	return (unsigned)(hash % shards) + 1;
}

static bool is_wished(const struct plan_wishes *w, const struct source *s)
{
	if (w->country != NULL &&
	    !str_equal_nocase(w->country, s->origin.country))
		return false;
	return w->shards == 0 || plan_shard(&s->address, w->shards) == w->shard;
}

struct filling {
	const struct plan_parts *parts;
	const struct plan_wishes *wishes;
	const struct triage *triage;
	int64_t since_ms;
	uint16_t *ports;
	size_t port_count;
	struct answered answered;
};

/* The ports that are due for a target, added to the plan. */
static int add_host(struct plan *plan, struct filling *f,
		    const struct source *s)
{
	struct plan_host *h = &plan->hosts[plan->count];
	struct casefile *cf = f->parts->casefile;

	f->answered.count = 0;
	if (cf != NULL && casefile_each_probe(cf, &s->address, f->since_ms,
					      note_answer, &f->answered) < 0)
		return -1;
	*h = (struct plan_host){.address = s->address,
				.last_seen = s->last_seen,
				.asn = s->origin.asn};
	h->ports = xalloc_zero(f->port_count + 1, sizeof(*h->ports));
	for (size_t i = 0; i < f->port_count; i++) {
		if (is_answered(&f->answered, f->ports[i]))
			plan->answered++;
		else
			h->ports[h->port_count++] = f->ports[i];
	}
	plan->targets++;
	plan->probes += h->port_count;
	if (h->port_count > 0) {
		plan->count++;
		return 0;
	}
	free(h->ports);
	plan->rest[plan->rest_count++].address = s->address;
	return 0;
}

static int fill(struct plan *plan, struct filling *f,
		const struct sources *sources)
{
	size_t limit = (size_t)f->wishes->limit;

	plan->sources = sources->count;
	plan->hosts = xalloc_zero(sources->count + 1, sizeof(*plan->hosts));
	plan->rest = xalloc_zero(sources->count + 1, sizeof(*plan->rest));
	for (size_t i = 0; i < sources->count; i++) {
		const struct source *s = &sources->list[i];
		enum refusal reason;

		if (limit > 0 && plan->count == limit)
			break;
		reason = triage_judge(f->triage, s);
		plan->refused[reason]++;
		if (reason == REFUSAL_TARGET && is_wished(f->wishes, s) &&
		    add_host(plan, f, s) < 0)
			return -1;
	}
	return 0;
}

/* A scan can take longer than a source stays fresh. */
static void set_ends(struct plan *plan, const struct sources *sources,
		     const struct config *config)
{
	int64_t age = config_int(config, "triage.max_age_days") * DAY_S;

	for (size_t i = 0; i < plan->count; i++) {
		struct plan_host *h = &plan->hosts[i];

		h->ask_until =
		    sources_find(sources, &h->address)->tcp_last_seen + age;
	}
	for (size_t i = 0; i < plan->rest_count; i++) {
		struct plan_rest *r = &plan->rest[i];

		r->ask_until =
		    sources_find(sources, &r->address)->tcp_last_seen + age;
	}
}

int plan_make(const struct plan_parts *parts, const struct plan_wishes *wishes,
	      struct plan *out)
{
	const struct config *config = parts->ws->config;
	int64_t age = config_int(config, "triage.max_age_days");
	struct sensordb *db = sensordb_open(parts->ws);
	struct sources sources = {0};
	struct triage *triage = NULL;
	struct filling f = {
	    .parts = parts, .wishes = wishes, .answered.stale = wishes->stale};
	int rc = -1;

	f.since_ms = wishes->asked_since_ms != 0
			 ? wishes->asked_since_ms
			 : civil_now_ms() - age * DAY_MS;
	if (db == NULL ||
	    ports_select(parts->ports,
			 wishes->ports != NULL
			     ? wishes->ports
			     : config_text(config, "scope.ports"),
			 &f.ports, &f.port_count) < 0 ||
	    sources_load(db, wishes->period, parts->location, &sources) < 0)
		goto out;
	f.triage = triage =
	    triage_new(parts->ws, db, parts->scope, wishes->stale);
	if (triage == NULL || fill(out, &f, &sources) < 0)
		goto out;
	if (!wishes->stale)
		set_ends(out, &sources, config);
	rc = 0;
out:
	free(f.answered.ports);
	free(f.ports);
	triage_free(triage);
	sources_release(&sources);
	sensordb_close(db);
	return rc;
}

void plan_release(struct plan *p)
{
	for (size_t i = 0; i < p->count; i++)
		free(p->hosts[i].ports);
	free(p->hosts);
	free(p->rest);
	*p = (struct plan){0};
}

static int by_asn(const void *a, const void *b)
{
	const struct plan_host *x = *(const struct plan_host *const *)a;
	const struct plan_host *y = *(const struct plan_host *const *)b;

	return (x->asn > y->asn) - (x->asn < y->asn);
}

/* The most probes that one AS gets. */
static size_t most_per_as(const struct plan *p)
{
	const struct plan_host **hosts =
	    xalloc_zero(p->count + 1, sizeof(*hosts));
	size_t sum = 0, most = 0;

	for (size_t i = 0; i < p->count; i++)
		hosts[i] = &p->hosts[i];
	qsort(hosts, p->count, sizeof(*hosts), by_asn);
	for (size_t i = 0; i < p->count; i++) {
		if (i == 0 || hosts[i]->asn != hosts[i - 1]->asn)
			sum = 0;
		sum += hosts[i]->port_count;
		if (hosts[i]->asn != 0 && sum > most)
			most = sum;
	}
	free(hosts);
	return most;
}

static double larger(double a, double b)
{
	return a > b ? a : b;
}

double plan_seconds(const struct plan *p, const struct config *config)
{
	double pause = (double)config_int(config, "pace.pause_ms") / 1000;
	size_t most_address = 0, most_network = 0, network = 0;
	struct prefix last = {0}, here;
	double seconds;

	for (size_t i = 0; i < p->count; i++) {
		size_t n = p->hosts[i].port_count;

		here = addr_network(&p->hosts[i].address);
		if (i == 0 || addr_compare(&here.base, &last.base) != 0)
			network = 0;
		last = here;
		network += n;
		most_network = network > most_network ? network : most_network;
		most_address = n > most_address ? n : most_address;
	}
	seconds = (double)p->probes / config_real(config, "pace.overall");
	seconds = larger(seconds, (double)most_network /
				      config_real(config, "pace.per_network"));
	seconds = larger(seconds, (double)most_per_as(p) /
				      config_real(config, "pace.per_as"));
	return larger(
	    seconds,
	    (double)most_address *
		larger(pause, 1 / config_real(config, "pace.per_address")));
}

bool plan_read_shard(const char *text, struct plan_wishes *out)
{
	char *copy = xalloc_string(text), *slash = strchr(copy, '/');
	int64_t shard = 0, shards = 0;
	bool ok = false;

	if (slash != NULL) {
		*slash = '\0';
		ok = str_to_int64(slash + 1, 1, 10000, &shards) &&
		     str_to_int64(copy, 1, shards, &shard);
	}
	free(copy);
	if (ok) {
		out->shard = (unsigned)shard;
		out->shards = (unsigned)shards;
	}
	return ok;
}

int plan_divide_rates(struct config *config, unsigned shards)
{
	static const char *const keys[] = {"pace.overall", "pace.per_as"};
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < sizeof(keys) / sizeof(keys[0]); i++) {
		char *text = xalloc_printf(
		    "%s=%.9g", keys[i], config_real(config, keys[i]) / shards);

		rc = config_override(config, text);
		free(text);
	}
	return rc;
}
