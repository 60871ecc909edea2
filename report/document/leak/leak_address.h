/*
 * Address-shaped literals, known or not: IPv4 with dots, dashes or as one
 * number, IPv6 in every notation, prefixes, reverse names, hardware
 * addresses. Documentation ranges (RFC 5737, RFC 3849) are allowed.
 */
#ifndef MARTLET_LEAK_ADDRESS_H
#define MARTLET_LEAK_ADDRESS_H

#include "plain.h"

typedef void leak_address_found(void *arg, const char *kind, size_t at,
				size_t len);

/** leak_address_scan: Calls found for each, in order of kind; at and len
 * are bytes of p->text. */
void leak_address_scan(const struct plain *p, leak_address_found *found,
		       void *arg);

#endif
