#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "buf.h"
#include "compiler.h"
#include "peer_limits.h"
#include "str.h"
#include "xalloc.h"
#include "evidence.h"
#include "httphead.h"
#include "identify.h"

/* Instances of one key: cookies, lines of a greeting. */
#define INSTANCES_MAX 20

/* What a pattern sees of a banner: no options of telnet, no NUL. */
static char *plain_banner(const struct blob *banner)
{
	const unsigned char *s = (const unsigned char *)banner->data;
	struct buf out;

	buf_init(&out, LIMIT_BANNER);
	for (size_t i = 0; i < banner->len; i++) {
		if (s[i] == 0xff && i + 1 < banner->len) {
			unsigned char command = s[++i];

			if (command == 0xff) {
				buf_add_char(&out, (char)0xff);
			} else if (command == 0xfa) {
				/* to the end of the subnegotiation */
				while (i + 1 < banner->len &&
				       !(s[i] == 0xff && s[i + 1] == 0xf0))
					i++;
				i++;
			} else if (command >= 0xfb) {
				i++;
			}
		} else if (s[i] != '\0') {
			buf_add_char(&out, (char)s[i]);
		}
	}
	return buf_detach(&out);
}

static char *trimmed(char *text)
{
	char *kept = xalloc_string(str_trim(text));

	free(text);
	return kept;
}

static char *copy_at(const char *text, int n)
{
	return n == 0 && text != NULL && *text != '\0' ? xalloc_string(text)
						       : NULL;
}

/* The n-th line of a list. */
static char *line_at(const char *text, int n)
{
	while (text != NULL && n-- > 0) {
		text = strchr(text, '\n');
		text = text != NULL ? text + 1 : NULL;
	}
	return text == NULL || *text == '\0'
		   ? NULL
		   : xalloc_string_n(text, strcspn(text, "\r\n"));
}

static char *read_title(const struct observation *o, int n)
{
	return copy_at(o->title, n);
}

static char *read_form(const struct observation *o, int n)
{
	return line_at(o->forms, n);
}

static char *read_path(const struct observation *o, int n)
{
	return o->http_status > 0 ? copy_at(o->http_path, n) : NULL;
}

static char *read_generator(const struct observation *o, int n)
{
	return copy_at(o->generator, n);
}

static char *read_class(const struct observation *o, int n)
{
	return copy_at(o->page_class, n);
}

static char *read_md5(const struct observation *o, int n)
{
	return o->favicon.present ? copy_at(o->favicon.md5, n) : NULL;
}

static char *read_sha256(const struct observation *o, int n)
{
	return o->favicon.present ? copy_at(o->favicon.sha256, n) : NULL;
}

static char *read_mmh3(const struct observation *o, int n)
{
	return o->favicon.present && n == 0
		   ? xalloc_printf("%ld", (long)o->favicon.mmh3)
		   : NULL;
}

static bool is_rtsp(const struct observation *o)
{
	return o->protocol == PROTOCOL_RTSP ||
	       (o->banner.len > 5 && memcmp(o->banner.data, "RTSP/", 5) == 0);
}

static const struct blob *header_block(const struct observation *o)
{
	return o->http_headers.len == 0 ? &o->banner : &o->http_headers;
}

static char *header_at(const struct observation *o, bool rtsp, const char *name,
		       int n)
{
	if (is_rtsp(o) != rtsp)
		return NULL;
	return httphead_value(rtsp ? header_block(o) : &o->http_headers, name,
			      n);
}

static char *read_server(const struct observation *o, int n)
{
	return header_at(o, false, "Server", n);
}

static char *read_challenge(const struct observation *o, int n)
{
	return header_at(o, false, "WWW-Authenticate", n);
}

static char *read_cookie(const struct observation *o, int n)
{
	return header_at(o, false, "Set-Cookie", n);
}

static char *read_powered(const struct observation *o, int n)
{
	return header_at(o, false, "X-Powered-By", n);
}

/* Fields that have a key of their own, or that every server sends. */
static bool is_common_field(const char *line)
{
	static const char *const names[] = {
	    "Server:", "Set-Cookie:", "WWW-Authenticate:", "X-Powered-By:",
	    "Date:",   "Content-",    "Connection:",       "Cache-Control:",
	    "ETag:",   "Expires:",    "Last-Modified:",    "Location:",
	};

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (strncasecmp(line, names[i], strlen(names[i])) == 0)
			return true;
	return false;
}

/* The n-th other field, as NAME: VALUE. */
static char *read_field(const struct observation *o, int n)
{
	char *text, *rest, *line, *found = NULL;

	if (is_rtsp(o) || o->http_headers.len == 0)
		return NULL;
	rest = text =
	    xalloc_string_n(o->http_headers.data, o->http_headers.len);
	while (found == NULL && (line = strsep(&rest, "\n")) != NULL) {
		line[strcspn(line, "\r")] = '\0';
		if (strchr(line, ':') == NULL || str_starts(line, "HTTP/") ||
		    is_common_field(line))
			continue;
		if (n-- == 0)
			found = xalloc_string(line);
	}
	free(text);
	return found;
}

