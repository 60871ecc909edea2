/*
 * Reads the audit log: audit.log and what was rotated away from it
 * (audit.log.1 is the oldest, the highest number the youngest). What one
 * line says is described in audit.h.
 */
#ifndef MARTLET_AUDITLOG_H
#define MARTLET_AUDITLOG_H

#include <stdbool.h>
#include <stdint.h>

#include "addr.h"
#include "compiler.h"
#include "workspace.h"

struct auditlog_line {
	bool is_open;
	int64_t time_ms;
	uint64_t run, number; /* together the id of the connection */
	/* of an open line; texts are borrowed during the visit */
	const char *prober, *why;
	struct addr from; /* family 0: not known */
	struct addr to;
	uint16_t port;
	/* of an end line */
	uint64_t sent, received;
	const char *outcome;
	int64_t duration_ms;
};

struct auditlog_result {
	uint64_t lines, broken; /* broken: torn by a crash, or not ours */
	char first_broken[96];  /* "FILE: byte N" of the first; "" */
};

/**
 * auditlog_read: Calls visit for each line since then, oldest file first,
 * also while a scan writes and rotates. Long logs are halved, not read, up
 * to the first line that is young enough.
 * @since_ms: Unix milliseconds. @result: out, may be NULL.
 * Returns -1, logged, when a file cannot be read. No file at all is empty.
 */
int auditlog_read(const struct workspace *ws, int64_t since_ms,
		  void (*visit)(const struct auditlog_line *line, void *arg),
		  void *arg, struct auditlog_result *result) WARN_UNUSED;

/** auditlog_highest: The number of the youngest rotated file, 0 when there
 * is none, -1, logged. */
int64_t auditlog_highest(const struct workspace *ws) WARN_UNUSED;

#endif
