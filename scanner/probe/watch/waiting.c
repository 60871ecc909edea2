#include <stdlib.h>

#include "xalloc.h"
#include "waiting.h"

void waiting_release(struct waiting *w)
{
	plan_release(&w->plan);
	free(w->out);
	*w = (struct waiting){0};
}

void waiting_clear(struct waiting *w)
{
	plan_release(&w->plan);
	w->at = 0;
}

size_t waiting_count(const struct waiting *w)
{
	return w->plan.count - w->at;
}

void waiting_question(struct waiting *w)
{
	size_t kept = 0;

	for (size_t i = 0; i < w->out_count; i++)
		if (w->out[i].until_ms != 0)
			w->out[kept++] = w->out[i];
	w->out_count = kept;
}

void waiting_leave_out(struct waiting *w, const struct addr *a,
		       int64_t until_ms)
{
	void *out = w->out;

	xalloc_room(&out, &w->out_cap, w->out_count, sizeof(*w->out));
	w->out = out;
	w->out[w->out_count++] = (struct waiting_address){*a, until_ms};
}

static int compare(const void *a, const void *b)
{
	return addr_compare(a, b);
}

/* Both begin with the address. */
static bool is_among(const struct addr *a, const void *list, size_t count,
		     size_t size)
{
	return count > 0 && bsearch(a, list, count, size, compare) != NULL;
}

static void forget_past(struct waiting *w, int64_t now_ms)
{
	size_t kept = 0;

	for (size_t i = 0; i < w->out_count; i++)
		if (w->out[i].until_ms == 0 || w->out[i].until_ms > now_ms)
			w->out[kept++] = w->out[i];
	w->out_count = kept;
}

void waiting_answer(struct waiting *w, struct plan *plan, struct addr *busy,
		    size_t busy_count, int64_t now_ms)
{
	size_t kept = 0;

	waiting_clear(w);
	forget_past(w, now_ms);
	if (busy_count > 0)
		qsort(busy, busy_count, sizeof(*busy), compare);
	if (w->out_count > 0)
		qsort(w->out, w->out_count, sizeof(*w->out), compare);
	w->plan = *plan;
	*plan = (struct plan){0};
	for (size_t i = 0; i < w->plan.count; i++) {
		struct plan_host *h = &w->plan.hosts[i];

		if (is_among(&h->address, busy, busy_count, sizeof(*busy)) ||
		    is_among(&h->address, w->out, w->out_count,
			     sizeof(*w->out)))
			free(h->ports);
		else
			w->plan.hosts[kept++] = *h;
	}
	w->plan.count = kept;
	waiting_question(w);
}

bool waiting_next(struct waiting *w, struct plan_host *out)
{
	if (w->at == w->plan.count)
		return false;
	*out = w->plan.hosts[w->at];
	w->plan.hosts[w->at++].ports = NULL;
	return true;
}
