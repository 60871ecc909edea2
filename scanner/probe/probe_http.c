/*
 * HTTP and HTTPS: GET /, at most one further page of the same address and
 * port that the first one names, and the icon. An HTTP answer that asks for
 * TLS gets a handshake on a new connection.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "fetch.h"
#include "identify.h"
#include "peer_limits.h"
#include "xalloc.h"
#include "probe.h"

enum page { PAGE_FIRST, PAGE_NEXT, PAGE_ICON };

struct web {
	struct fetch fetch; /* first: the job leads back here */
	struct probe *probe;
	enum page page;
	char *path;
	bool tls;
	bool upgraded; /* from HTTP to TLS, once */
};

static void page_done(struct curlloop_job *job, CURLcode code);

static void get(struct probe *p)
{
	struct web *w = p->web;
	struct fetch_request request = {
	    .connection = p->connection,
	    .tls = w->tls,
	    .holds = p->held > 0,
	    .last = w->page == PAGE_ICON,
	    .bare = p->bare,
	    .path = w->path,
	    .body_max = w->page == PAGE_ICON ? LIMIT_FAVICON : LIMIT_HTTP_BODY,
	};

	fetch_release(&w->fetch);
	if (fetch_start(&w->fetch, p->prober, &request, page_done) < 0)
		probe_finish(p, w->page == PAGE_FIRST ? OUTCOME_LOCAL_ERROR
						      : p->o.outcome);
}

void probe_http_start(struct probe *p, bool tls)
{
	struct web *w = xalloc_zero(1, sizeof(*w));

	w->probe = p;
	w->tls = tls;
	w->path = xalloc_string("/");
	p->web = w;
	get(p);
}

void probe_http_connected(struct probe *p)
{
	get(p);
}

void probe_http_release(struct probe *p)
{
	if (p->web == NULL)
		return;
	fetch_release(&p->web->fetch);
	free(p->web->path);
	free(p->web);
	p->web = NULL;
}

/* A further request: on the connection that is open, or on a new one. */
static void go_on(struct probe *p, enum page page, char *path)
{
	struct web *w = p->web;
	bool open = p->connection != NULL && p->connection->fd >= 0 &&
		    p->connection->borrowed;

	free(w->path);
	w->path = path;
	w->page = page;
	if (!open)
		probe_want_connection(p, page == PAGE_ICON ? "icon"
					 : w->upgraded && page == PAGE_FIRST
					     ? "tls-asked-for"
					     : "next-page");
	else if (dialer_allowed(p->prober->dialer, &p->o.address))
		get(p);
	else
		probe_finish(p, p->o.outcome);
}

static bool says(const struct buf *b, const char *text)
{
	return b->len > 0 &&
	       memmem(b->data, b->len, text, strlen(text)) != NULL;
}

/* Whether a server that was asked without TLS wants it: by a TLS alert, or
 * in the words of nginx, Apache, Go, Tomcat, OpenResty and IIS. */
static bool asks_for_tls(const struct fetch *f)
{
	static const char *const words[] = {
	    "plain HTTP request was sent to HTTPS port",
	    "speaking plain HTTP to an SSL-enabled server port",
	    "Client sent an HTTP request to an HTTPS server",
	    "combination of host and port requires TLS",
	    "HTTP request was sent to HTTPS port",
	};

	if (f->status == 0)
		return f->body.len > 2 && f->body.data[0] == 0x15 &&
		       f->body.data[1] == 0x03;
	if (f->status < 400 || f->status > 499)
		return false;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (says(&f->body, words[i]))
			return true;
	return false;
}

/* What became of the transfer, seen apart from what it brought. */
static enum outcome outcome_of(const struct fetch *f)
{
	bool brought =
	    f->headers.len + f->body.len > 0 || f->tls.version != NULL;
	curl_off_t first_byte_us = 0;

	/* It came, but there was no room for it in time. */
	if (f->place.waits)
		brought = true;

