#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "str.h"
#include "xalloc.h"
#include "clickhouseurl.h"
#include "sensorengine.h"

#define AUTHORITY "sslrootcert="

/* A decoded part of the URL; NULL when it has none. Caller frees. */
static char *part(CURLU *handle, CURLUPart which)
{
	char *got = NULL, *copy;

	if (curl_url_get(handle, which, &got, CURLU_URLDECODE) != CURLUE_OK)
		return NULL;
	copy = xalloc_string(got);
	curl_free(got);
	return copy;
}

static int refuse(const char *what)
{
	log_error("sensors.database: %s", what);
	log_hint("write it as clickhouse://USER@HOST:PORT/DATABASE, or "
		 "clickhouses://USER@HOST:PORT/DATABASE?sslrootcert=FILE");
	return -1;
}

static int take_query(struct clickhouseurl *u, const char *query)
{
	if (query == NULL)
		return 0;
	if (!str_starts(query, AUTHORITY) || strchr(query, '&') != NULL)
		return refuse("the only parameter is sslrootcert");
	if (!u->tls)
		return refuse("sslrootcert is for clickhouses://");
	u->authority = xalloc_string(query + strlen(AUTHORITY));
	return 0;
}

static int set(CURLU *handle, CURLUPart which, const char *value,
	       unsigned flags)
{
	return curl_url_set(handle, which, value, flags) == CURLUE_OK ? 0 : -1;
}

/* Makes the URL of the HTTP interface out of the user's. */
static int rewrite(struct clickhouseurl *u, const char *database,
		   const char *query)
{
	char *setting = xalloc_printf("database=%s", database);
	char *port = part(u->handle, CURLUPART_PORT);
	CURLU *h = u->handle;
	int rc = 0;

	if (set(h, CURLUPART_SCHEME, u->tls ? "https" : "http", 0) < 0 ||
	    (port == NULL &&
	     set(h, CURLUPART_PORT, u->tls ? "8443" : "8123", 0) < 0) ||
	    set(h, CURLUPART_USER, NULL, 0) < 0 ||
	    set(h, CURLUPART_PATH, "/", 0) < 0 ||
	    set(h, CURLUPART_QUERY, query, 0) < 0 ||
	    set(h, CURLUPART_QUERY, setting,
		CURLU_APPENDQUERY | CURLU_URLENCODE) < 0)
		rc = refuse("it is not a URL");
	free(port);
	free(setting);
	return rc;
}

int clickhouseurl_read(struct clickhouseurl *u, const char *name,
		       const char *query)
{
	char *password, *path, *given;
	const char *database;
	int rc = -1;

	*u = (struct clickhouseurl){.handle = curl_url()};
	u->tls = str_starts(name, "clickhouses:");
	if (strstr(name, ":///") != NULL)
		return refuse("it names no host");
	if (curl_url_set(u->handle, CURLUPART_URL, name,
			 CURLU_NON_SUPPORT_SCHEME) != CURLUE_OK)
		return refuse("it is not a URL");
	password = part(u->handle, CURLUPART_PASSWORD);
	path = part(u->handle, CURLUPART_PATH);
	given = part(u->handle, CURLUPART_QUERY);
	u->user = part(u->handle, CURLUPART_USER);
	u->host = part(u->handle, CURLUPART_HOST);
	database = path != NULL && path[0] == '/' && path[1] != '\0'
		       ? path + 1
		       : "default";
	if (password != NULL && *password != '\0')
		sensorengine_refuse_password();
	else if (u->host == NULL || *u->host == '\0')
		refuse("it names no host");
	else if (strchr(database, '/') != NULL)
		refuse("a database's name has no /");
	else if (take_query(u, given) == 0)
		rc = rewrite(u, database, query);
	sensorengine_password_free(password);
	free(path);
	free(given);
	return rc;
}

void clickhouseurl_release(struct clickhouseurl *u)
{
	curl_url_cleanup(u->handle);
	free(u->host);
	free(u->user);
	free(u->authority);
	*u = (struct clickhouseurl){0};
}
