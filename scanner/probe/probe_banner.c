/*
 * What a server says first. Sends nothing.
 */
#include <string.h>

#include "identify.h"
#include "probe.h"

static bool more(struct probe *p)
{
	/* An SSH server has said all once its line is there. */
	return p->in.len > 4 && memcmp(p->in.data, "SSH-", 4) == 0 &&
	       memchr(p->in.data, '\n', p->in.len) != NULL;
}

static void finish(struct probe *p)
{
	if (p->in.len == 0)
		return;
	blob_set(&p->o.banner, p->in.data, p->in.len);
	p->o.protocol = identify_protocol(&p->o.banner, p->o.port);
}

const struct talk probe_banner_talk = {
    .name = "banner",
    .quiet_ms = 250,
    .more = more,
    .finish = finish,
};
