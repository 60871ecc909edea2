/*
 * Blocks of a pcapng file (draft-ietf-opsawg-pcapng). Those that hold no
 * packet are passed over without being held in memory.
 */
#include <string.h>

#include "xalloc.h"
#include "capturefile_internal.h"

#define BLOCK_MIN 12 /* type, length, and the length again */
#define SECTION 0x0a0d0d0au
#define INTERFACE 1
#define OLD_PACKET 2
#define SIMPLE_PACKET 3
#define PACKET 6

#define ORDER_MARK 0x1a2b3c4du

#define OPTION_END 0
#define OPTION_RESOLUTION 9
#define OPTION_OFFSET 14
#define MICROSECONDS 6 /* what if_tsresol is when nothing says it */

/* 10^n that fits into 64 bits. */
#define DECIMALS_MAX 19
#define BINARY 0x80
#define BITS_MAX 63

static enum capturefile_got begin_section(struct capturefile *f)
{
	const uint8_t *p = capturefile_need(f, 28);
	uint32_t mark;

	if (p == NULL)
		return capturefile_short(f);
	memcpy(&mark, p + 8, sizeof(mark));
	f->swapped = mark != ORDER_MARK;
	if (f->swapped && __builtin_bswap32(mark) != ORDER_MARK)
		return capturefile_damaged(f, "a section has no mark of its "
					      "byte order");
	if (capturefile_u16(f, p + 12) != 1)
		return capturefile_damaged(f, "the version of the format is "
					      "not 1");
	f->interface_count = 0;
	return CAPTUREFILE_FRAME;
}

static int64_t read_i64(const struct capturefile *f, const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return (int64_t)(f->swapped ? __builtin_bswap64(v) : v);
}

/* @p: the options, of len bytes. Those that do not fit end them. */
static void read_options(const struct capturefile *f, const uint8_t *p,
			 size_t len, struct capturefile_interface *out)
{
	while (len >= 4) {
		uint16_t code = capturefile_u16(f, p);
		size_t n = capturefile_u16(f, p + 2);
		size_t padded = (n + 3) & ~(size_t)3;

		if (code == OPTION_END || padded > len - 4)
			return;
		if (code == OPTION_RESOLUTION && n == 1)
			out->resolution = p[4];
		if (code == OPTION_OFFSET && n == 8)
			out->offset = read_i64(f, p + 4);
		p += 4 + padded;
		len -= 4 + padded;
	}
}

/* @block: of len bytes, without the length at its end. */
static enum capturefile_got add_interface(struct capturefile *f,
					  const uint8_t *block, size_t len)
{
	struct capturefile_interface i = {.resolution = MICROSECONDS};
	void *list = f->interfaces;

	if (len < 16)
		return capturefile_damaged(f, "the description of an "
					      "interface is too short");
	if (f->interface_count == CAPTUREFILE_INTERFACES_MAX)
		return capturefile_damaged(f, "there are over 65,536 "
					      "interfaces");
	i.link = capturefile_u16(f, block + 8);
	i.snap = capturefile_u32(f, block + 12);
	read_options(f, block + 16, len - 16, &i);
	xalloc_room(&list, &f->interface_cap, f->interface_count, sizeof(i));
	f->interfaces = list;
	f->interfaces[f->interface_count++] = i;
	return CAPTUREFILE_FRAME;
}

static int64_t seconds(const struct capturefile_interface *i, uint64_t time)
{
	uint64_t units = 1, bits = i->resolution & 0x7fu;
	int64_t t;

	if (i->resolution & BINARY) {
		if (bits > BITS_MAX)
			return CAPTUREFILE_NO_TIME;
		units <<= bits;
	} else {
		if (bits > DECIMALS_MAX)
			return CAPTUREFILE_NO_TIME;
		for (; bits > 0; bits--)
			units *= 10;
	}
	time /= units;
	if (time > INT64_MAX ||
	    __builtin_add_overflow((int64_t)time, i->offset, &t))
		return CAPTUREFILE_NO_TIME;
	return t;
}

/* The packet blocks: where their fields stand. @block: of len bytes, without
 * the length at its end. */
static enum capturefile_got read_packet(struct capturefile *f, uint32_t type,
					const uint8_t *block, size_t len,
					struct capturefile_frame *out)
{
	size_t head = type == SIMPLE_PACKET ? 12 : 28;
	const struct capturefile_interface *i;
	uint32_t number = 0, there;

