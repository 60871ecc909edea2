/*
 * A probe: one address and port, asked over one connection as far as that
 * tells enough (DESIGN section 7). It connects, listens, and only then says
 * what ports.csv allows for this port. What answered decides the protocol.
 *
 * Each protocol is one file and one const struct talk; HTTP and TLS go
 * through libcurl (probe_http.c).
 */
#ifndef MARTLET_PROBE_H
#define MARTLET_PROBE_H

#include "buf.h"
#include "curlloop.h"
#include "dialer.h"
#include "engine.h"
#include "observation.h"
#include "ports.h"
#include "room.h"

struct fetch_lines;
struct probe;
struct web;
struct webpage;

/* What all probes share. */
struct prober {
	struct engine *engine;
	struct dialer *dialer;
	struct curlloop *curl;
	int banner_wait_ms, timeout_ms;
	char *user_agent;         /* "martlet/0.1.0 (+URL; ORGANISATION)" */
	char *ssh_identification; /* without the line's end */
	struct fetch_lines *lines;
	struct room room;
	/** This probe needs a (further) connection: call probe_request and
	 * dialer_ask when its turn has come, or probe_denied. */
	void (*want)(struct probe *p);
	/** p->o is complete. Called once, outside of the probe's own code;
	 * the probe is the caller's to free. */
	void (*done)(struct probe *p);
	void *arg; /* for these two */
};

/** prober_set_who: Fills the texts that tell who asks. @url,
 * @organisation, @contact: as configured. */
void prober_set_who(struct prober *pr, const char *url,
		    const char *organisation, const char *contact);
void prober_release(struct prober *pr);

/* Why a conversation is over. */
enum talk_end {
	TALK_COMPLETE,
	TALK_QUIET,    /* nothing (more) came in the time given */
	TALK_FULL,     /* the limit of bytes is reached */
	TALK_DEADLINE, /* the peer was still talking */
	TALK_CLOSED,
	TALK_RESET,
};

/* A conversation over an open socket; what came is in p->in. */
struct talk {
	const char *name;
	/* Silence after which what came counts as all; 0: the deadline. */
	int quiet_ms;
	/** Says our part. NULL: nothing to say. Returns -1 when the peer did
	 * not take it. */
	int (*start)(struct probe *p);
	/** More came. Returns whether the answer is complete. */
	bool (*more)(struct probe *p);
	/** Fills p->o but its outcome. p->in may be empty. */
	void (*finish)(struct probe *p);
};

extern const struct talk probe_banner_talk, probe_telnet_talk, probe_ssh_talk,
    probe_rtsp_talk, probe_pptp_talk;

struct probe {
	struct observation o;
	struct prober *prober;
	enum port_send send;
	bool speaks_first;
	bool bare;       /* a request to Redis */
	const char *why; /* the next connection is made, for the audit */
	struct connection *connection;
	void *place; /* the scheduler's, as the next */
	struct probe *next, *sibling, **sibling_at;

	/* The rest is the probe's. */
	bool met; /* a connection was opened: before, o holds nothing */
	const struct talk *talk;
	bool listening; /* nothing was said to the peer yet */
	bool at_once;   /* it hung up on our silence: ask when connected */
	struct buf in;
	size_t heard; /* bytes of in that telnet has read */
	struct engine_watch watch;
	struct engine_timer timer;
	int64_t deadline_ms;
	bool deadline_next; /* the timer that runs is the deadline's */
	struct web *web;
	struct webpage *page; /* what the page in o shows, or NULL */
	size_t held;          /* of the room, by the page in o */
	struct engine_timer end;
};

/** probe_new: @port: from ports.csv. Caller frees with probe_free. */
struct probe *probe_new(struct prober *pr, const struct addr *address,
			const struct port *port);
/** In any state: closes what is open; done is not called. */
void probe_free(struct probe *p);

/** Asks for the first connection. */
void probe_start(struct probe *p);
/** What to ask the dialer for. */
struct dialer_request probe_request(struct probe *p);
/** There will be no connection: OUTCOME_WITHDRAWN, or OUTCOME_LOCAL_ERROR
 * when today's budget is spent. What was seen before is kept. */
void probe_denied(struct probe *p, enum outcome outcome);

/* --- for the files of the protocols */

/** Ends the probe with this outcome. Close to a return: p is going away. */
void probe_finish(struct probe *p, enum outcome outcome);
/** Sends a few bytes at once; -1 when the socket did not take them all. */
int probe_say(struct probe *p, const void *bytes, size_t len) WARN_UNUSED;
/** Closes the connection and asks for another. */
void probe_want_connection(struct probe *p, const char *why);

/** GET / on the open connection, with a TLS handshake first or without. */
void probe_http_start(struct probe *p, bool tls);
/** The connection that probe_http wanted is open. */
void probe_http_connected(struct probe *p);
void probe_http_release(struct probe *p);

#endif
