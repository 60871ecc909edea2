#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "civil.h"
#include "log.h"
#include "progress.h"
#include "results.h"
#include "schedule.h"
#include "xalloc.h"
#include "scan.h"

#define DAY_S 86400
#define TURN_MAX_MS 1000
#define SPARE_DESCRIPTORS 64 /* databases, logs, libraries */
/* So many in a row mean that this machine is cut off: going on would mark
 * every address. */
#define LOCAL_ERRORS_MAX 200

struct scan {
	const struct scan_parts *with;
	struct engine *engine;
	struct pace *pace;
	struct audit *audit;
	struct dialer *dialer;
	struct prober prober;
	struct results *results;
	struct schedule *schedule;
	struct progress *progress;
	struct engine_watch signals;
	sigset_t old_mask;
	bool masked, stop, failed;
	size_t local_errors; /* in a row */
	int64_t id, started_ms;
	struct scan_result *out;
};

static struct scan *signalled; /* the scan that signals end, or NULL */

static void signal_came(struct engine_watch *w, uint32_t events)
{
	struct signalfd_siginfo info;

	(void)events;
	if (read(w->fd, &info, sizeof(info)) != sizeof(info))
		return;
	signalled->stop = signalled->out->interrupted = true;
}

static int catch_signals(struct scan *s)
{
	sigset_t mask;

	sigemptyset(&mask);
	sigaddset(&mask, SIGINT);
	sigaddset(&mask, SIGTERM);
	signal(SIGPIPE, SIG_IGN); /* OpenSSL writes without MSG_NOSIGNAL */
	s->signals.fd = signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);
	s->signals.ready = signal_came;
	signalled = s;
	if (s->signals.fd < 0 ||
	    sigprocmask(SIG_BLOCK, &mask, &s->old_mask) != 0 ||
	    engine_watch_set(s->engine, &s->signals, EPOLLIN) < 0) {
		log_error("cannot wait for signals: %s", strerror(errno));
		return -1;
	}
	s->masked = true;
	return 0;
}

/* As many sockets as the configuration wants and the system gives. */
static size_t open_max(const struct workspace *ws)
{
	size_t wanted = (size_t)config_int(ws->config, "probe.open_max");
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return wanted;
	if (limit.rlim_cur < wanted + SPARE_DESCRIPTORS) {
		limit.rlim_cur = limit.rlim_max < wanted + SPARE_DESCRIPTORS
				     ? limit.rlim_max
				     : wanted + SPARE_DESCRIPTORS;
		if (setrlimit(RLIMIT_NOFILE, &limit) != 0 ||
		    getrlimit(RLIMIT_NOFILE, &limit) != 0)
			return 128;
	}
	if (limit.rlim_cur < wanted + SPARE_DESCRIPTORS) {
		wanted = limit.rlim_cur > 2 * SPARE_DESCRIPTORS
			     ? limit.rlim_cur - SPARE_DESCRIPTORS
			     : limit.rlim_cur / 2;
		log_warning("only %zu connections at a time: the limit of "
			    "open files is %llu",
			    wanted, (unsigned long long)limit.rlim_cur);
	}
	return wanted;
}

static void restore_pace(const struct addr *to, int64_t age_ms, void *arg)
{
	struct scan *s = arg;

	pace_restore(s->pace, to, engine_now(s->engine) - age_ms);
}

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
	struct observation *o = &p->o;

	o->stale = s->with->stale;
	o->lag = o->observed_ms / 1000 - host->last_seen;
	if (o->lag < 0)
		o->lag = 0;
	out->done++;
	out->outcomes[o->outcome]++;
	s->local_errors =
	    o->outcome == OUTCOME_LOCAL_ERROR ? s->local_errors + 1 : 0;
	if (observation_is_service(o))
		out->services++;
	if (results_add(s->results, o, p->page))
		out->recognised++;
}

