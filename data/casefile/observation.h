/*
 * One probe of one address and port, in memory: what the scanner stores and
 * the report reads.
 */
#ifndef MARTLET_OBSERVATION_H
#define MARTLET_OBSERVATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "addr.h"
#include "lists.h"

/** Bytes as a peer sent them; data is NULL when there were none, and is
 * followed by a NUL that is not counted. */
struct blob {
	char *data;
	size_t len;
};

struct certificate {
	char *subject,
	    *issuer;  /* RFC 2253 order as Recog expects; NULL: none */
	char *names;  /* subject alternative names, one a line */
	char *serial; /* hexadecimal */
	char sha256[65], spki_sha256[65];
	int64_t not_before, not_after; /* Unix seconds */
};

struct favicon {
	bool present;
	char md5[33], sha256[65];
	int32_t mmh3; /* as Shodan counts it */
};

/* From TCP_INFO right after connect. */
struct stack {
	bool known;
	bool timestamps, sack, window_scaling; /* strong marks */
	int scale, mss;                        /* weak marks */
	uint32_t rtt_us;
};

/* How far the peer's clock was ahead of ours when it answered. */
struct peer_clock {
	bool http_known, tls_known;
	int64_t http_s; /* seconds, by the Date of an HTTP answer */
	int64_t tls_s;  /* by the time in a ServerHello */
};

/* A device that a service also names, of another vendor. */
struct claim {
	char *vendor, *product; /* product: NULL: not known */
	char *device_type;
	char *fingerprint, *key; /* and what kind of evidence it matched */
	double certainty;
};

struct identity {
	char *vendor, *product, *version; /* NULL: not known */
	char *device_type;                /* lists/device_types.csv, or NULL */
	char *cpe;                        /* CPE 2.3, or NULL */
	double certainty;                 /* 0..1 */
	char *fingerprint;                /* NULL: not recognised */
	/* What contradicts it. Of three vendors and more none is believed:
	 * then there are claims and no fingerprint. */
	struct claim *claims;
	size_t claim_count;
};

/* All pointers are owned; NULL is "not seen". */
struct observation {
	int64_t id; /* of the stored probe; 0 before it is stored */
	struct addr address;
	uint16_t port;
	char transport[4]; /* "TCP" */
	int64_t observed_ms;
	int64_t lag; /* seconds since the source's last packet; -1: unknown */
	bool stale;  /* made with --stale */
	enum outcome outcome;

	enum protocol protocol;
	bool truncated; /* something was cut at its limit */
	struct blob banner;

	int http_status; /* 0: no HTTP answer */
	char *http_path;
	struct blob http_headers, body;
	char *charset;
	char *title; /* UTF-8 */
	struct blob title_raw;
	char *server, *realm, *cookies, *powered_by;
	char *generator, *forms, *links;
	char page_class[33]; /* "" = none */
	struct favicon favicon;

	struct certificate certificate;
	char *tls_version;
	char *ssh_hassh;
	struct stack stack;
	struct peer_clock clock;
	char *hostname; /* of the address; read only, see hostname.h */

	struct identity identity;
};

void observation_init(struct observation *o);
void observation_release(struct observation *o);

/** Whether the port was open: something accepted the connection. */
bool observation_is_service(const struct observation *o);

void blob_set(struct blob *b, const void *bytes, size_t len);
void blob_release(struct blob *b);
void claim_release(struct claim *c);
void identity_release(struct identity *id);

#endif
