/*
 * Addresses inside text that was encoded as a whole: base64 (both
 * alphabets) and hexadecimal bytes.
 */
#ifndef MARTLET_LEAK_ENCODED_H
#define MARTLET_LEAK_ENCODED_H

#include "leak_address.h"
#include "plain.h"

/** leak_encoded_scan: Calls for each encoded word that holds an address
 * outside the documentation ranges. */
void leak_encoded_scan(const struct plain *p, leak_address_found *found,
		       void *arg);

#endif
