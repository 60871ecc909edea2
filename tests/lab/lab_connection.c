/*
 * One connection after the other: what came, what is said, how it ended.
 */
#include <assert.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "lab.h"

static int epoll;
static struct connection *first, *last;
static size_t open_count;
static uint64_t numbers;

static int64_t clock_ms(clockid_t which)
{
	struct timespec t;

	clock_gettime(which, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int64_t lab_now_ms(void)
{
	return clock_ms(CLOCK_MONOTONIC);
}

void connections_init(int epoll_fd)
{
	epoll = epoll_fd;
}

static void unlink_connection(struct connection *c)
{
	if (c->previous != NULL)
		c->previous->next = c->next;
	else
		first = c->next;
	if (c->next != NULL)
		c->next->previous = c->previous;
	else
		last = c->previous;
	open_count--;
}

static void end_connection(struct connection *c, const char *how)
{
	struct linger reset = {.l_onoff = 1, .l_linger = 0};

	c->ended = how;
	c->closed_ms = lab_now_ms();
	record_closed(c);
	if (strcmp(how, "lab-reset") == 0)
		setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
	else if (c->ssl != NULL && c->tls_done)
		SSL_shutdown(c->ssl);
	ERR_clear_error();
	SSL_free(c->ssl);
	close(c->fd);
	unlink_connection(c);
	answer_release(&c->own);
	free(c);
}

static void watch(struct connection *c, bool write)
{
	struct epoll_event e = {.events = EPOLLIN | (write ? EPOLLOUT : 0u),
				.data.ptr = c};

	if (c->want_write == write)
		return;
	c->want_write = write;
	epoll_ctl(epoll, EPOLL_CTL_MOD, c->fd, &e);
}

/* Bytes moved, 0 for "not now", -1 when the connection is over. */
static ssize_t tls_result(struct connection *c, int got)
{
	int why = SSL_get_error(c->ssl, got);

	ERR_clear_error();
	if (why == SSL_ERROR_WANT_WRITE)
		watch(c, true);
	if (why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE)
		return 0;
	return -1;
}

static ssize_t put(struct connection *c, const char *data, size_t len)
{
	ssize_t sent;

	if (c->ssl != NULL && !c->refused_tls) {
		int put = SSL_write(c->ssl, data, (int)len);

		return put > 0 ? put : tls_result(c, put);
	}
	sent = send(c->fd, data, len, MSG_NOSIGNAL);
	if (sent < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -1;
	return sent;
}

static ssize_t take(struct connection *c, char *data, size_t room)
{
	ssize_t got;

	if (c->ssl != NULL && !c->refused_tls) {
		int taken = SSL_read(c->ssl, data, (int)room);

		return taken > 0 ? taken : tls_result(c, taken);
	}
	got = recv(c->fd, data, room, 0);
	if (got < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -1;
	return got == 0 ? -1 : got;
}

static void say(struct connection *c, const struct answer *a)
{
	c->saying = a;
	c->said = 0;
	c->due_ms = a->delay_ms > 0 ? lab_now_ms() + a->delay_ms : 0;
}

/* The next piece of what is being said; 0: there is no more. */
static size_t next_piece(const struct connection *c, const char **piece)
{
	const struct answer *a = c->saying;
	size_t len;

	if (c->said < a->head.len) {
		*piece = a->head.data + c->said;
		len = a->head.len - c->said;
	} else if (a->repeat.len > 0 && c->sent_count < LAB_SENT_MAX) {
		size_t at = (c->said - a->head.len) % a->repeat.len;

		*piece = a->repeat.data + at;
		len = a->repeat.len - at;
	} else {
		return 0;
	}
	if (a->drip_ms > 0 && len > (size_t)a->drip_bytes)
		len = (size_t)a->drip_bytes;
	return len > 16384 ? 16384 : len;
}

/* Returns false when the connection is gone. */
static bool said_all(struct connection *c)
{
	enum end end = c->saying->end;

	if (c->said < c->saying->head.len || c->saying->repeat.len > 0)
		end = END_CLOSE;
	c->saying = NULL;
	watch(c, false);
	if (end == END_HOLD && !c->last_answer)
		return true;
	end_connection(c, end == END_RESET ? "lab-reset" : "lab-close");
	return false;
}

static bool speak(struct connection *c)
{
	const char *piece = NULL;
	size_t len;

	while (c->saying != NULL) {
		ssize_t sent;

		if (c->due_ms > 0 && lab_now_ms() < c->due_ms) {
			watch(c, false);
			return true;
		}
		c->due_ms = 0;
		len = next_piece(c, &piece);
		if (len == 0)
			return said_all(c);
		sent = put(c, piece, len);
		if (sent < 0) {
			end_connection(c, "peer-reset");
			return false;
		}
		if (sent == 0) {
			watch(c, true);
			return true;
		}
		c->said += (size_t)sent;
		c->sent_count += (uint64_t)sent;
		if (c->saying->drip_ms > 0)
			c->due_ms = lab_now_ms() + c->saying->drip_ms;
	}
	return true;
}

static const struct answer *choose_answer(struct connection *c)
{
	const struct service *s = c->service;

	if (c->refused_tls) {
		c->last_answer = true;
		c->request_len = 0;
		return &s->plain;
	}
	switch (s->kind) {
	case KIND_HTTP:
		return http_answer(c);
	case KIND_RTSP:
		return rtsp_answer(c);
	case KIND_REPLY:
		c->request_len = 0;
		return c->sent_count > s->greeting.head.len ? NULL : &s->reply;
	case KIND_MUTE:
		break;
	}
	c->request_len = 0;
	return NULL;
}

static bool respond(struct connection *c)
{
	const struct answer *a;

	while (c->saying == NULL && c->request_len > 0) {
		a = choose_answer(c);
		if (a == NULL)
			return true;
		say(c, a);
		if (!speak(c))
			return false;
	}
	return true;
}

static void keep(struct connection *c, const char *data, size_t len)
{
	size_t room = sizeof(c->received) - c->kept;

	c->received_count += len;
	memcpy(c->received + c->kept, data, len < room ? len : room);
	c->kept += len < room ? len : room;
}

/* Returns false when the connection is gone. */
static bool listen_to(struct connection *c)
{
	char piece[4096];
	ssize_t got;

	while ((got = take(c, piece, sizeof(piece))) > 0) {
		size_t room = sizeof(c->request) - c->request_len;
		size_t len = (size_t)got;

		keep(c, piece, len);
		memcpy(c->request + c->request_len, piece,
		       len < room ? len : room);
		c->request_len += len < room ? len : room;
		if (!respond(c))
			return false;
	}
	if (got == 0)
		return true;
	end_connection(c, errno == ECONNRESET ? "peer-reset" : "peer-close");
	return false;
}

/* What does not begin with a TLS handshake record is not TLS. */
static bool begin_tls(struct connection *c)
{
	char start[64];
	ssize_t got = recv(c->fd, start, sizeof(start), MSG_PEEK);
	int state;

	if (got > 0 && !c->hello && start[0] != 0x16) {
		c->refused_tls = true;
		return true;
	}
	if (got > 0 && !c->hello) {
		c->hello = true;
		/* Kept only when the handshake fails. */
		memcpy(c->received, start, (size_t)got);
		c->kept = (size_t)got;
	}
	state = SSL_accept(c->ssl);
	if (state == 1) {
		c->tls_done = true;
		c->kept = 0;
		watch(c, false);
		return true;
	}
	if (tls_result(c, state) < 0) {
		end_connection(c, got == 0 ? "peer-close" : "tls-failed");
		return false;
	}
	return true;
}

/* One more new handshake, or some new keys, as soon as the one before is
 * through; what the peer says is dropped. */
static void annoy(struct connection *c)
{
	char piece[4096];
	int burst = 32;
	ssize_t got;

	while (c->service->then == THEN_NEW_KEYS && burst-- > 0) {
		if (SSL_key_update(c->ssl, SSL_KEY_UPDATE_NOT_REQUESTED) != 1 ||
		    SSL_do_handshake(c->ssl) != 1)
			break;
		c->rounds++;
	}
	ERR_clear_error();
	if (c->service->then == THEN_RENEGOTIATE &&
	    SSL_renegotiate_pending(c->ssl) == 0) {
		c->rounds++;
		SSL_renegotiate(c->ssl);
		SSL_do_handshake(c->ssl);
		ERR_clear_error();
	}
	while ((got = take(c, piece, sizeof(piece))) > 0)
		;
	if (got < 0) {
		end_connection(c, "peer-close");
		return;
	}
	watch(c, c->service->then == THEN_NEW_KEYS);
}

/* Returns whether the connection goes on as any other. */
static bool serves(struct connection *c)
{
	if (!c->tls_done || c->service->then == THEN_SERVE)
		return true;
	if (c->service->then == THEN_RESET)
		end_connection(c, "lab-reset");
	else
		annoy(c);
	return false;
}

void connection_event(struct connection *c, uint32_t events)
{
	errno = 0;
	if (c->ssl != NULL && !c->tls_done && !c->refused_tls) {
		if (!begin_tls(c))
			return;
		if (!c->tls_done && !c->refused_tls)
			return;
		if (c->tls_done && c->service->greets && !c->greeted) {
			c->greeted = true;
			say(c, &c->service->greeting);
		}
	}
	if (!serves(c))
		return;
	if ((events & EPOLLOUT) != 0 && (!speak(c) || !respond(c)))
		return;
	listen_to(c);
}

/* A busy laboratory accepts late; when the peer came is what counts. The
 * kernel tells it in steps of its own clock, so small lateness is left. */
static int64_t accepted_late_ms(int fd)
{
	struct tcp_info info = {0};
	socklen_t len = sizeof(info);

	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len) != 0 ||
	    info.tcpi_last_ack_recv < 8 || info.tcpi_last_ack_recv > 10000)
		return 0;
	return info.tcpi_last_ack_recv;
}

static void open_connection(const struct service *s, int fd,
			    const struct sockaddr_storage *peer)
{
	struct epoll_event e = {.events = EPOLLIN};
	struct connection *c = lab_alloc(sizeof(*c));

	c->watched = WATCHED_CONNECTION;
	c->number = ++numbers;
	c->fd = fd;
	c->service = s;
	c->peer = *peer;
	c->opened_ms = lab_now_ms() - accepted_late_ms(fd);
	c->opened_wall_ms = clock_ms(CLOCK_REALTIME) - accepted_late_ms(fd);
	c->previous = last;
	if (last != NULL)
		last->next = c;
	else
		first = c;
	last = c;
	open_count++;
	record_opened(c);
	e.data.ptr = c;
	if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &e) < 0) {
		end_connection(c, "lab-reset");
		return;
	}
	if (s->tls != NULL) {
		c->ssl = SSL_new(s->tls);
		if (c->ssl == NULL || SSL_set_fd(c->ssl, fd) != 1)
			end_connection(c, "lab-reset");
		return;
	}
	if (!s->greets)
		return;
	c->greeted = true;
	say(c, &s->greeting);
	speak(c);
}

void connections_accept(const struct service *s)
{
	struct sockaddr_storage peer;
	socklen_t len = sizeof(peer);
	int fd = accept4(s->fd, (struct sockaddr *)&peer, &len,
			 SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (fd < 0)
		return;
	if (open_count >= LAB_CONNECTIONS) {
		close(fd);
		return;
	}
	if (s->crowd != NULL)
		s = population_meet(s, fd);
	if (s == NULL)
		close(fd);
	else
		open_connection(s, fd, &peer);
}

int connections_tick(void)
{
	int64_t now = lab_now_ms(), next = now + 1000;

	for (struct connection *c = first, *after; c != NULL; c = after) {
		after = c->next;
		if (now - c->opened_ms >= LAB_LIFE_MS) {
			end_connection(c, "lab-time");
			continue;
		}
		if (c->due_ms == 0)
			continue;
		if (c->due_ms <= now && !speak(c))
			continue;
		if (c->due_ms > 0 && c->due_ms < next)
			next = c->due_ms;
	}
	if (first == NULL)
		return -1;
	return next <= now ? 0 : (int)(next - now);
}

void connections_end(void)
{
	while (first != NULL)
		end_connection(first, "lab-end");
}
