#include <errno.h>
#include <malloc.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "fetch.h"
#include "log.h"
#include "session.h"

#define DAY_S 86400
#define SPARE_DESCRIPTORS 128 /* databases, logs, libraries */
#define LEAST_DESCRIPTORS 40  /* with these it is slow, but it works */

static void signal_came(struct engine_watch *w, uint32_t events)
{
	struct session *s = ((struct session_signals *)(void *)w)->session;
	struct signalfd_siginfo info;

	(void)events;
	while (read(w->fd, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo == SIGHUP)
			s->reload = true;
		else
			s->stop = true;
	}
}

static int catch_signals(struct session *s)
{
	struct session_signals *g = &s->signals;
	sigset_t mask;

	sigemptyset(&mask);
	sigaddset(&mask, SIGINT);
	sigaddset(&mask, SIGTERM);
	if (s->with.reloads)
		sigaddset(&mask, SIGHUP);
	signal(SIGPIPE, SIG_IGN); /* OpenSSL writes without MSG_NOSIGNAL */
	g->session = s;
	g->watch.fd = signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);
	g->watch.ready = signal_came;
	if (g->watch.fd < 0 ||
	    sigprocmask(SIG_BLOCK, &mask, &g->old_mask) != 0 ||
	    engine_watch_set(s->engine, &g->watch, EPOLLIN) < 0) {
		log_error("cannot wait for signals: %s", strerror(errno));
		return -1;
	}
	g->masked = true;
	return 0;
}

/* As many sockets as the configuration wants and the system gives; 0, logged,
 * when that is not enough for anything. */
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
	if (limit.rlim_cur < LEAST_DESCRIPTORS) {
		log_error("the limit of open files is %llu, too few to probe",
			  (unsigned long long)limit.rlim_cur);
		log_hint("raise it (ulimit -n, LimitNOFILE=) to %zu, or to %d "
			 "at the least",
			 wanted + SPARE_DESCRIPTORS, LEAST_DESCRIPTORS);
		return 0;
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
	struct session *s = arg;

	pace_restore(s->pace, to, engine_now(s->engine) - age_ms);
}

static int open_parts(struct session *s, const char *period, bool stale)
{
	const struct session_parts *with = &s->with;
	const struct config *config = with->ws->config;
	char *prober = casefile_prober(with->casefile);

	s->open_max = prober != NULL ? open_max(with->ws) : 0;
	if (s->open_max == 0) {
		free(prober);
		return -1;
	}
	s->audit = audit_open(with->ws, prober);
	free(prober);
	s->engine = engine_new();
	s->pace = pace_new(config, with->location);
	s->has_budget = config_int(config, "pace.per_address_day") > 0;
	if (s->audit == NULL || s->engine == NULL || s->pace == NULL)
		return -1;
	s->prober.curl = curlloop_new(s->engine, s->open_max, fetch_prepare);
	if (s->prober.curl == NULL)
		return -1;
	/* Ages are taken from now on. Signals still end the process: nothing
	 * is asked yet, and a day's audit may take a while. */
	engine_clock(s->engine);
	if (audit_each_since(s->audit, DAY_S, restore_pace, s) < 0 ||
	    catch_signals(s) < 0 ||
	    casefile_begin_scan(with->casefile, period, stale, &s->scan) < 0)
		return -1;
	return 0;
}

static int connect_timeout(const struct session *s)
{
	return (int)config_int(s->with.ws->config, "probe.connect_timeout_ms");
}

static void configure_prober(struct session *s)
{
	const struct config *config = s->with.ws->config;

	s->prober.banner_wait_ms =
	    (int)config_int(config, "probe.banner_wait_ms");
	s->prober.timeout_ms = (int)config_int(config, "probe.timeout_ms");
	s->prober.room.max = (size_t)config_int(config, "probe.memory_max_mb")
			     << 20;
	prober_release(&s->prober);
	prober_set_who(&s->prober, config_text(config, "who.url"),
		       config_text(config, "who.organisation"),
		       config_text(config, "who.contact"));
}

