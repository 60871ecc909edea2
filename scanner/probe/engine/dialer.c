#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

/* linux/tcp.h knows more of TCP_INFO than netinet/tcp.h does, and both
 * cannot be included. */
#include <linux/tcp.h>

#include "log.h"
#include "xalloc.h"
#include "dialer.h"

/* The ports of an address follow one another. */
#define ROUTES 32768 /* sets; a power of two */
#define ROUTE_WAYS 2
#define ROUTE_MS 10000

/* TCP_CLOSE_WAIT of netinet/tcp.h. */
enum { STATE_CLOSE_WAIT = 8 };

struct dialer {
	struct dialer_parts with;
	struct connection *waiting, **tail;
	int guess[2]; /* UDP sockets that tell our own address, or -1 */
	struct route {
		struct addr to, from;
		int64_t until_ms;
		/* Asked for lately, by the hash of to; the newest first. */
	} routes[ROUTES][ROUTE_WAYS];
};

#define CONTAINER(ptr, member)                                                 \
	((struct connection *)(void *)((char *)(ptr)-offsetof(                 \
	    struct connection, member)))

struct dialer *dialer_new(const struct dialer_parts *parts)
{
	struct dialer *d = xalloc_zero(1, sizeof(*d));

	d->with = *parts;
	d->tail = &d->waiting;
	d->guess[0] = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	d->guess[1] = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	return d;
}

void dialer_free(struct dialer *d)
{
	if (d == NULL)
		return;
	for (int i = 0; i < 2; i++)
		if (d->guess[i] >= 0)
			close(d->guess[i]);
	free(d);
}

void dialer_configure(struct dialer *d, struct scope *scope,
		      int connect_timeout_ms)
{
	d->with.scope = scope;
	d->with.connect_timeout_ms = connect_timeout_ms;
}

/* The address that the kernel will connect from. Connecting a UDP socket
 * sends nothing; it only looks up the route. */
static struct addr find_own_address(struct dialer *d, const struct addr *to)
{
	struct sockaddr_storage sa;
	socklen_t len = addr_to_sockaddr(to, 9, &sa);
	int fd = d->guess[to->family == 6];
	struct addr from = {0};

	if (fd < 0 || connect(fd, (struct sockaddr *)&sa, len) < 0)
		return from;
	len = sizeof(sa);
	if (getsockname(fd, (struct sockaddr *)&sa, &len) < 0 ||
	    !addr_from_sockaddr((struct sockaddr *)&sa, &from))
		from.family = 0;
	return from;
}

static struct addr own_address(struct dialer *d, const struct addr *to,
			       int64_t now)
{
	struct route *r = d->routes[addr_hash(to) & (ROUTES - 1)];

	for (size_t i = 0; i < ROUTE_WAYS; i++)
		if (now < r[i].until_ms && addr_same(&r[i].to, to))
			return r[i].from;
	memmove(&r[1], &r[0], (ROUTE_WAYS - 1) * sizeof(*r));
	*r = (struct route){*to, find_own_address(d, to), now + ROUTE_MS};
	return r->from;
}

static void connecting(struct engine_watch *w, uint32_t events);
static void too_late(struct engine_timer *t);

enum dialer_answer dialer_ask(struct dialer *d,
			      const struct dialer_request *request,
			      int64_t *wait_ms, struct connection **out)
{
	int64_t now = engine_now(d->with.engine);
	struct connection *c;
	struct addr from;

	if (!dialer_allowed(d, &request->address))
		return DIALER_WITHDRAWN;
	if (request->asn != 0)
		pace_know_as(d->with.pace, &request->address, request->asn,
			     now);
	*wait_ms = pace_admit(d->with.pace, &request->address, now);
	if (*wait_ms == PACE_SPENT)
		return DIALER_SPENT;
	if (*wait_ms != 0)
		return DIALER_LATER;
	from = own_address(d, &request->address, now);
	c = xalloc_zero(1, sizeof(*c));
	c->fd = c->watch.fd = -1;
	c->dialer = d;
	c->address = request->address;
	c->port = request->port;
	c->done = request->done;
	c->owner = request->owner;
	c->watch.ready = connecting;
	c->timer.fire = too_late;
	c->started_ms = now;
	c->id = audit_start(d->with.audit, &from, &c->address, c->port,
			    request->why);
	*d->tail = c;
	d->tail = &c->next;
	*out = c;
	return DIALER_STARTED;
}

