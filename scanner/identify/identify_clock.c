/*
 * What an answer tells of the clock of its sender.
 */
#include <ctype.h>
#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>

#include "httphead.h"
#include "identify.h"

/* The longest form, of RFC 850, has 33 bytes. */
#define DATE_MAX 64

/* Newer implementations send four random bytes in place of the time (RFC 5246
 * section 7.4.1.2 asks for the time). By chance they are within a day of ours
 * once in 25,000 times, within a minute of the same server's HTTP clock once
 * in 36 million. */
#define NEAR_OURS_S 86400
#define NEAR_HTTP_S 60

static int64_t distance(int64_t a, int64_t b)
{
	return a > b ? a - b : b - a;
}

/* libcurl takes the year 0024 of a broken clock for 2024. */
static bool has_early_year(const char *date)
{
	const char *at = strstr(date, " 00");

	return at != NULL && isdigit((unsigned char)at[3]) &&
	       isdigit((unsigned char)at[4]);
}

void identify_http_clock(const struct blob *headers, int64_t received,
			 struct peer_clock *out)
{
	char *date = httphead_value(headers, "Date", 0);
	int64_t at = -1;

	if (date != NULL && strlen(date) <= DATE_MAX && !has_early_year(date))
		at = curl_getdate(date, NULL);
	if (at >= 0) {
		out->http_known = true;
		out->http_s = at - received;
	}
	free(date);
}

void identify_tls_clock(const unsigned char random[4], int64_t received,
			struct peer_clock *out)
{
	int64_t at = (int64_t)random[0] << 24 | random[1] << 16 |
		     random[2] << 8 | random[3];
	int64_t ahead = at - received;

	if (distance(at, received) > NEAR_OURS_S &&
	    (!out->http_known || distance(ahead, out->http_s) > NEAR_HTTP_S))
		return;
	out->tls_known = true;
	out->tls_s = ahead;
}
