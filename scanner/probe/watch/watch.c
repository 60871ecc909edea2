#include <inttypes.h>
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "bulletin.h"
#include "civil.h"
#include "log.h"
#include "schedule.h"
#include "session.h"
#include "waiting.h"
#include "who.h"
#include "xalloc.h"
#include "watch_reload.h"
#include "watch.h"

#define DAY_S 86400
#define TICK_MS 1000
#define TURN_MAX_MS 1000
/* A port that this machine could not ask, and a budget that is spent, are no
 * better a minute later. */
#define LOCAL_ERROR_REST_MS 600000
#define SPENT_REST_MS 3600000
#define CUT_OFF_REST_MS 60000 /* until it is tried again */
#define WINDOW_MIN 4
#define WINDOW_MAX 20000
/* Warnings of looks that succeed, with numbers that change. */
#define MESSAGES_MS 3600000

/* A host that is being asked. */
struct active {
	struct plan_host host; /* first: the schedule's pointer leads here */
	bool failed;           /* by an error of this machine */
	struct active *before, *after;
};

struct watch {
	struct engine_timer tick, pump;
	struct engine_watch answer;
	const struct watch_parts *with;
	struct session session;
	struct schedule *schedule;
	struct bulletin *bulletin;
	struct waiting waiting;
	struct active *active;
	bool asking;      /* a look is under way */
	bool outdated;    /* its answer is for another configuration */
	bool looked;      /* one is done */
	bool look_failed; /* the last one */
	bool expired;     /* who.expires is past */
	bool cut_off;     /* this machine can connect to nobody */
	bool error_came;  /* an error of this machine */
	bool failed;      /* it cannot go on */
	int64_t look_due_ms, asked_ms;
	char *messages; /* of the last look that had any */
	int64_t messages_due_ms;
	int32_t day;             /* of the row in the case database */
	size_t window;           /* hosts to be asked at a time */
	size_t begun;            /* probes, at the last tick */
	size_t spent, withdrawn; /* ports, of schedules that are gone */
};

#define CONTAINER(ptr, member)                                                 \
	((struct watch *)(void *)((char *)(ptr)-offsetof(struct watch, member)))

static const struct config *config_of(const struct watch *w)
{
	return w->with->ws->config;
}

static bool may_probe(const struct watch *w)
{
	return !w->expired && !w->session.stop;
}

/* --- what is being asked */

/* Each host of the schedule is the first member of ours. */
static struct active *active_of(const struct plan_host *host)
{
	return (struct active *)(uintptr_t)host;
}

static void forget_active(struct watch *w, struct active *a)
{
	if (a->before != NULL)
		a->before->after = a->after;
	else
		w->active = a->after;
	if (a->after != NULL)
		a->after->before = a->before;
	free(a->host.ports);
	free(a);
}

static void rest_active(struct watch *w, const struct active *a,
			enum schedule_end end)
{
	int64_t now = engine_now(w->session.engine), until = 0;

	if (end == SCHEDULE_SPENT)
		until = now + SPENT_REST_MS;
	else if (a->failed)
		until = now + LOCAL_ERROR_REST_MS;
	if (until != 0 || w->asking)
		waiting_leave_out(&w->waiting, &a->host.address, until);
}

static void host_gone(const struct plan_host *host, enum schedule_end end,
		      void *arg)
{
	struct watch *w = arg;
	struct active *a = active_of(host);

	rest_active(w, a, end);
	forget_active(w, a);
	engine_timer_set(w->session.engine, &w->pump, 0);
}

static void probe_done(struct probe *p, const struct plan_host *host, void *arg)
{
	struct watch *w = arg;
	/* What is stored is moved away. */
	struct observation shown = {.address = p->o.address,
				    .port = p->o.port,
				    .outcome = p->o.outcome,
				    .protocol = p->o.protocol,
				    .lag = p->o.observed_ms / 1000 -
					   host->last_seen};
	bool failed = p->o.outcome == OUTCOME_LOCAL_ERROR;

	if (shown.lag < 0)
		shown.lag = 0;
	w->error_came |= failed;
	if (!failed && w->cut_off) {
		w->cut_off = false;
		log_note("this machine can connect again");
	}
	active_of(host)->failed |= failed;
	bulletin_probe(w->bulletin, &shown,
		       session_take(&w->session, p, host->last_seen, false));
}

static struct schedule *new_schedule(struct watch *w)
{
	struct schedule_parts parts = {
	    .prober = &w->session.prober,
	    .ports = w->with->ports,
	    .open_max = w->session.open_max,
	    .seed = (uint64_t)w->session.scan,
	    .done = probe_done,
	    .gone = host_gone,
	    .arg = w,
	};

