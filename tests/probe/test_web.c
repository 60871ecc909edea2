/*
 * What the scanner does with web servers, honest and hostile. Long, because
 * each case carries the whole answer that it plays.
 */
#include "mock.h"

#include <openssl/evp.h>
#include <openssl/core_names.h>
#include <openssl/param_build.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <zlib.h>

static const char page[] = "HTTP/1.1 200 OK\r\nServer: mini\r\n"
			   "Content-Type: text/html\r\nContent-Length: 33\r\n"
			   "\r\n<title>Recorder</title>login here";
static const char icon_answer[] =
    "HTTP/1.1 200 OK\r\nContent-Type: image/x-icon\r\nContent-Length: 4\r\n"
    "\r\n\x01\x02\x03\x04";

/* Answers requests on one connection until the peer goes: the icon with an
 * icon, everything else with text. */
static void serve_site(struct mock *m, int fd, int n, const char *text)
{
	size_t seen = 0;

	while (mock_read(m, fd, n, 20, NULL)) {
		char *request = m->got[n].data, *end;

		if (request == NULL || m->got[n].len == seen)
			continue;
		end = strstr(request + seen, "\r\n\r\n");
		if (end == NULL)
			continue;
		mock_say(fd, strstr(request + seen, "GET /favicon.ico") != NULL
				 ? icon_answer
				 : text);
		seen = (size_t)(end - request) + 4;
	}
}

static void keeps_alive(struct mock *m, int fd, int n)
{
	serve_site(m, fd, n, page);
}

/* As Monit does, which gives its clients half a second. */
static void is_impatient(struct mock *m, int fd, int n)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};

	if (poll(&p, 1, 400) > 0)
		keeps_alive(m, fd, n);
}

static void an_impatient_server_is_asked_at_once_the_second_time(void **state)
{
	int wait = asker.prober.banner_wait_ms;
	struct mock m;

	(void)state;
	mock_start(&m, is_impatient);
	asker.prober.banner_wait_ms = 10000;
	ask(&m, PORT_SEND_HTTP);
	asker.prober.banner_wait_ms = wait;
	assert_int_equal(asker.got.outcome, OUTCOME_ANSWERED);
	assert_string_equal(asker.got.body.data,
			    "<title>Recorder</title>login here");
	assert_int_equal(m.accepted, 2);
	assert_int_equal(m.got[0].len, 0);
	mock_release(&m);
}

static void a_page_and_its_icon_take_one_connection(void **state)
{
	const char *request;
	char *host;
	struct mock m;

	(void)state;
	mock_start(&m, keeps_alive);
	ask(&m, PORT_SEND_HTTP);
	assert_int_equal(asker.got.outcome, OUTCOME_ANSWERED);
	assert_int_equal(asker.got.protocol, PROTOCOL_HTTP);
	assert_int_equal(asker.got.http_status, 200);
	assert_string_equal(asker.got.http_path, "/");
	assert_string_equal(asker.got.body.data,
			    "<title>Recorder</title>login here");
	assert_non_null(strstr(asker.got.http_headers.data, "Server: mini"));
	assert_true(asker.got.favicon.present);
	/* md5sum of 01 02 03 04 */
	assert_string_equal(asker.got.favicon.md5,
			    "08d6c05a21512a79a1dfeb9d2a8f262f");
	assert_int_equal(m.accepted, 1);
	request = buf_text(&m.got[0]);
	host = xalloc_printf("Host: 127.0.0.1:%u\r\n", m.port);
	assert_non_null(strstr(request, "GET / HTTP/1.1\r\n"));
	assert_non_null(strstr(request, host));
	assert_non_null(strstr(request, "User-Agent: martlet/" MARTLET_VERSION
					" (+https://csirt.example/probing; "
					"Example CSIRT)\r\n"));
	assert_non_null(strstr(request, "From: probing@csirt.example\r\n"));
	assert_null(strstr(request, "Cookie:"));
	assert_null(strstr(request, "Authorization:"));
	free(host);
	mock_release(&m);
}

