/*
 * Names of addresses (PTR) from a name server, on the engine's loop: many
 * questions under way, no thread, no waiting. Uses c-ares; a build without it
 * cannot ask. Never looks up an address of a name.
 */
#ifndef MARTLET_RESOLVER_H
#define MARTLET_RESOLVER_H

#include "engine.h"
#include "hostname.h"

struct resolver;

/** resolver_new: @servers: "127.0.0.1:53" or "[::1]:5353", separated by
 * commas; "" for those of the system. Returns NULL, logged. */
struct resolver *resolver_new(struct engine *e, const char *servers);
/** Questions under way are dropped; their done is not called. */
void resolver_free(struct resolver *r);

/** A hostname is complete but its time; the callee's to release. @silent: no
 * name server could be reached. */
typedef void resolver_done(struct hostname *h, bool silent, void *arg);

/** resolver_ask: Takes up to RESOLVER_PATIENCE_MS for each server. done can be
 * called before this returns. */
void resolver_ask(struct resolver *r, const struct addr *address,
		  resolver_done *done, void *arg);

#define RESOLVER_PATIENCE_MS 6000

/**
 * resolver_read: The names in an answer to a question for @question (without
 * the last dot), aliases followed (RFC 2317), as zone files write them: what
 * is not printable is \DDD. Sorted, the first HOSTNAME_NAMES of them.
 * Sets answer, names and count; the address stays.
 */
void resolver_read(const unsigned char *answer, size_t len,
		   const char *question, struct hostname *out);

#define RESOLVER_QUESTION 80 /* bytes of "1.0. ... .ip6.arpa" and NUL */

/** The name whose PTR records tell the names of an address. Returns out. */
const char *resolver_question(const struct addr *a,
			      char out[RESOLVER_QUESTION]);

#endif