	w->begun = 0;
	return schedule_new(&parts);
}

static size_t first_window(const struct config *config)
{
	double pause = (double)config_int(config, "pace.pause_ms") / 1000;
	double each = fmax(pause, 1 / config_real(config, "pace.per_address"));
	double hosts = ceil(2 * config_real(config, "pace.overall") * each);

	return hosts < WINDOW_MIN   ? WINDOW_MIN
	       : hosts > WINDOW_MAX ? WINDOW_MAX
				    : (size_t)hosts;
}

/* Drops also what is under way: it is asked again when it may be. */
static void drop_all(struct watch *w)
{
	struct schedule_counts counts = schedule_count(w->schedule);

	w->spent += counts.spent;
	w->withdrawn += counts.withdrawn;
	schedule_free(w->schedule);
	w->schedule = new_schedule(w);
	while (w->active != NULL) {
		rest_active(w, w->active, SCHEDULE_DONE);
		forget_active(w, w->active);
	}
	waiting_clear(&w->waiting);
}

/* Few at a time, so that those seen later come before the others; more when
 * these cannot use what the pace allows. */
static void adapt_window(struct watch *w)
{
	struct schedule_counts counts = schedule_count(w->schedule);
	double allowed = config_real(config_of(w), "pace.overall");
	double begun = (double)(counts.begun - w->begun);
	size_t first = w->cut_off ? 1 : first_window(config_of(w));

	w->begun = counts.begun;
	if (w->cut_off || w->window < first)
		w->window = first;
	else if (waiting_count(&w->waiting) > 0 && begun + 1 < 0.9 * allowed)
		w->window += w->window / 4 + 1;
	else
		w->window -= (w->window - first + 7) / 8;
	if (w->window > WINDOW_MAX)
		w->window = WINDOW_MAX;
}

static void pump(struct engine_timer *t)
{
	struct watch *w = CONTAINER(t, pump);
	struct plan_host host;

	while (may_probe(w) && schedule_count(w->schedule).hosts < w->window &&
	       waiting_next(&w->waiting, &host)) {
		struct active *a = xalloc_zero(1, sizeof(*a));

		a->host = host;
		a->after = w->active;
		if (a->after != NULL)
			a->after->before = a;
		w->active = a;
		schedule_add(w->schedule, &a->host);
	}
}

/* --- the looks */

static void set_trouble(struct watch *w)
{
	const char *colon = w->messages != NULL ? w->messages : "";
	char *text;

	if (w->expired)
		text = xalloc_printf("not probing: who.expires is past (%s)",
				     config_text(config_of(w), "who.expires"));
	else if (w->cut_off)
		text = xalloc_string("this machine can connect to nobody");
	else if (w->look_failed)
		text = xalloc_printf("the last look failed: %.*s",
				     (int)strcspn(colon, "\n"), colon);
	else
		text = xalloc_string("");
	bulletin_trouble(w->bulletin, text);
	free(text);
}

/* Each look would say the same again. */
static void pass_on(struct watch *w, const char *messages, bool good)
{
	int64_t now = engine_now(w->session.engine);
	bool same = w->messages != NULL && strcmp(w->messages, messages) == 0;
	size_t len = strlen(messages);

	if (*messages != '\0' && !same &&
	    (!good || w->look_failed || now >= w->messages_due_ms)) {
		log_note("%.*s", (int)(len - (messages[len - 1] == '\n')),
			 messages);
		w->messages_due_ms = now + MESSAGES_MS;
	}
	if (good && w->look_failed)
		log_note("the sensor database can be read again");
	if (*messages != '\0' || w->look_failed) {
		free(w->messages);
		w->messages = xalloc_string(messages);
	}
}

static void ask(struct watch *w)
{
	if (w->asking || !may_probe(w) || (w->with->once && w->looked))
		return;
	/* The look knows of what is committed. */
	if (results_flush(w->session.results) < 0 ||
	    planner_ask(w->with->planner, config_of(w)) < 0) {
		w->failed = true;
		return;
	}
	waiting_question(&w->waiting);
	w->asking = true;
	w->outdated = false;
	w->asked_ms = engine_now(w->session.engine);
}

static void note_look(struct watch *w, const struct planner_answer *a)
{
	struct metrics *m = bulletin_metrics(w->bulletin);

	pass_on(w, a->messages, a->good);
	w->look_failed = !a->good;
	m->looks += a->good;
	m->looks_failed += !a->good;
	if (!a->good)
		return;
	m->look_s = civil_now();
	m->look_ms = a->took_ms;
	m->sources = a->plan.sources;
	m->targets = a->plan.targets;
	memcpy(m->refused, a->plan.refused, sizeof(m->refused));
}