static void closes_each_time(struct mock *m, int fd, int n)
{
	mock_read(m, fd, n, 5000, "\r\n\r\n");
	mock_say(fd, n == 0 ? "HTTP/1.0 200 OK\r\n\r\n<title>x</title>"
			    : "HTTP/1.0 200 OK\r\n\r\nICON");
}

static void a_server_that_closes_gets_a_second_connection(void **state)
{
	struct mock m;

	(void)state;
	mock_start(&m, closes_each_time);
	ask(&m, PORT_SEND_HTTP);
	assert_int_equal(asker.got.outcome, OUTCOME_ANSWERED);
	assert_true(asker.got.favicon.present);
	assert_int_equal(m.accepted, 2);
	assert_non_null(strstr(buf_text(&m.got[1]), "GET /favicon.ico"));
	mock_release(&m);
}

static void redirects(struct mock *m, int fd, int n)
{
	bool first = true;

	while (mock_read(m, fd, n, 5000, "\r\n\r\n") && m->got[n].len > 0) {
		if (strstr(m->got[n].data, "favicon") != NULL)
			mock_say(fd, "HTTP/1.1 404 no\r\nContent-Length: 0"
				     "\r\n\r\n");
		else if (first)
			mock_say(fd, "HTTP/1.1 302 go\r\nLocation: "
				     "/doc/login.asp\r\nSet-Cookie: a=b\r\n"
				     "Content-Length: 0\r\n\r\n");
		else
			mock_say(fd, "HTTP/1.1 200 OK\r\nContent-Length: 5"
				     "\r\n\r\nlogin");
		first = false;
		buf_add(&m->got[7], m->got[n].data, m->got[n].len);
		buf_reset(&m->got[n]);
	}
}

static void one_page_that_the_first_names_is_read(void **state)
{
	struct mock m;

	(void)state;
	mock_start(&m, redirects);
	ask(&m, PORT_SEND_HTTP);
	assert_int_equal(asker.got.outcome, OUTCOME_ANSWERED);
	assert_int_equal(asker.got.http_status, 200);
	assert_string_equal(asker.got.http_path, "/doc/login.asp");
	assert_string_equal(asker.got.body.data, "login");
	assert_false(asker.got.favicon.present);
	assert_int_equal(m.accepted, 1);
	assert_null(strstr(buf_text(&m.got[7]), "Cookie:"));
	mock_release(&m);
}

static void loops(struct mock *m, int fd, int n)
{
	char text[128];

	mock_read(m, fd, n, 5000, "\r\n\r\n");
	snprintf(text, sizeof(text),
		 "HTTP/1.0 302 x\r\nLocation: /loop%d\r\n\r\n", n);
	mock_say(fd, text);
}

static void a_redirect_loop_ends_after_one(void **state)
{
	struct mock m;

	(void)state;
	mock_start(&m, loops);
	ask(&m, PORT_SEND_HTTP);
	assert_int_equal(asker.got.outcome, OUTCOME_ANSWERED);
	assert_int_equal(asker.got.http_status, 302);
	assert_int_equal(m.accepted, 3); /* "/", "/loop0", the icon */
	assert_non_null(strstr(buf_text(&m.got[2]), "GET /favicon.ico"));
	mock_release(&m);
}

static void leads_away(struct mock *m, int fd, int n)
{
	mock_read(m, fd, n, 5000, "\r\n\r\n");
	mock_say(fd, "HTTP/1.0 301 x\r\nLocation: http://192.0.2.1/\r\n\r\n");
}

static void a_redirect_elsewhere_is_not_followed(void **state)
{
	struct mock m;

	(void)state;
	mock_start(&m, leads_away);
	ask(&m, PORT_SEND_HTTP);
	assert_int_equal(asker.got.outcome, OUTCOME_REDIRECT_ELSEWHERE);
	assert_int_equal(asker.got.http_status, 301);
	for (int i = 0; i < m.accepted; i++)
		assert_null(strstr(buf_text(&m.got[i]), "192.0.2.1"));
	mock_release(&m);
}

