#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compiler.h"
#include "evidence.h"
#include "identify.h"
#include "peer_limits.h"
#include "recog.h"
#include "str.h"
#include "webpage.h"
#include "xalloc.h"

/* The n-th text of a key; NULL: there is none. */
static const struct evidence *find(const struct evidence_list *e,
				   const char *key, int n)
{
	for (size_t i = 0; i < e->count; i++)
		if (strcmp(e->list[i].key, key) == 0 && n-- == 0)
			return &e->list[i];
	return NULL;
}

struct banner {
	const char *bytes;
	size_t len;
	const char *key;
	const char *texts[4]; /* all of that key; NULL: the end */
};
#define BANNER(s) s, sizeof(s) - 1

static void check(const struct observation *o, const char *key,
		  const char *const texts[4])
{
	struct evidence_list e;
	int n = 0;

	evidence_collect(o, NULL, &e);
	for (; n < 4 && texts[n] != NULL; n++) {
		const struct evidence *got = find(&e, key, n);

		assert_non_null(got);
		assert_string_equal(got->text, texts[n]);
		assert_int_equal(got->cap, evidence_cap(key));
	}
	assert_null(find(&e, key, n));
	evidence_release(&e);
}

static void banners_become_what_recog_expects(void **state)
{
	static const struct banner cases[] = {
	    {BANNER("SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3\r\n"),
	     "ssh.banner",
	     {"OpenSSH_9.2p1 Debian-2+deb12u3"}},
	    {BANNER("SSH-1.99-Cisco-1.25\n\0\0\x01\x02"),
	     "ssh.banner",
	     {"Cisco-1.25"}},
	    {BANNER("SSH-2.0-dropbear"), "ssh.banner", {"dropbear"}},
	    {BANNER("SSH-2.0"), "ssh.banner", {NULL}},
	    {BANNER("220 (vsFTPd 3.0.3)\r\n"),
	     "ftp.banner",
	     {"(vsFTPd 3.0.3)"}},
	    {BANNER("220-FileZilla Server 1.2\r\n220-hello\r\n220 bye\r\n"),
	     "ftp.banner",
	     {"FileZilla Server 1.2\nhello\nbye", "FileZilla Server 1.2",
	      "hello", "bye"}},
	    {BANNER("220 \r\n"), "ftp.banner", {NULL}},
	    {BANNER("421 Service not available\r\n"),
	     "ftp.banner",
	     {"Service not available"}},
	    {BANNER("220 mail.example ESMTP Postfix (Debian/GNU)\r\n"),
	     "smtp.banner",
	     {"mail.example ESMTP Postfix (Debian/GNU)"}},
	    {BANNER("220-a SMTP Exim 4\r\n220 no spam\r\n"),
	     "smtp.banner",
	     {"a SMTP Exim 4\nno spam", "a SMTP Exim 4", "no spam"}},
	    {BANNER(
		 "200 news.example InterNetNews NNRP ready (posting ok)\r\n"),
	     "nntp.banner",
	     {"news.example InterNetNews NNRP ready (posting ok)"}},
	    {BANNER("+OK Dovecot ready.\r\n"),
	     "pop3.banner",
	     {"Dovecot ready."}},
	    {BANNER("+OK\r\n"), "pop3.banner", {""}},
	    {BANNER("* OK [CAPABILITY IMAP4rev1] Dovecot ready.\r\n"),
	     "imap4.banner",
	     {"[CAPABILITY IMAP4rev1] Dovecot ready."}},
	    {BANNER("\xff\xfb\x01\xff\xfd\x18\r\n\r\n  Welcome to\r\n"
		    "router \r\nlogin: "),
	     "telnet_banners",
	     {"Welcome to\r\nrouter \r\nlogin:"}},
	    {BANNER("\xff\xfa\x18\x01\xff\xf0\xff\xff user\0name\r\nlogin:"),
	     "telnet_banners",
	     {"\xff username\r\nlogin:"}},
	    {BANNER("\x4a\0\0\0\x0a"
		    "8.0.36-0ubuntu\0xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
		    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"),
	     "mysql.banners",
	     {"8.0.36-0ubuntu"}},
	    {BANNER("\x42\0\0\0\xff\x6a\x04"
		    "Host '192.0.2.1' is not allowed to connect to this "
		    "MySQL server"),
	     "mysql.error",
	     {"Host '192.0.2.1' is not allowed to connect to this MySQL "
	      "server"}},
	    {BANNER("\x1b\0\0\0\xff\x10\x04#08004Too many connections"),
	     "mysql.error",
	     {"Too many connections"}},
	    {BANNER("\x03\0\0\0\xff\x6a\x04"), "mysql.error", {NULL}},
	    {BANNER("RFB 003.008\n"), "vnc.banner", {"RFB 003.008"}},
	    {BANNER("@RSYNCD: 31.0\n"), "rsync.banner", {"31.0"}},
	    {BANNER("-NOAUTH Authentication required.\r\n"),
	     "redis.banner",
	     {"-NOAUTH Authentication required."}},
	    {BANNER(
		 "RTSP/1.0 200 OK\r\nCSeq: 1\r\nServer: Hipcam RealServer\r\n"
		 "WWW-Authenticate: Digest realm=\"x\"\r\n\r\n"),
	     "rtsp_header.server",
	     {"Hipcam RealServer"}},
	    {BANNER("RTSP/1.0 401 no\r\nWWW-Authenticate: Basic realm=\"x\"\r\n"
		    "WWW-Authenticate: Digest realm=\"y\"\r\n\r\n"),
	     "rtsp_header.wwwauth",
	     {"Basic realm=\"x\"", "Digest realm=\"y\""}},
	    {BANNER("RTSP/1.0 200 OK\r\nServer: x\r\n\r\n"),
	     "http_header.server",
	     {NULL}},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct observation o;

		observation_init(&o);
		blob_set(&o.banner, cases[i].bytes, cases[i].len);
		check(&o, cases[i].key, cases[i].texts);
		observation_release(&o);
	}
}

static void pages_become_what_recog_expects(void **state)
{
	static const char headers[] =
	    "HTTP/1.1 200 OK\r\nserver:  nginx/1.22.1 \r\n"
	    "Set-Cookie: JSESSIONID=1; Path=/\r\nSet-Cookie: b=2\r\n"
	    "X-Powered-By: PHP/8.2.14\r\nX-Powered-By: Express\r\n"
	    "WWW-Authenticate: Basic\r\n realm=\"folded\"\r\n\r\n";
	static const char body[] =
	    "<html><head><title>\n A &amp; B &#x2014;  Caf&eacute;\n</title>"
	    "<meta name=\"Generator\" content=\"Drupal 10\"></head><body>"
	    "<form action=\"/login.cgi\"><input name=\"user\"></form></body>";
	static const struct {
		const char *key;
		const char *texts[4];
	} cases[] = {
	    {"html_title", {"A & B \xe2\x80\x94 Caf\xc3\xa9"}},
	    {"html_generator", {"Drupal 10"}},
	    {"html_form", {"GET /login.cgi: user"}},
	    {"http_path", {"/index.html"}},
	    {"http_header.server", {"nginx/1.22.1"}},
	    {"http_header.cookie", {"JSESSIONID=1; Path=/", "b=2"}},
	    {"http_header.x-powered-by", {"PHP/8.2.14", "Express"}},
	    {"http_header.wwwauth", {"Basic realm=\"folded\""}},
	    {"favicon.md5", {"0cc175b9c0f1b6a831c399e269772661"}},
	    {"favicon.sha256",
	     {"ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48"
	      "bb"}},
	    {"favicon.mmh3", {"-316242180"}},
	    {"x509.subject", {"CN=x,O=y"}},
	    {"x509.issuer", {"CN=ca"}},
	    {"body", {body}},
	    {"rtsp_header.server", {NULL}},
	    {"ftp.banner", {NULL}},
	};
	struct observation o;

	(void)state;
	observation_init(&o);
	o.protocol = PROTOCOL_HTTP;
	o.http_status = 200;
	o.http_path = xalloc_string("/index.html");
	o.certificate.subject = xalloc_string("CN=x,O=y");
	o.certificate.issuer = xalloc_string("CN=ca");
	identify_favicon("a", 1, &o.favicon);
	blob_set(&o.http_headers, headers, strlen(headers));
	blob_set(&o.body, body, strlen(body));
	identify_observation(NULL, &o, NULL);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		check(&o, cases[i].key, cases[i].texts);
	observation_release(&o);
}

/* What was not seen is no evidence. */
static void nothing_gives_nothing(void **state)
{
	struct evidence_list e;
	struct observation o;

	(void)state;
	observation_init(&o);
	evidence_collect(&o, NULL, &e);
	assert_int_equal(e.count, 0);
	evidence_release(&e);
	observation_release(&o);
}

/* Texts of Recog's examples as a peer would send them. */
static void dress(const char *file, const struct recog_example *e,
		  struct observation *o)
{
	struct buf b;

	buf_init(&b, BUF_NO_LIMIT);
	if (strcmp(file, "ssh_banners") == 0)
		buf_printf(&b, "SSH-2.0-%s\r\n", e->text);
	else if (strcmp(file, "pop_banners") == 0)
		buf_printf(&b, "+OK %s\r\n", e->text);
	else if (strcmp(file, "imap_banners") == 0)
		buf_printf(&b, "* OK %s\r\n", e->text);
	else if (strcmp(file, "telnet_banners") == 0)
		buf_printf(&b, "\xff\xfb\x01\r\n%s ", e->text);
	else
		buf_printf(&b, "220 %s\r\n", e->text);
	blob_set(&o->banner, b.data, b.len);
	buf_release(&b);
	o->port = strcmp(file, "smtp_banners") == 0 ? 25 : 21;
}

static bool is_found(const struct observation *o, const char *key,
		     const char *text)
{
	struct evidence_list e;
	const struct evidence *one;
	bool found = false;

	char *copy = xalloc_string(text);
	const char *wanted = str_trim(copy);

	evidence_collect(o, NULL, &e);
	for (int n = 0; !found && (one = find(&e, key, n)) != NULL; n++)
		found = strcmp(one->text, wanted) == 0 ||
			strcmp(one->text, text) == 0;
	free(copy);
	evidence_release(&e);
	return found;
}

static void recogs_examples_arrive_at_their_key(void **state)
{
	static const char *const names[] = {"ssh_banners",  "ftp_banners",
					    "smtp_banners", "pop_banners",
					    "imap_banners", "telnet_banners"};
	size_t tried = 0, lost = 0;

	(void)state;
	if (access("../shared/data/recog/xml", R_OK) != 0) {
		fprintf(stderr, "SKIP: no ../shared/data/recog/xml\n");
		skip();
	}
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		char *path =
		    xalloc_printf("../shared/data/recog/xml/%s.xml", names[i]);
		struct recog_file *f = recog_load(path, true);
		bool telnet = strcmp(names[i], "telnet_banners") == 0;

		assert_non_null(f);
		for (size_t j = 0; j < f->count; j++)
			for (size_t k = 0; k < f->list[j].example_count; k++) {
				const struct recog_example *e =
				    &f->list[j].examples[k];
				struct observation o;

				if (strlen(e->text) != e->len ||
				    (!telnet && strpbrk(e->text, "\r\n")))
					continue;
				observation_init(&o);
				dress(names[i], e, &o);
				tried++;
				if (!is_found(&o, f->key, e->text)) {
					lost++;
					fprintf(stderr, "%s:%d %.*s\n",
						names[i], e->line, 100,
						e->text);
				}
				observation_release(&o);
			}
		recog_free(f);
		free(path);
	}
	assert_true(tried > 900);
	assert_int_equal(lost, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(banners_become_what_recog_expects),
	    cmocka_unit_test(pages_become_what_recog_expects),
	    cmocka_unit_test(nothing_gives_nothing),
	    cmocka_unit_test(recogs_examples_arrive_at_their_key),
	};

	return cmocka_run_group_tests_name("evidence_keys", tests, NULL, NULL);
}
