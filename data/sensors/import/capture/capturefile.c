#include <stdlib.h>
#include <string.h>

#include "xalloc.h"
#include "capturefile_internal.h"

#define FILE_HEADER 24
#define RECORD_HEADER 16
#define LINK_MASK 0x03ffffffu /* above it: length of the frame check */

/* Magic numbers as they stand in a file of this machine's order. */
#define MAGIC_MICRO 0xa1b2c3d4u
#define MAGIC_NANO 0xa1b23c4du
#define MAGIC_KUZNETZOV 0xa1b2cd34u /* 8 more bytes in each header */
#define MAGIC_NG 0x0a0d0d0au        /* the same in both orders */

static uint32_t raw_u32(const void *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

uint32_t capturefile_u32(const struct capturefile *f, const uint8_t *p)
{
	return f->swapped ? __builtin_bswap32(raw_u32(p)) : raw_u32(p);
}

uint16_t capturefile_u16(const struct capturefile *f, const uint8_t *p)
{
	uint16_t v;

	memcpy(&v, p, sizeof(v));
	return f->swapped ? __builtin_bswap16(v) : v;
}

static bool is_magic(uint32_t v)
{
	return v == MAGIC_MICRO || v == MAGIC_NANO || v == MAGIC_KUZNETZOV;
}

bool capturefile_is(const void *begin, size_t len)
{
	uint32_t v;

	if (len < 4)
		return false;
	v = raw_u32(begin);
	return v == MAGIC_NG || is_magic(v) || is_magic(__builtin_bswap32(v));
}

void capturefile_init(struct capturefile *f, capturefile_source *source,
		      void *arg)
{
	*f = (struct capturefile){.source = source, .arg = arg};
	f->buffer = xalloc(CAPTUREFILE_BUFFER);
}

void capturefile_release(struct capturefile *f)
{
	free(f->buffer);
	free(f->interfaces);
	*f = (struct capturefile){0};
}

/* Reads on until n bytes are in the buffer. */
static bool fill(struct capturefile *f, size_t n)
{
	if (f->start + n > CAPTUREFILE_BUFFER) {
		memmove(f->buffer, f->buffer + f->start, f->end - f->start);
		f->end -= f->start;
		f->start = 0;
	}
	while (f->end - f->start < n && !f->at_end) {
		ssize_t got = f->source(f->arg, (char *)f->buffer + f->end,
					CAPTUREFILE_BUFFER - f->end);

		f->failed = got < 0;
		f->at_end = got <= 0;
		f->end += got > 0 ? (size_t)got : 0;
	}
	return f->end - f->start >= n;
}

const uint8_t *capturefile_need(struct capturefile *f, size_t n)
{
	if (f->end - f->start < n && !fill(f, n))
		return NULL;
	return f->buffer + f->start;
}

void capturefile_consume(struct capturefile *f, size_t n)
{
	f->start += n;
	f->at += (int64_t)n;
}

bool capturefile_skip(struct capturefile *f, uint64_t n)
{
	while (n > 0) {
		size_t have;

		if (capturefile_need(f, 1) == NULL)
			return false;
		have = f->end - f->start;
		have = have < n ? have : (size_t)n;
		capturefile_consume(f, have);
		n -= have;
	}
	return true;
}

enum capturefile_got capturefile_damaged(struct capturefile *f,
					 const char *what)
{
	f->damage = what;
	return CAPTUREFILE_DAMAGED;
}

enum capturefile_got capturefile_short(struct capturefile *f)
{
	if (f->failed)
		return CAPTUREFILE_FAILED;
	if (f->end == f->start)
		return CAPTUREFILE_END;
	return capturefile_damaged(f, "the file is cut off");
}

enum capturefile_got capturefile_begin(struct capturefile *f)
{
	const uint8_t *p = capturefile_need(f, 4);
	struct capturefile_interface only = {0};
	uint32_t magic;

	if (p == NULL)
		return capturefile_short(f);
	magic = raw_u32(p);
	if (magic == MAGIC_NG) {
		f->ng = true;
		return CAPTUREFILE_FRAME;
	}
	f->swapped = !is_magic(magic);
	magic = capturefile_u32(f, p);
	if (!is_magic(magic))
		return capturefile_damaged(f, "this is no capture");
	f->record_header = RECORD_HEADER + (magic == MAGIC_KUZNETZOV ? 8 : 0);
	if ((p = capturefile_need(f, FILE_HEADER)) == NULL)
		return capturefile_short(f);
	if (capturefile_u16(f, p + 4) != 2)
		return capturefile_damaged(f, "the version of the format is "
					      "not 2");
	only.link = capturefile_u32(f, p + 20) & LINK_MASK;
	f->interfaces = xalloc(sizeof(only));
	f->interfaces[0] = only;
	f->interface_count = f->interface_cap = 1;
	capturefile_consume(f, FILE_HEADER);
	return CAPTUREFILE_FRAME;
}

static enum capturefile_got pcap_next(struct capturefile *f,
				      struct capturefile_frame *out)
{
	const uint8_t *p = capturefile_need(f, f->record_header);
	size_t len;

	if (p == NULL)
		return capturefile_short(f);
	len = capturefile_u32(f, p + 8);
	if (len > CAPTUREFILE_FRAME_MAX)
		return capturefile_damaged(
		    f, "the record claims a frame of over 256 KiB");
	out->time = capturefile_u32(f, p);
	out->sent = capturefile_u32(f, p + 12);
	out->link = f->interfaces[0].link;
	p = capturefile_need(f, f->record_header + len);
	if (p == NULL)
		return capturefile_short(f);
	out->data = p + f->record_header;
	out->len = len;
	capturefile_consume(f, f->record_header + len);
	f->frames++;
	return CAPTUREFILE_FRAME;
}

enum capturefile_got capturefile_next(struct capturefile *f,
				      struct capturefile_frame *out)
{
	if (f->damage != NULL)
		return CAPTUREFILE_DAMAGED;
	return f->ng ? capturefile_ng_next(f, out) : pcap_next(f, out);
}
