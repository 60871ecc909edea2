/*
 * The scope gate: what may be connected to at all, whoever asks. The dialer
 * asks it for every connection, libcurl's included.
 */
#ifndef MARTLET_SCOPE_H
#define MARTLET_SCOPE_H

#include "addr.h"
#include "lists.h"
#include "workspace.h"

struct scope;

/** Returns NULL, logged with file and line (opt-out list, laboratory). */
struct scope *scope_open(const struct workspace *ws);
void scope_free(struct scope *s);

/**
 * scope_judge: REFUSAL_TARGET when the address may be connected to, else
 * special-purpose, opt-out or outside-laboratory.
 * The opt-out file is read again when it changed (looked at no more than
 * every 200 ms); a file that became unreadable or broken refuses everybody,
 * logged once.
 */
enum refusal scope_judge(struct scope *s, const struct addr *a);

#endif
