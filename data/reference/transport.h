/*
 * IANA protocol numbers and how a port is written: "23/TCP", "123/UDP",
 * "ICMP".
 */
#ifndef MARTLET_TRANSPORT_H
#define MARTLET_TRANSPORT_H

#include <stdbool.h>
#include <stdint.h>

#define TRANSPORT_TEXT 24 /* bytes of the longest text and NUL */

enum {
	TRANSPORT_ICMP = 1,
	TRANSPORT_TCP = 6,
	TRANSPORT_UDP = 17,
	TRANSPORT_GRE = 47,
	TRANSPORT_ICMPV6 = 58
};

/** transport_parse: A name ("tcp", "ICMP", "ipv6-icmp") or a number 0..255;
 * -1 for anything else. */
int transport_parse(const char *text);
/** Whether its packets carry ports: TCP, UDP, DCCP, SCTP, UDP-Lite. */
bool transport_has_ports(int protocol);
/** "TCP"; a number for a protocol without a name here.
 * @out: TRANSPORT_TEXT bytes. Returns out. */
const char *transport_name(int protocol, char *out);
/** "23/TCP"; only the name for protocols without ports. Returns out. */
const char *transport_service(int protocol, uint16_t port, char *out);

#endif
