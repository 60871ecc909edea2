#include "log.h"
#include "resolver.h"

#ifdef HAVE_CARES

#include <ares.h>
#include <arpa/nameser.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/time.h>

#include "xalloc.h"

/* c-ares waits twice as long at each further try. A name server that closes
 * its TCP connection costs every question under way a try. */
#define TRIES 3
#define TRY_MS (RESOLVER_PATIENCE_MS / 7)

/* A socket of c-ares; kept when it is closed, for the next one. */
struct line {
	struct engine_watch watch; /* first: the engine leads back here */
	struct resolver *resolver;
	struct line *next;
};

struct question {
	struct hostname hostname;
	resolver_done *done;
	void *arg;
	char name[RESOLVER_QUESTION];
};

struct resolver {
	struct engine_timer timer; /* first */
	struct engine *engine;
	ares_channel channel;
	struct line *lines;
};

/* When c-ares wants to be called though nothing came. */
static void set_timer(struct resolver *r)
{
	struct timeval wait;

	if (ares_timeout(r->channel, NULL, &wait) == NULL)
		engine_timer_cancel(r->engine, &r->timer);
	else
		engine_timer_set(r->engine, &r->timer,
				 (int64_t)wait.tv_sec * 1000 +
				     wait.tv_usec / 1000 + 1);
}

static void time_passed(struct engine_timer *t)
{
	struct resolver *r = (struct resolver *)(void *)t;

	ares_process_fd(r->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
	set_timer(r);
}

static void ready(struct engine_watch *w, uint32_t events)
{
	struct resolver *r = ((struct line *)(void *)w)->resolver;
	int fd = w->fd;

	ares_process_fd(
	    r->channel,
	    events & (EPOLLIN | EPOLLHUP | EPOLLERR) ? fd : ARES_SOCKET_BAD,
	    events & EPOLLOUT ? fd : ARES_SOCKET_BAD);
	set_timer(r);
}

static struct line *find_line(struct resolver *r, int fd)
{
	struct line *l = r->lines;

	while (l != NULL && l->watch.fd != fd)
		l = l->next;
	return l;
}

static struct line *take_line(struct resolver *r, int fd)
{
	struct line *l = find_line(r, -1);

	if (l == NULL) {
		l = xalloc_zero(1, sizeof(*l));
		l->watch.ready = ready;
		l->resolver = r;
		l->next = r->lines;
		r->lines = l;
	}
	l->watch.fd = fd;
	return l;
}

static void socket_state(void *arg, ares_socket_t fd, int readable,
			 int writable)
{
	struct resolver *r = arg;
	struct line *l = find_line(r, fd);

	if (!readable && !writable) {
		if (l == NULL)
			return;
		engine_watch_drop(r->engine, &l->watch);
		l->watch.fd = -1;
		return;
	}
	if (l == NULL)
		l = take_line(r, fd);
	/* Refused: the question ends by its time. */
	if (engine_watch_set(r->engine, &l->watch,
			     (readable ? EPOLLIN : 0u) |
				 (writable ? EPOLLOUT : 0u)) < 0)
		log_warning("cannot wait for the name server");
}

static void answered(void *arg, int status, int timeouts, unsigned char *bytes,
		     int len)
{
	struct question *q = arg;
	bool silent = status == ARES_ETIMEOUT || status == ARES_ECONNREFUSED;

	(void)timeouts;
	if (status == ARES_EDESTRUCTION || status == ARES_ECANCELLED) {
		free(q);
		return;
	}
	if (status == ARES_SUCCESS && bytes != NULL && len > 0)
		resolver_read(bytes, (size_t)len, q->name, &q->hostname);
	else if (status == ARES_ENOTFOUND || status == ARES_ENODATA)
		q->hostname.answer = NAME_ANSWER_NONE;
	else
		q->hostname.answer = NAME_ANSWER_FAILED;
	q->done(&q->hostname, silent, q->arg);
	free(q);
}

static int open_channel(struct resolver *r, const char *servers)
{
	/* No file of names, no search list: only what the server says. */
	struct ares_options options = {.flags = ARES_FLAG_NOSEARCH |
						ARES_FLAG_NOALIASES,
				       .timeout = TRY_MS,
				       .tries = TRIES,
				       .lookups = (char[]){"b"},
				       .sock_state_cb = socket_state,
				       .sock_state_cb_data = r};
	int rc = ares_library_init(ARES_LIB_INIT_ALL);

	if (rc == ARES_SUCCESS)
		rc = ares_init_options(&r->channel, &options,
				       ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS |
					   ARES_OPT_TRIES | ARES_OPT_LOOKUPS |
					   ARES_OPT_SOCK_STATE_CB);
	if (rc != ARES_SUCCESS) {
		log_error("cannot prepare to ask for names: %s",
			  ares_strerror(rc));
		return -1;
	}
	if (*servers != '\0' &&
	    ares_set_servers_ports_csv(r->channel, servers) != ARES_SUCCESS) {
		log_error("ptr.resolver: '%s' is not an address of a name "
			  "server",
			  servers);
		log_hint("such as 127.0.0.1, 192.0.2.53:5353 or "
			 "[2001:db8::53]:53; empty for the system's");
		return -1;
	}
	return 0;
}

struct resolver *resolver_new(struct engine *e, const char *servers)
{
	struct resolver *r = xalloc_zero(1, sizeof(*r));

	r->engine = e;
	r->timer.fire = time_passed;
	if (open_channel(r, servers) == 0)
		return r;
	resolver_free(r);
	return NULL;
}

void resolver_free(struct resolver *r)
{
	if (r == NULL)
		return;
	if (r->channel != NULL)
		ares_destroy(r->channel);
	engine_timer_cancel(r->engine, &r->timer);
	while (r->lines != NULL) {
		struct line *l = r->lines;

		r->lines = l->next;
		free(l);
	}
	ares_library_cleanup();
	free(r);
}

void resolver_ask(struct resolver *r, const struct addr *address,
		  resolver_done *done, void *arg)
{
	struct question *q = xalloc_zero(1, sizeof(*q));

	q->hostname.address = *address;
	q->done = done;
	q->arg = arg;
	resolver_question(address, q->name);
	ares_query(r->channel, q->name, ns_c_in, ns_t_ptr, answered, q);
	set_timer(r);
}

#else

struct resolver *resolver_new(struct engine *e, const char *servers)
{
	(void)e;
	(void)servers;
	log_error("this build cannot ask for the names of addresses: it was "
		  "made without c-ares");
	log_hint("install libc-ares-dev and build again, or leave --ptr out");
	return NULL;
}

void resolver_free(struct resolver *r)
{
	(void)r;
}

void resolver_ask(struct resolver *r, const struct addr *address,
		  resolver_done *done, void *arg)
{
	(void)r;
	(void)address;
	(void)done;
	(void)arg;
}

#endif