static char *read_rtsp_server(const struct observation *o, int n)
{
	return header_at(o, true, "Server", n);
}

static char *read_rtsp_challenge(const struct observation *o, int n)
{
	return header_at(o, true, "WWW-Authenticate", n);
}

static char *read_subject(const struct observation *o, int n)
{
	return copy_at(o->certificate.subject, n);
}

static char *read_issuer(const struct observation *o, int n)
{
	return copy_at(o->certificate.issuer, n);
}

static bool says(const struct observation *o, enum protocol p)
{
	return identify_protocol(&o->banner, o->port) == p;
}

/* SSH-2.0-OpenSSH_9.2p1 Debian-2: what follows the second hyphen. */
static char *read_ssh(const struct observation *o, int n)
{
	char *line, *at, *text = NULL;

	if (n > 0 || !says(o, PROTOCOL_SSH))
		return NULL;
	line = xalloc_string_n(o->banner.data, strcspn(o->banner.data, "\r\n"));
	at = strchr(line + strlen("SSH-"), '-');
	if (at != NULL)
		text = xalloc_string(at + 1);
	free(line);
	return text;
}

/* A greeting without its code: first all lines, then each. */
static char *greeting(const struct observation *o, enum protocol p, int n)
{
	char *text, *rest, *line;
	struct buf out;
	int lines = 0;

	if (!says(o, p))
		return NULL;
	rest = text = plain_banner(&o->banner);
	buf_init(&out, LIMIT_BANNER);
	while ((line = strsep(&rest, "\n")) != NULL) {
		line[strcspn(line, "\r")] = '\0';
		if (strspn(line, "0123456789") == 3 &&
		    (line[3] == ' ' || line[3] == '-'))
			line += 4;
		if (*line == '\0')
			continue;
		lines++;
		if (n != 0 && n != lines)
			continue;
		if (out.len > 0)
			buf_add_char(&out, '\n');
		buf_add_string(&out, line);
	}
	free(text);
	if (out.len == 0 || (n > 0 && lines < 2)) {
		buf_release(&out);
		return NULL;
	}
	return trimmed(buf_detach(&out));
}

static char *read_ftp(const struct observation *o, int n)
{
	return greeting(o, PROTOCOL_FTP, n);
}

static char *read_smtp(const struct observation *o, int n)
{
	return greeting(o, PROTOCOL_SMTP, n);
}

static char *read_nntp(const struct observation *o, int n)
{
	return greeting(o, PROTOCOL_NNTP, n);
}

/* The first line without the words before it. */
static char *after(const struct observation *o, enum protocol p,
		   const char *words, int n)
{
	char *text, *line, *kept;

	if (n > 0 || !says(o, p))
		return NULL;
	text = plain_banner(&o->banner);
	text[strcspn(text, "\r\n")] = '\0';
	line = str_starts(text, words) ? text + strlen(words) : text;
	kept = xalloc_string(str_trim(line));
	free(text);
	return kept;
}

static char *read_pop3(const struct observation *o, int n)
{
	return after(o, PROTOCOL_POP3, "+OK", n);
}

static char *read_imap(const struct observation *o, int n)
{
	return after(o, PROTOCOL_IMAP, "* OK", n);
}

static char *read_vnc(const struct observation *o, int n)
{
	return after(o, PROTOCOL_VNC, "", n);
}

static char *read_rsync(const struct observation *o, int n)
{
	return after(o, PROTOCOL_RSYNC, "@RSYNCD:", n);
}

/* Redis speaks when spoken to: what it says to words it does not know. */
static char *read_redis(const struct observation *o, int n)
{
	const struct blob *said = o->banner.len > 0 ? &o->banner : &o->body;

	if (n > 0 || o->http_status > 0 ||
	    identify_protocol(said, o->port) != PROTOCOL_REDIS)
		return NULL;
	return trimmed(plain_banner(said));
}

static char *read_telnet(const struct observation *o, int n)
{
	return n == 0 && says(o, PROTOCOL_TELNET)
		   ? trimmed(plain_banner(&o->banner))
		   : NULL;
}

/* The version is a text from the sixth byte on. */
static char *read_mysql(const struct observation *o, int n)
{
	const char *s = o->banner.data;

	if (n > 0 || !says(o, PROTOCOL_MYSQL) || s[4] != 10)
		return NULL;
	return xalloc_string(s + 5);
}

/* VERSION NUMBER of OpenFlow's greeting, in hexadecimal: those that greet
 * are controllers. */
static char *read_openflow(const struct observation *o, int n)
{
	const unsigned char *s = (const unsigned char *)o->banner.data;

	if (n > 0 || !says(o, PROTOCOL_OPENFLOW))
		return NULL;
	return xalloc_printf("%x %02x%02x%02x%02x", s[0], s[4], s[5], s[6],
			     s[7]);
}

/* What it says to those that it refuses: after a code of two bytes, and in
 * newer versions "#" and a state of five. */