bool dialer_allowed(struct dialer *d, const struct addr *a)
{
	return scope_judge(d->with.scope, a) == REFUSAL_TARGET;
}

static void count_bytes(struct connection *c)
{
	struct tcp_info info = {0};
	socklen_t len = sizeof(info);

	if (!c->open ||
	    getsockopt(c->fd, IPPROTO_TCP, TCP_INFO, &info, &len) != 0)
		return;
	c->received = info.tcpi_bytes_received;
	/* The kernel counts the peer's FIN as a byte. */
	if (info.tcpi_state == STATE_CLOSE_WAIT && c->received > 0)
		c->received--;
	c->sent = info.tcpi_bytes_sent;
}

uint64_t dialer_received(struct connection *c)
{
	if (c->fd >= 0)
		count_bytes(c);
	return c->received;
}

static void close_descriptor(struct connection *c)
{
	if (c->fd < 0)
		return;
	count_bytes(c);
	close(c->fd);
	c->fd = -1;
}

/* Tells pace and audit, once. */
static void end(struct connection *c, const char *outcome)
{
	struct dialer *d = c->dialer;
	int64_t now = engine_now(d->with.engine);

	if (c->ended)
		return;
	c->ended = true;
	pace_closed(d->with.pace, &c->address, now);
	audit_end(d->with.audit, c->id, c->sent, c->received, outcome,
		  now - c->started_ms);
}

static void forget_waiting(struct dialer *d, struct connection *c)
{
	for (struct connection **at = &d->waiting; *at != NULL;
	     at = &(*at)->next) {
		if (*at != c)
			continue;
		*at = c->next;
		if (*at == NULL)
			d->tail = at;
		return;
	}
}

void dialer_close(struct connection *c, const char *outcome)
{
	struct engine *e;

	if (c == NULL)
		return;
	e = c->dialer->with.engine;
	engine_timer_cancel(e, &c->timer);
	engine_watch_drop(e, &c->watch);
	if (c->fd >= 0 && c->borrowed) {
		count_bytes(c);
		shutdown(c->fd, SHUT_RDWR);
		end(c, outcome);
		return; /* dialer_returned frees it */
	}
	if (c->fd < 0 && !c->ended)
		forget_waiting(c->dialer, c);
	close_descriptor(c);
	end(c, outcome);
	free(c);
}

void dialer_lend(struct connection *c)
{
	engine_watch_drop(c->dialer->with.engine, &c->watch);
	c->borrowed = true;
}

void dialer_returned(struct connection *c)
{
	close_descriptor(c);
	c->borrowed = false;
	if (c->ended)
		free(c);
}

static void fail(struct connection *c, enum outcome outcome)
{
	engine_timer_cancel(c->dialer->with.engine, &c->timer);
	close_descriptor(c);
	engine_watch_closed(c->dialer->with.engine, &c->watch);
	end(c, outcome_text(outcome));
	c->done(c, outcome);
	free(c);
}

static enum outcome outcome_of(int error)
{
	switch (error) {
	case ECONNREFUSED:
		return OUTCOME_REFUSED;
	case ECONNRESET:
		return OUTCOME_RESET;
	case ETIMEDOUT:
		return OUTCOME_TIMEOUT;
	case ENETUNREACH:
	case EHOSTUNREACH:
	case EHOSTDOWN:
	case ENETDOWN:
	case ENOPROTOOPT:
	case EPROTO:
	case EACCES: /* ICMP: administratively prohibited */
	case ECONNABORTED:
		return OUTCOME_UNREACHABLE;
	default:
		return OUTCOME_LOCAL_ERROR;
	}
}

