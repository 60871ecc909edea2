#include <stdlib.h>
#include <sys/epoll.h>

#include "log.h"
#include "xalloc.h"
#include "curlloop.h"

#define POOL_MAX 512

/* libcurl walks through all connections of a multi handle at the end of each
 * transfer: with 2,000 of them that takes longer than the transfer. */
#define STRANDS_MAX 32
#define CONNECTIONS_PER_STRAND 64

/* A multi handle with some of the connections. */
struct strand {
	struct engine_timer timer; /* first: it leads back here */
	struct curlloop *loop;
	CURLM *multi;
};

struct curlloop {
	struct engine *engine;
	void (*prepare)(CURL *easy);
	struct strand strands[STRANDS_MAX];
	size_t strand_count;
	CURL *pool[POOL_MAX];
	size_t pooled;
};

struct socket_watch {
	struct engine_watch watch;
	struct strand *strand;
	struct curlloop_job *job;
	uint32_t events; /* that libcurl waits for */
};

static void report(struct strand *s)
{
	CURLMsg *message;
	int left;

	while ((message = curl_multi_info_read(s->multi, &left)) != NULL) {
		CURLcode code = message->data.result;
		CURL *easy = message->easy_handle;
		struct curlloop_job *job = NULL;

		if (message->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(easy, CURLINFO_PRIVATE, &job);
		curl_multi_remove_handle(s->multi, easy);
		job->done(job, code);
	}
}

static void act(struct strand *s, curl_socket_t fd, int events)
{
	int running;

	curl_multi_socket_action(s->multi, fd, events, &running);
	report(s);
}

static void socket_ready(struct engine_watch *w, uint32_t events)
{
	struct socket_watch *s = (struct socket_watch *)(void *)w;
	struct curlloop_job *job = s->job;
	int what = 0;

	/* What stays in the kernel takes none of our memory. Its end would be
	 * reported again and again: nothing at all is waited for. */
	if (events & (EPOLLIN | EPOLLHUP) && job->may_read != NULL) {
		if (!job->may_read(job)) {
			engine_watch_drop(s->strand->loop->engine, w);
			job->parked = s;
			return;
		}
		job->may_read = NULL;
	}
	if (events & (EPOLLIN | EPOLLHUP))
		what |= CURL_CSELECT_IN;
	if (events & EPOLLOUT)
		what |= CURL_CSELECT_OUT;
	if (events & EPOLLERR)
		what |= CURL_CSELECT_ERR;
	act(s->strand, w->fd, what);
}

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *arg,
		     void *socket_arg)
{
	struct strand *strand = arg;
	struct engine *engine = strand->loop->engine;
	struct socket_watch *s = socket_arg;
	struct curlloop_job *job = NULL;
	uint32_t events = 0;

	curl_easy_getinfo(easy, CURLINFO_PRIVATE, &job);
	if (what == CURL_POLL_REMOVE) {
		if (s != NULL)
			engine_watch_drop(engine, &s->watch);
		if (s != NULL && s->job != NULL && s->job->parked == s)
			s->job->parked = NULL;
		free(s);
		curl_multi_assign(strand->multi, fd, NULL);
		return 0;
	}
	if (s == NULL) {
		s = xalloc_zero(1, sizeof(*s));
		s->strand = strand;
		s->watch.fd = fd;
		s->watch.ready = socket_ready;
		curl_multi_assign(strand->multi, fd, s);
	}
	if (what & CURL_POLL_IN)
		events |= EPOLLIN;
	if (what & CURL_POLL_OUT)
		events |= EPOLLOUT;
	s->job = job;
	s->events = events;
	if (job->parked == s)
		return 0;
	return engine_watch_set(engine, &s->watch, events) < 0 ? -1 : 0;
}

static void timer_fires(struct engine_timer *t)
{
	act((struct strand *)(void *)t, CURL_SOCKET_TIMEOUT, 0);
}

