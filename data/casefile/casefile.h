/*
 * The case database martlet.db: the only code that touches it. SQLite in
 * WAL mode, one scanning process and any number of readers; short
 * transactions with a busy timeout. Readers also work on read-only media.
 * A struct casefile is one thread's.
 */
#ifndef MARTLET_CASEFILE_H
#define MARTLET_CASEFILE_H

#include <stdbool.h>
#include <stdint.h>

#include "addr.h"
#include "compiler.h"
#include "hostname.h"
#include "observation.h"
#include "workspace.h"

struct casefile;

enum casefile_mode {
	CASEFILE_READ,
	CASEFILE_WRITE, /* made when it is not there */
};

/** casefile_open: One of an older schema is migrated when it is opened for
 * writing, and read as it is for reading. Returns NULL, logged (missing, newer
 * schema, read-only disk, not a case database). */
struct casefile *casefile_open(const struct workspace *ws,
			       enum casefile_mode mode);
void casefile_close(struct casefile *cf);
/** Whether the workspace has a case database yet. */
bool casefile_exists(const struct workspace *ws);

/** casefile_prober: The random name of this database's own prober. Returns
 * NULL, logged; caller frees with free. */
char *casefile_prober(struct casefile *cf);

/** casefile_lock_scan: Takes the scan lock of the workspace until close or
 * casefile_unlock_scan. @what: the command, for others. Logs who holds it
 * when somebody does. */
int casefile_lock_scan(struct casefile *cf, const char *what) WARN_UNUSED;
void casefile_unlock_scan(struct casefile *cf);

/* --- writing. Each logs and returns -1 when the database refuses. */

/** @scan: out, the id of the new scan. */
int casefile_begin_scan(struct casefile *cf, const char *period, bool stale,
			int64_t *scan) WARN_UNUSED;
int casefile_end_scan(struct casefile *cf, int64_t scan) WARN_UNUSED;

/** Group several casefile_store calls into one commit. */
int casefile_begin(struct casefile *cf) WARN_UNUSED;
int casefile_commit(struct casefile *cf) WARN_UNUSED;
/** Forgets what was stored since casefile_begin, if anything. */
void casefile_rollback(struct casefile *cf);

/** casefile_store: Adds a probe with its evidence and identity; sets o->id.
 * The observation stays the caller's. */
int casefile_store(struct casefile *cf, int64_t scan,
		   struct observation *o) WARN_UNUSED;

/* A probe that met no service: its outcome is all there is to keep. */
struct plain_probe {
	struct addr address;
	uint16_t port;
	enum outcome outcome;
	int64_t observed_ms;
	int64_t lag; /* as in struct observation */
};

/** casefile_store_plain: As casefile_store for many of them, over TCP, in the
 * order given; for less. */
int casefile_store_plain(struct casefile *cf, int64_t scan,
			 const struct plain_probe *probes,
			 size_t count) WARN_UNUSED;

/** casefile_store_hostname: Adds what a look-up of an address's names told. */
int casefile_store_hostname(struct casefile *cf,
			    const struct hostname *h) WARN_UNUSED;

/** casefile_set_identity: Replaces what a stored probe was recognised as,
 * claims included; also by nothing. */
int casefile_set_identity(struct casefile *cf,
			  const struct observation *o) WARN_UNUSED;

/** casefile_deployment: The number of the group with this profile in this
 * period, assigned when it is new, also in a database open for reading.
 * *id = 0 when it is new and the file cannot be written. */
int casefile_deployment(struct casefile *cf, const char *period,
			const char *profile, int64_t *id) WARN_UNUSED;

/** casefile_deployment_period: The period of a group's number: 1, 0 when
 * there is no such group, -1, logged. */
int casefile_deployment_period(struct casefile *cf, int64_t id, char *period,
			       size_t size) WARN_UNUSED;

/* --- reading */

/** Called for each; another value than 0 stops and is returned. The
 * observation is the reader's and is released after the call. */
typedef int casefile_visit(struct observation *o, void *arg);

/**
 * casefile_each_service: The latest probe of each address and port that was
 * asked (not local-error, not withdrawn) when it found a service, by numeric
 * address, then port, evidence and identity included. A port that was open and
 * is closed now is no service.
 * @only: NULL for all addresses, else one.
 * Returns -1, logged, when the database cannot be read.
 */
int casefile_each_service(struct casefile *cf, const struct addr *only,
			  casefile_visit *visit, void *arg) WARN_UNUSED;

/** casefile_services_before: The same for all addresses, as they were known
 * for a time: of the probes whose source had last been seen before it
 * (Unix seconds), so that later scans do not change an earlier period. */
int casefile_services_before(struct casefile *cf, int64_t before,
			     casefile_visit *visit, void *arg) WARN_UNUSED;

/** casefile_each_probe: The latest probe that was asked of each port of an
 * address since a time, whatever its outcome; address, port, transport,
 * observed_ms, lag, stale and outcome only. For resuming. */
int casefile_each_probe(struct casefile *cf, const struct addr *address,
			int64_t since_ms, casefile_visit *visit,
			void *arg) WARN_UNUSED;

/** casefile_knows_hostname: Whether a look-up since a time told the names of
 * an address, or that it has none: 1 or 0; -1, logged. */
int casefile_knows_hostname(struct casefile *cf, const struct addr *address,
			    int64_t since_ms) WARN_UNUSED;

/** casefile_each_hostname: Every name of every look-up since a time, by
 * address and time: one name each call, or none where none was found. Another
 * value than 0 stops and is returned. */
int casefile_each_hostname(struct casefile *cf, int64_t since_ms,
			   int (*visit)(const struct hostname *h, void *arg),
			   void *arg) WARN_UNUSED;

#endif
