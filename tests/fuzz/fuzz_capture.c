/*
 * Captures, and all that is read of their frames. The first byte chooses
 * how many bytes the reader is given at a time.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "capturefile.h"
#include "datagram.h"
#include "linklayer.h"
#include "packetmark.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct content {
	const uint8_t *data;
	size_t len, step;
};

static ssize_t give(void *arg, char *out, size_t size)
{
	struct content *c = arg;
	size_t n = c->len < size ? c->len : size;

	n = n < c->step ? n : c->step;
	memcpy(out, c->data, n);
	c->data += n;
	c->len -= n;
	return (ssize_t)n;
}

/* A copy of just its size, so that reading behind it is found. */
static void read_frame(const struct capturefile_frame *f)
{
	uint8_t *copy = malloc(f->len + 1);
	const uint8_t *at = copy;
	size_t len = f->len;
	struct datagram d;

	memcpy(copy, f->data, f->len);
	copy = realloc(copy, f->len > 0 ? f->len : 1);
	at = copy;
	if (linklayer_open(f->link, &at, &len) == LINKLAYER_IP &&
	    datagram_read(at, len, &d) == DATAGRAM_GOOD) {
		if (d.source.family == 0 || d.destination.family == 0)
			abort();
		if (packetmark_is_syn(&d) && packetmark_answers(&d))
			abort();
		(void)packetmark_find(&d);
	}
	free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct capturefile_frame frame;
	enum capturefile_got got;
	struct capturefile f;
	struct content c;

	if (size == 0)
		return 0;
	c = (struct content){data + 1, size - 1, (size_t)data[0] * 64 + 1};
	capturefile_init(&f, give, &c);
	got = capturefile_begin(&f);
	while (got == CAPTUREFILE_FRAME) {
		got = capturefile_next(&f, &frame);
		if (got == CAPTUREFILE_FRAME)
			read_frame(&frame);
	}
	if (got == CAPTUREFILE_DAMAGED && f.damage == NULL)
		abort();
	capturefile_release(&f);
	return 0;
}
