#include <string.h>

#include "transport.h"
#include "datagram.h"

#define IPV4_HEADER 20
#define IPV6_HEADER 40
#define FRAGMENT_OFFSET 0x1fffu

enum {
	NEXT_HOP_BY_HOP = 0,
	NEXT_ROUTING = 43,
	NEXT_FRAGMENT = 44,
	NEXT_AUTHENTICATION = 51,
	NEXT_DESTINATION = 60,
	NEXT_MOBILITY = 135,
	NEXT_HIP = 139,
	NEXT_SHIM6 = 140,
};

/* What follows the IP headers. */
struct payload {
	const uint8_t *data;
	size_t len;
};

static uint16_t read_u16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static uint32_t read_u32(const uint8_t *p)
{
	return (uint32_t)read_u16(p) << 16 | read_u16(p + 2);
}

static enum datagram_got read_tcp(const struct payload *p, struct datagram *out)
{
	/* The 14th byte has the flags. */
	if (p->len >= 14) {
		out->has_tcp = true;
		out->tcp_sequence = read_u32(p->data + 4);
		out->tcp_flags = p->data[13];
	}
	return DATAGRAM_GOOD;
}

/* The ports of a TCP packet that an ICMP error quotes. */
static void read_quoted(const uint8_t *p, size_t len, struct datagram *out)
{
	size_t head;

	if (len == 0)
		return;
	if (p[0] >> 4 == 4) {
		head = (size_t)(p[0] & 15) * 4;
		if (head < IPV4_HEADER || len < head + 4 ||
		    p[9] != TRANSPORT_TCP ||
		    (read_u16(p + 6) & FRAGMENT_OFFSET) != 0)
			return;
	} else {
		head = IPV6_HEADER;
		if (p[0] >> 4 != 6 || len < head + 4 || p[6] != TRANSPORT_TCP)
			return;
	}
	out->quotes_tcp = true;
	out->quoted_source_port = read_u16(p + head);
	out->quoted_port = read_u16(p + head + 2);
}

/* RFC 1122 section 3.2.2 and RFC 4443 section 2.1: which types are errors. */
bool datagram_is_error(int protocol, unsigned type)
{
	if (protocol == TRANSPORT_ICMPV6)
		return type >= 1 && type <= 4;
	return type == 3 || type == 4 || type == 5 || type == 11 || type == 12;
}

static enum datagram_got read_icmp(const struct payload *p,
				   struct datagram *out)
{
	if (p->len == 0)
		return DATAGRAM_SHORT;
	out->icmp_error = datagram_is_error(out->protocol, p->data[0]);
	if (out->icmp_error && p->len > 8)
		read_quoted(p->data + 8, p->len - 8, out);
	return DATAGRAM_GOOD;
}

static enum datagram_got read_payload(const struct payload *p,
				      struct datagram *out)
{
	if (transport_has_ports(out->protocol)) {
		if (p->len < 4)
			return DATAGRAM_SHORT;
		out->source_port = read_u16(p->data);
		out->port = read_u16(p->data + 2);
	}
	if (out->protocol == TRANSPORT_TCP)
		return read_tcp(p, out);
	if (out->protocol == TRANSPORT_ICMP ||
	    out->protocol == TRANSPORT_ICMPV6)
		return read_icmp(p, out);
	return DATAGRAM_GOOD;
}

static enum datagram_got read_four(const uint8_t *data, size_t len,
				   struct datagram *out)
{
	size_t head = (size_t)(data[0] & 15) * 4, total;
	struct payload rest;

	if (head < IPV4_HEADER)
		return DATAGRAM_WRONG;
	if (len < IPV4_HEADER)
		return DATAGRAM_SHORT;
	total = read_u16(data + 2);
	/* 0: the network card cut the packet up later (offloading). */
	if (total != 0 && total < head)
		return DATAGRAM_WRONG;
	/* Behind the packet Ethernet pads. */
	if (total != 0 && total < len)
		len = total;
	addr_from_bytes(4, data + 12, &out->source);
	addr_from_bytes(4, data + 16, &out->destination);
	out->protocol = data[9];
	out->has_id = true;
	out->id = read_u16(data + 4);
	if ((read_u16(data + 6) & FRAGMENT_OFFSET) != 0)
		return DATAGRAM_FRAGMENT;
	if (len < head)
		return DATAGRAM_SHORT;
	rest = (struct payload){data + head, len - head};
	return read_payload(&rest, out);
}

static bool is_extension(unsigned next)
{
	switch (next) {
	case NEXT_HOP_BY_HOP:
	case NEXT_ROUTING:
	case NEXT_FRAGMENT:
	case NEXT_AUTHENTICATION:
	case NEXT_DESTINATION:
	case NEXT_MOBILITY:
	case NEXT_HIP:
	case NEXT_SHIM6:
		return true;
	default:
		return false;
	}
}

/* Passes one extension header over. */
static enum datagram_got pass_extension(struct payload *rest, uint8_t *next)
{
	size_t head;

	if (rest->len < 8)
		return DATAGRAM_SHORT;
	if (*next == NEXT_FRAGMENT &&
	    (read_u16(rest->data + 2) & 0xfff8u) != 0) {
		*next = rest->data[0];
		return DATAGRAM_FRAGMENT;
	}
	if (*next == NEXT_FRAGMENT)
		head = 8;
	else if (*next == NEXT_AUTHENTICATION)
		head = ((size_t)rest->data[1] + 2) * 4;
	else
		head = ((size_t)rest->data[1] + 1) * 8;
	if (rest->len < head)
		return DATAGRAM_SHORT;
	*next = rest->data[0];
	rest->data += head;
	rest->len -= head;
	return DATAGRAM_GOOD;
}

static enum datagram_got read_six(const uint8_t *data, size_t len,
				  struct datagram *out)
{
	enum datagram_got got = DATAGRAM_GOOD;
	struct payload rest;
	size_t total;

	if (len < IPV6_HEADER)
		return DATAGRAM_SHORT;
	/* 0: a jumbogram, or cut up by the network card later. */
	total = read_u16(data + 4);
	if (total != 0 && total < len - IPV6_HEADER)
		len = IPV6_HEADER + total;
	addr_from_bytes(6, data + 8, &out->source);
	addr_from_bytes(6, data + 24, &out->destination);
	rest = (struct payload){data + IPV6_HEADER, len - IPV6_HEADER};
	out->protocol = data[6];
	for (int i = 0; got == DATAGRAM_GOOD && is_extension(out->protocol);
	     i++) {
		if (i == DATAGRAM_EXTENSIONS_MAX)
			return DATAGRAM_WRONG;
		got = pass_extension(&rest, &out->protocol);
	}
	return got == DATAGRAM_GOOD ? read_payload(&rest, out) : got;
}

enum datagram_got datagram_read(const uint8_t *data, size_t len,
				struct datagram *out)
{
	memset(out, 0, sizeof(*out));
	if (len == 0)
		return DATAGRAM_SHORT;
	if (data[0] >> 4 == 4)
		return read_four(data, len, out);
	if (data[0] >> 4 == 6)
		return read_six(data, len, out);
	return DATAGRAM_WRONG;
}
