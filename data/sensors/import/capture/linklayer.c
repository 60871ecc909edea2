#include "linklayer.h"

enum {
	LINK_NULL = 0,
	LINK_ETHERNET = 1,
	LINK_RAW_BSD = 12, /* files of systems where DLT_RAW is this */
	LINK_RAW_OPENBSD = 14,
	LINK_RAW = 101,
	LINK_LOOP = 108,
	LINK_COOKED = 113,
	LINK_IPV4 = 228,
	LINK_IPV6 = 229,
	LINK_COOKED2 = 276,
};

enum {
	TYPE_IPV4 = 0x0800,
	TYPE_IPV6 = 0x86dd,
	TYPE_VLAN = 0x8100,
	TYPE_QINQ = 0x88a8,
	TYPE_QINQ_OLD = 0x9100,
};

static unsigned type_at(const uint8_t *p)
{
	return (unsigned)p[0] << 8 | p[1];
}

bool linklayer_knows(uint32_t link)
{
	switch (link) {
	case LINK_NULL:
	case LINK_ETHERNET:
	case LINK_RAW_BSD:
	case LINK_RAW_OPENBSD:
	case LINK_RAW:
	case LINK_LOOP:
	case LINK_COOKED:
	case LINK_IPV4:
	case LINK_IPV6:
	case LINK_COOKED2:
		return true;
	default:
		return false;
	}
}

/* @type: where the frame's type stands; @head: bytes before its payload. */
static enum linklayer_got by_type(const uint8_t **data, size_t *len,
				  size_t type, size_t head)
{
	unsigned found;

	if (*len < head)
		return LINKLAYER_SHORT;
	found = type_at(*data + type);
	for (int tags = 0;
	     found == TYPE_VLAN || found == TYPE_QINQ || found == TYPE_QINQ_OLD;
	     tags++) {
		if (tags == LINKLAYER_TAGS_MAX)
			return LINKLAYER_NOT_IP;
		if (*len < head + 4)
			return LINKLAYER_SHORT;
		found = type_at(*data + head + 2);
		head += 4;
	}
	if (found != TYPE_IPV4 && found != TYPE_IPV6)
		return LINKLAYER_NOT_IP;
	*data += head;
	*len -= head;
	return LINKLAYER_IP;
}

/* Four bytes of address family, in the order of the machine that captured
 * (NULL) or of the network (LOOP). IPv6 has five numbers in the systems; what
 * is neither 2 nor one of them is not IP. */
static enum linklayer_got by_family(const uint8_t **data, size_t *len)
{
	const uint8_t *p = *data;
	unsigned family;

	if (*len < 4)
		return LINKLAYER_SHORT;
	family = p[0] != 0 ? p[0] : p[3];
	*data += 4;
	*len -= 4;
	return family == 2 || family == 10 || family == 23 || family == 24 ||
		       family == 28 || family == 30
		   ? LINKLAYER_IP
		   : LINKLAYER_NOT_IP;
}

enum linklayer_got linklayer_open(uint32_t link, const uint8_t **data,
				  size_t *len)
{
	enum linklayer_got got = LINKLAYER_IP;

	switch (link) {
	case LINK_ETHERNET:
		got = by_type(data, len, 12, 14);
		break;
	case LINK_COOKED:
		got = by_type(data, len, 14, 16);
		break;
	case LINK_COOKED2:
		got = by_type(data, len, 0, 20);
		break;
	case LINK_NULL:
	case LINK_LOOP:
		got = by_family(data, len);
		break;
	default:
		if (!linklayer_knows(link))
			return LINKLAYER_UNKNOWN;
	}
	if (got == LINKLAYER_IP && *len == 0)
		return LINKLAYER_SHORT;
	return got;
}
