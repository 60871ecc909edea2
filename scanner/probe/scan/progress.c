#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "log.h"
#include "xalloc.h"
#include "progress.h"

#define TERMINAL_MS 250
#define PLAIN_MS 10000

struct progress {
	struct engine_timer timer; /* first: leads back here */
	struct engine *engine;
	void (*state)(struct progress_state *out, void *arg);
	void *arg;
	int64_t started_ms;
	bool terminal;
};

void progress_format_seconds(double seconds, char *out, size_t size)
{
	int64_t s = (int64_t)(seconds + 0.5);

	if (s < 120)
		snprintf(out, size, "%" PRId64 " s", s);
	else if (s < 7200)
		snprintf(out, size, "%" PRId64 " min", (s + 30) / 60);
	else
		snprintf(out, size, "%" PRId64 " h %02" PRId64 " min", s / 3600,
			 s / 60 % 60);
}

static void format_left(const struct progress_state *s, double seconds,
			char *out, size_t size)
{
	double left;
	int64_t whole;

	if (s->done == 0) {
		snprintf(out, size, "?");
		return;
	}
	left = seconds / (double)s->done * (double)(s->total - s->done);
	whole = (int64_t)ceil(left); /* 0 is: done */
	if (whole < 3600)
		snprintf(out, size, "%" PRId64 ":%02" PRId64, whole / 60,
			 whole % 60);
	else
		snprintf(out, size, "%" PRId64 " h %02" PRId64 " min",
			 whole / 3600, whole / 60 % 60);
}

static void draw(struct engine_timer *t)
{
	struct progress *p = (struct progress *)(void *)t;
	struct progress_state s = {0};
	char line[160], left[40];
	double seconds, share;

	p->state(&s, p->arg);
	seconds = (double)(engine_now(p->engine) - p->started_ms) / 1000;
	/* Rounded down: 100 % is all. */
	share =
	    s.total > 0 ? floor(100.0 * (double)s.done / (double)s.total) : 100;
	format_left(&s, seconds, left, sizeof(left));
	snprintf(line, sizeof(line),
		 "%zu of %zu probes (%.0f %%), %.1f/s, %zu open, %zu services "
		 "found, %s left",
		 s.done, s.total, share,
		 seconds > 0 ? (double)s.done / seconds : 0.0, s.open, s.found,
		 left);
	if (p->terminal)
		log_live("%s", line);
	else
		log_note("%s", line);
	engine_timer_set(p->engine, &p->timer,
			 p->terminal ? TERMINAL_MS : PLAIN_MS);
}

struct progress *
progress_new(struct engine *engine,
	     void (*state)(struct progress_state *out, void *arg), void *arg)
{
	struct progress *p = xalloc_zero(1, sizeof(*p));

	p->engine = engine;
	p->state = state;
	p->arg = arg;
	p->started_ms = engine_now(engine);
	p->terminal = isatty(STDERR_FILENO) == 1;
	p->timer.fire = draw;
	engine_timer_set(engine, &p->timer,
			 p->terminal ? TERMINAL_MS : PLAIN_MS);
	return p;
}

void progress_free(struct progress *p)
{
	if (p == NULL)
		return;
	engine_timer_cancel(p->engine, &p->timer);
	log_live_end();
	free(p);
}