/* --- hostile answers */

static void endless_headers(struct mock *m, int fd, int n)
{
	mock_read(m, fd, n, 5000, "\r\n\r\n");
	mock_say(fd, "HTTP/1.1 200 OK\r\n");
	while (mock_say(fd, "X-Filler: AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\r\n"))
		;
}

static void endless_header_line(struct mock *m, int fd, int n)
{
	mock_read(m, fd, n, 5000, "\r\n\r\n");
	mock_say(fd, "HTTP/1.1 200 OK\r\nX-Filler: ");
	while (mock_say(fd, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"))
		;
}

static void endless_body(struct mock *m, int fd, int n)
{
	mock_read(m, fd, n, 5000, "\r\n\r\n");
	if (strstr(buf_text(&m->got[n]), "favicon") != NULL)
		return;
	mock_say(fd, "HTTP/1.1 200 OK\r\n\r\n");
	while (mock_say(fd, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"))
		;
}

static void drips_headers(struct mock *m, int fd, int n)
{
	mock_read(m, fd, n, 5000, "\r\n\r\n");
	mock_say(fd, "HTTP/1.1 200 OK\r\nX: ");
	while (mock_say(fd, "z"))
		usleep(100000);
}

static void drips_body(struct mock *m, int fd, int n)
{
	mock_read(m, fd, n, 5000, "\r\n\r\n");
	mock_say(fd, "HTTP/1.1 200 OK\r\n\r\n");
	while (mock_say(fd, "z"))
		usleep(100000);
}

static void promises_too_much(struct mock *m, int fd, int n)
{
	mock_read(m, fd, n, 5000, "\r\n\r\n");
	if (strstr(buf_text(&m->got[n]), "favicon") == NULL)
		mock_say(fd, "HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n"
			     "short");
}

static void promises_too_little(struct mock *m, int fd, int n)
{
	mock_read(m, fd, n, 5000, "\r\n\r\n");
	if (strstr(buf_text(&m->got[n]), "favicon") == NULL)
		mock_say(fd, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"
			     "longer");
}

static void says_nul_and_escape(struct mock *m, int fd, int n)
{
	static const char text[] =
	    "HTTP/1.0 200 OK\r\nServer: \x1b[2J\r\n\r\n<title>a\0b\x1b[31m";

	mock_read(m, fd, n, 5000, "\r\n\r\n");
	if (strstr(buf_text(&m->got[n]), "favicon") == NULL)
		mock_write(fd, text, sizeof(text) - 1);
}

static void resets_after_request(struct mock *m, int fd, int n)
{
	mock_read(m, fd, n, 5000, "\r\n\r\n");
	mock_reset(fd);
}

static void closes_after_request(struct mock *m, int fd, int n)
{
	mock_read(m, fd, n, 5000, "\r\n\r\n");
}

static void resets_in_headers(struct mock *m, int fd, int n)
{
	mock_read(m, fd, n, 5000, "\r\n\r\n");
	mock_say(fd, "HTTP/1.1 200 OK\r\nServer: half");
	usleep(50000);
	mock_reset(fd);
}

static void resets_in_body(struct mock *m, int fd, int n)
{
	mock_read(m, fd, n, 5000, "\r\n\r\n");
	if (strstr(buf_text(&m->got[n]), "favicon") == NULL)
		mock_say(fd, "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nhi");
	usleep(50000);
	mock_reset(fd);
}

static void swallows_the_request(struct mock *m, int fd, int n)
{
	mock_wait_end(m, fd, n);
}

/* 20 MiB of zeros in 20 KiB. */
static void gzip_bomb(struct mock *m, int fd, int n)
{
	static unsigned char zeros[1 << 20], packed[64 << 10];
	z_stream z = {.next_out = packed, .avail_out = sizeof(packed)};

	mock_read(m, fd, n, 5000, "\r\n\r\n");
	if (strstr(buf_text(&m->got[n]), "favicon") != NULL)
		return;
	deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
	for (int i = 0; i < 20; i++) {
		z.next_in = zeros;
		z.avail_in = sizeof(zeros);
		deflate(&z, i == 19 ? Z_FINISH : Z_NO_FLUSH);
	}
	deflateEnd(&z);
	mock_say(fd, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n");
	mock_write(fd, packed, z.total_out);
}

static void hostile_answers_have_their_outcome(void **state)
{
	static const struct {
		void (*serve)(struct mock *m, int fd, int n);
		enum outcome outcome;
		int status;
		size_t body; /* bytes */
	} cases[] = {
	    {endless_headers, OUTCOME_TOO_BIG, 200, 0},
	    {endless_header_line, OUTCOME_TOO_BIG, 200, 0},
	    {endless_body, OUTCOME_TOO_BIG, 200, LIMIT_HTTP_BODY},
	    {gzip_bomb, OUTCOME_TOO_BIG, 200, LIMIT_HTTP_BODY},
	    {drips_headers, OUTCOME_STALLED, 200, 0},
	    {drips_body, OUTCOME_STALLED, 200, 15},
	    {promises_too_much, OUTCOME_ANSWERED, 200, 5},
	    {promises_too_little, OUTCOME_ANSWERED, 200, 2},
	    {says_nul_and_escape, OUTCOME_ANSWERED, 200, 15},
	    {resets_after_request, OUTCOME_RESET, 0, 0},
	    {closes_after_request, OUTCOME_CLOSED, 0, 0},
	    {resets_in_headers, OUTCOME_ANSWERED, 200, 0},
	    {resets_in_body, OUTCOME_ANSWERED, 200, 2},
	    {swallows_the_request, OUTCOME_SILENT, 0, 0},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct mock m;

		mock_start(&m, cases[i].serve);
		ask(&m, PORT_SEND_HTTP);
		if (asker.got.outcome != cases[i].outcome)
			print_message("# case %zu: %s\n", i,
				      outcome_text(asker.got.outcome));
		assert_int_equal(asker.got.outcome, cases[i].outcome);
		assert_int_equal(asker.got.http_status, cases[i].status);
		if (cases[i].outcome == OUTCOME_STALLED)
			assert_true(asker.got.body.len <= cases[i].body);
		else
			assert_int_equal(asker.got.body.len, cases[i].body);
		mock_release(&m);
	}
}

static void answers_like_redis(struct mock *m, int fd, int n)
{
	mock_read(m, fd, n, 5000, "\r\n\r\n");
	mock_say(fd, "-ERR wrong number of arguments for 'get' command\r\n");
}

static void an_answer_that_is_not_http_is_kept(void **state)
{
	struct mock m;

	(void)state;
	mock_start(&m, answers_like_redis);
	ask(&m, PORT_SEND_HTTP);
	assert_int_equal(asker.got.outcome, OUTCOME_ANSWERED);
	assert_int_equal(asker.got.protocol, PROTOCOL_REDIS);
	assert_int_equal(asker.got.http_status, 0);
	assert_non_null(strstr(asker.got.banner.data, "wrong number"));
	assert_int_equal(m.accepted, 1);
	mock_release(&m);
}

static void a_path_from_a_peer_is_escaped(struct mock *m, int fd, int n)
{
	mock_read(m, fd, n, 5000, "\r\n\r\n");
	mock_say(fd, "HTTP/1.0 302 x\r\nLocation: /a b\x80@192.0.2.1\r\n\r\n");
}

static void a_path_brings_no_second_request_line(void **state)
{
	struct mock m;

	(void)state;
	mock_start(&m, a_path_from_a_peer_is_escaped);
	ask(&m, PORT_SEND_HTTP);
	assert_true(m.accepted >= 2);
	assert_int_equal(strncmp(buf_text(&m.got[1]), "GET /", 5), 0);
	assert_null(strstr(buf_text(&m.got[1]), "GET /a b"));
	mock_release(&m);
}

/* --- TLS */

static SSL_CTX *tls_context;

static void wait_for_hello(struct mock *m, int fd, int n)
{
	poll(&(struct pollfd){.fd = fd, .events = POLLIN}, 1, 5000);
	mock_read(m, fd, n, 50, NULL);
}

static void make_certificate(EVP_PKEY *key)
{
	X509 *x = X509_new();
	X509_NAME *name = X509_get_subject_name(x);

	X509_set_version(x, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(x), 4711);
	X509_gmtime_adj(X509_getm_notBefore(x), -86400);
	X509_gmtime_adj(X509_getm_notAfter(x), 86400);
	X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
				   (const unsigned char *)"old-router", -1, -1,
				   0);
	X509_set_issuer_name(x, name);
	X509_set_pubkey(x, key);
	assert_true(X509_sign(x, key, EVP_sha1()) > 0);
	assert_int_equal(SSL_CTX_use_certificate(tls_context, x), 1);
	assert_int_equal(SSL_CTX_use_PrivateKey(tls_context, key), 1);
	X509_free(x);
}

/* An old device: 1024-bit RSA, SHA-1, these versions only. */
static void make_tls(int min, int max)
{
	EVP_PKEY *key = EVP_RSA_gen(1024);

	tls_context = SSL_CTX_new(TLS_server_method());
	SSL_CTX_set_security_level(tls_context, 0);
	SSL_CTX_set_min_proto_version(tls_context, min);
	SSL_CTX_set_max_proto_version(tls_context, max);
	SSL_CTX_set_cipher_list(tls_context, "ALL:@SECLEVEL=0");
	make_certificate(key);
	EVP_PKEY_free(key);
}

static void serves_tls(struct mock *m, int fd, int n)
{
	SSL *ssl = SSL_new(tls_context);
	char bytes[4096];
	int len;

	SSL_set_fd(ssl, fd);
	if (SSL_accept(ssl) == 1) {
		while ((len = SSL_read(ssl, bytes, sizeof(bytes))) > 0) {
			buf_add(&m->got[n], bytes, (size_t)len);
			SSL_write(ssl, page, (int)sizeof(page) - 1);
		}
	}
	if (SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name) != NULL)
		buf_add_string(&m->got[7], "server name was sent");
	SSL_free(ssl);
}

static void every_version_of_tls_is_read(void **state)
{
	static const struct {
		int version;
		const char *text;
	} cases[] = {
	    {TLS1_VERSION, "TLSv1"},
	    {TLS1_1_VERSION, "TLSv1.1"},
	    {TLS1_2_VERSION, "TLSv1.2"},
	    {TLS1_3_VERSION, "TLSv1.3"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct certificate *c = &asker.got.certificate;
		struct mock m;

		make_tls(cases[i].version, cases[i].version);
		mock_start(&m, serves_tls);
		ask(&m, PORT_SEND_TLS);
		assert_int_equal(asker.got.outcome, OUTCOME_ANSWERED);
		assert_int_equal(asker.got.protocol, PROTOCOL_HTTPS);
		assert_string_equal(asker.got.tls_version, cases[i].text);
		assert_non_null(c->subject);
		assert_non_null(strstr(c->subject, "old-router"));
		assert_int_equal(strlen(c->spki_sha256), 64);
		assert_true(c->not_after > c->not_before);
		assert_int_equal(asker.got.http_status, 200);
		assert_non_null(strstr(buf_text(&m.got[0]), "GET / HTTP/1.1"));
		assert_int_equal(m.got[7].len, 0);
		mock_release(&m);
		SSL_CTX_free(tls_context);
	}
}

static void use_dh_of(int bits)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "DH", NULL);
	OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
	BIGNUM *p = BN_new(), *g = BN_new();
	EVP_PKEY *dh = NULL;
	OSSL_PARAM *numbers;

	/* Any odd number costs what a prime costs. */
	BN_rand(p, bits, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ODD);
	BN_set_word(g, 2);
	OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_FFC_P, p);
	OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_FFC_G, g);
	numbers = OSSL_PARAM_BLD_to_param(build);
	assert_int_equal(EVP_PKEY_fromdata_init(ctx), 1);
	assert_int_equal(
	    EVP_PKEY_fromdata(ctx, &dh, EVP_PKEY_KEY_PARAMETERS, numbers), 1);
	assert_int_equal(SSL_CTX_set0_tmp_dh_pkey(tls_context, dh), 1);
	SSL_CTX_set_cipher_list(tls_context, "kDHE:@SECLEVEL=0");
	OSSL_PARAM_free(numbers);
	OSSL_PARAM_BLD_free(build);
	BN_free(p);
	BN_free(g);
	EVP_PKEY_CTX_free(ctx);
}

