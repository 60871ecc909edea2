#include "lists.h"
#include "packet.h"
#include "transport.h"
#include "packetmark.h"

#define ZMAP_ID 54321

static bool has_flags(const struct datagram *d, unsigned mask, unsigned wanted)
{
	return d->has_tcp && (d->tcp_flags & mask) == wanted;
}

bool packetmark_opens(const struct datagram *d)
{
	return d->protocol != TRANSPORT_TCP ||
	       has_flags(d, DATAGRAM_ACK | DATAGRAM_RST, 0);
}

bool packetmark_is_syn(const struct datagram *d)
{
	return has_flags(d, DATAGRAM_SYN | DATAGRAM_ACK | DATAGRAM_RST,
			 DATAGRAM_SYN);
}

bool packetmark_answers(const struct datagram *d)
{
	return d->icmp_error || has_flags(d, DATAGRAM_RST, DATAGRAM_RST) ||
	       has_flags(d, DATAGRAM_SYN | DATAGRAM_ACK,
			 DATAGRAM_SYN | DATAGRAM_ACK);
}

static uint32_t destination(const struct datagram *d)
{
	const uint8_t *b = d->destination.bytes;

	return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 |
	       (uint32_t)b[2] << 8 | b[3];
}

uint8_t packetmark_find(const struct datagram *d)
{
	bool tcp = d->protocol == TRANSPORT_TCP;
	uint32_t to;

	if (d->protocol == TRANSPORT_GRE)
		return SIGNATURE_GRE;
	/* What a kernel sends behind the tool's back (RST, ACK) has no mark
	 * and speaks against none. */
	if (!packetmark_opens(d))
		return PACKET_FOLLOWS;
	if (!d->has_id)
		return SIGNATURE_NONE;
	to = destination(d);
	if (tcp && d->tcp_sequence == to)
		return SIGNATURE_MIRAI;
	if (d->id == ZMAP_ID)
		return PACKET_MAYBE_ZMAP;
	/* Folded: to the 16 bits that the field has. */
	if (tcp && d->id == (uint16_t)(to ^ d->port ^ d->tcp_sequence))
		return PACKET_MAYBE_MASSCAN;
	return SIGNATURE_NONE;
}
