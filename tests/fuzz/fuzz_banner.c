/*
 * What a stranger says first, to each conversation, and what it is named.
 */
#include <stdint.h>
#include <string.h>

#include "identify.h"
#include "peer_limits.h"
#include "probe.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* @step: bytes that come at a time. */
static void hear(const struct talk *talk, const uint8_t *data, size_t size,
		 size_t step)
{
	static struct fingerprints *own;
	struct connection connection = {.fd = -1};
	struct probe p = {.connection = &connection};

	if (own == NULL)
		own = fingerprints_load(NULL);
	observation_init(&p.o);
	buf_init(&p.in, LIMIT_BANNER);
	for (size_t at = 0; at < size; at += step) {
		size_t n = size - at < step ? size - at : step;

		buf_add(&p.in, data + at, n);
		if (talk->more(&p) || p.in.too_big)
			break;
	}
	talk->finish(&p);
	identify_observation(own, &p.o, NULL);
	buf_release(&p.in);
	observation_release(&p.o);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct talk *const talks[] = {
	    &probe_banner_talk, &probe_telnet_talk, &probe_ssh_talk,
	    &probe_rtsp_talk, &probe_pptp_talk};
	size_t which = size > 0 ? data[0] % 5 : 0;

	if (size > 0)
		hear(talks[which], data + 1, size - 1, 1 + data[0] / 5);
	return 0;
}
