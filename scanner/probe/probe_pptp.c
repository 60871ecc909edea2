/*
 * PPTP: the start request, which every client sends before anything else and
 * which is answered with host name and vendor. Nothing follows it.
 * Source: RFC 2637 sections 2.1 and 2.2.
 */
#include <string.h>

#include "probe.h"

#define MESSAGE_LEN 156
#define VENDOR_AT 92
#define VENDOR_LEN 64
enum { CONTROL_MESSAGE = 1, START_REQUEST = 1, START_REPLY = 2 };
static const unsigned char cookie[4] = {0x1a, 0x2b, 0x3c, 0x4d};

static int start(struct probe *p)
{
	/* Length, message type, cookie, control type, version 1.0; framing
	 * and bearer capabilities 3 (either); the vendor says who asks. */
	unsigned char m[MESSAGE_LEN] = {0, MESSAGE_LEN, 0, CONTROL_MESSAGE};

	memcpy(m + 4, cookie, sizeof(cookie));
	m[9] = START_REQUEST;
	m[12] = 1;
	m[19] = 3;
	m[23] = 3;
	memcpy(m + VENDOR_AT, "martlet", 7);
	return probe_say(p, m, sizeof(m));
}

static bool more(struct probe *p)
{
	return p->in.len >= MESSAGE_LEN;
}

static bool is_reply(const struct buf *in)
{
	const unsigned char *m = (const unsigned char *)in->data;

	return in->len >= MESSAGE_LEN && m[3] == CONTROL_MESSAGE &&
	       memcmp(m + 4, cookie, sizeof(cookie)) == 0 &&
	       m[9] == START_REPLY;
}

static void finish(struct probe *p)
{
	if (p->in.len == 0)
		return;
	blob_set(&p->o.banner, p->in.data, p->in.len);
	p->o.protocol = is_reply(&p->in) ? PROTOCOL_PPTP : PROTOCOL_UNKNOWN;
}

const struct talk probe_pptp_talk = {
    .name = "pptp",
    .quiet_ms = 1000,
    .start = start,
    .more = more,
    .finish = finish,
};
