#include <stdlib.h>
#include <sys/epoll.h>

#include "log.h"
#include "xalloc.h"
#include "curlloop.h"

#define POOL_MAX 64 /* making a handle costs more than resetting one */

struct curlloop {
	struct engine *engine;
	CURLM *multi;
	struct engine_timer timer;
	CURL *pool[POOL_MAX];
	size_t pooled;
};

struct socket_watch {
	struct engine_watch watch;
	struct curlloop *loop;
};

static void report(struct curlloop *l)
{
	CURLMsg *message;
	int left;

	while ((message = curl_multi_info_read(l->multi, &left)) != NULL) {
		CURLcode code = message->data.result;
		CURL *easy = message->easy_handle;
		struct curlloop_job *job = NULL;

		if (message->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(easy, CURLINFO_PRIVATE, &job);
		curl_multi_remove_handle(l->multi, easy);
		job->done(job, code);
	}
}

static void act(struct curlloop *l, curl_socket_t s, int events)
{
	int running;

	curl_multi_socket_action(l->multi, s, events, &running);
	report(l);
}

static void socket_ready(struct engine_watch *w, uint32_t events)
{
	struct socket_watch *s = (struct socket_watch *)(void *)w;
	int what = 0;

	if (events & (EPOLLIN | EPOLLHUP))
		what |= CURL_CSELECT_IN;
	if (events & EPOLLOUT)
		what |= CURL_CSELECT_OUT;
	if (events & EPOLLERR)
		what |= CURL_CSELECT_ERR;
	act(s->loop, w->fd, what);
}

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *arg,
		     void *socket_arg)
{
	struct curlloop *l = arg;
	struct socket_watch *s = socket_arg;
	uint32_t events = 0;

	(void)easy;
	if (what == CURL_POLL_REMOVE) {
		if (s != NULL)
			engine_watch_drop(l->engine, &s->watch);
		free(s);
		curl_multi_assign(l->multi, fd, NULL);
		return 0;
	}
	if (s == NULL) {
		s = xalloc_zero(1, sizeof(*s));
		s->loop = l;
		s->watch.fd = fd;
		s->watch.ready = socket_ready;
		curl_multi_assign(l->multi, fd, s);
	}
	if (what & CURL_POLL_IN)
		events |= EPOLLIN;
	if (what & CURL_POLL_OUT)
		events |= EPOLLOUT;
	return engine_watch_set(l->engine, &s->watch, events) < 0 ? -1 : 0;
}

static void timer_fires(struct engine_timer *t)
{
	act((struct curlloop *)(void *)((char *)t -
					offsetof(struct curlloop, timer)),
	    CURL_SOCKET_TIMEOUT, 0);
}

static int on_timer(CURLM *multi, long timeout_ms, void *arg)
{
	struct curlloop *l = arg;

	(void)multi;
	if (timeout_ms < 0)
		engine_timer_cancel(l->engine, &l->timer);
	else
		engine_timer_set(l->engine, &l->timer, timeout_ms);
	return 0;
}

struct curlloop *curlloop_new(struct engine *engine, int idle_max)
{
	struct curlloop *l = xalloc_zero(1, sizeof(*l));

	l->engine = engine;
	l->timer.fire = timer_fires;
	/* libcurl would write the keys of every handshake there. */
	unsetenv("SSLKEYLOGFILE");
	if (curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK)
		l->multi = curl_multi_init();
	if (l->multi == NULL) {
		log_error("cannot start libcurl");
		free(l);
		return NULL;
	}
	curl_multi_setopt(l->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
	curl_multi_setopt(l->multi, CURLMOPT_SOCKETDATA, l);
	curl_multi_setopt(l->multi, CURLMOPT_TIMERFUNCTION, on_timer);
	curl_multi_setopt(l->multi, CURLMOPT_TIMERDATA, l);
	curl_multi_setopt(l->multi, CURLMOPT_MAXCONNECTS, (long)idle_max);
	curl_multi_setopt(l->multi, CURLMOPT_PIPELINING,
			  (long)CURLPIPE_NOTHING);
	return l;
}

void curlloop_free(struct curlloop *l)
{
	if (l == NULL)
		return;
	while (l->pooled > 0)
		curl_easy_cleanup(l->pool[--l->pooled]);
	curl_multi_cleanup(l->multi);
	engine_timer_cancel(l->engine, &l->timer);
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
	return easy;
}

void curlloop_give(struct curlloop *l, CURL *easy)
{
	if (easy == NULL)
		return;
	curl_easy_reset(easy);
	if (l->pooled < POOL_MAX)
		l->pool[l->pooled++] = easy;
	else
		curl_easy_cleanup(easy);
}

int curlloop_start(struct curlloop *l, struct curlloop_job *job)
{
	curl_easy_setopt(job->easy, CURLOPT_PRIVATE, job);
	return curl_multi_add_handle(l->multi, job->easy) == CURLM_OK ? 0 : -1;
}

void curlloop_stop(struct curlloop *l, struct curlloop_job *job)
{
	curl_multi_remove_handle(l->multi, job->easy);
}
