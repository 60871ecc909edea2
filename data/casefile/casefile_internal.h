/*
 * What the files of the case database share; nobody else includes it.
 */
#ifndef MARTLET_CASEFILE_INTERNAL_H
#define MARTLET_CASEFILE_INTERNAL_H

#include <sqlite3.h>

#include "casefile.h"

#define CASEFILE_VERSION 2
#define CASEFILE_VERSION_TEXT "2"

#define CASEFILE_KNOWN 32768 /* sets; a power of two */
#define CASEFILE_KNOWN_WAYS 2

enum casefile_statement {
	CASEFILE_FIND_ADDRESS,
	CASEFILE_ADD_ADDRESS,
	CASEFILE_ADD_PROBE,
	CASEFILE_ADD_PROBES,
	CASEFILE_ADD_SERVICE,
	CASEFILE_FIND_CERTIFICATE,
	CASEFILE_ADD_CERTIFICATE,
	CASEFILE_SET_IDENTITY,
	CASEFILE_ADD_CLAIM,
	CASEFILE_DROP_IDENTITY,
	CASEFILE_DROP_CLAIMS,
	CASEFILE_ADD_HOSTNAME,
	CASEFILE_FIND_HOSTNAME,
	CASEFILE_FOREIGN_CHANGES,
	CASEFILE_STATEMENTS,
};

struct casefile {
	sqlite3 *db;
	char *path;
	enum casefile_mode mode;
	int lock; /* descriptor of the scan lock, -1 without */
	int64_t prober;
	int64_t foreign_changes; /* PRAGMA data_version of known */
	struct known {
		struct addr address;
		int64_t id; /* 0: free */
		/* Written lately, by the hash of address; the newest first. */
	} known[CASEFILE_KNOWN][CASEFILE_KNOWN_WAYS];
	sqlite3_stmt *statements[CASEFILE_STATEMENTS]; /* made when needed */
	sqlite3_stmt *asked; /* of casefile_each_probe, made when needed */
};

/** Logs what SQLite said; returns -1. */
int casefile_complain(const struct casefile *cf);
int casefile_exec(struct casefile *cf, const char *sql) WARN_UNUSED;
/** NULL, logged. Caller finalizes. */
sqlite3_stmt *casefile_prepare(struct casefile *cf, const char *sql);
/** The number of one PRAGMA or SELECT; -1, logged, when it cannot be had. */
int64_t casefile_number(struct casefile *cf, const char *sql);

#endif
