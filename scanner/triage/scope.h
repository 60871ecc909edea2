/*
 * The scope gate: what may be connected to at all, whoever asks. The dialer
 * asks it for every connection, libcurl's included.
 *
 * The opt-out file has one address or prefix a line; "#" begins a comment.
 * Replace it by renaming: a file that is caught half-written takes nobody
 * off the list (what was on it stays for a second), but may miss a line.
 */
#ifndef MARTLET_SCOPE_H
#define MARTLET_SCOPE_H

#include "addr.h"
#include "lists.h"
#include "workspace.h"

struct scope;

/**
 * scope_open: Returns NULL, logged with file and line (opt-out list,
 * laboratory). The default opt-out file need not be there; one that the
 * configuration names must.
 */
struct scope *scope_open(const struct workspace *ws);
void scope_free(struct scope *s);

/**
 * scope_judge: REFUSAL_TARGET when the address may be connected to, else
 * special-purpose, opt-out or outside-laboratory. The IPv4 addresses inside
 * 6to4, Teredo and 64:ff9b::/96 are judged with their IPv6 address.
 * The opt-out file is read again when it changed (looked at no more than
 * every 200 ms); a file that vanished, became unreadable or broken refuses
 * everybody, logged once.
 */
enum refusal scope_judge(struct scope *s, const struct addr *a);

/** scope_failed: Whether somebody was refused only because the opt-out file
 * could not be read. */
bool scope_failed(const struct scope *s);

/** scope_refresh: Looks at the opt-out file now. Returns -1, logged, when
 * everybody is refused because of it. */
int scope_refresh(struct scope *s);

#endif
