/*
 * From evidence to identity. Knows nothing of the network: the scanner
 * hands it what peers sent, the tests what they like.
 */
#ifndef MARTLET_IDENTIFY_H
#define MARTLET_IDENTIFY_H

#include <openssl/types.h>
#include <stddef.h>
#include <stdint.h>

#include "observation.h"
#include "workspace.h"

struct fingerprints;

/** fingerprints_load: Martlet's own files, what the analyst named in this
 * workspace and fingerprints.paths; with NULL only Martlet's own.
 * Returns NULL, logged. Load once: it compiles every pattern. */
struct fingerprints *fingerprints_load(const struct workspace *ws);
void fingerprints_free(struct fingerprints *f);

struct webpage;

/** identify_read_page: Parses the page of an observation, which takes up to
 * a tenth of a second, for the calls below: they take what it gives as
 * @page, or NULL, and then parse for themselves. Caller frees with
 * identify_page_free. */
struct webpage *identify_read_page(const struct observation *o);
void identify_page_free(struct webpage *page);
/** Bytes of memory that it takes; a stranger chooses them, up to 60 KiB. */
size_t identify_page_size(const struct webpage *page);

/**
 * identify_observation: Reads the page features out of headers and body
 * (charset, title, server, realm, cookies, generator, forms, links,
 * page_class), then matches fingerprints and fills o->identity.
 * What was filled before is replaced; nothing is fetched.
 */
void identify_observation(const struct fingerprints *f, struct observation *o,
			  const struct webpage *page);

/**
 * identify_next_page: The one page that this answer sends a visitor to
 * (Location of a 3xx, meta refresh, script location), when it is on the same
 * address and port; a path that starts with "/", fragment removed.
 * Returns 1 with *path (caller frees), 0 when it names none, -1 when it
 * names only another address, port or scheme.
 */
int identify_next_page(const struct observation *o, const struct webpage *page,
		       char **path);

/** identify_icon: The path of the icon that the page names on the same
 * address and port, else "/favicon.ico". Caller frees with free. */
char *identify_icon(const struct observation *o, const struct webpage *page);

/** identify_favicon: MD5, SHA-256 and Shodan's mmh3 of the icon's bytes. */
void identify_favicon(const void *bytes, size_t len, struct favicon *out);

/** identify_certificate: Reads one certificate from PEM. Returns -1, with
 * out empty, when it cannot be parsed; logs nothing. */
int identify_certificate(const char *pem, struct certificate *out);
/** identify_handshake: The same of one that a handshake has read already. */
void identify_handshake(X509 *cert, struct certificate *out);

/** identify_http_clock: How far the clock that made a Date field was ahead of
 * ours, which stood at @received (Unix seconds). @out: unchanged when the
 * field is missing or no date. */
void identify_http_clock(const struct blob *headers, int64_t received,
			 struct peer_clock *out);
/** identify_tls_clock: The same of the first bytes of a ServerHello up to TLS
 * 1.2, where it can be believed: call it after identify_http_clock. */
void identify_tls_clock(const unsigned char random[4], int64_t received,
			struct peer_clock *out);

/** identify_protocol: What a banner says it is, by its shape, whatever the
 * port: PROTOCOL_SSH, _FTP, _TELNET ... or PROTOCOL_UNKNOWN. The port only
 * tells mail from files where the greeting has no word of either. */
enum protocol identify_protocol(const struct blob *banner, uint16_t port);

#endif