static char *read_mysql_error(const struct observation *o, int n)
{
	const char *s = o->banner.data;
	size_t at = 7;

	if (n > 0 || !says(o, PROTOCOL_MYSQL) || (unsigned char)s[4] != 0xff)
		return NULL;
	if (o->banner.len > at + 6 && s[at] == '#')
		at += 6;
	return o->banner.len > at
		   ? xalloc_string_n(s + at,
				     strnlen(s + at, o->banner.len - at))
		   : NULL;
}

/* A field of 64 bytes of the reply to PPTP's start request (RFC 2637
 * section 2.2). The blob ends in NUL. */
static char *pptp_field(const struct observation *o, size_t at)
{
	return trimmed(xalloc_string_n(o->banner.data + at,
				       strnlen(o->banner.data + at, 64)));
}

/* VENDOR/HOST: the vendor makes sense of a host name that is a model. */
static char *read_pptp(const struct observation *o, int n)
{
	char *vendor, *host, *text;

	if (n > 0 || !says(o, PROTOCOL_PPTP) || o->banner.len < 92 + 64)
		return NULL;
	vendor = pptp_field(o, 92);
	host = pptp_field(o, 28);
	text = xalloc_printf("%s/%s", vendor, host);
	free(vendor);
	free(host);
	return text;
}

/*
 * The table: what a device's own page, name or certificate says comes before
 * what the software says that many devices share. The order is the rank.
 *
 * Of Recog's other keys: nobody is asked for those of SNMP, DNS, NTP, LDAP,
 * SMB, SIP, mDNS, DHCP, X11, RSH, PJL, H.323 and JARM, nor for further words
 * of SMTP; apache_os, apache_modules, operating_system and architecture say
 * what a server runs on, not what it is.
 */
static const struct {
	const char *key;
	char *(*read)(const struct observation *o, int n);
} keys[] = {
    {"html_title", read_title},
    {"pptp.reply", read_pptp},
    {"http_header.wwwauth", read_challenge},
    {"page_class", read_class},
    {"html_form", read_form},
    {"http_path", read_path},
    {"favicon.sha256", read_sha256},
    {"favicon.md5", read_md5},
    {"favicon.mmh3", read_mmh3},
    {"telnet_banners", read_telnet},
    {"ftp.banner", read_ftp},
    {"ssh.banner", read_ssh},
    {"rtsp_header.server", read_rtsp_server},
    {"rtsp_header.wwwauth", read_rtsp_challenge},
    {"http_header.server", read_server},
    {"http_header.cookie", read_cookie},
    {"http_header.field", read_field},
    {"html_generator", read_generator},
    {"smtp.banner", read_smtp},
    {"pop3.banner", read_pop3},
    {"imap4.banner", read_imap},
    {"nntp.banner", read_nntp},
    {"mysql.banners", read_mysql},
    {"mysql.error", read_mysql_error},
    {"redis.banner", read_redis},
    {"vnc.banner", read_vnc},
    {"rsync.banner", read_rsync},
    {"openflow.hello", read_openflow},
    {"http_header.x-powered-by", read_powered},
    {"x509.subject", read_subject},
    {"x509.issuer", read_issuer},
};

static void add(struct evidence_list *e, struct evidence one)
{
	xalloc_room((void **)&e->list, &e->cap, e->count, sizeof(one));
	e->list[e->count++] = one;
}

/* Meta elements are not kept with an observation: they follow from its
 * body. */
static void add_metas(struct evidence_list *e, const char *metas)
{
	char *line;

	for (int n = 0; n < INSTANCES_MAX; n++) {
		line = line_at(metas, n);
		if (line == NULL)
			break;
		add(e, (struct evidence){"html_meta", (int)ARRAY_LEN(keys),
					 line, strlen(line), LIMIT_SUBJECT});
	}
}

/* Login pages are mostly shorter than what is matched of a page; patterns
 * that look at all of it slow down with its length. */
size_t evidence_cap(const char *key)
{
	return strcmp(key, "body") == 0 ? EVIDENCE_CAP : LIMIT_SUBJECT;
}

void evidence_collect(const struct observation *o, const char *metas,
		      struct evidence_list *out)
{
	*out = (struct evidence_list){0};
	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		for (int n = 0; n < INSTANCES_MAX; n++) {
			char *text = keys[i].read(o, n);

			if (text == NULL)
				break;
			add(out,
			    (struct evidence){keys[i].key, (int)i, text,
					      strlen(text), LIMIT_SUBJECT});
		}
	}
	add_metas(out, metas);
	if (o->body.len > 0)
		add(out, (struct evidence){
			     "body", (int)ARRAY_LEN(keys) + 1,
			     xalloc_string_n(o->body.data, o->body.len),
			     o->body.len, EVIDENCE_CAP});
}

void evidence_release(struct evidence_list *e)
{
	for (size_t i = 0; i < e->count; i++)
		free(e->list[i].text);
	free(e->list);
	*e = (struct evidence_list){0};
}
