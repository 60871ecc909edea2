/*
 * What is needed of one IP packet: who sent it to whom, the ports, and the
 * fields that show its sender's tool. IPv4 with options and fragments, IPv6
 * with extension headers. Only the outermost packet is looked at.
 *
 * A frame may be shorter than the packet was (snap length): what is there is
 * enough once the ports are.
 */
#ifndef MARTLET_DATAGRAM_H
#define MARTLET_DATAGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "addr.h"
#include "compiler.h"

/* Extension headers of one IPv6 packet: eight kinds exist, and each should
 * come once (RFC 8200 section 4.1). */
#define DATAGRAM_EXTENSIONS_MAX 12

enum {
	DATAGRAM_FIN = 1,
	DATAGRAM_SYN = 2,
	DATAGRAM_RST = 4,
	DATAGRAM_ACK = 16
};

struct datagram {
	struct addr source, destination; /* IPv4-mapped is IPv4 */
	uint8_t protocol;                /* IANA; 58 for ICMPv6 */
	bool has_id;                     /* IPv4 */
	uint16_t id;
	uint16_t source_port, port; /* 0 for protocols without ports */
	bool has_tcp;               /* the next two were captured */
	uint8_t tcp_flags;
	uint32_t tcp_sequence;
	bool icmp_error;
	/* Of a TCP packet that an ICMP error quotes, which the sensor sent. */
	bool quotes_tcp;
	uint16_t quoted_source_port, quoted_port;
};

/** Whether ICMP (protocol 1 or 58) of this type is an error message. */
bool datagram_is_error(int protocol, unsigned type);

enum datagram_got {
	DATAGRAM_GOOD,
	DATAGRAM_WRONG,    /* no IP packet can look so */
	DATAGRAM_SHORT,    /* cut before its addresses or ports */
	DATAGRAM_FRAGMENT, /* not the first fragment: it has no ports */
};

/** datagram_read: For all but DATAGRAM_WRONG and those cut before them the
 * addresses are filled in; a family of 0 says that they are not. */
enum datagram_got datagram_read(const uint8_t *data, size_t len,
				struct datagram *out) WARN_UNUSED;

#endif
