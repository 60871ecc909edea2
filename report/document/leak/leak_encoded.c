#include <ctype.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "xalloc.h"
#include "leak_encoded.h"

/* "1.1.1.1" is ten characters of base64 without padding and 14 of
 * hexadecimal; nothing shorter holds an address. */
#define BASE64_MIN 10
#define HEX_MIN 14

/* The value of a character of either alphabet, or -1. */
static int base64_value(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == '+' || c == '-')
		return 62;
	return c == '/' || c == '_' ? 63 : -1;
}

static int hex_value(char c)
{
	return c <= '9' ? c - '0' : tolower((unsigned char)c) - 'a' + 10;
}

/* Decodes digits of some bits each; returns the bytes that are whole. */
static size_t decode(const char *word, size_t len, int bits, char *out)
{
	uint32_t held = 0;
	size_t made = 0;
	int count = 0;

	for (size_t i = 0; i < len; i++) {
		int value =
		    bits == 6 ? base64_value(word[i]) : hex_value(word[i]);

		held = (held << bits | (uint32_t)value) & 0xffff;
		count += bits;
		if (count < 8)
			continue;
		count -= 8;
		out[made++] = (char)(held >> count & 0xff);
	}
	return made;
}

static bool is_text(const char *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!isprint((unsigned char)bytes[i]) &&
		    !isspace((unsigned char)bytes[i]))
			return false;
	return len > 0;
}

static void note_hit(void *arg, const char *kind, size_t at, size_t len)
{
	bool *hit = arg;

	(void)kind;
	(void)at;
	(void)len;
	*hit = true;
}

static bool holds_address(const char *word, size_t len, int bits)
{
	char *bytes = xalloc(len + 1);
	size_t made = decode(word, len, bits, bytes);
	bool hit = false;

	if (is_text(bytes, made)) {
		struct plain inner;

		plain_read(bytes, made, false, &inner);
		leak_address_scan(&inner, note_hit, &hit);
		plain_release(&inner);
	}
	free(bytes);
	return hit;
}

void leak_encoded_scan(const struct plain *p, leak_address_found *found,
		       void *arg)
{
	for (size_t i = 0, len; i < p->len; i += len + 1) {
		const char *word = p->text + i;
		bool hex = true;

		for (len = 0; base64_value(word[len]) >= 0; len++)
			hex = hex && isxdigit((unsigned char)word[len]);
		if (hex && len >= HEX_MIN && holds_address(word, len, 4))
			found(arg, "address in hexadecimal text", i, len);
		else if (len >= BASE64_MIN && holds_address(word, len, 6))
			found(arg, "address in base64", i, len);
	}
}
