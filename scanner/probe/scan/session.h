/*
 * What a process that asks strangers has open: the loop, the pace rebuilt
 * from the audit, the dialer, the results on their way, and the signals that
 * end it. Shared by the scan and the service.
 */
#ifndef MARTLET_SESSION_H
#define MARTLET_SESSION_H

#include <signal.h>
#include <stdbool.h>

#include "casefile.h"
#include "identify.h"
#include "location.h"
#include "probe.h"
#include "results.h"

/* So many in a row mean that this machine is cut off: going on would mark
 * every address. */
#define SESSION_LOCAL_ERRORS_MAX 200

struct session_parts { /* all borrowed */
	const struct workspace *ws;
	struct casefile *casefile; /* with the scan lock */
	struct scope *scope;
	struct location *location;
	const struct fingerprints *fingerprints;
	bool reloads; /* SIGHUP is caught as well */
};

struct session {
	struct session_parts with;
	struct engine *engine;
	struct pace *pace;
	struct audit *audit;
	struct dialer *dialer;
	struct prober prober;
	struct results *results;
	size_t open_max; /* sockets that the system gives */
	int64_t scan;    /* the row of the case database */
	bool stop;       /* SIGINT or SIGTERM came */
	bool reload;     /* SIGHUP came; the owner clears it */
	/* The rest is the session's. */
	struct session_signals {
		struct engine_watch watch;
		struct session *session;
		sigset_t old_mask;
		bool masked;
	} signals;
	bool has_budget;     /* the pace counts connections of a day */
	size_t local_errors; /* in a row */
};

/** session_open: @period, @stale: of the row in the case database. From now
 * on signals are caught. Returns -1, logged; session_close after that too. */
int session_open(struct session *s, const struct session_parts *parts,
		 const char *period, bool stale) WARN_UNUSED;
/** After the schedule is freed. What was not stored is dropped. */
void session_close(struct session *s);

/** session_go_on: Another row of the case database from now on: a new day's.
 * Returns -1, logged. */
int session_go_on(struct session *s, const char *period,
		  bool stale) WARN_UNUSED;

/** session_configure: Goes on with the changed configuration of the same
 * workspace and these parts; probes under way end as they began. What @parts
 * replaces can be freed after that. Returns -1, logged, when nothing more
 * can be asked. */
int session_configure(struct session *s,
		      const struct session_parts *parts) WARN_UNUSED;

/** session_turn: One turn of the loop, then what the dialer has waiting.
 * Returns -1, logged, when nothing more can be asked or stored. */
int session_turn(struct session *s, int64_t max_wait_ms) WARN_UNUSED;

/** session_take: A finished probe on its way into the case database, with
 * its lag behind a source's last packet (Unix seconds). Returns whether it
 * was recognised. */
bool session_take(struct session *s, struct probe *p, int64_t last_seen,
		  bool stale);

/** session_cut_off: Whether the last SESSION_LOCAL_ERRORS_MAX connections
 * could not even be opened. */
bool session_cut_off(const struct session *s);

/** session_finish: Stores what waits and closes the row of the case
 * database. Returns -1, logged. */
int session_finish(struct session *s) WARN_UNUSED;

#endif
