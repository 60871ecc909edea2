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

/* Address and port of each answered probe, sorted for looking up. */
struct answered {
	struct answer {
		struct addr address;
		uint16_t port;
	} * list;
	size_t count, cap;
	bool stale; /* answers of stale scans count as well */
};

static int compare_answers(const void *a, const void *b)
{
	const struct answer *x = a, *y = b;
	int order = addr_compare(&x->address, &y->address);

	return order != 0 ? order : (int)x->port - (int)y->port;
}

static int note_answer(struct observation *o, void *arg)
{
	struct answered *all = arg;

	if (o->stale && !all->stale)
		return 0;
	xalloc_room((void **)&all->list, &all->cap, all->count,
		    sizeof(*all->list));
	all->list[all->count++] = (struct answer){o->address, o->port};
	return 0;
}

static int read_answered(const struct plan_parts *parts, bool stale,
			 struct answered *all)
{
	int64_t age = config_int(parts->ws->config, "triage.max_age_days");

	all->stale = stale;
	if (parts->casefile == NULL)
		return 0;
	if (casefile_each_probe(parts->casefile, civil_now_ms() - age * DAY_MS,
				note_answer, all) < 0)
		return -1;
	if (all->count > 0)
		qsort(all->list, all->count, sizeof(*all->list),
		      compare_answers);
	return 0;
}

static bool is_answered(const struct answered *all, const struct addr *a,
			uint16_t port)
{
	struct answer key = {*a, port};

	return all->count > 0 && bsearch(&key, all->list, all->count,
					 sizeof(key), compare_answers) != NULL;
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

/* The ports that are due for a target, added to the plan. */
static void add_host(struct plan *plan, const struct source *s,
		     const struct answered *answered, const uint16_t *ports,
		     size_t port_count)
{
	struct plan_host *h = &plan->hosts[plan->count];

	*h = (struct plan_host){.address = s->address,
				.last_seen = s->last_seen,
				.asn = s->origin.asn};
	h->ports = xalloc_zero(port_count + 1, sizeof(*h->ports));
	for (size_t i = 0; i < port_count; i++) {
		if (is_answered(answered, &s->address, ports[i]))
			plan->answered++;
		else
			h->ports[h->port_count++] = ports[i];
	}
	plan->targets++;
	plan->probes += h->port_count;
	if (h->port_count > 0)
		plan->count++;
	else
		free(h->ports);
}

static void fill(struct plan *plan, const struct triage *triage,
		 const struct sources *sources, const struct plan_wishes *w,
		 const struct answered *answered, const uint16_t *ports,
		 size_t port_count)
{
	plan->sources = sources->count;
	plan->hosts = xalloc_zero(sources->count + 1, sizeof(*plan->hosts));
	for (size_t i = 0; i < sources->count; i++) {
		const struct source *s = &sources->list[i];

		if (w->limit > 0 && plan->count == (size_t)w->limit)
			break;
		if (triage_judge(triage, s) == REFUSAL_TARGET &&
		    is_wished(w, s))
			add_host(plan, s, answered, ports, port_count);
	}
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
}

int plan_make(const struct plan_parts *parts, const struct plan_wishes *wishes,
	      struct plan *out)
{
	const struct config *config = parts->ws->config;
	struct sensordb *db = sensordb_open(parts->ws);
	struct answered answered = {0};
	struct sources sources = {0};
	struct triage *triage = NULL;
	uint16_t *ports = NULL;
	size_t port_count;
	int rc = -1;

	if (db == NULL ||
	    ports_select(parts->ports,
			 wishes->ports != NULL
			     ? wishes->ports
			     : config_text(config, "scope.ports"),
			 &ports, &port_count) < 0 ||
	    sources_load(db, wishes->period, parts->location, &sources) < 0)
		goto out;
	triage = triage_new(parts->ws, db, parts->scope, wishes->stale);
	if (triage == NULL ||
	    read_answered(parts, wishes->stale, &answered) < 0)
		goto out;
	fill(out, triage, &sources, wishes, &answered, ports, port_count);
	if (!wishes->stale)
		set_ends(out, &sources, config);
	rc = 0;
out:
	free(answered.list);
	free(ports);
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
