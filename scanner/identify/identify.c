#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "compiler.h"
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
	     realm == NULL && i < HTTPHEAD_FIELDS_MAX &&
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

struct webpage *identify_read_page(const struct observation *o)
{
	char *type = httphead_value(&o->http_headers, "Content-Type", 0);
	struct webpage *page = xalloc_zero(1, sizeof(*page));

	webpage_read(&o->body, type, page);
	free(type);
	return page;
}

void identify_page_free(struct webpage *page)
{
	if (page == NULL)
		return;
	webpage_release(page);
	free(page);
}

size_t identify_page_size(const struct webpage *page)
{
	const char *const texts[] = {
	    page->title,   page->generator, page->forms,
	    page->links,   page->icon,      page->base,
	    page->refresh, page->scripts,   page->metas,
	};
	size_t sum = sizeof(*page);

	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		if (texts[i] != NULL)
			sum += strlen(texts[i]) + 1;
	return sum;
}

static void read_page(struct observation *o, const struct webpage *page)
{
	struct blob raw = webpage_raw_title(&o->body);

	replace(&o->charset, xalloc_string(page->charset));
	replace(&o->title, xalloc_string(page->title));
	replace(&o->generator, xalloc_string(page->generator));
	replace(&o->forms, xalloc_string(page->forms));
	replace(&o->links, xalloc_string(page->links));
	snprintf(o->page_class, sizeof(o->page_class), "%s", page->page_class);
	blob_release(&o->title_raw);
	if (raw.len > 0)
		blob_set(&o->title_raw, raw.data,
			 raw.len < LIMIT_SUBJECT ? raw.len : LIMIT_SUBJECT);
}

void identify_observation(const struct fingerprints *f, struct observation *o,
			  const struct webpage *page)
{
	struct webpage *own = page == NULL ? identify_read_page(o) : NULL;

	if (own != NULL)
		page = own;
	/* An RTSP answer has the same header block, in the banner. */
	if (o->http_headers.len == 0 && o->banner.len > 5 &&
	    memcmp(o->banner.data, "RTSP/", 5) == 0)
		read_headers(o, &o->banner);
	else
		read_headers(o, &o->http_headers);
	read_page(o, page);
	naming_decide(f, o, page->metas, &o->identity);
	identify_page_free(own);
}
