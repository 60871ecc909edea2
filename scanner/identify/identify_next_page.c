#include <ctype.h>
#include <libxml/uri.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "buf.h"
#include "compiler.h"
#include "peer_limits.h"
#include "str.h"
#include "xalloc.h"
#include "httphead.h"
#include "samesite.h"
#include "webpage.h"
#include "identify.h"

/* A refresh that comes later than this renews a page; it leads nowhere. */
#define REFRESH_SECONDS_MAX 30

/* A page with more visible text than this is not a signpost, so that a
 * location inside its scripts is something that a visitor does. */
#define SIGNPOST_TEXT_MAX 400

/* "5; url='/x'" gives "/x"; NULL when it names none or comes too late. */
static char *refresh_target(const char *content)
{
	char *copy, *target = NULL, *url;
	size_t quote;

	if (content == NULL)
		return NULL;
	content += strspn(content, " ");
	if (strtol(content, NULL, 10) > REFRESH_SECONDS_MAX)
		return NULL;
	content += strspn(content, "0123456789. ");
	content += strspn(content, ";, ");
	if (*content == '\0')
		return NULL;
	copy = xalloc_string(content);
	url = copy;
	if (strncasecmp(url, "url", 3) == 0 &&
	    url[3 + strspn(url + 3, " ")] == '=')
		url += 4 + strspn(url + 3, " ");
	url += strspn(url, " ");
	quote = *url == '"' || *url == '\'' ? 1 : 0;
	if (quote == 1)
		url[1 + strcspn(url + 1, (char[]){*url, '\0'})] = '\0';
	target = xalloc_string(url + quote);
	free(copy);
	return target;
}

static const char *skip_space(const char *s)
{
	return s + strspn(s, " \t\r\n");
}

/* Whether the line that s stands in is commented out before s. */
static bool is_comment(const char *text, const char *s)
{
	while (s > text && s[-1] != '\n') {
		s--;
		if (s[0] == '/' && s[1] == '/' && (s == text || s[-1] != ':'))
			return true;
	}
	return false;
}

/* What follows the word location: an assignment or call with a literal. */
static const char *location_literal(const char *s)
{
	static const char *const calls[] = {".replace", ".assign"};

	for (size_t i = 0; i < ARRAY_LEN(calls); i++) {
		if (!str_starts(s, calls[i]))
			continue;
		s = skip_space(s + strlen(calls[i]));
		return *s == '(' ? skip_space(s + 1) : NULL;
	}
	if (str_starts(s, ".href"))
		s += strlen(".href");
	s = skip_space(s);
	if (s[0] != '=' || s[1] == '=')
		return NULL;
	return skip_space(s + 1);
}

/*
 * The first string literal that a script makes the page's location. What is
 * put together at run time is not followed, save the literal at its start.
 */
static char *script_target(const char *text)
{
	const char *s = text;

	if (s == NULL)
		return NULL;
	while ((s = strstr(s, "location")) != NULL) {
		const char *literal;
		bool whole = s == text || (!isalnum((unsigned char)s[-1]) &&
					   s[-1] != '_' && s[-1] != '$');

		s += strlen("location");
		literal = whole ? location_literal(s) : NULL;
		if (literal == NULL || is_comment(text, literal))
			continue;
		if (*literal == '"' || *literal == '\'') {
			size_t len = strcspn(literal + 1,
					     (char[]){*literal, '\n', '\0'});

			if (len > 0 && literal[1 + len] == *literal)
				return xalloc_string_n(literal + 1, len);
		}
	}
	return NULL;
}

static bool is_signpost(const struct webpage *page)
{
	return !page->asks && page->text_len <= SIGNPOST_TEXT_MAX;
}

int identify_next_page(const struct observation *o, const struct webpage *page,
		       char **path)
{
	struct webpage *own = page == NULL ? identify_read_page(o) : NULL;
	bool moved = o->http_status >= 300 && o->http_status < 400;
	char *refresh, *targets[4] = {NULL};
	int found = 0;

	*path = NULL;
	if (own != NULL)
		page = own;
	if (moved)
		targets[0] = httphead_value(&o->http_headers, "Location", 0);
	refresh = httphead_value(&o->http_headers, "Refresh", 0);
	targets[1] = refresh_target(refresh);
	free(refresh);
	targets[2] = refresh_target(page->refresh);
	if (is_signpost(page))
		targets[3] = script_target(page->scripts);
	for (size_t i = 0; i < ARRAY_LEN(targets) && found <= 0; i++) {
		/* base changes what a page says, not what a header says. */
		const char *base = i >= 2 ? page->base : NULL;
		int rc = targets[i] != NULL
			     ? samesite_path(o, base, targets[i], path)
			     : 0;

		found = rc != 0 ? rc : found;
	}
	for (size_t i = 0; i < ARRAY_LEN(targets); i++)
		free(targets[i]);
	identify_page_free(own);
	return found;
}

char *identify_icon(const struct observation *o, const struct webpage *page)
{
	struct webpage *own = page == NULL ? identify_read_page(o) : NULL;
	char *path = NULL;
	int rc = 0;

	if (own != NULL)
		page = own;
	if (page->icon != NULL)
		rc = samesite_path(o, page->base, page->icon, &path);
	identify_page_free(own);
	return rc == 1 ? path : xalloc_string("/favicon.ico");
}
