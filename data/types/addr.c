#include <arpa/inet.h>
#include <assert.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "str.h"
#include "xalloc.h"
#include "addr.h"

static const uint8_t mapped_head[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255};

static size_t addr_bits(const struct addr *a)
{
	return a->family == 4 ? 32 : 128;
}

static void from_in6(const uint8_t bytes[16], struct addr *out)
{
	*out = (struct addr){.family = 6};
	if (memcmp(bytes, mapped_head, sizeof(mapped_head)) == 0) {
		out->family = 4;
		memcpy(out->bytes, bytes + 12, 4);
	} else {
		memcpy(out->bytes, bytes, 16);
	}
}

void addr_from_bytes(int family, const uint8_t *bytes, struct addr *out)
{
	if (family == 6) {
		from_in6(bytes, out);
		return;
	}
	*out = (struct addr){.family = 4};
	memcpy(out->bytes, bytes, 4);
}

/* As strict as inet_pton, and several times as fast: an import of many rows
 * does little else. */
static bool parse_four(const char *text, uint8_t bytes[4])
{
	for (int i = 0; i < 4; i++) {
		unsigned value = 0;
		int digits = 0;

		for (; *text >= '0' && *text <= '9' && digits < 4; digits++) {
			if (digits > 0 && value == 0)
				return false;
			value = value * 10 + (unsigned)(*text++ - '0');
		}
		if (digits == 0 || value > 255 || *text != (i < 3 ? '.' : 0))
			return false;
		bytes[i] = (uint8_t)value;
		text += i < 3;
	}
	return true;
}

bool addr_parse(const char *text, struct addr *out)
{
	uint8_t bytes[16];

	if (parse_four(text, bytes)) {
		addr_from_bytes(4, bytes, out);
		return true;
	}
	if (inet_pton(AF_INET6, text, bytes) != 1)
		return false;
	from_in6(bytes, out);
	return true;
}

/* Faster than inet_ntop, which a scan calls several times a connection. */
static const char *format_four(const uint8_t *bytes, char *out)
{
	char *at = out;

	for (int i = 0; i < 4; i++) {
		unsigned n = bytes[i];

		if (i > 0)
			*at++ = '.';
		if (n >= 100)
			*at++ = (char)('0' + n / 100);
		if (n >= 10)
			*at++ = (char)('0' + n / 10 % 10);
		*at++ = (char)('0' + n % 10);
	}
	*at = '\0';
	return out;
}

const char *addr_format(const struct addr *a, char *out)
{
	if (a->family == 4)
		return format_four(a->bytes, out);
	inet_ntop(AF_INET6, a->bytes, out, ADDR_TEXT_MAX);
	return out;
}

int addr_compare(const struct addr *a, const struct addr *b)
{
	if (a->family != b->family)
		return a->family < b->family ? -1 : 1;
	return memcmp(a->bytes, b->bytes, sizeof(a->bytes));
}

uint32_t addr_hash(const struct addr *a)
{
	uint64_t half[2], h;

	static_assert(sizeof(half) == sizeof(a->bytes), "two halves");
	memcpy(half, a->bytes, sizeof(half));
	h = (half[0] ^ a->family) * 0x9e3779b97f4a7c15u;
	h = (h ^ h >> 32 ^ half[1]) * 0xbf58476d1ce4e5b9u;
	h = (h ^ h >> 29) * 0x94d049bb133111ebu;
	return (uint32_t)(h >> 32);
}

bool addr_from_sockaddr(const struct sockaddr *sa, struct addr *out)
{
	if (sa->sa_family == AF_INET) {
		const struct sockaddr_in *in = (const void *)sa;

		*out = (struct addr){.family = 4};
		memcpy(out->bytes, &in->sin_addr, 4);
		return true;
	}
	if (sa->sa_family == AF_INET6) {
		const struct sockaddr_in6 *in6 = (const void *)sa;

		from_in6(in6->sin6_addr.s6_addr, out);
		return true;
	}
	return false;
}

