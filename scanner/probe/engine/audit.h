/*
 * The audit log: every connection is written down before it is made, then
 * what became of it. Append-only, one line of text each:
 *
 *   2026-11-21T01:20:00.123Z open ID prober=NAME from=ADDRESS to=ADDRESS
 *       port=80 why=TEXT                                      (one line)
 *   2026-11-21T01:20:00.456Z end ID sent=78 received=512 outcome=answered
 *       ms=333
 *
 * Times are the real clock, also where MARTLET_NOW stops the other one. A
 * file of audit.rotate_mb is renamed to audit.log.N, N growing; the end of a
 * connection may stand in a later file than its start.
 */
#ifndef MARTLET_AUDIT_H
#define MARTLET_AUDIT_H

#include <stdint.h>

#include "addr.h"
#include "compiler.h"
#include "workspace.h"

struct audit;

/** audit_open: audit.log of the workspace, mode 0600. @ws: borrowed.
 * @prober: copied.
 * Returns NULL, logged. */
struct audit *audit_open(const struct workspace *ws, const char *prober);
/** For other settings of the same workspace. */
void audit_configure(struct audit *a, const struct config *config);
/** Writes what is left. */
void audit_close(struct audit *a);

/** audit_start: Notes a connection that will be made; returns its id, which
 * is new in this log. Nothing is on disk before audit_flush.
 * @why: our own words. */
uint64_t audit_start(struct audit *a, const struct addr *from,
		     const struct addr *to, uint16_t port, const char *why);
void audit_end(struct audit *a, uint64_t id, uint64_t sent, uint64_t received,
	       const char *outcome, int64_t duration_ms);

/** audit_flush: Gives all notes to the system. Returns -1, logged: then
 * nothing may be connected. */
int audit_flush(struct audit *a) WARN_UNUSED;

/**
 * audit_each_since: Calls visit for each "open" line of the last
 * seconds. @age_ms: how long ago it was, by the real clock.
 * Returns -1, logged, when the log cannot be read.
 */
int audit_each_since(struct audit *a, int64_t seconds,
		     void (*visit)(const struct addr *to, int64_t age_ms,
				   void *arg),
		     void *arg) WARN_UNUSED;

#endif
