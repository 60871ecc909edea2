#include <stddef.h>
#include <stdlib.h>

#include "log.h"
#include "progress.h"
#include "schedule.h"
#include "session.h"
#include "scan.h"

#define TURN_MAX_MS 1000

struct scan {
	const struct scan_parts *with;
	struct session session;
	struct schedule *schedule;
	struct progress *progress;
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

	return s->session.stop || (counts.live == 0 && counts.left == 0);
}

static int run(struct scan *s)
{
	while (!is_over(s)) {
		if (session_turn(&s->session, TURN_MAX_MS) < 0)
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
		rc = run(&s);
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
