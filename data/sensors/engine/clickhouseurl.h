/*
 * clickhouse://USER@HOST:PORT/DATABASE, or clickhouses:// with TLS, which
 * takes ?sslrootcert=FILE as PostgreSQL's URI does.
 */
#ifndef MARTLET_CLICKHOUSEURL_H
#define MARTLET_CLICKHOUSEURL_H

#include <curl/curl.h>
#include <stdbool.h>

#include "compiler.h"

struct clickhouseurl {
	CURLU *handle; /* what to ask */
	char *host;
	char *user;      /* NULL: not said */
	char *authority; /* file of certificates; NULL: the system's */
	bool tls;
};

/** clickhouseurl_read: @query: what every question has in its URL beside the
 * database. Returns -1, logged without showing a password. Caller releases,
 * also after a failure. */
int clickhouseurl_read(struct clickhouseurl *u, const char *name,
		       const char *query) WARN_UNUSED;
void clickhouseurl_release(struct clickhouseurl *u);

#endif