static void take_plan(struct watch *w, struct plan *plan)
{
	size_t count = schedule_count(w->schedule).hosts, n = 0;
	struct addr *busy = xalloc_zero(count + 1, sizeof(*busy));

	for (struct active *a = w->active; a != NULL; a = a->after)
		busy[n++] = a->host.address;
	waiting_answer(&w->waiting, plan, busy, n,
		       engine_now(w->session.engine));
	free(busy);
	engine_timer_set(w->session.engine, &w->pump, 0);
}

/* A look that takes long leaves as long a time between two. */
static void plan_look(struct watch *w)
{
	int64_t now = engine_now(w->session.engine);
	int64_t due =
	    w->asked_ms + config_int(config_of(w), "watch.look_s") * 1000;
	int64_t rested = now + (now - w->asked_ms);

	w->look_due_ms = due > rested ? due : rested;
}

static void answer_came(struct engine_watch *watch, uint32_t events)
{
	struct watch *w = CONTAINER(watch, answer);
	struct planner_answer a;

	(void)events;
	if (planner_take(w->with->planner, &a) < 0) {
		w->failed = !w->session.stop;
		engine_watch_drop(w->session.engine, &w->answer);
		return;
	}
	w->asking = false;
	plan_look(w);
	if (w->outdated) {
		ask(w);
	} else {
		note_look(w, &a);
		w->looked = true;
		if (a.good && may_probe(w))
			take_plan(w, &a.plan);
		set_trouble(w);
		bulletin_show(w->bulletin);
	}
	planner_answer_release(&a);
}

/* --- the clock */

static void day_period(int32_t day, char *out, size_t size)
{
	char text[CIVIL_DAY_TEXT];

	civil_format_day(day, text);
	snprintf(out, size, "%s..%s", text, text);
}

/* The case database has a row for each day. */
static void follow_day(struct watch *w)
{
	int32_t today = (int32_t)(civil_now() / DAY_S);
	char period[PERIOD_TEXT];

	if (today == w->day)
		return;
	w->day = today;
	day_period(today, period, sizeof(period));
	if (session_go_on(&w->session, period, false) < 0)
		w->failed = true;
}

static void check_expiry(struct watch *w)
{
	if (w->expired || !who_has_expired(config_of(w)))
		return;
	w->expired = true;
	drop_all(w);
	log_error("who.expires is past (%s): nobody is asked any more",
		  config_text(config_of(w), "who.expires"));
	log_hint("check that who.organisation, who.url and who.contact are "
		 "still right, set a later date, and reload (SIGHUP)");
	set_trouble(w);
	bulletin_show(w->bulletin);
}

/* Going on would mark every address. */
static void check_cut_off(struct watch *w)
{
	bool came = w->error_came;

	w->error_came = false;
	if (!came || !session_cut_off(&w->session))
		return;
	if (!w->cut_off) {
		log_error("this machine could not open the last %d connections",
			  SESSION_LOCAL_ERRORS_MAX);
		log_hint("look at its routes and packet filter%s",
			 w->with->once ? "" : "; one is tried each minute");
	}
	w->cut_off = true;
	w->window = 1;
	drop_all(w);
	w->look_due_ms = engine_now(w->session.engine) + CUT_OFF_REST_MS;
	set_trouble(w);
}

static void ticks(struct engine_timer *t)
{
	struct watch *w = CONTAINER(t, tick);

	follow_day(w);
	check_expiry(w);
	adapt_window(w);
	if (engine_now(w->session.engine) >= w->look_due_ms)
		ask(w);
	engine_timer_set(w->session.engine, &w->pump, 0);
	engine_timer_set(w->session.engine, t, TICK_MS);
}

/* --- a changed configuration */

static struct session_parts session_parts(const struct watch_parts *with)
{
	return (struct session_parts){
	    .ws = with->ws,
	    .casefile = with->casefile,
	    .scope = with->tools->scope,
	    .location = with->tools->location,
	    .fingerprints = with->tools->fingerprints,
	    .reloads = true,
	};
}

