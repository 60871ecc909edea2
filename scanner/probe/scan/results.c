#include <stddef.h>
#include <stdlib.h>

#include "xalloc.h"
#include "results.h"

/* Half of what DESIGN section 7 allows, since the commit takes time too. */
#define COMMIT_AFTER_MS 50
#define BATCH_MAX 4096
/* Pages wait in memory for their commit. */
#define BATCH_BYTES (1u << 20)

/* Most ports are closed: of them little is kept. */
struct waiting {
	struct observation *service; /* NULL: the rest tells all */
	struct addr address;
	uint16_t port;
	enum outcome outcome;
	int64_t observed_ms, lag;
};

struct results {
	struct engine *engine;
	struct casefile *cf;
	int64_t scan;
	const struct fingerprints *fingerprints;
	struct engine_timer timer;
	struct waiting waiting[BATCH_MAX];
	size_t count, bytes;
	bool failed;
};

static void timer_fires(struct engine_timer *t)
{
	struct results *r =
	    (struct results *)(void *)((char *)t -
				       offsetof(struct results, timer));

	/* results_failed tells the scan. */
	if (results_flush(r) < 0)
		r->failed = true;
}

struct results *results_new(struct engine *engine, struct casefile *cf,
			    int64_t scan, const struct fingerprints *f)
{
	struct results *r = xalloc_zero(1, sizeof(*r));

	r->engine = engine;
	r->cf = cf;
	r->scan = scan;
	r->fingerprints = f;
	r->timer.fire = timer_fires;
	return r;
}

static void forget(struct results *r)
{
	for (size_t i = 0; i < r->count; i++) {
		if (r->waiting[i].service == NULL)
			continue;
		observation_release(r->waiting[i].service);
		free(r->waiting[i].service);
	}
	r->count = r->bytes = 0;
	engine_timer_cancel(r->engine, &r->timer);
}

void results_free(struct results *r)
{
	if (r == NULL)
		return;
	forget(r);
	free(r);
}

static bool add_service(struct results *r, struct waiting *w,
			struct observation *o, const struct webpage *page)
{
	identify_observation(r->fingerprints, o, page);
	r->bytes += o->body.len + o->http_headers.len;
	w->service = xalloc(sizeof(*o));
	*w->service = *o;
	observation_init(o);
	return w->service->identity.fingerprint != NULL;
}

bool results_add(struct results *r, struct observation *o,
		 const struct webpage *page)
{
	struct waiting *w = &r->waiting[r->count++];
	bool recognised = false;

	*w = (struct waiting){.address = o->address,
			      .port = o->port,
			      .outcome = o->outcome,
			      .observed_ms = o->observed_ms,
			      .lag = o->lag};
	if (observation_is_service(o))
		recognised = add_service(r, w, o, page);
	if (r->count == 1)
		engine_timer_set(r->engine, &r->timer, COMMIT_AFTER_MS);
	if ((r->count == BATCH_MAX || r->bytes > BATCH_BYTES) &&
	    results_flush(r) < 0)
		r->failed = true;
	return recognised;
}

static int store(struct results *r)
{
	struct observation plain;
	int rc = 0;

	observation_init(&plain);
	for (size_t i = 0; rc == 0 && i < r->count; i++) {
		const struct waiting *w = &r->waiting[i];

		plain.address = w->address;
		plain.port = w->port;
		plain.outcome = w->outcome;
		plain.observed_ms = w->observed_ms;
		plain.lag = w->lag;
		rc = casefile_store(r->cf, r->scan,
				    w->service != NULL ? w->service : &plain);
	}
	return rc;
}

int results_flush(struct results *r)
{
	int rc = 0;

	if (r->count > 0) {
		rc = casefile_begin(r->cf);
		if (rc == 0)
			rc = store(r);
		if (rc == 0)
			rc = casefile_commit(r->cf);
	}
	if (rc < 0) {
		casefile_rollback(r->cf);
		r->failed = true;
	}
	forget(r);
	return rc;
}

int results_go_on(struct results *r, int64_t scan, const struct fingerprints *f)
{
	int rc = results_flush(r);

	r->scan = scan;
	r->fingerprints = f;
	return rc;
}

bool results_failed(const struct results *r)
{
	return r->failed;
}
