/*
 * What a packet shows of its sender's tool (DESIGN section 5), seen for
 * itself. Whether a mark by the IP identification holds is known only when
 * all packets of its key are there: until then it is a candidate
 * (packet.h).
 */
#ifndef MARTLET_PACKETMARK_H
#define MARTLET_PACKETMARK_H

#include <stdbool.h>
#include <stdint.h>

#include "datagram.h"

/** Whether it opens something by itself: not a packet that answers another
 * or goes on with a connection. */
bool packetmark_opens(const struct datagram *d);
/** Whether it is a TCP SYN that opens a flow. */
bool packetmark_is_syn(const struct datagram *d);
/** SYN-ACK, RST or ICMP error: backscatter, unless its sender opened the
 * flow with a SYN. */
bool packetmark_answers(const struct datagram *d);

/** The signature of a packet that is not backscatter: of enum signature, or
 * a candidate of packet.h. */
uint8_t packetmark_find(const struct datagram *d);

#endif
