/*
 * The register of opt-outs, a CSV file beside the opt-out file (opt-out.csv
 * beside opt-out.txt): who asked, how that was verified, when, until when,
 * and why an entry was taken off. Rows are only ever added. The gate does
 * not read it.
 */
#ifndef MARTLET_OPTOUTBOOK_H
#define MARTLET_OPTOUTBOOK_H

#include <stddef.h>
#include <stdint.h>

#include "addr.h"
#include "compiler.h"

struct optoutbook_row {
	int64_t time;
	const char *action; /* "add" or "remove" */
	struct prefix prefix;
	/* Texts are never NULL; "" where there is nothing. */
	const char *until; /* YYYY-MM-DD */
	const char *asked_by, *verified, *reason, *note;
};

struct optoutbook;

/** The path of the register of an opt-out file; caller frees with free. */
char *optoutbook_path(const char *list_path);

/**
 * optoutbook_read: One that is not there is empty; rows that cannot be are
 * logged with their line and counted, not kept. Returns NULL, logged.
 */
struct optoutbook *optoutbook_read(const char *path);
void optoutbook_free(struct optoutbook *b);
size_t optoutbook_broken(const struct optoutbook *b);
/** In the order of the file; texts are borrowed. */
const struct optoutbook_row *optoutbook_rows(const struct optoutbook *b,
					     size_t *count);
/** The last row with this action for just this prefix, or NULL. */
const struct optoutbook_row *optoutbook_last(const struct optoutbook *b,
					     const struct prefix *p);

/** optoutbook_add: Adds a row; the file is replaced by renaming. Lock the
 * list first (optout_lock). Returns -1, logged. */
int optoutbook_add(const char *path,
		   const struct optoutbook_row *row) WARN_UNUSED;

#endif
