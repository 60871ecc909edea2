/*
 * One GET through libcurl over a connection that the dialer opened. No
 * redirects, cookies, credentials, proxies or names; everything capped.
 */
#ifndef MARTLET_FETCH_H
#define MARTLET_FETCH_H

#include <stdbool.h>

#include "buf.h"
#include "curlloop.h"
#include "dialer.h"
#include "probe.h"
#include "tlsclient.h"

/* Header lines of our own, shared by all requests under way, which keep them
 * also when there are new ones. */
struct fetch_lines;

/** @from: a mail address, or NULL. */
struct fetch_lines *fetch_lines_new(const char *user_agent, const char *from);
/** NULL is fine. */
void fetch_lines_drop(struct fetch_lines *l);

struct fetch {
	struct curlloop_job job;
	struct prober *prober;
	struct room_place place;
	struct connection *connection;
	bool fresh; /* libcurl has not taken the descriptor yet */
	bool reused;
	bool bare;
	struct fetch_lines *lines;
	struct tlsclient tls;
	char error[CURL_ERROR_SIZE];
	size_t body_max;

	/* The answer. */
	CURLcode code;
	long status;        /* 0: not HTTP */
	int64_t received;   /* Unix seconds: when its first line came */
	struct buf headers; /* of the last header block */
	struct buf body;    /* content encodings undone */
	bool too_big;       /* cut at a limit */
};

struct fetch_request {
	struct connection *connection; /* libcurl gets its descriptor, or has
					  it from the request before */
	bool tls;
	bool holds; /* the probe has a page already */
	bool last;  /* the connection closes with this answer */
	/* HTTP/1.0 without a Host line, and the first line that is not HTTP
	 * ends it: Redis takes the Host line of a browser for an attack and
	 * hangs up, else it answers and waits. */
	bool bare;
	const char *path;
	size_t body_max; /* bytes */
};

/** For curlloop_new: what each request is to obey. */
void fetch_prepare(CURL *easy);

/** @done: with job: the fetch is (struct fetch *)job. Nothing may be in it
 * from before, or fetch_release was called. Returns -1 when libcurl
 * refuses. */
int fetch_start(struct fetch *f, struct prober *pr,
		const struct fetch_request *request,
		void (*done)(struct curlloop_job *job,
			     CURLcode code)) WARN_UNUSED;
/** Stops it if it runs, frees what it holds. */
void fetch_release(struct fetch *f);

#endif
