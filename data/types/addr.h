/*
 * Internet addresses and prefixes. An IPv4-mapped IPv6 address is the IPv4
 * address (DESIGN section 5); text is canonical as in RFC 5952.
 */
#ifndef MARTLET_ADDR_H
#define MARTLET_ADDR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

#include "compiler.h"

#define ADDR_TEXT_MAX 46 /* INET6_ADDRSTRLEN */

struct addr {
	uint8_t family;    /* 4 or 6 */
	uint8_t bytes[16]; /* network order; the last 12 are 0 for IPv4 */
};

struct prefix {
	struct addr base; /* bits after length are 0 */
	uint8_t length;   /* 0..32 or 0..128 */
};

/** addr_parse: false when text is not an address; zones are refused. */
bool addr_parse(const char *text, struct addr *out) WARN_UNUSED;
/** addr_from_bytes: @family: 4 or 6. @bytes: 4 or 16 of them, in network
 * order. */
void addr_from_bytes(int family, const uint8_t *bytes, struct addr *out);
/** @out: ADDR_TEXT_MAX bytes. Returns out. */
const char *addr_format(const struct addr *a, char *out);
/** Orders by family, then numerically. */
int addr_compare(const struct addr *a, const struct addr *b);
uint32_t addr_hash(const struct addr *a);
/** As addr_compare() == 0, for the tables that each connection looks into. */
static inline bool addr_same(const struct addr *a, const struct addr *b)
{
	uint64_t x[2], y[2];

	memcpy(x, a->bytes, sizeof(x));
	memcpy(y, b->bytes, sizeof(y));
	return ((x[0] ^ y[0]) | (x[1] ^ y[1])) == 0 && a->family == b->family;
}
bool addr_from_sockaddr(const struct sockaddr *sa, struct addr *out);
socklen_t addr_to_sockaddr(const struct addr *a, uint16_t port,
			   struct sockaddr_storage *out);

/** The /24 (IPv4) or /48 (IPv6) that pace and shards count by. */
struct prefix addr_network(const struct addr *a);

/** prefix_parse: An address alone is its /32 or /128; host bits must be 0. */
bool prefix_parse(const char *text, struct prefix *out) WARN_UNUSED;
bool prefix_contains(const struct prefix *p, const struct addr *a);
/** @out: ADDR_TEXT_MAX + 4 bytes. Returns out. */
const char *prefix_format(const struct prefix *p, char *out);

/*
 * A set of prefixes, each with a number that the caller chooses (a row of
 * its own table, say). Looking one up takes time by the logarithm of its
 * size. Starts as {0}.
 */
struct prefix_set {
	struct prefix_entry {
		struct prefix prefix;
		int value;
	} * entries;
	size_t count, cap;
	bool sorted;
	bool lengths[2][129]; /* of IPv4, of IPv6: which ones are there */
};

void prefix_set_add(struct prefix_set *set, const struct prefix *p, int value);
/** The value of the most specific prefix that holds a, or -1. */
int prefix_set_find(struct prefix_set *set, const struct addr *a);
void prefix_set_release(struct prefix_set *set);

#endif
