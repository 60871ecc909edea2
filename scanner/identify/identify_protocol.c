#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "compiler.h"
#include "str.h"
#include "xalloc.h"
#include "identify.h"

static const struct shape_of_banner {
	const char *start;
	enum protocol protocol;
} starts[] = {
    {"SSH-", PROTOCOL_SSH},
    {"RTSP/1.", PROTOCOL_RTSP},
    {"HTTP/1.", PROTOCOL_HTTP},
    {"RFB 00", PROTOCOL_VNC},
    {"@RSYNCD:", PROTOCOL_RSYNC},
    {"+OK", PROTOCOL_POP3},
    {"* OK", PROTOCOL_IMAP},
    {"* BYE", PROTOCOL_IMAP},
    {"* PREAUTH", PROTOCOL_IMAP},
    {"-DENIED Redis", PROTOCOL_REDIS},
    {"-NOAUTH", PROTOCOL_REDIS},
    {"-ERR unknown command", PROTOCOL_REDIS},
    {"-ERR wrong number of arguments", PROTOCOL_REDIS},
    {"-ERR max number of clients", PROTOCOL_REDIS},
    {"-MISCONF", PROTOCOL_REDIS},
    {"-LOADING", PROTOCOL_REDIS},
};

static bool has_code(const char *s, const char *codes)
{
	for (; *codes != '\0'; codes += 4)
		if (strncmp(s, codes, 3) == 0 &&
		    (s[3] == ' ' || s[3] == '-' || s[3] == '\r'))
			return true;
	return false;
}

/* Greetings with a code (RFC 959, 5321, 3977). */
static enum protocol by_code(const char *s, uint16_t port)
{
	bool mail, ftp;

	if (*s < '0' || *s > '9')
		return PROTOCOL_UNKNOWN;
	mail = port == 25 || port == 587 || strcasestr(s, "SMTP") != NULL ||
	       strcasestr(s, "mail") != NULL ||
	       strcasestr(s, "postfix") != NULL;
	ftp = strcasestr(s, "FTP") != NULL;
	if (has_code(s, "200,201,") && !ftp &&
	    (strcasestr(s, "NNTP") != NULL || strcasestr(s, "news") != NULL ||
	     strcasestr(s, "posting") != NULL))
		return PROTOCOL_NNTP;
	if (has_code(s, "554,"))
		return PROTOCOL_SMTP;
	if (has_code(s, "220,421,"))
		return mail && !ftp ? PROTOCOL_SMTP : PROTOCOL_FTP;
	if (has_code(s, "120,230,500,530,550,"))
		return PROTOCOL_FTP;
	return PROTOCOL_UNKNOWN;
}

/* A prompt that waits for a name or password at the end of the text. */
static bool has_prompt(const char *s)
{
	static const char *const prompts[] = {
	    "login:", "username:",   "password:", "user name:",
	    "user:",  "login name:", "account:",  "passwd:",
	};
	size_t len = strlen(s);

	while (len > 0 &&
	       (s[len - 1] == ' ' || s[len - 1] == '\r' || s[len - 1] == '\n'))
		len--;
	for (size_t i = 0; i < ARRAY_LEN(prompts); i++) {
		size_t n = strlen(prompts[i]);

		if (len >= n && strncasecmp(s + len - n, prompts[i], n) == 0)
			return true;
	}
	return false;
}

/* Protocols whose first bytes are numbers. */
static enum protocol by_bytes(const unsigned char *s, size_t len)
{
	/* IAC WILL, WONT, DO, DONT or SB (RFC 854) */
	if (len >= 2 && s[0] == 0xff && s[1] >= 0xfa && s[1] <= 0xfe)
		return PROTOCOL_TELNET;
	/* PPTP's magic cookie (RFC 2637) */
	if (len >= 8 && memcmp(s + 4, "\x1a\x2b\x3c\x4d", 4) == 0)
		return PROTOCOL_PPTP;
	/* TLS alert */
	if (len >= 7 && s[0] == 0x15 && s[1] == 3 && s[2] <= 4)
		return PROTOCOL_TLS;
	/* OpenFlow HELLO: version 1 to 6, type 0, its own length */
	if (len >= 8 && s[0] >= 1 && s[0] <= 6 && s[1] == 0 &&
	    ((size_t)s[2] << 8 | s[3]) >= 8 &&
	    ((size_t)s[2] << 8 | s[3]) <= len)
		return PROTOCOL_OPENFLOW;
	/* MySQL: length of the packet, number 0, version 10 or an error */
	if (len >= 6 && s[2] == 0 && s[3] == 0 &&
	    (size_t)(s[0] | s[1] << 8) + 4 <= len &&
	    (s[4] == 10 || s[4] == 0xff))
		return PROTOCOL_MYSQL;
	return PROTOCOL_UNKNOWN;
}

enum protocol identify_protocol(const struct blob *banner, uint16_t port)
{
	enum protocol found;
	char *text;

	if (banner->len == 0)
		return PROTOCOL_SILENT;
	found = by_bytes((const unsigned char *)banner->data, banner->len);
	if (found != PROTOCOL_UNKNOWN)
		return found;
	text = xalloc_string_n(banner->data, banner->len);
	for (size_t i = 0; i < banner->len; i++)
		if (text[i] == '\0')
			text[i] = ' ';
	for (size_t i = 0; i < ARRAY_LEN(starts); i++)
		if (str_starts(text, starts[i].start))
			found = starts[i].protocol;
	if (found == PROTOCOL_UNKNOWN)
		found = by_code(text, port);
	/* Options may come after the first words. */
	if (found == PROTOCOL_UNKNOWN &&
	    (has_prompt(text) ||
	     memmem(text, banner->len, "\xff\xfb", 2) != NULL ||
	     memmem(text, banner->len, "\xff\xfd", 2) != NULL))
		found = PROTOCOL_TELNET;
	free(text);
	return found;
}
