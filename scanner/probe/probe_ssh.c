/*
 * SSH: exchanges identifications and reads the server's KEXINIT. Sends the
 * identification line and nothing else; no key exchange, never userauth.
 * Source: RFC 4253 sections 4.2, 6 and 7.1; HASSH (salesforce/hassh): the
 * server's lists as MD5 of "kex;encryption;mac;compression".
 */
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "identify.h"
#include "str.h"
#include "xalloc.h"
#include "probe.h"

enum { SSH_MSG_KEXINIT = 20 };
#define COOKIE_LEN 16
#define PACKET_MAX 35000 /* RFC 4253 section 6.1 */

static int start(struct probe *p)
{
	char *line = xalloc_printf("%s\r\n", p->prober->ssh_identification);
	int rc = probe_say(p, line, strlen(line));

	free(line);
	return rc;
}

static uint32_t number_at(const unsigned char *at)
{
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 |
	       (uint32_t)at[2] << 8 | at[3];
}

/* Where the line "SSH-..." ends, 0 while it is not there. Other lines may
 * come before it. */
static size_t identification_end(const struct buf *in, size_t *begin)
{
	size_t at = 0;

	while (at < in->len) {
		const char *line = in->data + at;
		const char *end = memchr(line, '\n', in->len - at);

		if (end == NULL)
			return 0;
		if (in->len - at > 4 && memcmp(line, "SSH-", 4) == 0) {
			*begin = at;
			return at + (size_t)(end - line) + 1;
		}
		at += (size_t)(end - line) + 1;
	}
	return 0;
}

/* The packet after the identification, when all of it came.
 * Returns 1 and its payload, 0 while bytes are missing, -1 for none. */
static int first_packet(const struct buf *in, const unsigned char **payload,
			size_t *len)
{
	size_t begin, at = identification_end(in, &begin);
	const unsigned char *packet = (const unsigned char *)in->data + at;
	uint32_t packet_length;

	if (at == 0 || in->len - at < 6)
		return 0;
	packet_length = number_at(packet);
	if (packet_length > PACKET_MAX || packet_length < 2u + packet[4])
		return -1;
	if (in->len - at < 4u + packet_length)
		return 0;
	*payload = packet + 5;
	*len = packet_length - 1 - packet[4];
	return 1;
}

static bool more(struct probe *p)
{
	const unsigned char *payload;
	size_t len;

	return first_packet(&p->in, &payload, &len) != 0;
}

/* The MD5 of four of KEXINIT's name-lists, or NULL when it is none. */
static char *hassh(const unsigned char *at, size_t len)
{
	/* kex, host key, enc c2s, enc s2c, mac c2s, mac s2c, comp c2s, s2c */
	static const bool used[8] = {true,  false, false, true,
				     false, true,  false, true};
	unsigned char digest[EVP_MAX_MD_SIZE];
	char text[33], *result = NULL;
	unsigned int size = 0;
	struct buf all;

	if (len < 1 + COOKIE_LEN || at[0] != SSH_MSG_KEXINIT)
		return NULL;
	at += 1 + COOKIE_LEN;
	len -= 1 + COOKIE_LEN;
	buf_init(&all, PACKET_MAX);
	for (int i = 0; i < 8; i++) {
		size_t n;

		if (len < 4 || (n = number_at(at)) > len - 4)
			goto out;
		if (used[i]) {
			if (i > 0)
				buf_add_char(&all, ';');
			buf_add(&all, at + 4, n);
		}
		at += 4 + n;
		len -= 4 + n;
	}
	if (EVP_Digest(buf_text(&all), all.len, digest, &size, EVP_md5(),
		       NULL) == 1 &&
	    size == 16) {
		str_hex(digest, size, text);
		result = xalloc_string(text);
	}
out:
	buf_release(&all);
	return result;
}

static void finish(struct probe *p)
{
	const unsigned char *payload;
	size_t begin = 0, len, end;

	if (p->in.len == 0)
		return;
	end = identification_end(&p->in, &begin);
	/* The binary packets that follow are no text for fingerprints. */
	if (end > 0)
		blob_set(&p->o.banner, p->in.data + begin, end - begin);
	else
		blob_set(&p->o.banner, p->in.data, p->in.len);
	p->o.protocol = identify_protocol(&p->o.banner, p->o.port);
	if (first_packet(&p->in, &payload, &len) == 1)
		p->o.ssh_hassh = hassh(payload, len);
}

const struct talk probe_ssh_talk = {
    .name = "ssh",
    .start = start,
    .more = more,
    .finish = finish,
};