socklen_t addr_to_sockaddr(const struct addr *a, uint16_t port,
			   struct sockaddr_storage *out)
{
	memset(out, 0, sizeof(*out));
	if (a->family == 4) {
		struct sockaddr_in *in = (void *)out;

		in->sin_family = AF_INET;
		in->sin_port = htons(port);
		memcpy(&in->sin_addr, a->bytes, 4);
		return sizeof(*in);
	}
	struct sockaddr_in6 *in6 = (void *)out;

	in6->sin6_family = AF_INET6;
	in6->sin6_port = htons(port);
	memcpy(&in6->sin6_addr, a->bytes, 16);
	return sizeof(*in6);
}

/* Zeroes the bits after length; returns whether any of them was set. */
static bool mask(struct addr *a, size_t length)
{
	bool set = false;

	for (size_t i = 0; i < addr_bits(a) / 8; i++) {
		size_t keep = length > i * 8 ? length - i * 8 : 0;
		uint8_t m = (uint8_t)(keep >= 8 ? 0xff : 0xff00 >> keep);

		set = set || (a->bytes[i] & ~m) != 0;
		a->bytes[i] = (uint8_t)(a->bytes[i] & m);
	}
	return set;
}

struct prefix addr_network(const struct addr *a)
{
	struct prefix p = {*a, a->family == 4 ? 24 : 48};
	size_t kept = p.length / 8;

	memset(p.base.bytes + kept, 0, sizeof(p.base.bytes) - kept);
	return p;
}

bool prefix_parse(const char *text, struct prefix *out)
{
	char address[ADDR_TEXT_MAX];
	const char *slash = strchr(text, '/');
	size_t len = slash ? (size_t)(slash - text) : strlen(text);
	struct prefix p;
	int64_t length;

	if (len >= sizeof(address))
		return false;
	memcpy(address, text, len);
	address[len] = '\0';
	if (!addr_parse(address, &p.base))
		return false;
	length = (int64_t)addr_bits(&p.base);
	if (slash && !str_to_int64(slash + 1, 0, length, &length))
		return false;
	p.length = (uint8_t)length;
	if (mask(&p.base, p.length))
		return false;
	*out = p;
	return true;
}

bool prefix_contains(const struct prefix *p, const struct addr *a)
{
	struct addr masked = *a;

	if (a->family != p->base.family)
		return false;
	mask(&masked, p->length);
	return memcmp(masked.bytes, p->base.bytes, sizeof(masked.bytes)) == 0;
}

const char *prefix_format(const struct prefix *p, char *out)
{
	size_t len = strlen(addr_format(&p->base, out));

	snprintf(out + len, 5, "/%u", p->length);
	return out;
}

static int compare_entries(const void *a, const void *b)
{
	const struct prefix_entry *x = a, *y = b;
	int order = addr_compare(&x->prefix.base, &y->prefix.base);

	return order != 0 ? order : x->prefix.length - y->prefix.length;
}

void prefix_set_add(struct prefix_set *set, const struct prefix *p, int value)
{
	void *entries = set->entries;

	xalloc_room(&entries, &set->cap, set->count, sizeof(*set->entries));
	set->entries = entries;
	set->entries[set->count++] = (struct prefix_entry){*p, value};
	set->lengths[p->base.family == 6][p->length] = true;
	set->sorted = false;
}

int prefix_set_find(struct prefix_set *set, const struct addr *a)
{
	if (set->count == 0)
		return -1;
	if (!set->sorted) {
		qsort(set->entries, set->count, sizeof(*set->entries),
		      compare_entries);
		set->sorted = true;
	}
	/* One search for each length: every length is tried from the most
	 * specific, so that the first hit is the answer. */
	for (int length = (int)addr_bits(a); length >= 0; length--) {
		struct prefix_entry key = {.prefix = {*a, (uint8_t)length}};
		const struct prefix_entry *hit;

		if (!set->lengths[a->family == 6][length])
			continue;
		mask(&key.prefix.base, (size_t)length);
		hit = bsearch(&key, set->entries, set->count,
			      sizeof(*set->entries), compare_entries);
		if (hit != NULL)
			return hit->value;
	}
	return -1;
}

void prefix_set_release(struct prefix_set *set)
{
	free(set->entries);
	*set = (struct prefix_set){0};
}
