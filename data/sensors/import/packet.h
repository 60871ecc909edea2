/*
 * One packet, or several equal ones, as an importer hands it on.
 */
#ifndef MARTLET_PACKET_H
#define MARTLET_PACKET_H

#include <stdint.h>

#include "addr.h"

#define PACKET_NO_ORIGIN UINT32_MAX

struct packet {
	int64_t time; /* Unix seconds */
	int64_t packets;
	struct addr source;
	uint32_t sensor; /* number in the importer's list of sensors */
	uint32_t origin; /* number in its list of origins */
	uint16_t port, source_port;
	uint8_t protocol;
	uint8_t signature; /* enum signature */
};

#endif
