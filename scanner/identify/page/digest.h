/*
 * Hashes of what a peer sent, as names for it and not for security.
 */
#ifndef MARTLET_DIGEST_H
#define MARTLET_DIGEST_H

#include <stddef.h>

enum digest { DIGEST_MD5, DIGEST_SHA256 };

/** digest_hex: @size: bytes of the digest that are wanted, from its start,
 * at most 16 of MD5 and 32 of SHA-256. @out: 2 * size hexadecimal digits in
 * lower case and a NUL; "" when this OpenSSL refuses the kind. */
void digest_hex(enum digest kind, const void *bytes, size_t len, size_t size,
		char *out);

#endif
