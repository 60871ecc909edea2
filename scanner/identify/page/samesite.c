#include <libxml/uri.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "buf.h"
#include "compiler.h"
#include "peer_limits.h"
#include "str.h"
#include "xalloc.h"
#include "samesite.h"

/* Makes a reference as pages write them into one that RFC 3986 allows:
 * everything else than its characters percent-encoded. */
static char *clean(const char *reference)
{
	static const char kept[] = "-._~:/?#[]@!$&'()*+,;=%";
	struct buf out;

	buf_init(&out, LIMIT_SUBJECT);
	reference += strspn(reference, " \t\r\n");
	for (const char *s = reference; *s != '\0'; s++) {
		unsigned char c = (unsigned char)*s;
		bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
			     (c >= 'a' && c <= 'z') || strchr(kept, c) != NULL;
		bool broken =
		    c == '%' && strspn(s + 1, "0123456789abcdefABCDEF") < 2;

		/* Browsers drop line ends and read \ as /. */
		if (c == '\r' || c == '\n' || c == '\t')
			continue;
		if (c == '\\')
			buf_add_char(&out, '/');
		else if (plain && !broken)
			buf_add_char(&out, (char)c);
		else
			buf_printf(&out, "%%%02X", c);
	}
	return buf_detach(&out);
}

static const char *scheme_of(const struct observation *o)
{
	bool tls = o->protocol == PROTOCOL_HTTPS ||
		   o->protocol == PROTOCOL_TLS || o->tls_version != NULL;

	return tls ? "https" : "http";
}

static char *own_address(const struct observation *o)
{
	const char *path = o->http_path;
	char text[ADDR_TEXT_MAX];
	bool six = o->address.family == 6;

	addr_format(&o->address, text);
	return xalloc_printf("%s://%s%s%s:%u%s", scheme_of(o), six ? "[" : "",
			     text, six ? "]" : "", (unsigned)o->port,
			     path != NULL && *path == '/' ? path : "/");
}

static bool is_same_host(const struct observation *o, const xmlURI *uri)
{
	char host[ADDR_TEXT_MAX];
	struct addr a;
	size_t len;
	const char *server = uri->server;

	if (server == NULL || uri->user != NULL)
		return false;
	len = strlen(server);
	if (*server == '[' && len > 2 && server[len - 1] == ']') {
		server++;
		len -= 2;
	}
	if (len >= sizeof(host))
		return false;
	memcpy(host, server, len);
	host[len] = '\0';
	return addr_parse(host, &a) && addr_compare(&a, &o->address) == 0;
}

static bool is_same_place(const struct observation *o, const xmlURI *uri)
{
	const char *scheme = scheme_of(o);
	int port = uri->port;

	if (uri->scheme == NULL || strcasecmp(uri->scheme, scheme) != 0)
		return false;
	if (port <= 0)
		port = scheme[4] == 's' ? 443 : 80;
	return port == o->port && is_same_host(o, uri);
}

static bool leads_nowhere(const char *reference)
{
	static const char *const words[] = {"javascript:", "about:", "data:"};

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (strncasecmp(reference, words[i], strlen(words[i])) == 0)
			return true;
	return *reference == '\0' || *reference == '#';
}

/* Path and query of a whole address, cut out of its own text so that nothing
 * in it is decoded. */
static char *path_of(const char *whole)
{
	const char *host = strstr(whole, "://");
	const char *path = host + 3 + strcspn(host + 3, "/?#");
	size_t len = strcspn(path, "#");
	char *text = xalloc_string_n(path, len);
	char *out = xalloc_printf("%s%s", *text == '/' ? "" : "/", text);

	free(text);
	return out;
}

static xmlChar *resolve(const struct observation *o, const char *base,
			const char *reference)
{
	char *own = own_address(o), *clean_base = NULL;
	xmlChar *from = NULL, *whole;

	if (base != NULL) {
		clean_base = clean(base);
		from = xmlBuildURI(BAD_CAST clean_base, BAD_CAST own);
	}
	whole =
	    xmlBuildURI(BAD_CAST reference, from != NULL ? from : BAD_CAST own);
	xmlFree(from);
	free(clean_base);
	free(own);
	return whole;
}

int samesite_path(const struct observation *o, const char *base,
		  const char *reference, char **path)
{
	char *text = clean(reference);
	xmlChar *whole = NULL;
	xmlURIPtr uri = NULL;
	int rc = 0;

	if (!leads_nowhere(text)) {
		whole = resolve(o, base, text);
		uri = whole != NULL ? xmlParseURI((const char *)whole) : NULL;
	}
	if (uri != NULL)
		rc = is_same_place(o, uri) ? 1 : -1;
	if (rc == 1) {
		*path = path_of((const char *)whole);
		if (strcmp(*path, o->http_path != NULL ? o->http_path : "/") ==
		    0) {
			free(*path);
			*path = NULL;
			rc = 0;
		}
	}
	xmlFreeURI(uri);
	xmlFree(whole);
	free(text);
	return rc;
}
