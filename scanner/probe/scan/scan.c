#include <stddef.h>
#include <stdlib.h>

#include "log.h"
#include "progress.h"
#include "schedule.h"
#include "session.h"
#include "who.h"
#include "scan.h"

#define TURN_MAX_MS 1000

struct scan {
	const struct scan_parts *with;
	struct session session;
	struct schedule *schedule;
	struct progress *progress;
	struct ptr *names; /* NULL: not wanted */
	struct scan_result *out;
};

static void report_progress(struct progress_state *out, void *arg)
{
	const struct scan *s = arg;
	struct schedule_counts counts = schedule_count(s->schedule);

	out->done = s->out->done;
	out->total = s->with->plan->probes - counts.spent - counts.withdrawn;
	out->found = s->out->services;
	out->open = counts.live;
}

static void probe_done(struct probe *p, const struct plan_host *host, void *arg)
{
	struct scan *s = arg;
	struct scan_result *out = s->out;

	out->done++;
	out->outcomes[p->o.outcome]++;
	if (observation_is_service(&p->o))
		out->services++;
	if (session_take(&s->session, p, host->last_seen, s->with->stale))
		out->recognised++;
}

static int open_parts(struct scan *s)
{
	const struct session_parts parts = {
	    .ws = s->with->ws,
	    .casefile = s->with->casefile,
	    .scope = s->with->scope,
	    .location = s->with->location,
	    .fingerprints = s->with->fingerprints,
	};

	return session_open(&s->session, &parts, s->with->period,
			    s->with->stale);
}

static int open_names(struct scan *s)
{
	const struct plan *plan = s->with->plan;
	const struct ptr_parts parts = {
	    .engine = s->session.engine,
	    .dialer = s->session.dialer,
	    .casefile = s->with->casefile,
	    .config = s->with->ws->config,
	};

	if (!s->with->names)
		return 0;
	s->names = ptr_new(&parts);
	if (s->names == NULL)
		return -1;
	for (size_t i = 0; i < plan->count; i++)
		ptr_add(s->names, &plan->hosts[i].address,
			plan->hosts[i].ask_until);
	for (size_t i = 0; i < plan->rest_count; i++)
		ptr_add(s->names, &plan->rest[i].address,
			plan->rest[i].ask_until);
	return 0;
}

static void make_parts(struct scan *s)
{
	struct schedule_parts schedule = {
	    .prober = &s->session.prober,
	    .ports = s->with->ports,
	    .plan = s->with->plan,
	    .open_max = s->session.open_max,
	    .seed = (uint64_t)s->session.scan,
	    .done = probe_done,
	    .arg = s,
	};

	s->schedule = schedule_new(&schedule);
	s->progress = progress_new(s->session.engine, report_progress, s);
}

static bool is_over(const struct scan *s)
{
	struct schedule_counts counts = schedule_count(s->schedule);

	return s->session.stop ||
	       (counts.live == 0 && counts.left == 0 &&
		(s->names == NULL || ptr_count(s->names).waiting == 0));
}

/* A scan can take longer than somebody answers for it. */
static void check_expiry(struct scan *s)
{
	const struct config *config = s->with->ws->config;

	if (s->session.stop || !who_has_expired(config))
		return;
	s->session.stop = true;
	log_error("who.expires is past (%s): nobody is asked any more",
		  config_text(config, "who.expires"));
	log_hint("check that who.organisation, who.url and who.contact are "
		 "still right, set a later date, and run the same command "
		 "again");
}

static int run(struct scan *s)
{
	while (!is_over(s)) {
		check_expiry(s);
		if (session_turn(&s->session, TURN_MAX_MS) < 0 ||
		    (s->names != NULL && ptr_failed(s->names)))
			return -1;
		if (session_cut_off(&s->session)) {
			log_error("this machine could not open the last %d "
				  "connections",
				  SESSION_LOCAL_ERRORS_MAX);
			log_hint("look at its routes and packet filter, then "
				 "run the same command again");
			return -1;
		}
	}
	return 0;
}

static void release(struct scan *s)
{
	if (s->session.engine != NULL)
		progress_free(s->progress);
	ptr_free(s->names);
	schedule_free(s->schedule);
	session_close(&s->session);
}

int scan_run(const struct scan_parts *parts, struct scan_result *out)
{
	struct scan s = {.with = parts, .out = out};
	struct schedule_counts counts;
	int64_t started_ms;
	int rc = -1;

	*out = (struct scan_result){0};
	if (open_parts(&s) == 0) {
		make_parts(&s);
		started_ms = engine_now(s.session.engine);
		rc = open_names(&s) == 0 ? run(&s) : -1;
		out->named = s.names != NULL;
		if (out->named)
			out->names = ptr_count(s.names);
		if (session_finish(&s.session) < 0)
			rc = -1;
		counts = schedule_count(s.schedule);
		out->interrupted = s.session.stop;
		out->spent = counts.spent;
		out->withdrawn = counts.withdrawn;
		out->left = counts.left + counts.live;
		out->seconds =
		    (double)(engine_now(s.session.engine) - started_ms) / 1000;
	}
	release(&s);
	return rc;
}
