#include <inttypes.h>

#include "compiler.h"
#include "metrics.h"

/* Seconds: minutes are what matters, days are what is still worth a probe. */
static const int64_t bounds[METRICS_BUCKETS] = {
    60, 300, 900, 3600, 6 * 3600, 24 * 3600, 3 * 24 * 3600, 7 * 24 * 3600};

void metrics_note_lag(struct metrics *m, int64_t seconds)
{
	size_t i = 0;

	if (seconds < 0)
		return;
	while (i < METRICS_BUCKETS && seconds > bounds[i])
		i++;
	if (i < METRICS_BUCKETS)
		m->lag_buckets[i]++;
	m->lag_count++;
	m->lag_sum += (uint64_t)seconds;
}

static void head(FILE *out, const char *name, const char *type,
		 const char *help)
{
	fprintf(out, "# HELP martlet_watch_%s %s\n# TYPE martlet_watch_%s %s\n",
		name, help, name, type);
}

static void one(FILE *out, const char *name, const char *type, const char *help,
		uint64_t value)
{
	head(out, name, type, help);
	fprintf(out, "martlet_watch_%s %" PRIu64 "\n", name, value);
}

static void labelled(FILE *out, const char *name, const char *label,
		     const char *value, uint64_t n)
{
	fprintf(out, "martlet_watch_%s{%s=\"%s\"} %" PRIu64 "\n", name, label,
		value, n);
}

static void write_lag(const struct metrics *m, FILE *out)
{
	uint64_t sum = 0;

	head(out, "lag_seconds", "histogram",
	     "From the last packet of a source to a probe of it.");
	for (size_t i = 0; i < METRICS_BUCKETS; i++) {
		sum += m->lag_buckets[i];
		fprintf(out,
			"martlet_watch_lag_seconds_bucket{le=\"%" PRId64
			"\"} %" PRIu64 "\n",
			bounds[i], sum);
	}
	fprintf(out,
		"martlet_watch_lag_seconds_bucket{le=\"+Inf\"} %" PRIu64 "\n"
		"martlet_watch_lag_seconds_sum %" PRIu64 "\n"
		"martlet_watch_lag_seconds_count %" PRIu64 "\n",
		m->lag_count, m->lag_sum, m->lag_count);
}

static void write_probes(const struct metrics *m, FILE *out)
{
	head(out, "probes_total", "counter", "Probes by what came of them.");
	for (int i = 0; i < OUTCOME_COUNT; i++)
		labelled(out, "probes_total", "outcome",
			 outcome_text((enum outcome)i), m->probes[i]);
	one(out, "services_total", "counter", "Probes that found a service.",
	    m->services);
	one(out, "recognised_total", "counter",
	    "Services that a fingerprint recognised.", m->recognised);
	one(out, "ports_spent_total", "counter",
	    "Ports put off because the budget of an address was spent.",
	    m->spent);
	one(out, "ports_withdrawn_total", "counter",
	    "Ports not asked because of an opt-out, the scope or their age.",
	    m->withdrawn);
	write_lag(m, out);
}

static void write_looks(const struct metrics *m, FILE *out)
{
	head(out, "looks_total", "counter",
	     "Looks at the sensor database by result.");
	labelled(out, "looks_total", "result", "done", m->looks);
	labelled(out, "looks_total", "result", "failed", m->looks_failed);
	if (m->look_s > 0)
		one(out, "last_look_timestamp_seconds", "gauge",
		    "When the last good look ended.", (uint64_t)m->look_s);
	head(out, "last_look_duration_seconds", "gauge",
	     "How long the last good look took.");
	fprintf(out,
		"martlet_watch_last_look_duration_seconds %" PRId64
		".%03" PRId64 "\n",
		m->look_ms / 1000, m->look_ms % 1000);
	one(out, "sources", "gauge", "Sources of the last look.", m->sources);
	one(out, "targets", "gauge", "Sources of the last look to be asked.",
	    m->targets);
	head(out, "refused_sources", "gauge",
	     "Sources of the last look that are no targets, by reason.");
	for (int i = 0; i < REFUSAL_COUNT; i++)
		if (i != REFUSAL_TARGET)
			labelled(out, "refused_sources", "reason",
				 refusal_text((enum refusal)i), m->refused[i]);
}

void metrics_write(const struct metrics *m, FILE *out)
{
	one(out, "up", "gauge", "Whether the service runs.", m->up);
	one(out, "probing", "gauge",
	    "Whether it may probe: not past who.expires, not cut off.",
	    m->probing);
	one(out, "start_timestamp_seconds", "gauge", "When it started.",
	    (uint64_t)m->started_s);
	one(out, "expires_timestamp_seconds", "gauge", "When who.expires ends.",
	    (uint64_t)m->expires_s);
	write_probes(m, out);
	write_looks(m, out);
	one(out, "waiting_addresses", "gauge",
	    "Targets whose turn has not come.", m->waiting);
	one(out, "asked_addresses", "gauge", "Targets that are being asked.",
	    m->asked);
	one(out, "open_probes", "gauge", "Probes under way.", m->open);
	head(out, "reloads_total", "counter",
	     "Reloads of the configuration by result.");
	labelled(out, "reloads_total", "result", "done", m->reloads);
	labelled(out, "reloads_total", "result", "failed", m->reloads_failed);
}
