/*
 * The only code that connects to anybody. For each connection it asks the
 * scope gate and the pace, has the audit line on disk before connect(2), and
 * reads the stack's marks right after. Sends nothing.
 */
#ifndef MARTLET_DIALER_H
#define MARTLET_DIALER_H

#include <stdint.h>

#include "audit.h"
#include "engine.h"
#include "observation.h"
#include "pace.h"
#include "scope.h"

struct dialer;
struct connection;

/* Called once: with OUTCOME_ANSWERED the connection is open and the
 * owner's; with any other outcome it is gone after the call. */
typedef void dialer_done(struct connection *c, enum outcome outcome);

struct connection {
	int fd; /* -1: closed */
	struct addr address;
	uint16_t port;
	struct stack stack;
	dialer_done *done;
	void *owner;
	/* The rest is the dialer's. */
	struct dialer *dialer;
	struct engine_watch watch;
	struct engine_timer timer;
	struct connection *next; /* waiting for dialer_flush */
	uint64_t id, sent, received;
	int64_t started_ms;
	bool noted;    /* its audit line is written */
	bool open;     /* the peer accepted it */
	bool ended;    /* in the audit log, and given back to the pace */
	bool borrowed; /* libcurl closes the descriptor */
};

struct dialer_parts { /* all borrowed */
	struct engine *engine;
	struct scope *scope;
	struct pace *pace;
	struct audit *audit;
	int connect_timeout_ms;
};

struct dialer *dialer_new(const struct dialer_parts *parts);
void dialer_free(struct dialer *d);
/** For the connections from now on. @scope: borrowed. */
void dialer_configure(struct dialer *d, struct scope *scope,
		      int connect_timeout_ms);

enum dialer_answer {
	DIALER_STARTED,
	DIALER_LATER,     /* the pace: ask again after wait_ms */
	DIALER_SPENT,     /* the day's budget of this address is spent */
	DIALER_WITHDRAWN, /* the gate is closed for this address */
};

struct dialer_request {
	struct addr address;
	uint16_t port;
	const char *why; /* for the audit log */
	dialer_done *done;
	void *owner;
	uint32_t asn; /* for the pace; 0: where the address is said to be */
};

/**
 * dialer_ask: Asks gate and pace for one connection. With DIALER_STARTED
 * it is noted and made at the next dialer_flush, and *out is the connection
 * (for dialer_close until done is called).
 */
enum dialer_answer dialer_ask(struct dialer *d,
			      const struct dialer_request *request,
			      int64_t *wait_ms, struct connection **out);

/** dialer_flush: Writes the audit lines, then connects. Returns -1, logged,
 * when the audit cannot be written: those connections end as local-error. */
int dialer_flush(struct dialer *d) WARN_UNUSED;

/** dialer_allowed: Whether the gate is still open, for a further request on
 * an open connection. */
bool dialer_allowed(struct dialer *d, const struct addr *a);

/** dialer_received: Bytes that the peer has sent so far, also when libcurl
 * took them. */
uint64_t dialer_received(struct connection *c);

/** dialer_close: Closes, writes the end into the audit log, frees. While
 * libcurl holds the descriptor, the peer sees the end at once and the rest
 * follows when libcurl lets go. @outcome: a word for the log. */
void dialer_close(struct connection *c, const char *outcome);

/** dialer_lend: libcurl has the descriptor from now on. */
void dialer_lend(struct connection *c);
/** dialer_returned: libcurl is done with it: closes. */
void dialer_returned(struct connection *c);

#endif
