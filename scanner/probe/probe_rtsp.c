/*
 * RTSP: OPTIONS and nothing else; DESCRIBE may open a stream.
 * Source: RFC 2326 section 10.1.
 */
#include <stdlib.h>
#include <string.h>

#include "identify.h"
#include "xalloc.h"
#include "probe.h"

static int start(struct probe *p)
{
	char address[ADDR_TEXT_MAX];
	bool six = p->o.address.family == 6;
	char *text;
	int rc;

	addr_format(&p->o.address, address);
	text = xalloc_printf("OPTIONS rtsp://%s%s%s:%u RTSP/1.0\r\n"
			     "CSeq: 1\r\nUser-Agent: %s\r\n\r\n",
			     six ? "[" : "", address, six ? "]" : "", p->o.port,
			     p->prober->user_agent);
	rc = probe_say(p, text, strlen(text));
	free(text);
	return rc;
}

static bool more(struct probe *p)
{
	return memmem(p->in.data, p->in.len, "\r\n\r\n", 4) != NULL;
}

static void finish(struct probe *p)
{
	if (p->in.len == 0)
		return;
	blob_set(&p->o.banner, p->in.data, p->in.len);
	p->o.protocol = identify_protocol(&p->o.banner, p->o.port);
}

const struct talk probe_rtsp_talk = {
    .name = "rtsp",
    .quiet_ms = 1000,
    .start = start,
    .more = more,
    .finish = finish,
};
