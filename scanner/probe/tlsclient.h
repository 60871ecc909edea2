/*
 * TLS as old devices need it: TLS 1.0, legacy renegotiation, security level
 * 0, no verification. Looks at what the peer shows and trusts nothing. Used
 * for probing and by nobody else.
 */
#ifndef MARTLET_TLSCLIENT_H
#define MARTLET_TLSCLIENT_H

#include <curl/curl.h>
#include <openssl/types.h>

#include "lists.h"

/* What a handshake showed. Starts as {0}. */
struct tlsclient {
	X509 *certificate;   /* the peer's, or NULL */
	const char *version; /* "TLSv1.2", or NULL before it is agreed on */
	int fd;
	int64_t greeted; /* Unix seconds: when a ServerHello up to TLS 1.2 was
			    read; 0: none */
	unsigned char random[4]; /* its first bytes, once the time */
};

/** tlsclient_prepare: Makes a handle do all its handshakes so; each one needs
 * tlsclient_set. */
void tlsclient_prepare(CURL *easy);
/** tlsclient_set: For the next handshake, on this descriptor, which is shut
 * down when the peer never ends shaking hands. @t outlives the handshake. */
void tlsclient_set(CURL *easy, struct tlsclient *t, int fd);
void tlsclient_release(struct tlsclient *t);

/** What a failed handshake was: tls-failed, tls-too-old or
 * tls-certificate-too-big. @error: CURLOPT_ERRORBUFFER. */
enum outcome tlsclient_outcome(const char *error);

#endif
