/*
 * Telnet: refuses every option, so that the server goes on to its prompt.
 * Sends IAC WONT and IAC DONT and nothing else.
 * Source: RFC 854, RFC 855, RFC 1143.
 */
#include "identify.h"
#include "probe.h"

enum {
	IAC = 255,
	DONT = 254,
	DO = 253,
	WONT = 252,
	WILL = 251,
	SB = 250,
	SE = 240
};

/* Servers offer at most a few dozen options; one that goes on is not
 * answered for ever. */
#define REFUSALS_MAX 64

/* Length of the command at data (IAC), 0 while it is not whole. */
static size_t command_length(const unsigned char *data, size_t len)
{
	if (len < 2)
		return 0;
	if (data[1] >= WILL && data[1] <= DONT)
		return len < 3 ? 0 : 3;
	if (data[1] != SB)
		return 2;
	for (size_t i = 2; i + 1 < len; i++)
		if (data[i] == IAC && data[i + 1] == SE)
			return i + 2;
	return 0;
}

/* Answers what came since the last time; p->heard is how far we read. */
static bool more(struct probe *p)
{
	const unsigned char *data = (const unsigned char *)p->in.data;
	unsigned char answer[3 * REFUSALS_MAX];
	size_t said = 0, len;

	while (p->heard < p->in.len) {
		const unsigned char *at = data + p->heard;

		len = 1;
		if (*at == IAC) {
			len = command_length(at, p->in.len - p->heard);
			if (len == 0)
				break;
		}
		if (len == 3 && (at[1] == DO || at[1] == WILL) &&
		    said + 3 <= sizeof(answer)) {
			answer[said++] = IAC;
			answer[said++] = at[1] == DO ? WONT : DONT;
			answer[said++] = at[2];
		}
		p->heard += len;
	}
	/* Whether the peer took it shows in what comes next. */
	return said > 0 && probe_say(p, answer, said) < 0;
}

static void finish(struct probe *p)
{
	if (p->in.len == 0)
		return;
	blob_set(&p->o.banner, p->in.data, p->in.len);
	p->o.protocol = identify_protocol(&p->o.banner, p->o.port);
}

const struct talk probe_telnet_talk = {
    .name = "telnet",
    /* Prompts come after the answer to the options: a round trip and the
     * start of a login program. */
    .quiet_ms = 1000,
    .more = more,
    .finish = finish,
};
