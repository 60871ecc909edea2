#include <stdlib.h>
#include <string.h>

#include "str.h"
#include "xalloc.h"
#include "digest.h"
#include "identify.h"

/* Python's base64.encodebytes, which Shodan hashes, breaks lines here. */
#define BASE64_LINE 76

static uint32_t rotate(uint32_t x, int n)
{
	return x << n | x >> (32 - n);
}

static uint32_t scramble(uint32_t k)
{
	return rotate(k * 0xcc9e2d51u, 15) * 0x1b873593u;
}

static uint32_t little_endian(const unsigned char *s)
{
	return (uint32_t)s[0] | (uint32_t)s[1] << 8 | (uint32_t)s[2] << 16 |
	       (uint32_t)s[3] << 24;
}

/* MurmurHash3 x86 32-bit with seed 0, by its published description. */
static uint32_t murmur3(const unsigned char *s, size_t len)
{
	uint32_t h = 0, tail = 0;
	size_t whole = len & ~(size_t)3;

	for (size_t i = 0; i < whole; i += 4) {
		h ^= scramble(little_endian(s + i));
		h = rotate(h, 13) * 5 + 0xe6546b64u;
	}
	for (size_t i = len; i > whole; i--)
		tail = tail << 8 | s[i - 1];
	h ^= scramble(tail);
	h ^= (uint32_t)len;
	h = (h ^ h >> 16) * 0x85ebca6bu;
	h = (h ^ h >> 13) * 0xc2b2ae35u;
	return h ^ h >> 16;
}

static int32_t shodan_hash(const void *bytes, size_t len)
{
	char *text = str_base64(bytes, len);
	size_t n = strlen(text), out = 0;
	char *lines = xalloc(n + n / BASE64_LINE + 1);
	uint32_t h;

	for (size_t at = 0; at < n; at += BASE64_LINE) {
		size_t rest = n - at;
		size_t part = rest < BASE64_LINE ? rest : BASE64_LINE;

		memcpy(lines + out, text + at, part);
		out += part;
		lines[out++] = '\n';
	}
	h = murmur3((const unsigned char *)lines, out);
	free(lines);
	free(text);
	return (int32_t)h;
}

void identify_favicon(const void *bytes, size_t len, struct favicon *out)
{
	*out = (struct favicon){.present = len > 0};
	if (len == 0)
		return;
	digest_hex(DIGEST_MD5, bytes, len, 16, out->md5);
	digest_hex(DIGEST_SHA256, bytes, len, 32, out->sha256);
	out->mmh3 = shodan_hash(bytes, len);
}
