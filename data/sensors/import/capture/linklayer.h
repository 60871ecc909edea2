/*
 * From a captured frame to the IP packet in it: Ethernet (with VLAN tags,
 * 802.1Q and 802.1ad, stacked too), Linux cooked v1 and v2, raw IP, and the
 * loopbacks of the BSDs.
 */
#ifndef MARTLET_LINKLAYER_H
#define MARTLET_LINKLAYER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "compiler.h"

/* VLAN tags of one frame: two are usual, more are somebody's game. */
#define LINKLAYER_TAGS_MAX 4

enum linklayer_got {
	LINKLAYER_IP,     /* of the version that its first bits say */
	LINKLAYER_NOT_IP, /* ARP and the like */
	LINKLAYER_SHORT,  /* cut before the packet began */
	LINKLAYER_UNKNOWN /* a link type that is not read here */
};

/** Whether a link type (tcpdump.org/linktypes.html) is read here. */
bool linklayer_knows(uint32_t link);

/** linklayer_open: @data, @len: the frame; out, the packet in it. */
enum linklayer_got linklayer_open(uint32_t link, const uint8_t **data,
				  size_t *len) WARN_UNUSED;

#endif