	/* libcurl keeps half a header line to itself, but notes its time. The
	 * connection may be gone by now. */
	if (f->job.easy != NULL &&
	    curl_easy_getinfo(f->job.easy, CURLINFO_STARTTRANSFER_TIME_T,
			      &first_byte_us) == CURLE_OK &&
	    first_byte_us > 0)
		brought = true;
	/* libcurl's words for a header line over its own limit. */
	if (f->too_big || f->code == CURLE_OUT_OF_MEMORY)
		return OUTCOME_TOO_BIG;
	switch (f->code) {
	case CURLE_OK:
		return OUTCOME_ANSWERED;
	case CURLE_OPERATION_TIMEDOUT:
		return brought ? OUTCOME_STALLED : OUTCOME_SILENT;
	case CURLE_GOT_NOTHING:
		return OUTCOME_CLOSED;
	case CURLE_RECV_ERROR:
	case CURLE_SEND_ERROR:
		return brought ? OUTCOME_ANSWERED : OUTCOME_RESET;
	case CURLE_URL_MALFORMAT:
	case CURLE_FAILED_INIT:
	case CURLE_COULDNT_CONNECT:
		return OUTCOME_LOCAL_ERROR;
	default:
		return OUTCOME_ANSWERED; /* broken in some way of its own */
	}
}

static void move(struct blob *to, struct buf *from)
{
	size_t len = from->len;

	blob_release(to);
	*to = (struct blob){xalloc_grow(buf_detach(from), len + 1, 1), len};
}

static void keep_page(struct probe *p)
{
	struct web *w = p->web;
	struct fetch *f = &w->fetch;
	size_t held;

	p->o.http_status = (int)f->status;
	free(p->o.http_path);
	p->o.http_path = xalloc_string(w->path);
	move(&p->o.http_headers, &f->headers);
	move(&p->o.body, &f->body);
	if (f->received != 0)
		identify_http_clock(&p->o.http_headers, f->received,
				    &p->o.clock);
	p->o.truncated = f->too_big || f->code != CURLE_OK;
	p->o.protocol = w->tls ? PROTOCOL_HTTPS : PROTOCOL_HTTP;
	identify_page_free(p->page);
	p->page = identify_read_page(&p->o);
	held = p->held;
	p->held =
	    p->o.http_headers.len + p->o.body.len + identify_page_size(p->page);
	room_keep(&p->prober->room, held, p->held);
}

static void keep_tls(struct probe *p)
{
	const struct tlsclient *t = &p->web->fetch.tls;

	if (t->certificate != NULL && p->o.certificate.subject == NULL)
		identify_handshake(t->certificate, &p->o.certificate);
	if (t->version != NULL && p->o.tls_version == NULL)
		p->o.tls_version = xalloc_string(t->version);
	if (t->greeted != 0)
		identify_tls_clock(t->random, t->greeted, &p->o.clock);
}

static bool starts_like_page(const struct buf *body)
{
	const char *at = buf_text(body);

	at += strspn(at, " \t\r\n");
	return strncasecmp(at, "<!", 2) == 0 ||
	       strncasecmp(at, "<html", 5) == 0 ||
	       strncasecmp(at, "<head", 5) == 0 ||
	       strncasecmp(at, "<title", 6) == 0;
}

/* An answer without a status line: Redis, telnet that woke up, whatever. */
static void end_without_http(struct probe *p, enum outcome outcome)
{
	struct web *w = p->web;
	const struct buf *body = &w->fetch.body;
	size_t len = body->len < LIMIT_BANNER ? body->len : LIMIT_BANNER;

	if (len > 0) {
		blob_set(&p->o.banner, body->data, len);
		p->o.protocol = identify_protocol(&p->o.banner, p->o.port);
	}
	/* HTTP/0.9: a page and nothing else. */
	if (p->o.protocol == PROTOCOL_UNKNOWN && starts_like_page(body)) {
		keep_page(p);
		blob_release(&p->o.banner);
	} else if (w->tls) {
		p->o.protocol = PROTOCOL_TLS;
		/* The handshake was the answer. */
		outcome = OUTCOME_ANSWERED;
	}
	probe_finish(p, outcome);
}

static bool handshake_failed(const struct web *w)
{
	CURLcode code = w->fetch.code;

	if (!w->tls || w->fetch.status > 0 || w->fetch.body.len > 0)
		return false;
	return code == CURLE_SSL_CONNECT_ERROR || code == CURLE_SSL_CIPHER ||
	       code == CURLE_PEER_FAILED_VERIFICATION ||
	       (code != CURLE_OK && w->fetch.tls.version == NULL);
}

