#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "civil.h"
#include "fetch.h"
#include "identify.h"
#include "peer_limits.h"
#include "xalloc.h"
#include "probe.h"

/* On ports whose servers speak first, and where nothing else would be asked,
 * patience costs nothing: mail servers look up the caller's name first. */
#define SPEAKERS_PATIENCE 3

/* Who hangs up sooner than this after the connection was made turned us away,
 * or has nothing to say: it was not waiting for a request. */
#define TURNED_AWAY_MS 100

#define CONTAINER(ptr, member)                                                 \
	((struct probe *)(void *)((char *)(ptr)-offsetof(struct probe, member)))

/* Only what is safe in a header line and in an SSH comment. */
static char *plain(const char *text)
{
	char *copy = xalloc_string(text), *to = copy;

	for (const char *c = copy; *c != '\0'; c++)
		if (*c >= ' ' && *c <= '~' && *c != '(' && *c != ')')
			*to++ = *c;
	*to = '\0';
	return copy;
}

void prober_set_who(struct prober *pr, const char *url,
		    const char *organisation, const char *contact)
{
	char *page = plain(url), *who = plain(organisation);
	char *mail = plain(contact);
	const char *at = mail;
	bool is_mail;

	pr->user_agent =
	    xalloc_printf("martlet/" MARTLET_VERSION " (+%s; %s)", page, who);
	/* RFC 4253 section 4.2: 255 bytes with the line's end. */
	pr->ssh_identification =
	    xalloc_printf("SSH-2.0-martlet_" MARTLET_VERSION " %.200s", page);
	if (strncmp(at, "mailto:", 7) == 0)
		at += 7;
	is_mail = strchr(at, '@') != NULL && strchr(at, ' ') == NULL;
	pr->lines = fetch_lines_new(pr->user_agent, is_mail ? at : NULL);
	free(page);
	free(who);
	free(mail);
}

void prober_release(struct prober *pr)
{
	free(pr->user_agent);
	free(pr->ssh_identification);
	fetch_lines_drop(pr->lines);
	pr->user_agent = pr->ssh_identification = NULL;
	pr->lines = NULL;
}

static void readable(struct engine_watch *w, uint32_t events);
static void timer_fires(struct engine_timer *t);
static void end_fires(struct engine_timer *t);

struct probe *probe_new(struct prober *pr, const struct addr *address,
			const struct port *port)
{
	struct probe *p = xalloc_zero(1, sizeof(*p));

	observation_init(&p->o);
	p->o.address = *address;
	p->o.port = port->number;
	p->prober = pr;
	p->send = port->send;
	p->speaks_first = port->speaks_first;
	p->bare = port->service != NULL && strcmp(port->service, "redis") == 0;
	p->watch.ready = readable;
	p->timer.fire = timer_fires;
	p->end.fire = end_fires;
	buf_init(&p->in, LIMIT_BANNER);
	return p;
}

static void stop(struct probe *p)
{
	engine_watch_drop(p->prober->engine, &p->watch);
	engine_timer_cancel(p->prober->engine, &p->timer);
}

static void hang_up(struct probe *p, const char *outcome)
{
	stop(p);
	probe_http_release(p);
	dialer_close(p->connection, outcome);
	p->connection = NULL;
}

void probe_free(struct probe *p)
{
	if (p == NULL)
		return;
	hang_up(p, "interrupted");
	engine_timer_cancel(p->prober->engine, &p->end);
	room_keep(&p->prober->room, p->held, 0);
	buf_release(&p->in);
	identify_page_free(p->page);
	if (p->met)
		observation_release(&p->o);
	free(p);
}

static void end_fires(struct engine_timer *t)
{
	struct probe *p = CONTAINER(t, end);

	p->prober->done(p);
}

void probe_finish(struct probe *p, enum outcome outcome)
{
	p->o.outcome = outcome;
	if (outcome == OUTCOME_TOO_BIG)
		p->o.truncated = true;
	if (outcome == OUTCOME_SILENT)
		p->o.protocol = PROTOCOL_SILENT;
	if (p->o.observed_ms == 0)
		p->o.observed_ms = civil_now_ms();
	hang_up(p, outcome_text(outcome));
	/* Callers up the stack still look at the probe. */
	engine_timer_set(p->prober->engine, &p->end, 0);
}

static void dialed(struct connection *c, enum outcome outcome);

struct dialer_request probe_request(struct probe *p)
{
	return (struct dialer_request){.address = p->o.address,
				       .port = p->o.port,
				       .why = p->why,
				       .done = dialed,
				       .owner = p};
}

void probe_start(struct probe *p)
{
	p->why = "probe";
	p->prober->want(p);
}

void probe_want_connection(struct probe *p, const char *why)
{
	stop(p);
	dialer_close(p->connection, outcome_text(p->o.outcome));
	p->connection = NULL;
	p->why = why;
	p->prober->want(p);
}

void probe_denied(struct probe *p, enum outcome outcome)
{
	/* A further connection of an answered probe: what is there stays. */
	probe_finish(p, p->web != NULL || p->at_once ? p->o.outcome : outcome);
}

/* --- talking */

static void set_timer(struct probe *p, int64_t after_ms)
{
	int64_t left = p->deadline_ms - engine_now(p->prober->engine);

	p->deadline_next = after_ms == 0 || left <= after_ms;
	engine_timer_set(p->prober->engine, &p->timer,
			 p->deadline_next ? left : after_ms);
}

int probe_say(struct probe *p, const void *bytes, size_t len)
{
	ssize_t n = send(p->connection->fd, bytes, len, MSG_NOSIGNAL);

	return n == (ssize_t)len ? 0 : -1;
}

static enum outcome outcome_of(const struct probe *p, enum talk_end end)
{
	bool spoke = p->in.len > 0;

