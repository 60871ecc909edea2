#include "room.h"

/* Of one connection: its buffers in libcurl and OpenSSL, the probe, and the
 * handshake's state; 34 KiB were measured for TLS. */
#define PROBE_BYTES (48u << 10)

static size_t used(const struct room *r)
{
	return r->probes * PROBE_BYTES + r->kept + r->reserved;
}

bool room_for_probe(const struct room *r)
{
	/* Half is for what they are told. */
	return r->max == 0 || r->probes == 0 ||
	       ((r->probes + 1) * PROBE_BYTES <= r->max / 2 &&
		used(r) + PROBE_BYTES <= r->max);
}

static bool fits(const struct room *r, const struct room_place *p, size_t bytes)
{
	return r->max == 0 || used(r) + bytes <= r->max ||
	       (r->reserved == 0 && (p->holds || r->kept == 0));
}

static void queue(struct room *r, struct room_place *p)
{
	p->waits = true;
	p->next = NULL;
	if (r->waiting == NULL) {
		r->waiting = r->last = p;
	} else if (p->holds) {
		p->next = r->waiting;
		r->waiting = p;
	} else {
		r->last->next = p;
		r->last = p;
	}
}

bool room_take(struct room *r, struct room_place *p, size_t bytes)
{
	if (p->bytes > 0)
		return true;
	if (p->waits)
		return false;
	/* Those who wait are first, but what ends a probe makes room. */
	if ((r->waiting == NULL || p->holds) && fits(r, p, bytes)) {
		p->bytes = bytes;
		r->reserved += bytes;
		return true;
	}
	p->wanted = bytes;
	queue(r, p);
	return false;
}

static void grant(struct room *r)
{
	while (r->waiting != NULL && fits(r, r->waiting, r->waiting->wanted)) {
		struct room_place *p = r->waiting;

		r->waiting = p->next;
		p->waits = false;
		p->bytes = p->wanted;
		r->reserved += p->bytes;
		p->granted(p);
	}
}

static void forget(struct room *r, struct room_place *p)
{
	struct room_place *before = NULL;

	for (struct room_place *at = r->waiting; at != p; at = at->next)
		before = at;
	if (before == NULL)
		r->waiting = p->next;
	else
		before->next = p->next;
	if (r->last == p)
		r->last = before;
	p->waits = false;
}

void room_leave(struct room *r, struct room_place *p)
{
	if (p->waits)
		forget(r, p);
	r->reserved -= p->bytes;
	p->bytes = 0;
	grant(r);
}

void room_keep(struct room *r, size_t before, size_t now)
{
	r->kept = r->kept - before + now;
	if (now < before)
		grant(r);
}