static void end_without_tls(struct probe *p)
{
	struct web *w = p->web;
	enum outcome outcome = tlsclient_outcome(w->fetch.error);

	/* It had answered in plain HTTP before: that stays. */
	if (w->upgraded) {
		probe_finish(p, p->o.outcome);
		return;
	}
	if (w->fetch.code == CURLE_OPERATION_TIMEDOUT)
		outcome = dialer_received(p->connection) > 0 ? OUTCOME_STALLED
							     : OUTCOME_SILENT;
	keep_tls(p);
	p->o.protocol =
	    w->fetch.tls.version != NULL || outcome == OUTCOME_TLS_TOO_OLD
		? PROTOCOL_TLS
		: PROTOCOL_UNKNOWN;
	probe_finish(p, outcome);
}

static void ask_for_icon(struct probe *p)
{
	go_on(p, PAGE_ICON, identify_icon(&p->o, p->page));
}

static void first_page(struct probe *p)
{
	struct web *w = p->web;
	char *path = NULL;
	int next;

	if (handshake_failed(w)) {
		end_without_tls(p);
		return;
	}
	keep_tls(p);
	p->o.outcome = outcome_of(&w->fetch);
	if (!w->tls && asks_for_tls(&w->fetch)) {
		if (w->fetch.status > 0)
			keep_page(p);
		else
			p->o.protocol = PROTOCOL_TLS;
		w->tls = w->upgraded = true;
		dialer_close(p->connection, "tls-asked-for");
		p->connection = NULL;
		go_on(p, PAGE_FIRST, xalloc_string("/"));
		return;
	}
	if (w->fetch.status == 0) {
		end_without_http(p, p->o.outcome);
		return;
	}
	keep_page(p);
	if (p->o.outcome != OUTCOME_ANSWERED &&
	    p->o.outcome != OUTCOME_TOO_BIG) {
		probe_finish(p, p->o.outcome);
		return;
	}
	next = identify_next_page(&p->o, p->page, &path);
	if (next > 0 && strcmp(path, w->path) != 0) {
		go_on(p, PAGE_NEXT, path);
		return;
	}
	if (next > 0)
		free(path);
	/* A page that shows something and leads away is an answer. */
	if (next < 0 && w->fetch.status >= 300 && w->fetch.status < 400)
		p->o.outcome = OUTCOME_REDIRECT_ELSEWHERE;
	ask_for_icon(p);
}

static void next_page(struct probe *p)
{
	const struct fetch *f = &p->web->fetch;
	enum outcome outcome = outcome_of(f);
	bool shows = f->status > 0 &&
		     (f->status < 300 || f->status == 401 || f->status == 403);

	/* A second redirect, an error or nothing: the first page says more. */
	if (shows &&
	    (outcome == OUTCOME_ANSWERED || outcome == OUTCOME_TOO_BIG)) {
		keep_page(p);
		p->o.outcome = outcome;
	}
	ask_for_icon(p);
}

/* Servers send their error page with status 200 for an icon, too. */
static bool is_image(const struct buf *body)
{
	return body->len > 0 && !starts_like_page(body);
}

static void icon(struct probe *p)
{
	const struct fetch *f = &p->web->fetch;

	/* A hash of half an icon names nothing. */
	if (f->code == CURLE_OK && f->status == 200 && is_image(&f->body))
		identify_favicon(f->body.data, f->body.len, &p->o.favicon);
	probe_finish(p, p->o.outcome);
}

static void page_done(struct curlloop_job *job, CURLcode code)
{
	struct web *w = (struct web *)(void *)job;
	struct fetch *f = &w->fetch;
	struct probe *p = w->probe;

	job->done = NULL; /* out of the loop */
	f->code = code;
	if (f->headers.len > 0)
		curl_easy_getinfo(job->easy, CURLINFO_RESPONSE_CODE,
				  &f->status);
	/* The open connection was dead when the request came. */
	if (f->reused && f->status == 0 && f->body.len == 0 &&
	    p->connection->fd < 0) {
		fetch_release(f);
		go_on(p, w->page, xalloc_string(w->path));
		return;
	}
	if (w->page == PAGE_FIRST)
		first_page(p);
	else if (w->page == PAGE_NEXT)
		next_page(p);
	else
		icon(p);
}