	if (len < head)
		return capturefile_damaged(f, "a packet's block is too short");
	if (type == PACKET)
		number = capturefile_u32(f, block + 8);
	else if (type == OLD_PACKET)
		number = capturefile_u16(f, block + 8);
	if (number >= f->interface_count)
		return capturefile_damaged(f, "a packet is from an interface "
					      "that was not described");
	i = &f->interfaces[number];
	out->link = i->link;
	out->time = CAPTUREFILE_NO_TIME;
	out->sent = capturefile_u32(f, block + head - 4);
	there = (uint32_t)out->sent;
	if (type == SIMPLE_PACKET) {
		there = i->snap != 0 && there > i->snap ? i->snap : there;
		there = there > len - head ? (uint32_t)(len - head) : there;
	} else {
		there = capturefile_u32(f, block + 20);
		out->time =
		    seconds(i, (uint64_t)capturefile_u32(f, block + 12) << 32 |
				   capturefile_u32(f, block + 16));
	}
	if (there > len - head || there > CAPTUREFILE_FRAME_MAX)
		return capturefile_damaged(f, "a packet's block is shorter "
					      "than its frame");
	out->data = block + head;
	out->len = there;
	f->frames++;
	return CAPTUREFILE_FRAME;
}

/* The whole block: the length stands at both of its ends. */
static const uint8_t *whole(struct capturefile *f, size_t total)
{
	const uint8_t *p = capturefile_need(f, total);

	if (p == NULL)
		capturefile_short(f);
	else if (capturefile_u32(f, p + total - 4) != total)
		capturefile_damaged(f, "the two lengths of a block differ");
	return f->damage == NULL ? p : NULL;
}

/* Passes a block over that is not needed, of any length. */
static enum capturefile_got pass(struct capturefile *f, size_t total)
{
	int64_t begin = f->at;

	if (total <= CAPTUREFILE_BUFFER) {
		if (whole(f, total) == NULL)
			return f->failed ? CAPTUREFILE_FAILED
					 : CAPTUREFILE_DAMAGED;
		capturefile_consume(f, total);
		return CAPTUREFILE_FRAME;
	}
	if (capturefile_skip(f, total))
		return CAPTUREFILE_FRAME;
	f->at = begin;
	return f->failed ? CAPTUREFILE_FAILED
			 : capturefile_damaged(f, "the file is cut off");
}

static enum capturefile_got read_block(struct capturefile *f, uint32_t type,
				       size_t total,
				       struct capturefile_frame *out)
{
	enum capturefile_got got;
	const uint8_t *p;

	if (total > CAPTUREFILE_BUFFER)
		return capturefile_damaged(f, "a block claims over 1 MiB");
	if ((p = whole(f, total)) == NULL)
		return f->failed ? CAPTUREFILE_FAILED : CAPTUREFILE_DAMAGED;
	got = type == INTERFACE ? add_interface(f, p, total - 4)
				: read_packet(f, type, p, total - 4, out);
	if (got == CAPTUREFILE_FRAME)
		capturefile_consume(f, total);
	return got;
}

enum capturefile_got capturefile_ng_next(struct capturefile *f,
					 struct capturefile_frame *out)
{
	for (;;) {
		enum capturefile_got got = CAPTUREFILE_FRAME;
		const uint8_t *p = capturefile_need(f, BLOCK_MIN);
		uint32_t type, total;

		if (p == NULL)
			return capturefile_short(f);
		memcpy(&type, p, sizeof(type));
		if (type == SECTION)
			got = begin_section(f);
		if (got != CAPTUREFILE_FRAME)
			return got;
		p = capturefile_need(f, BLOCK_MIN);
		type = capturefile_u32(f, p);
		total = capturefile_u32(f, p + 4);
		if (total < BLOCK_MIN || total % 4 != 0)
			return capturefile_damaged(
			    f, "a block claims an impossible length");
		if (type == PACKET || type == OLD_PACKET ||
		    type == SIMPLE_PACKET || type == INTERFACE) {
			got = read_block(f, type, total, out);
			if (got != CAPTUREFILE_FRAME || type != INTERFACE)
				return got;
		} else if ((got = pass(f, total)) != CAPTUREFILE_FRAME) {
			return got;
		}
	}
}
