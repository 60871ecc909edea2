/* seccomp for sandbox.c; nobody else includes it. */
#ifndef MARTLET_SANDBOX_CALLS_H
#define MARTLET_SANDBOX_CALLS_H

#include "compiler.h"

/** sandbox_calls_limit: 1: in force; 0, logged: this build or this kernel
 * has none; -1, logged. */
int sandbox_calls_limit(void) WARN_UNUSED;

#endif