	switch (end) {
	case TALK_COMPLETE:
		return OUTCOME_ANSWERED;
	case TALK_FULL:
		return OUTCOME_TOO_BIG;
	case TALK_DEADLINE:
		return spoke ? OUTCOME_STALLED : OUTCOME_SILENT;
	case TALK_QUIET:
		return spoke ? OUTCOME_ANSWERED : OUTCOME_SILENT;
	case TALK_CLOSED:
		return spoke ? OUTCOME_ANSWERED : OUTCOME_CLOSED;
	case TALK_RESET:
		break;
	}
	return spoke ? OUTCOME_ANSWERED : OUTCOME_RESET;
}

static void end_talk(struct probe *p, enum talk_end end);

static void begin_talk(struct probe *p, const struct talk *talk)
{
	p->talk = talk;
	p->listening = false;
	if (talk->start != NULL && talk->start(p) < 0) {
		end_talk(p, TALK_RESET);
		return;
	}
	set_timer(p, 0);
	if (p->in.len > 0 && talk->more(p))
		end_talk(p, TALK_COMPLETE);
	else if (engine_watch_set(p->prober->engine, &p->watch, EPOLLIN) < 0)
		probe_finish(p, OUTCOME_LOCAL_ERROR);
}

/* The peer kept silent: says what ports.csv allows here. */
static void ask(struct probe *p)
{
	switch (p->send) {
	case PORT_SEND_HTTP:
		probe_http_start(p, false);
		return;
	case PORT_SEND_TLS:
		probe_http_start(p, true);
		return;
	case PORT_SEND_RTSP:
		begin_talk(p, &probe_rtsp_talk);
		return;
	case PORT_SEND_SSH:
		begin_talk(p, &probe_ssh_talk);
		return;
	case PORT_SEND_PPTP:
		begin_talk(p, &probe_pptp_talk);
		return;
	case PORT_SEND_NOTHING:
	case PORT_SEND_TELNET_REFUSALS:
		break;
	}
	probe_finish(p, OUTCOME_SILENT);
}

/* Some web servers (Monit) give a client less time to ask than we listen. */
static bool tired_of_waiting(const struct probe *p)
{
	int64_t connected_ms = p->deadline_ms - p->prober->timeout_ms;

	return (p->send == PORT_SEND_HTTP || p->send == PORT_SEND_TLS) &&
	       engine_now(p->prober->engine) - connected_ms >= TURNED_AWAY_MS;
}

static void end_talk(struct probe *p, enum talk_end end)
{
	bool listening = p->listening;

	stop(p);
	if (listening && p->in.len == 0) {
		if (end == TALK_QUIET || end == TALK_DEADLINE) {
			ask(p);
			return;
		}
		if (tired_of_waiting(p)) {
			p->at_once = true;
			p->o.outcome = outcome_of(p, end);
			probe_want_connection(p, "hung-up");
			return;
		}
	}
	p->talk->finish(p);
	if (listening && p->o.protocol == PROTOCOL_SSH &&
	    p->send == PORT_SEND_SSH &&
	    (end == TALK_QUIET || end == TALK_COMPLETE))
		begin_talk(p, &probe_ssh_talk);
	else
		probe_finish(p, outcome_of(p, end));
}

/* Reads what came, if anything did. */
static bool hear(struct probe *p)
{
	char bytes[4096];
	ssize_t n = recv(p->watch.fd, bytes, sizeof(bytes), MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	if (n <= 0) {
		end_talk(p, n == 0 ? TALK_CLOSED : TALK_RESET);
		return true;
	}
	buf_add(&p->in, bytes, (size_t)n);
	if (p->talk->more(p))
		end_talk(p, TALK_COMPLETE);
	else if (p->in.too_big)
		end_talk(p, TALK_FULL);
	else
		set_timer(p, p->talk->quiet_ms);
	return true;
}

static void timer_fires(struct engine_timer *t)
{
	struct probe *p = CONTAINER(t, timer);

	/* After a long turn of the loop a peer that spoke in time may still
	 * wait to be heard: it must not be asked as if it were silent. */
	if ((!p->deadline_next || p->in.len == 0) && hear(p))
		return;
	end_talk(p, p->deadline_next ? TALK_DEADLINE : TALK_QUIET);
}

static void readable(struct engine_watch *w, uint32_t events)
{
	(void)events;
	hear(CONTAINER(w, watch));
}

static void listen_first(struct probe *p)
{
	int64_t wait = p->prober->banner_wait_ms;

	if (p->speaks_first && p->send != PORT_SEND_HTTP &&
	    p->send != PORT_SEND_TLS)
		wait *= SPEAKERS_PATIENCE;
	p->talk = p->send == PORT_SEND_TELNET_REFUSALS ? &probe_telnet_talk
						       : &probe_banner_talk;
	p->listening = true;
	set_timer(p, wait > 0 ? wait : 1);
	if (engine_watch_set(p->prober->engine, &p->watch, EPOLLIN) < 0)
		probe_finish(p, OUTCOME_LOCAL_ERROR);
}

static void dialed(struct connection *c, enum outcome outcome)
{
	struct probe *p = c->owner;

	if (outcome != OUTCOME_ANSWERED) {
		p->connection = NULL; /* the dialer frees it */
		probe_denied(p, outcome);
		return;
	}
	p->met = true;
	p->connection = c;
	p->watch.fd = c->fd;
	p->deadline_ms = engine_now(p->prober->engine) + p->prober->timeout_ms;
	if (p->web != NULL) {
		probe_http_connected(p);
		return;
	}
	p->o.observed_ms = civil_now_ms();
	p->o.stack = c->stack;
	if (p->at_once)
		ask(p);
	else
		listen_first(p);
}
