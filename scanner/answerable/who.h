/*
 * Who asks: the who.* settings, which everybody who is probed can see.
 */
#ifndef MARTLET_WHO_H
#define MARTLET_WHO_H

#include "compiler.h"
#include "config.h"

/**
 * who_check: Whether those who are probed can see who asks: organisation,
 * URL, contact, and a date of expiry that is neither past nor more than a
 * year ahead (RFC 9116 section 2.5.5).
 * @what: what needs it, for messages ("scan"). Returns -1, logged.
 */
int who_check(const struct config *config, const char *what) WARN_UNUSED;

#endif