static void make_parts(struct session *s)
{
	struct dialer_parts dialer = {
	    .engine = s->engine,
	    .scope = s->with.scope,
	    .pace = s->pace,
	    .audit = s->audit,
	    .connect_timeout_ms = connect_timeout(s),
	};

	s->dialer = dialer_new(&dialer);
	s->prober.engine = s->engine;
	s->prober.dialer = s->dialer;
	configure_prober(s);
	s->results = results_new(s->engine, s->with.casefile, s->scan,
				 s->with.fingerprints);
}

/* Large buffers that come and go one by one would leave a heap full of
 * holes: these are given back to the system at once. */
static void keep_heap_small(void)
{
	mallopt(M_MMAP_THRESHOLD, 64 << 10);
	mallopt(M_TRIM_THRESHOLD, 1 << 20);
}

int session_open(struct session *s, const struct session_parts *parts,
		 const char *period, bool stale)
{
	keep_heap_small();
	*s = (struct session){.with = *parts, .signals.watch.fd = -1};
	if (open_parts(s, period, stale) < 0)
		return -1;
	make_parts(s);
	return 0;
}

void session_close(struct session *s)
{
	curlloop_free(s->prober.curl);
	dialer_free(s->dialer);
	results_free(s->results);
	pace_free(s->pace);
	audit_close(s->audit);
	prober_release(&s->prober);
	if (s->signals.masked)
		sigprocmask(SIG_SETMASK, &s->signals.old_mask, NULL);
	if (s->signals.watch.fd >= 0)
		close(s->signals.watch.fd);
	engine_free(s->engine);
}

int session_go_on(struct session *s, const char *period, bool stale)
{
	if (session_finish(s) < 0 ||
	    casefile_begin_scan(s->with.casefile, period, stale, &s->scan) < 0)
		return -1;
	return results_go_on(s->results, s->scan, s->with.fingerprints);
}

int session_configure(struct session *s, const struct session_parts *parts)
{
	const struct config *config = parts->ws->config;
	bool had_budget = s->has_budget;
	size_t max;

	s->with = *parts;
	pace_configure(s->pace, config, parts->location);
	s->has_budget = config_int(config, "pace.per_address_day") > 0;
	engine_clock(s->engine);
	if (s->has_budget && !had_budget &&
	    audit_each_since(s->audit, DAY_S, restore_pace, s) < 0)
		return -1;
	audit_configure(s->audit, config);
	dialer_configure(s->dialer, parts->scope, connect_timeout(s));
	configure_prober(s);
	max = open_max(parts->ws);
	if (max > 0)
		s->open_max = max;
	return results_go_on(s->results, s->scan, parts->fingerprints);
}

int session_turn(struct session *s, int64_t max_wait_ms)
{
	/* Among thousands of events its turn may come late. */
	signal_came(&s->signals.watch, 0);
	if (engine_turn(s->engine, max_wait_ms) < 0 ||
	    dialer_flush(s->dialer) < 0 || results_failed(s->results))
		return -1;
	return 0;
}

bool session_take(struct session *s, struct probe *p, int64_t last_seen,
		  bool stale)
{
	struct observation *o = &p->o;

	o->stale = stale;
	o->lag = o->observed_ms / 1000 - last_seen;
	if (o->lag < 0)
		o->lag = 0;
	s->local_errors =
	    o->outcome == OUTCOME_LOCAL_ERROR ? s->local_errors + 1 : 0;
	return results_add(s->results, o, p->page);
}

bool session_cut_off(const struct session *s)
{
	return s->local_errors >= SESSION_LOCAL_ERRORS_MAX;
}

int session_finish(struct session *s)
{
	if (results_flush(s->results) < 0)
		return -1;
	return casefile_end_scan(s->with.casefile, s->scan);
}
