/*
 * Packets and capture files made by hand, byte by byte, for the tests: it
 * shares no code with the readers that it feeds.
 */
#ifndef MARTLET_CAPTURE_BYTES_H
#define MARTLET_CAPTURE_BYTES_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "compiler.h"

struct bytes {
	uint8_t data[1 << 16];
	size_t len;
};

static inline void put(struct bytes *b, const void *data, size_t len)
{
	memcpy(b->data + b->len, data, len);
	b->len += len;
}

/* In network order. */
static inline void put16(struct bytes *b, unsigned v)
{
	put(b, (uint8_t[]){(uint8_t)(v >> 8), (uint8_t)v}, 2);
}

static inline void put32(struct bytes *b, uint32_t v)
{
	put16(b, v >> 16);
	put16(b, v & 0xffff);
}

static inline void put_zeros(struct bytes *b, size_t n)
{
	memset(b->data + b->len, 0, n);
	b->len += n;
}

/* In the order of a file. */
static inline void file16(struct bytes *b, bool big, unsigned v)
{
	put(b,
	    big ? (uint8_t[]){(uint8_t)(v >> 8), (uint8_t)v}
		: (uint8_t[]){(uint8_t)v, (uint8_t)(v >> 8)},
	    2);
}

static inline void file32(struct bytes *b, bool big, uint32_t v)
{
	file16(b, big, big ? v >> 16 : v & 0xffff);
	file16(b, big, big ? v & 0xffff : v >> 16);
}

struct four {
	const char *from, *to; /* four bytes each */
	unsigned protocol, id, fragment, options;
};

/* @payload: what follows the header. */
static inline void put_ipv4(struct bytes *b, const struct four *h,
			    const struct bytes *payload)
{
	put(b, (uint8_t[]){(uint8_t)(0x45 + h->options), 0}, 2);
	put16(b, (unsigned)(20 + 4 * h->options + payload->len));
	put16(b, h->id);
	put16(b, h->fragment);
	put(b, (uint8_t[]){64, (uint8_t)h->protocol, 0, 0}, 4);
	put(b, h->from, 4);
	put(b, h->to, 4);
	put_zeros(b, 4 * h->options);
	put(b, payload->data, payload->len);
}

static inline void put_tcp(struct bytes *b, unsigned from, unsigned to,
			   uint32_t sequence, unsigned flags)
{
	put16(b, from);
	put16(b, to);
	put32(b, sequence);
	put32(b, 0);
	put(b, (uint8_t[]){0x50, (uint8_t)flags}, 2);
	put16(b, 1024);
	put32(b, 0);
}

static inline void put_udp(struct bytes *b, unsigned from, unsigned to)
{
	put16(b, from);
	put16(b, to);
	put16(b, 8);
	put16(b, 0);
}

static inline void put_pcap_header(struct bytes *b, bool big, uint32_t magic,
				   uint32_t link)
{
	file32(b, big, magic);
	file16(b, big, 2);
	file16(b, big, 4);
	file32(b, big, 0);
	file32(b, big, 0);
	file32(b, big, 65535);
	file32(b, big, link);
}

static inline void put_pcap_packet(struct bytes *b, bool big, uint32_t time,
				   const struct bytes *frame)
{
	file32(b, big, time);
	file32(b, big, 123456);
	file32(b, big, (uint32_t)frame->len);
	file32(b, big, (uint32_t)frame->len);
	put(b, frame->data, frame->len);
}

/* One block around its body. */
static inline void put_block(struct bytes *b, bool big, uint32_t type,
			     const struct bytes *body)
{
	size_t padded = (body->len + 3) & ~(size_t)3;

	file32(b, big, type);
	file32(b, big, (uint32_t)padded + 12);
	put(b, body->data, body->len);
	put_zeros(b, padded - body->len);
	file32(b, big, (uint32_t)padded + 12);
}

static inline void put_section(struct bytes *b, bool big)
{
	static struct bytes body;

	body.len = 0;
	file32(&body, big, 0x1a2b3c4d);
	file16(&body, big, 1);
	file16(&body, big, 0);
	file32(&body, big, 0xffffffff);
	file32(&body, big, 0xffffffff);
	put_block(b, big, 0x0a0d0d0a, &body);
}

/* @resolution: if_tsresol; -1: not said. @offset: if_tsoffset, the same. */
static inline void put_interface(struct bytes *b, bool big, unsigned link,
				 int resolution, int64_t offset)
{
	static struct bytes body;

	body.len = 0;
	file16(&body, big, link);
	file16(&body, big, 0);
	file32(&body, big, 65535);
	if (resolution >= 0) {
		file16(&body, big, 9);
		file16(&body, big, 1);
		put(&body, (uint8_t[]){(uint8_t)resolution, 0, 0, 0}, 4);
	}
	if (offset >= 0) {
		file16(&body, big, 14);
		file16(&body, big, 8);
		file32(&body, big, big ? 0 : (uint32_t)offset);
		file32(&body, big, big ? (uint32_t)offset : 0);
	}
	file32(&body, big, 0);
	put_block(b, big, 1, &body);
}

static inline void put_packet(struct bytes *b, bool big, unsigned interface,
			      uint64_t time, const struct bytes *frame)
{
	static struct bytes body;

	body.len = 0;
	file32(&body, big, interface);
	file32(&body, big, (uint32_t)(time >> 32));
	file32(&body, big, (uint32_t)time);
	file32(&body, big, (uint32_t)frame->len);
	file32(&body, big, (uint32_t)frame->len);
	put(&body, frame->data, frame->len);
	put_block(b, big, 6, &body);
}

#endif
