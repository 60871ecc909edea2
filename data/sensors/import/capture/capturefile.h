/*
 * Frames of a pcap or pcapng file, one after another: the file formats and
 * nothing of what is in a frame.
 *
 * Not libpcap's reader, which stops at the first packet of an interface
 * whose link type or snap length is not that of the first one (what mergecap
 * and Wireshark write), and which cannot say at which byte a file is damaged.
 * The tests hold this reader against libpcap.
 *
 * Both byte orders, times to the micro- and nanosecond and pcapng's other
 * resolutions. A length that a file claims is compared with what is there.
 */
#ifndef MARTLET_CAPTUREFILE_H
#define MARTLET_CAPTUREFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "compiler.h"

/* Bytes of the longest frame, as libpcap's MAXIMUM_SNAPLEN. */
#define CAPTUREFILE_FRAME_MAX (256u << 10)
/* Interfaces of one section; mergecap of a large network has hundreds. */
#define CAPTUREFILE_INTERFACES_MAX (64u << 10)

#define CAPTUREFILE_NO_TIME INT64_MIN

/** Gives up to size bytes; 0 at the end; -1, logged. */
typedef ssize_t capturefile_source(void *arg, char *out, size_t size);

struct capturefile_frame {
	const uint8_t *data; /* borrowed until the next one */
	size_t len;          /* bytes there */
	size_t sent;         /* bytes on the wire */
	uint32_t link;       /* link type, tcpdump.org/linktypes.html */
	int64_t time;        /* Unix seconds, or CAPTUREFILE_NO_TIME */
};

enum capturefile_got {
	CAPTUREFILE_FRAME,
	CAPTUREFILE_END,
	CAPTUREFILE_DAMAGED, /* see damage; nothing follows */
	CAPTUREFILE_FAILED,  /* the source failed */
};

struct capturefile_interface {
	uint32_t link, snap; /* snap 0: no limit */
	uint8_t resolution;  /* if_tsresol as in the file */
	int64_t offset;      /* seconds */
};

struct capturefile {
	int64_t at;     /* bytes of content before what is read next */
	int64_t frames; /* given so far */
	/* Static; NULL: none. It is in the record that begins at @at. */
	const char *damage;

	/* The reader's own. */
	capturefile_source *source;
	void *arg;
	uint8_t *buffer;
	size_t start, end;
	bool failed, at_end;
	bool ng, swapped;
	size_t record_header; /* of pcap; one variant has more */
	struct capturefile_interface *interfaces;
	size_t interface_count, interface_cap;
};

/** Whether a file that begins so is a capture. @len: 4 bytes are enough. */
bool capturefile_is(const void *begin, size_t len);

void capturefile_init(struct capturefile *f, capturefile_source *source,
		      void *arg);
void capturefile_release(struct capturefile *f);

/** capturefile_begin: Reads the file's header. CAPTUREFILE_FRAME when frames
 * may follow. */
enum capturefile_got capturefile_begin(struct capturefile *f) WARN_UNUSED;
enum capturefile_got
capturefile_next(struct capturefile *f,
		 struct capturefile_frame *out) WARN_UNUSED;

#endif
