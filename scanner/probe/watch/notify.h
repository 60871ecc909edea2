/*
 * Tells a service manager how it goes: the protocol of sd_notify(3), datagrams
 * to the socket that NOTIFY_SOCKET names. Without that variable every call
 * does nothing.
 */
#ifndef MARTLET_NOTIFY_H
#define MARTLET_NOTIFY_H

#include <stdint.h>

#include "compiler.h"

struct notify;

/** notify_open: Before the sandbox, which lets nobody open such a socket.
 * Returns NULL without a service manager, or, logged, with a socket that
 * cannot be. */
struct notify *notify_open(void);
void notify_free(struct notify *n);

void notify_ready(struct notify *n);
/** With MONOTONIC_USEC; notify_ready ends it. */
void notify_reloading(struct notify *n);
void notify_stopping(struct notify *n);
void notify_status(struct notify *n, const char *text);

/** Half of the time within which the manager wants to hear
 * notify_watchdog, in milliseconds; 0: it does not. */
int64_t notify_watchdog_ms(const struct notify *n);
void notify_watchdog(struct notify *n);

#endif