static int any_strength(const SSL *ssl, const SSL_CTX *ctx, int operation,
			int bits, int nid, void *other, void *arg)
{
	(void)ssl;
	(void)ctx;
	(void)operation;
	(void)bits;
	(void)nid;
	(void)other;
	(void)arg;
	return 1;
}

/* A weak key of an old device is no obstacle; one that would cost the loop a
 * second is. */
static void the_key_exchange_is_bounded(void **state)
{
	static const struct {
		int bits;
		enum outcome outcome;
	} cases[] = {
	    {768, OUTCOME_ANSWERED},
	    {2048, OUTCOME_ANSWERED},
	    {8192, OUTCOME_TLS_FAILED},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct mock m;

		make_tls(TLS1_2_VERSION, TLS1_2_VERSION);
		SSL_CTX_set_security_callback(tls_context, any_strength);
		use_dh_of(cases[i].bits);
		mock_start(&m, serves_tls);
		ask(&m, PORT_SEND_TLS);
		assert_int_equal(asker.got.outcome, cases[i].outcome);
		/* The certificate came before the key. */
		assert_non_null(asker.got.certificate.subject);
		mock_release(&m);
		SSL_CTX_free(tls_context);
	}
}

/* A ServerHello of SSL 3.0 (RFC 6101), as far as its version. */
static void answers_in_ssl3(struct mock *m, int fd, int n)
{
	unsigned char hello[47] = {0x16, 3, 0, 0, 42, 2, 0, 0, 38, 3, 0};

	wait_for_hello(m, fd, n);
	hello[45] = 0x05; /* a cipher suite: RC4-SHA */
	mock_write(fd, hello, sizeof(hello));
	mock_wait_end(m, fd, n);
}

