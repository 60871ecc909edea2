#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "peer_limits.h"
#include "str.h"
#include "xalloc.h"
#include "httphead.h"
#include "naming.h"
#include "webpage.h"
#include "identify.h"

static char *as_utf8(char *text)
{
	struct buf out;

	if (text == NULL)
		return NULL;
	buf_init(&out, BUF_NO_LIMIT);
	str_add_utf8(&out, text, strlen(text));
	free(text);
	return buf_detach(&out);
}

static void replace(char **field, char *value)
{
	free(*field);
	*field = value;
}

/* The realm of the first challenge that has one. */
static char *read_realm(const struct blob *headers)
{
	char *realm = NULL, *value;

	for (int i = 0;
	     realm == NULL &&
	     (value = httphead_value(headers, "WWW-Authenticate", i)) != NULL;
	     i++) {
		realm = httphead_parameter(value, "realm");
		free(value);
	}
	return as_utf8(realm);
}

static void read_headers(struct observation *o, const struct blob *headers)
{
	replace(&o->server, as_utf8(httphead_value(headers, "Server", 0)));
	replace(&o->realm, read_realm(headers));
	replace(&o->cookies, as_utf8(httphead_values(headers, "Set-Cookie")));
	replace(&o->powered_by,
		as_utf8(httphead_values(headers, "X-Powered-By")));
}

/* @metas: out, the page's meta elements, or NULL; caller frees with free. */
static void read_page(struct observation *o, char **metas)
{
	char *type = httphead_value(&o->http_headers, "Content-Type", 0);
	struct blob raw = webpage_raw_title(&o->body);
	struct webpage page;

	webpage_read(&o->body, type, &page);
	free(type);
	replace(&o->charset,
		page.charset != NULL ? xalloc_string(page.charset) : NULL);
	replace(&o->title, page.title);
	replace(&o->generator, page.generator);
	replace(&o->forms, page.forms);
	replace(&o->links, page.links);
	memcpy(o->page_class, page.page_class, sizeof(o->page_class));
	*metas = page.metas;
	page.metas = NULL;
	page.title = page.generator = page.forms = page.links = NULL;
	webpage_release(&page);
	blob_release(&o->title_raw);
	if (raw.len > 0)
		blob_set(&o->title_raw, raw.data,
			 raw.len < LIMIT_SUBJECT ? raw.len : LIMIT_SUBJECT);
}

void identify_observation(const struct fingerprints *f, struct observation *o)
{
	char *metas;

	/* An RTSP answer has the same header block, in the banner. */
	if (o->http_headers.len == 0 && o->banner.len > 5 &&
	    memcmp(o->banner.data, "RTSP/", 5) == 0)
		read_headers(o, &o->banner);
	else
		read_headers(o, &o->http_headers);
	read_page(o, &metas);
	naming_decide(f, o, metas, &o->identity);
	free(metas);
}
