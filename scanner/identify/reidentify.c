#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "buf.h"
#include "casefile_again.h"
#include "compiler.h"
#include "log.h"
#include "xalloc.h"
#include "reidentify.h"

/* Services in memory at a time: pages have up to 256 KiB. */
#define BATCH 64

#define SHOW_TERMINAL_MS 200
#define SHOW_PLAIN_MS 10000

struct again {
	const struct fingerprints *fingerprints;
	struct observation changed[BATCH];
	size_t count;
	int64_t last; /* number of the probe seen last */
	struct reidentify_result result;
};

static void add_text(struct buf *out, const char *text)
{
	/* The database keeps no empty text apart from none. */
	buf_add_string(out, text != NULL ? text : "");
	buf_add_char(out, '\n');
}

/* All that an identity says, to be compared; caller frees. */
static char *as_text(const struct identity *id)
{
	const char *const texts[] = {
	    id->vendor,      id->product, id->version,
	    id->device_type, id->cpe,     id->fingerprint,
	};
	struct buf out;

	buf_init(&out, BUF_NO_LIMIT);
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		add_text(&out, texts[i]);
	buf_printf(&out, "%.9g\n", id->fingerprint ? id->certainty : 0.0);
	for (size_t i = 0; i < id->claim_count; i++) {
		const struct claim *c = &id->claims[i];

		add_text(&out, c->vendor);
		add_text(&out, c->product);
		add_text(&out, c->device_type);
		add_text(&out, c->fingerprint);
		buf_printf(&out, "%.9g\n", c->certainty);
	}
	return buf_detach(&out);
}

/* Of what was forgotten, only what was read out of it is left. */
static bool has_evidence(const struct observation *o)
{
	return o->http_status == 0 || o->http_headers.len > 0;
}

static int look(struct observation *o, void *arg)
{
	struct again *a = arg;
	char *before, *after;
	char class[sizeof(o->page_class)];
	bool other_name, other_class;

	a->last = o->id;
	a->result.seen++;
	if (!has_evidence(o))
		return 0;
	before = as_text(&o->identity);
	memcpy(class, o->page_class, sizeof(class));
	identify_observation(a->fingerprints, o, NULL);
	after = as_text(&o->identity);
	other_name = strcmp(before, after) != 0;
	other_class = strcmp(class, o->page_class) != 0;
	free(before);
	free(after);
	a->result.named += other_name;
	a->result.classed += other_class;
	if (other_name || other_class) {
		a->result.changed++;
		a->changed[a->count++] = *o;
		observation_init(o);
	}
	return 0;
}

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

struct shown {
	bool terminal;
	int64_t start, next, total;
};

static void show(struct shown *s, const struct reidentify_result *r, bool end)
{
	int64_t now = now_ms(), ran = now - s->start;
	double rate = ran > 0 ? 1000.0 * (double)r->seen / (double)ran : 0;
	double left = rate > 0 ? (double)(s->total - r->seen) / rate : 0;

	if (end && s->terminal)
		fputs("\r\033[K", stderr);
	if (end || now < s->next)
		return;
	s->next = now + (s->terminal ? SHOW_TERMINAL_MS : SHOW_PLAIN_MS);
	fprintf(stderr,
		"%s%" PRId64 " of %" PRId64 " services looked at, %.0f/s, "
		"%.0f s left%s",
		s->terminal ? "\r\033[K" : "", r->seen, s->total, rate,
		left > 0 ? left : 0, s->terminal ? "" : "\n");
}

int reidentify_run(struct casefile *cf, const struct fingerprints *f,
		   const char *page_class, struct reidentify_result *out)
{
	struct again *a = xalloc_zero(1, sizeof(*a));
	struct shown shown = {isatty(STDERR_FILENO) != 0, now_ms(), 0, 0};
	int64_t before = -1;
	int rc = 0;

	a->fingerprints = f;
	shown.next = shown.start + (shown.terminal ? 0 : SHOW_PLAIN_MS);
	shown.total = casefile_count_services(cf, page_class);
	if (shown.total < 0)
		rc = -1;
	while (rc == 0 && a->last != before) {
		before = a->last;
		rc = casefile_services_after(cf, a->last, page_class, BATCH,
					     look, a);
		if (rc == 0 && a->count > 0)
			rc = casefile_look_again(cf, a->changed, a->count);
		for (size_t i = 0; i < a->count; i++)
			observation_release(&a->changed[i]);
		a->count = 0;
		show(&shown, &a->result, false);
	}
	show(&shown, &a->result, true);
	*out = a->result;
	free(a);
	return rc;
}