static int apply(struct watch *w, struct watch_tools *fresh)
{
	struct watch_tools old = *w->with->tools;
	struct session_parts parts;
	int rc;

	*w->with->tools = *fresh;
	parts = session_parts(w->with);
	/* What is under way ends as it began. */
	schedule_withdraw(w->schedule);
	rc = session_configure(&w->session, &parts);
	watch_tools_release(&old);
	schedule_set_open_max(w->schedule, w->session.open_max);
	waiting_clear(&w->waiting);
	w->window = first_window(config_of(w));
	w->expired = false;
	w->outdated = w->asking;
	ask(w);
	return rc;
}

static int reload(struct watch *w)
{
	struct metrics *m = bulletin_metrics(w->bulletin);
	struct watch_tools fresh = {0};
	int rc = 0;

	w->session.reload = false;
	notify_reloading(w->with->notify);
	if (watch_reload(w->with, &fresh) == 0) {
		rc = apply(w, &fresh);
		bulletin_retry(w->bulletin);
		m->reloads++;
		log_note("the configuration was read again");
	} else {
		m->reloads_failed++;
		log_note("going on with the configuration as it was");
	}
	notify_ready(w->with->notify);
	set_trouble(w);
	bulletin_show(w->bulletin);
	return rc;
}

/* --- all of it */

static void refresh(struct metrics *m, void *arg)
{
	const struct watch *w = arg;
	struct schedule_counts counts = schedule_count(w->schedule);
	int32_t expires = 0;

	m->waiting = waiting_count(&w->waiting);
	m->asked = counts.hosts;
	m->open = counts.live;
	m->spent = w->spent + counts.spent;
	m->withdrawn = w->withdrawn + counts.withdrawn;
	m->probing = may_probe(w) && !w->cut_off;
	if (civil_parse_day(config_text(config_of(w), "who.expires"), &expires))
		m->expires_s = ((int64_t)expires + 1) * DAY_S;
}

static int start(struct watch *w)
{
	const struct session_parts parts = session_parts(w->with);
	char period[PERIOD_TEXT];
	struct bulletin_parts bulletin;

	w->day = (int32_t)(civil_now() / DAY_S);
	day_period(w->day, period, sizeof(period));
	if (session_open(&w->session, &parts, period, false) < 0)
		return -1;
	bulletin = (struct bulletin_parts){.ws = w->with->ws,
					   .engine = w->session.engine,
					   .notify = w->with->notify,
					   .refresh = refresh,
					   .arg = w};
	w->schedule = new_schedule(w);
	w->bulletin = bulletin_new(&bulletin);
	w->window = first_window(config_of(w));
	w->tick.fire = ticks;
	w->pump.fire = pump;
	w->answer.fd = planner_fd(w->with->planner);
	w->answer.ready = answer_came;
	if (engine_watch_set(w->session.engine, &w->answer, EPOLLIN) < 0) {
		log_error("cannot wait for the look at the sensor database");
		return -1;
	}
	engine_timer_set(w->session.engine, &w->tick, 0);
	notify_ready(w->with->notify);
	log_note("watching%s",
		 w->with->once ? " once" : ": SIGHUP reloads, SIGTERM ends");
	return 0;
}

static bool is_over(const struct watch *w)
{
	return w->session.stop || (w->with->once && w->looked && !w->asking &&
				   waiting_count(&w->waiting) == 0 &&
				   schedule_count(w->schedule).hosts == 0);
}

static int run(struct watch *w)
{
	while (!is_over(w)) {
		if (session_turn(&w->session, TURN_MAX_MS) < 0 || w->failed)
			return -1;
		check_cut_off(w);
		if (w->session.reload && !w->session.stop && reload(w) < 0)
			return -1;
	}
	return w->with->once && (w->look_failed || w->cut_off || w->expired ||
				 w->session.stop)
		   ? -1
		   : 0;
}

static void say_end(struct watch *w)
{
	const struct metrics *m = bulletin_metrics(w->bulletin);
	uint64_t probes = 0;

	for (int i = 0; i < OUTCOME_COUNT; i++)
		probes += m->probes[i];
	log_note("ended after %" PRIu64 " probes, %" PRIu64
		 " services, %" PRIu64 " recognised",
		 probes, m->services, m->recognised);
}

static void release(struct watch *w)
{
	schedule_free(w->schedule);
	while (w->active != NULL)
		forget_active(w, w->active);
	waiting_release(&w->waiting);
	session_close(&w->session);
	free(w->messages);
}

int watch_run(const struct watch_parts *parts)
{
	struct watch w = {.with = parts};
	int rc = start(&w);

	if (rc == 0) {
		rc = run(&w);
		notify_stopping(parts->notify);
		if (session_finish(&w.session) < 0)
			rc = -1;
		say_end(&w);
	}
	bulletin_free(w.bulletin);
	release(&w);
	return rc;
}