static void alerts_protocol_version(struct mock *m, int fd, int n)
{
	wait_for_hello(m, fd, n);
	mock_write(fd, "\x15\x03\x00\x00\x02\x02\x46", 7);
	mock_wait_end(m, fd, n);
}

static void answers_garbage(struct mock *m, int fd, int n)
{
	wait_for_hello(m, fd, n);
	mock_say(fd, "\x16\x03\x01\x40\x00 this is no handshake, really");
}

static void resets_in_handshake(struct mock *m, int fd, int n)
{
	wait_for_hello(m, fd, n);
	mock_reset(fd);
}

static void closes_in_handshake(struct mock *m, int fd, int n)
{
	wait_for_hello(m, fd, n);
}

/* A Certificate message that says it has 16 MiB. */
static void oversized_certificate(struct mock *m, int fd, int n)
{
	static const unsigned char hello[] = {0x16, 3, 3,  0, 42, 2,
					      0,    0, 38, 3, 3};
	unsigned char first[47] = {0};
	unsigned char second[] = {0x16, 3,    3,    0x40, 0x00, 11,
				  0xff, 0xff, 0xff, 0xff, 0xff, 0xfc};

	wait_for_hello(m, fd, n);
	memcpy(first, hello, sizeof(hello));
	first[45] = 0x2f; /* TLS_RSA_WITH_AES_128_CBC_SHA */
	mock_write(fd, first, sizeof(first));
	mock_write(fd, second, sizeof(second));
	while (mock_say(fd, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"))
		;
}

static void failed_handshakes_have_their_outcome(void **state)
{
	static const struct {
		void (*serve)(struct mock *m, int fd, int n);
		enum outcome outcome;
	} cases[] = {
	    {answers_in_ssl3, OUTCOME_TLS_TOO_OLD},
	    {alerts_protocol_version, OUTCOME_TLS_TOO_OLD},
	    {answers_garbage, OUTCOME_TLS_FAILED},
	    {resets_in_handshake, OUTCOME_TLS_FAILED},
	    {closes_in_handshake, OUTCOME_TLS_FAILED},
	    {oversized_certificate, OUTCOME_TLS_CERTIFICATE_TOO_BIG},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct mock m;

		mock_start(&m, cases[i].serve);
		ask(&m, PORT_SEND_TLS);
		if (asker.got.outcome != cases[i].outcome)
			print_message("# case %zu: %s\n", i,
				      outcome_text(asker.got.outcome));
		assert_int_equal(asker.got.outcome, cases[i].outcome);
		assert_int_equal(m.accepted, 1);
		mock_release(&m);
	}
}

static void wants_tls(struct mock *m, int fd, int n)
{
	if (n > 0) {
		serves_tls(m, fd, n);
		return;
	}
	mock_read(m, fd, n, 5000, "\r\n\r\n");
	mock_say(fd, "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n"
		     "<h1>400</h1>The plain HTTP request was sent to HTTPS "
		     "port");
}

static void alerts_to_plain_http(struct mock *m, int fd, int n)
{
	if (n > 0) {
		serves_tls(m, fd, n);
		return;
	}
	mock_read(m, fd, n, 5000, "\r\n\r\n");
	mock_write(fd, "\x15\x03\x01\x00\x02\x02\x0a", 7);
}

static void an_answer_that_asks_for_tls_gets_a_handshake(void **state)
{
	static void (*const serve[])(struct mock * m, int fd,
				     int n) = {wants_tls, alerts_to_plain_http};

	(void)state;
	make_tls(TLS1_2_VERSION, TLS1_3_VERSION);
	for (size_t i = 0; i < ARRAY_LEN(serve); i++) {
		struct mock m;

		mock_start(&m, serve[i]);
		ask(&m, PORT_SEND_HTTP);
		assert_int_equal(asker.got.outcome, OUTCOME_ANSWERED);
		assert_int_equal(asker.got.protocol, PROTOCOL_HTTPS);
		assert_int_equal(asker.got.http_status, 200);
		assert_non_null(asker.got.certificate.subject);
		assert_int_equal(m.accepted, 2);
		mock_release(&m);
	}
	SSL_CTX_free(tls_context);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    PROBE_TEST(an_impatient_server_is_asked_at_once_the_second_time),
	    PROBE_TEST(a_page_and_its_icon_take_one_connection),
	    PROBE_TEST(a_server_that_closes_gets_a_second_connection),
	    PROBE_TEST(one_page_that_the_first_names_is_read),
	    PROBE_TEST(a_redirect_loop_ends_after_one),
	    PROBE_TEST(a_redirect_elsewhere_is_not_followed),
	    PROBE_TEST(hostile_answers_have_their_outcome),
	    PROBE_TEST(an_answer_that_is_not_http_is_kept),
	    PROBE_TEST(a_path_brings_no_second_request_line),
	    PROBE_TEST(every_version_of_tls_is_read),
	    PROBE_TEST(failed_handshakes_have_their_outcome),
	    PROBE_TEST(the_key_exchange_is_bounded),
	    PROBE_TEST(an_answer_that_asks_for_tls_gets_a_handshake),
	};

	return cmocka_run_group_tests_name("web", tests, NULL, NULL);
}