static int open_parts(struct scan *s)
{
	const struct config *config = s->with->ws->config;
	char *prober = casefile_prober(s->with->casefile);

	if (prober == NULL)
		return -1;
	s->audit = audit_open(s->with->ws, prober);
	free(prober);
	s->engine = engine_new();
	s->pace = pace_new(config, s->with->location);
	if (s->audit == NULL || s->engine == NULL || s->pace == NULL)
		return -1;
	s->prober.curl = curlloop_new(s->engine, 100000);
	if (s->prober.curl == NULL || catch_signals(s) < 0)
		return -1;
	/* Ages are taken from now on. */
	engine_clock(s->engine);
	if (audit_each_since(s->audit, DAY_S, restore_pace, s) < 0 ||
	    casefile_begin_scan(s->with->casefile, s->with->period,
				s->with->stale, &s->id) < 0)
		return -1;
	return 0;
}

static void make_parts(struct scan *s)
{
	const struct config *config = s->with->ws->config;
	struct dialer_parts dialer = {
	    .engine = s->engine,
	    .scope = s->with->scope,
	    .pace = s->pace,
	    .audit = s->audit,
	    .connect_timeout_ms =
		(int)config_int(config, "probe.connect_timeout_ms"),
	};
	struct schedule_parts schedule = {
	    .prober = &s->prober,
	    .ports = s->with->ports,
	    .plan = s->with->plan,
	    .open_max = open_max(s->with->ws),
	    .seed = (uint64_t)s->id,
	    .done = probe_done,
	    .arg = s,
	};

	s->dialer = dialer_new(&dialer);
	s->prober.engine = s->engine;
	s->prober.dialer = s->dialer;
	s->prober.banner_wait_ms =
	    (int)config_int(config, "probe.banner_wait_ms");
	s->prober.timeout_ms = (int)config_int(config, "probe.timeout_ms");
	prober_set_who(&s->prober, config_text(config, "who.url"),
		       config_text(config, "who.organisation"),
		       config_text(config, "who.contact"));
	s->results = results_new(s->engine, s->with->casefile, s->id,
				 s->with->fingerprints);
	s->started_ms = engine_now(s->engine);
	s->schedule = schedule_new(&schedule);
	s->progress = progress_new(s->engine, report_progress, s);
}

static bool is_over(const struct scan *s)
{
	struct schedule_counts counts = schedule_count(s->schedule);

	return s->stop || (counts.live == 0 && counts.left == 0);
}

static int run(struct scan *s)
{
	while (!is_over(s)) {
		/* Among thousands of events its turn may come late. */
		signal_came(&s->signals, 0);
		if (engine_turn(s->engine, TURN_MAX_MS) < 0 ||
		    dialer_flush(s->dialer) < 0 || results_failed(s->results))
			return -1;
		if (s->local_errors >= LOCAL_ERRORS_MAX) {
			log_error("this machine could not open the last %d "
				  "connections",
				  LOCAL_ERRORS_MAX);
			log_hint("look at its routes and packet filter, then "
				 "run the same command again");
			return -1;
		}
	}
	return 0;
}

static void release(struct scan *s)
{
	if (s->engine != NULL)
		progress_free(s->progress);
	schedule_free(s->schedule);
	curlloop_free(s->prober.curl);
	dialer_free(s->dialer);
	results_free(s->results);
	pace_free(s->pace);
	audit_close(s->audit);
	prober_release(&s->prober);
	if (s->masked)
		sigprocmask(SIG_SETMASK, &s->old_mask, NULL);
	if (s->signals.fd >= 0)
		close(s->signals.fd);
	engine_free(s->engine);
	signalled = NULL;
}

int scan_run(const struct scan_parts *parts, struct scan_result *out)
{
	struct scan s = {.with = parts, .out = out, .signals = {.fd = -1}};
	struct schedule_counts counts;
	int rc = -1;

	*out = (struct scan_result){0};
	if (open_parts(&s) == 0) {
		make_parts(&s);
		rc = run(&s);
		if (results_flush(s.results) < 0 ||
		    casefile_end_scan(parts->casefile, s.id) < 0)
			rc = -1;
		counts = schedule_count(s.schedule);
		out->spent = counts.spent;
		out->withdrawn = counts.withdrawn;
		out->left = counts.left + counts.live;
		out->seconds =
		    (double)(engine_now(s.engine) - s.started_ms) / 1000;
	}
	release(&s);
	return rc;
}
