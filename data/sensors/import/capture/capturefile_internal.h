/* What the two formats' readers share. */
#ifndef MARTLET_CAPTUREFILE_INTERNAL_H
#define MARTLET_CAPTUREFILE_INTERNAL_H

#include "capturefile.h"

/* A pcapng block of packets may carry options behind its frame. */
#define CAPTUREFILE_BUFFER (1u << 20)

/** The next n bytes, which stay unread; NULL when fewer are left. */
const uint8_t *capturefile_need(struct capturefile *f, size_t n);
/** Of bytes that are in the buffer. */
void capturefile_consume(struct capturefile *f, size_t n);
/** False when the file ends before. */
bool capturefile_skip(struct capturefile *f, uint64_t n) WARN_UNUSED;

uint32_t capturefile_u32(const struct capturefile *f, const uint8_t *p);
uint16_t capturefile_u16(const struct capturefile *f, const uint8_t *p);

enum capturefile_got capturefile_damaged(struct capturefile *f,
					 const char *what);
/** Too little was left: the end, a failure, or a cut. */
enum capturefile_got capturefile_short(struct capturefile *f);

enum capturefile_got
capturefile_ng_next(struct capturefile *f,
		    struct capturefile_frame *out) WARN_UNUSED;

#endif
