#include <stddef.h>
#include <stdlib.h>

#include "xalloc.h"
#include "results.h"

/* Half of what DESIGN section 7 allows, since the commit takes time too. */
#define COMMIT_AFTER_MS 50
#define BATCH_MAX 4096
/* Pages wait in memory for their commit. */
#define BATCH_BYTES (1u << 20)

struct results {
	struct engine *engine;
	struct casefile *cf;
	int64_t scan;
	const struct fingerprints *fingerprints;
	struct engine_timer timer;
	/* What waits for its commit. */
	struct plain_probe plain[BATCH_MAX]; /* most ports are closed */
	struct observation *services[BATCH_MAX];
	size_t plain_count, service_count, bytes;
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
	for (size_t i = 0; i < r->service_count; i++) {
		observation_release(r->services[i]);
		free(r->services[i]);
	}
	r->plain_count = r->service_count = r->bytes = 0;
	engine_timer_cancel(r->engine, &r->timer);
}

void results_free(struct results *r)
{
	if (r == NULL)
		return;
	forget(r);
	free(r);
}

static bool add_service(struct results *r, struct observation *o,
			const struct webpage *page)
{
	struct observation *kept = xalloc(sizeof(*kept));

	identify_observation(r->fingerprints, o, page);
	r->bytes += o->body.len + o->http_headers.len;
	*kept = *o;
	observation_init(o);
	r->services[r->service_count++] = kept;
	return kept->identity.fingerprint != NULL;
}

static bool is_full(const struct results *r)
{
	return r->plain_count + r->service_count == BATCH_MAX ||
	       r->bytes > BATCH_BYTES;
}

bool results_add(struct results *r, struct observation *o,
		 const struct webpage *page)
{
	bool recognised = false;

	if (observation_is_service(o))
		recognised = add_service(r, o, page);
	else
		r->plain[r->plain_count++] = (struct plain_probe){
		    o->address, o->port, o->outcome, o->observed_ms, o->lag};
	if (r->plain_count + r->service_count == 1)
		engine_timer_set(r->engine, &r->timer, COMMIT_AFTER_MS);
	if (is_full(r) && results_flush(r) < 0)
		r->failed = true;
	return recognised;
}

static int store(struct results *r)
{
	int rc = casefile_store_plain(r->cf, r->scan, r->plain, r->plain_count);

	for (size_t i = 0; rc == 0 && i < r->service_count; i++)
		rc = casefile_store(r->cf, r->scan, r->services[i]);
	return rc;
}

int results_flush(struct results *r)
{
	int rc = 0;

	if (r->plain_count + r->service_count > 0) {
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
