#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "civil.h"
#include "log.h"
#include "outfile.h"
#include "progress.h"
#include "xalloc.h"
#include "bulletin.h"

#define TICK_MS 1000
#define STATUS_MS 5000   /* between two lines for the service manager */
#define METRICS_MS 10000 /* between two metrics files */
#define LOG_MS 600000
/* After a metrics file that could not be written, which was logged. */
#define METRICS_RETRY_MS 3600000
#define LAGS 101 /* of the last probes, for their median */
#define LINE_MAX_BYTES 240

struct bulletin {
	struct engine_timer tick, watchdog;
	struct bulletin_parts with;
	struct metrics metrics;
	bool terminal;
	bool metrics_failed; /* at the last time */
	char *trouble;
	char status[LINE_MAX_BYTES];
	int64_t status_ms, metrics_ms, log_ms; /* when each is due */
	int64_t lags[LAGS];
	size_t lag_count; /* since the start */
	/* Since the last line of log. */
	uint64_t logged_probes, logged_services;
};

static uint64_t count_probes(const struct metrics *m)
{
	uint64_t sum = 0;

	for (int i = 0; i < OUTCOME_COUNT; i++)
		sum += m->probes[i];
	return sum;
}

static int compare(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* "lag 3 min", of the last probes; "" before the first. */
static const char *lag_text(const struct bulletin *b, char *out, size_t size)
{
	size_t count = b->lag_count < LAGS ? b->lag_count : LAGS;
	int64_t sorted[LAGS];
	char time[40];

	out[0] = '\0';
	if (count == 0)
		return out;
	memcpy(sorted, b->lags, count * sizeof(*sorted));
	qsort(sorted, count, sizeof(*sorted), compare);
	progress_format_seconds((double)sorted[count / 2], time, sizeof(time));
	snprintf(out, size, ", lag %s", time);
	return out;
}

/* --- the line */

static void format_line(const struct bulletin *b, char *out, size_t size)
{
	const struct metrics *m = &b->metrics;
	char lag[60], look[CIVIL_TIME_TEXT] = "not yet";

	if (m->look_s > 0)
		civil_format_time(m->look_s, look);
	snprintf(out, size,
		 "%s%s%zu targets among %zu sources, %zu waiting, %zu being "
		 "asked, %zu open; %" PRIu64 " probes, %" PRIu64
		 " services%s; looked %s",
		 b->trouble, *b->trouble != '\0' ? "; " : "", m->targets,
		 m->sources, m->waiting, m->asked, m->open, count_probes(m),
		 m->services, lag_text(b, lag, sizeof(lag)), look);
}

static void show_status(struct bulletin *b, int64_t now)
{
	char line[LINE_MAX_BYTES];

	format_line(b, line, sizeof(line));
	if (b->terminal)
		log_live("%s", line);
	if (b->with.notify == NULL || now < b->status_ms ||
	    strcmp(line, b->status) == 0)
		return;
	memcpy(b->status, line, sizeof(line));
	notify_status(b->with.notify, line);
	b->status_ms = now + STATUS_MS;
}

/* --- the metrics file */

static int write_metrics(const struct bulletin *b, const char *name)
{
	char *path = workspace_path(b->with.ws, name);
	/* node_exporter is another user; no address is in it. */
	struct outfile *f = outfile_open(path, 0644);
	int rc = -1;

	if (f != NULL) {
		metrics_write(&b->metrics, outfile_stream(f));
		rc = outfile_commit(f);
	}
	free(path);
	return rc;
}

static void show_metrics(struct bulletin *b, int64_t now)
{
	const char *name =
	    config_text(b->with.ws->config, "watch.metrics_file");

	if (*name == '\0' || now < b->metrics_ms)
		return;
	b->metrics_ms = now + METRICS_MS;
	b->metrics_failed = write_metrics(b, name) < 0;
	if (!b->metrics_failed)
		return;
	log_hint("watch.metrics_file names it; it is tried again in an hour, "
		 "or after a reload");
	b->metrics_ms = now + METRICS_RETRY_MS;
}

/* --- the log */

static void show_log(struct bulletin *b, int64_t now)
{
	uint64_t probes = count_probes(&b->metrics);
	char lag[60];

	if (b->terminal || now < b->log_ms)
		return;
	b->log_ms = now + LOG_MS;
	if (probes == b->logged_probes)
		return;
	log_note("%" PRIu64 " probes, %" PRIu64 " services since the last "
		 "line%s; %zu addresses waiting",
		 probes - b->logged_probes,
		 b->metrics.services - b->logged_services,
		 lag_text(b, lag, sizeof(lag)), b->metrics.waiting);
	b->logged_probes = probes;
	b->logged_services = b->metrics.services;
}

/* --- */

static void ticks(struct engine_timer *t)
{
	struct bulletin *b = (struct bulletin *)(void *)t;
	int64_t now = engine_now(b->with.engine);

	b->with.refresh(&b->metrics, b->with.arg);
	show_status(b, now);
	show_metrics(b, now);
	show_log(b, now);
	engine_timer_set(b->with.engine, t, TICK_MS);
}

static void barks(struct engine_timer *t)
{
	struct bulletin *b =
	    (struct bulletin *)(void *)((char *)t -
					offsetof(struct bulletin, watchdog));

	notify_watchdog(b->with.notify);
	engine_timer_set(b->with.engine, t, notify_watchdog_ms(b->with.notify));
}

struct bulletin *bulletin_new(const struct bulletin_parts *parts)
{
	struct bulletin *b = xalloc_zero(1, sizeof(*b));
	int64_t now = engine_now(parts->engine);

	b->with = *parts;
	b->trouble = xalloc_string("");
	b->terminal = isatty(STDERR_FILENO) == 1;
	b->metrics.started_s = civil_now();
	b->metrics.up = true;
	b->log_ms = now + LOG_MS;
	b->tick.fire = ticks;
	b->watchdog.fire = barks;
	engine_timer_set(parts->engine, &b->tick, 0);
	if (notify_watchdog_ms(parts->notify) > 0)
		engine_timer_set(parts->engine, &b->watchdog, 0);
	return b;
}

void bulletin_free(struct bulletin *b)
{
	if (b == NULL)
		return;
	engine_timer_cancel(b->with.engine, &b->tick);
	engine_timer_cancel(b->with.engine, &b->watchdog);
	b->with.refresh(&b->metrics, b->with.arg);
	b->metrics.up = b->metrics.probing = false;
	if (b->metrics_ms <= engine_now(b->with.engine) + METRICS_MS)
		show_metrics(b, b->metrics_ms);
	log_live_end();
	free(b->trouble);
	free(b);
}

struct metrics *bulletin_metrics(struct bulletin *b)
{
	return &b->metrics;
}

void bulletin_probe(struct bulletin *b, const struct observation *o,
		    bool recognised)
{
	struct metrics *m = &b->metrics;
	char address[ADDR_TEXT_MAX], lag[40];

	m->probes[o->outcome]++;
	metrics_note_lag(m, o->lag);
	b->lags[b->lag_count++ % LAGS] = o->lag;
	if (!observation_is_service(o))
		return;
	m->services++;
	m->recognised += recognised;
	if (!b->terminal)
		return;
	progress_format_seconds((double)o->lag, lag, sizeof(lag));
	log_note("%s port %u: %s, %s%s, lag %s",
		 addr_format(&o->address, address), o->port,
		 outcome_text(o->outcome), protocol_text(o->protocol),
		 recognised ? ", recognised" : "", lag);
}

void bulletin_trouble(struct bulletin *b, const char *text)
{
	free(b->trouble);
	b->trouble = xalloc_string(text);
}

void bulletin_retry(struct bulletin *b)
{
	b->metrics_failed = false;
}

void bulletin_show(struct bulletin *b)
{
	b->status_ms = 0;
	if (!b->metrics_failed)
		b->metrics_ms = 0;
	engine_timer_set(b->with.engine, &b->tick, 0);
}
