/*
 * One packet, or several equal ones, as a reader of some format hands it on.
 */
#ifndef MARTLET_PACKET_H
#define MARTLET_PACKET_H

#include <stdint.h>

#include "addr.h"

#define PACKET_NO_ORIGIN UINT32_MAX

/*
 * Candidates for a signature, beside enum signature: the IP identification
 * can be chance, so such a mark needs two packets or all packets of its key
 * (keymarks.h decides). A packet that follows others of its flow never
 * carries one and does not speak against it.
 */
enum packet_candidate {
	PACKET_MAYBE_ZMAP = 0x80,
	PACKET_MAYBE_MASSCAN,
	PACKET_FOLLOWS,
};

struct packet {
	int64_t time; /* Unix seconds */
	int64_t packets;
	struct addr source;
	uint32_t sensor; /* number in the reader's list of sensors */
	uint32_t origin; /* number in its list of origins */
	uint16_t port, source_port;
	uint8_t protocol;
	uint8_t signature; /* enum signature, or a candidate */
};

#endif