static void too_late(struct engine_timer *t)
{
	struct connection *c = CONTAINER(t, timer);
	struct pollfd answer = {.fd = c->fd, .events = POLLOUT};

	/* It may have answered while the loop was busy. */
	if (poll(&answer, 1, 0) > 0)
		connecting(&c->watch, EPOLLOUT);
	else
		fail(c, OUTCOME_TIMEOUT);
}

/* The listener's SYN-ACK in what the kernel kept of it. Source: linux/tcp.h;
 * tcpi_snd_wscale is the scale that the peer offered. */
static void read_stack(struct connection *c)
{
	struct tcp_info info = {0};
	socklen_t len = sizeof(info);

	if (getsockopt(c->fd, IPPROTO_TCP, TCP_INFO, &info, &len) != 0)
		return;
	c->stack.known = true;
	c->stack.timestamps = (info.tcpi_options & TCPI_OPT_TIMESTAMPS) != 0;
	c->stack.sack = (info.tcpi_options & TCPI_OPT_SACK) != 0;
	c->stack.window_scaling = (info.tcpi_options & TCPI_OPT_WSCALE) != 0;
	c->stack.scale = info.tcpi_snd_wscale;
	c->stack.mss = (int)info.tcpi_snd_mss;
	c->stack.rtt_us = info.tcpi_rtt;
}

static void succeed(struct connection *c)
{
	engine_timer_cancel(c->dialer->with.engine, &c->timer);
	engine_watch_drop(c->dialer->with.engine, &c->watch);
	c->open = true;
	read_stack(c);
	c->done(c, OUTCOME_ANSWERED);
}

static void connecting(struct engine_watch *w, uint32_t events)
{
	struct connection *c = CONTAINER(w, watch);
	socklen_t len = sizeof(int);
	int error = 0;
	char byte;

	(void)events;
	if (getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &error, &len) != 0)
		error = errno;
	/* It spoke before it reset: what it said is still there. */
	if (error == ECONNRESET && recv(c->fd, &byte, 1, MSG_PEEK) == 1)
		error = 0;
	if (error != 0)
		fail(c, outcome_of(error));
	else
		succeed(c);
}

/* Errors that connect(2) gives at once are this machine's own (no route, no
 * free port, a firewall rule), save the two a loopback peer can cause. */
static enum outcome outcome_at_once(int error)
{
	return error == ECONNREFUSED || error == ECONNRESET
		   ? outcome_of(error)
		   : OUTCOME_LOCAL_ERROR;
}

static void dial(struct connection *c, int64_t now_ms)
{
	struct dialer *d = c->dialer;
	struct sockaddr_storage sa;
	socklen_t len = addr_to_sockaddr(&c->address, c->port, &sa);

	if (now_ms > c->started_ms)
		pace_late(d->with.pace, &c->address, c->started_ms, now_ms);
	c->fd =
	    socket(sa.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	c->watch.fd = c->fd;
	if (c->fd < 0) {
		fail(c, OUTCOME_LOCAL_ERROR);
	} else if (connect(c->fd, (struct sockaddr *)&sa, len) == 0) {
		succeed(c);
	} else if (errno != EINPROGRESS) {
		fail(c, outcome_at_once(errno));
	} else if (engine_watch_set(d->with.engine, &c->watch, EPOLLOUT) < 0) {
		fail(c, OUTCOME_LOCAL_ERROR);
	} else {
		engine_timer_set(d->with.engine, &c->timer,
				 d->with.connect_timeout_ms);
	}
}

int dialer_flush(struct dialer *d)
{
	int64_t now;
	int rc;

	if (d->waiting == NULL)
		return 0;
	rc = audit_flush(d->with.audit);
	now = engine_clock(d->with.engine);
	for (struct connection *c = d->waiting; c != NULL; c = c->next)
		c->noted = true;
	/* Those that done() adds meanwhile wait for the next flush. */
	while (d->waiting != NULL && d->waiting->noted) {
		struct connection *c = d->waiting;

		d->waiting = c->next;
		if (d->waiting == NULL)
			d->tail = &d->waiting;
		if (rc < 0)
			fail(c, OUTCOME_LOCAL_ERROR);
		else
			dial(c, now);
	}
	return rc;
}
