#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

#include "xalloc.h"
#include "rowahead.h"

#define PORTIONS 4
#define PORTION_ROWS 2048
#define THREAD_ROWS 50000 /* fewer are not worth a thread */

struct portion {
	struct rowahead_row *rows;
	size_t count;
	size_t done; /* of the rowstream, behind it */
	int end;     /* of rowstream_next: 1 when more follow */
};

struct rowahead {
	struct rowstream *rows;
	struct portion portions[PORTIONS];
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool running, stop;
	size_t filled, taken; /* portions, since the start */
	size_t at, done;
};

static void fill(struct rowahead *a, struct portion *p)
{
	p->end = 1;
	for (p->count = 0; p->end > 0 && p->count < PORTION_ROWS;) {
		struct rowahead_row *r = &p->rows[p->count];

		p->end = rowstream_next(a->rows, &r->row);
		if (p->end <= 0)
			break;
		/* Rows of one source follow each other. */
		addr_format(&r->row.source, r->source);
		p->count++;
	}
	p->done = rowstream_done(a->rows);
}

static void *run(void *arg)
{
	struct rowahead *a = arg;
	bool more = true;

	while (more) {
		struct portion *p = &a->portions[a->filled % PORTIONS];

		fill(a, p);
		pthread_mutex_lock(&a->lock);
		a->filled++;
		more = p->end > 0;
		pthread_cond_broadcast(&a->changed);
		while (!a->stop && a->filled - a->taken == PORTIONS)
			pthread_cond_wait(&a->changed, &a->lock);
		more = more && !a->stop;
		pthread_mutex_unlock(&a->lock);
	}
	return NULL;
}

struct rowahead *rowahead_new(struct rowstream *rows)
{
	struct rowahead *a = xalloc_zero(1, sizeof(*a));

	a->rows = rows;
	for (size_t i = 0; i < PORTIONS; i++)
		a->portions[i].rows =
		    xalloc(PORTION_ROWS * sizeof(struct rowahead_row));
	pthread_mutex_init(&a->lock, NULL);
	pthread_cond_init(&a->changed, NULL);
	/* Without a thread the rows come all the same. */
	if (rowstream_all(rows) >= THREAD_ROWS)
		a->running = pthread_create(&a->thread, NULL, run, a) == 0;
	return a;
}

void rowahead_free(struct rowahead *a)
{
	if (a == NULL)
		return;
	if (a->running) {
		pthread_mutex_lock(&a->lock);
		a->stop = true;
		pthread_cond_broadcast(&a->changed);
		pthread_mutex_unlock(&a->lock);
		pthread_join(a->thread, NULL);
	}
	for (size_t i = 0; i < PORTIONS; i++)
		free(a->portions[i].rows);
	pthread_mutex_destroy(&a->lock);
	pthread_cond_destroy(&a->changed);
	free(a);
}

/* The portion that is being taken. */
static struct portion *wait_for(struct rowahead *a)
{
	struct portion *p = &a->portions[a->taken % PORTIONS];

	if (!a->running) {
		if (a->filled == a->taken) {
			fill(a, p);
			a->filled++;
		}
		return p;
	}
	pthread_mutex_lock(&a->lock);
	while (a->filled == a->taken)
		pthread_cond_wait(&a->changed, &a->lock);
	pthread_mutex_unlock(&a->lock);
	return p;
}

static void give_back(struct rowahead *a)
{
	pthread_mutex_lock(&a->lock);
	a->taken++;
	a->at = 0;
	pthread_cond_broadcast(&a->changed);
	pthread_mutex_unlock(&a->lock);
}

int rowahead_next(struct rowahead *a, const struct rowahead_row **out)
{
	for (;;) {
		struct portion *p = wait_for(a);

		if (a->at < p->count) {
			*out = &p->rows[a->at++];
			a->done = p->done;
			return 1;
		}
		if (p->end <= 0)
			return p->end;
		give_back(a);
	}
}

size_t rowahead_done(const struct rowahead *a)
{
	return a->done;
}
