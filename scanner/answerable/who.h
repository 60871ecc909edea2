/*
 * Who asks: the who.* settings, which everybody who is probed can see.
 */
#ifndef MARTLET_WHO_H
#define MARTLET_WHO_H

#include <stdbool.h>

#include "compiler.h"
#include "config.h"

/**
 * who_check: Whether those who are probed can see who asks: organisation,
 * URL, contact, and a date of expiry that is neither past nor more than a
 * year ahead (RFC 9116 section 2.5.5).
 * @what: what needs it, for messages ("scan"). Returns -1, logged.
 */
int who_check(const struct config *config, const char *what) WARN_UNUSED;

/** who_has_expired: Whether who.expires, which was right once, is past. */
bool who_has_expired(const struct config *config);

/**
 * who_check_clock: Whether it is the real time, which probing needs outside
 * of a laboratory: a stopped clock makes old sources fresh, whose addresses
 * are by now somebody else's. Returns -1, logged.
 */
int who_check_clock(const struct config *config, const char *what) WARN_UNUSED;

#endif