static int on_timer(CURLM *multi, long timeout_ms, void *arg)
{
	struct strand *s = arg;

	(void)multi;
	if (timeout_ms < 0)
		engine_timer_cancel(s->loop->engine, &s->timer);
	else
		engine_timer_set(s->loop->engine, &s->timer, timeout_ms);
	return 0;
}

static int open_strand(struct curlloop *l, size_t open_max)
{
	struct strand *s = &l->strands[l->strand_count];

	s->multi = curl_multi_init();
	if (s->multi == NULL)
		return -1;
	s->loop = l;
	s->timer.fire = timer_fires;
	l->strand_count++;
	curl_multi_setopt(s->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
	curl_multi_setopt(s->multi, CURLMOPT_SOCKETDATA, s);
	curl_multi_setopt(s->multi, CURLMOPT_TIMERFUNCTION, on_timer);
	curl_multi_setopt(s->multi, CURLMOPT_TIMERDATA, s);
	/* What is idle waits for its next request: none is to be closed. */
	curl_multi_setopt(s->multi, CURLMOPT_MAXCONNECTS, (long)open_max);
	curl_multi_setopt(s->multi, CURLMOPT_PIPELINING,
			  (long)CURLPIPE_NOTHING);
	return 0;
}

struct curlloop *curlloop_new(struct engine *engine, size_t open_max,
			      void (*prepare)(CURL *easy))
{
	struct curlloop *l = xalloc_zero(1, sizeof(*l));
	size_t wanted = 1 + open_max / CONNECTIONS_PER_STRAND;
	int rc = -1;

	if (wanted > STRANDS_MAX)
		wanted = STRANDS_MAX;
	l->engine = engine;
	l->prepare = prepare;
	/* libcurl would write the keys of every handshake there. */
	unsetenv("SSLKEYLOGFILE");
	if (curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK)
		rc = 0;
	while (rc == 0 && l->strand_count < wanted)
		rc = open_strand(l, open_max);
	if (rc < 0) {
		log_error("cannot start libcurl");
		curlloop_free(l);
		return NULL;
	}
	return l;
}

void curlloop_free(struct curlloop *l)
{
	if (l == NULL)
		return;
	while (l->pooled > 0)
		curl_easy_cleanup(l->pool[--l->pooled]);
	for (size_t i = 0; i < l->strand_count; i++) {
		curl_multi_cleanup(l->strands[i].multi);
		engine_timer_cancel(l->engine, &l->strands[i].timer);
	}
	free(l);
}

CURL *curlloop_take(struct curlloop *l)
{
	CURL *easy;

	if (l->pooled > 0)
		return l->pool[--l->pooled];
	easy = curl_easy_init();
	if (easy == NULL)
		abort(); /* out of memory, as in xalloc */
	l->prepare(easy);
	return easy;
}

void curlloop_give(struct curlloop *l, CURL *easy)
{
	if (easy == NULL)
		return;
	if (l->pooled < POOL_MAX)
		l->pool[l->pooled++] = easy;
	else
		curl_easy_cleanup(easy);
}

int curlloop_start(struct curlloop *l, struct curlloop_job *job, int fd)
{
	job->strand = &l->strands[(size_t)fd % l->strand_count];
	curl_easy_setopt(job->easy, CURLOPT_PRIVATE, job);
	return curl_multi_add_handle(job->strand->multi, job->easy) == CURLM_OK
		   ? 0
		   : -1;
}

void curlloop_read(struct curlloop_job *job)
{
	struct socket_watch *s = job->parked;

	if (s == NULL)
		return;
	job->parked = NULL;
	/* Refused: the transfer ends by its time. */
	if (engine_watch_set(job->strand->loop->engine, &s->watch, s->events) <
	    0)
		log_warning("cannot wait for an answer");
}

void curlloop_stop(struct curlloop_job *job)
{
	curl_multi_remove_handle(job->strand->multi, job->easy);
}
