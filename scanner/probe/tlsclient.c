#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "tlsclient.h"

/* OpenSSL's own limit for a chain, said here since an outcome hangs on it. */
#define CHAIN_MAX (100l << 10)

#define DH_BITS_MAX 4096

/* Of one connection; an honest handshake has up to ten, and one more for each
 * ticket, new keys or renegotiation. */
#define MESSAGES_MAX 60

/* The real time, also where MARTLET_NOW stops ours: the peer's runs on. */
static void keep_greeting(struct tlsclient *t, const SSL *ssl)
{
	unsigned char random[SSL3_RANDOM_SIZE];

	if (SSL_version(ssl) > TLS1_2_VERSION ||
	    SSL_get_server_random(ssl, random, sizeof(random)) !=
		sizeof(random))
		return;
	memcpy(t->random, random, sizeof(t->random));
	t->greeted = time(NULL);
}

/* OpenSSL asks here whether the chain is good: the place where it can be
 * looked at, also when the handshake fails later. */
static int look_at_chain(X509_STORE_CTX *store, void *arg)
{
	struct tlsclient *t = arg;
	SSL *ssl = X509_STORE_CTX_get_ex_data(
	    store, SSL_get_ex_data_X509_STORE_CTX_idx());
	X509 *certificate = X509_STORE_CTX_get0_cert(store);

	if (ssl != NULL) {
		t->version = SSL_get_version(ssl);
		keep_greeting(t, ssl);
	}
	if (certificate != NULL && t->certificate == NULL &&
	    X509_up_ref(certificate) == 1)
		t->certificate = certificate;
	X509_STORE_CTX_set_error(store, X509_V_OK);
	return 1;
}

/* Whatever strength an old device has is good enough; what is too much is
 * refused: a prime of 10,000 bits costs 0.9 s here, one of 4,096 0.03 s. */
static int accept_strength(const SSL *ssl, const SSL_CTX *ctx, int operation,
			   int bits, int nid, void *key, void *arg)
{
	(void)ssl;
	(void)ctx;
	(void)bits;
	(void)nid;
	(void)arg;
	return operation != SSL_SECOP_TMP_DH || key == NULL ||
	       EVP_PKEY_get_bits(key) <= DH_BITS_MAX;
}

/* Where a connection has its count; libcurl has the place of app_data. */
static int count_place(void)
{
	static int place = -1;

	if (place < 0)
		place = SSL_get_ex_new_index(0, NULL, NULL, NULL, NULL);
	return place;
}

/* OpenSSL takes message after message as long as any come: a peer that never
 * ends shaking hands would hold up everybody else. What is needed is kept with
 * the connection, which can outlive its struct tlsclient. */
static void count_messages(int written, int version, int type,
			   const void *bytes, size_t len, SSL *ssl, void *arg)
{
	int place = count_place();
	intptr_t count = (intptr_t)SSL_get_ex_data(ssl, place);

	(void)version;
	(void)bytes;
	(void)len;
	if (written || type != SSL3_RT_HANDSHAKE)
		return;
	if (SSL_set_ex_data(ssl, place, (void *)(count + 1)) != 1 ||
	    count + 1 == MESSAGES_MAX)
		shutdown((int)(intptr_t)arg, SHUT_RDWR);
}

static CURLcode set_context(CURL *easy, void *context, void *arg)
{
	SSL_CTX *ctx = context;

	(void)easy;
	SSL_CTX_set_security_level(ctx, 0);
	SSL_CTX_set_security_callback(ctx, accept_strength);
	SSL_CTX_set_min_proto_version(ctx, TLS1_VERSION);
	SSL_CTX_set_options(ctx, SSL_OP_LEGACY_SERVER_CONNECT |
				     SSL_OP_ALLOW_UNSAFE_LEGACY_RENEGOTIATION |
				     SSL_OP_IGNORE_UNEXPECTED_EOF);
	/* 34 KiB less for each of thousands of connections that wait. */
	SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS);
	SSL_CTX_set_max_cert_list(ctx, CHAIN_MAX);
	SSL_CTX_set_verify(ctx, SSL_VERIFY_NONE, NULL);
	SSL_CTX_set_cert_verify_callback(ctx, look_at_chain, arg);
	SSL_CTX_set_msg_callback(ctx, count_messages);
	SSL_CTX_set_msg_callback_arg(
	    ctx, (void *)(intptr_t)((struct tlsclient *)arg)->fd);
	if (SSL_CTX_set_cipher_list(ctx, "ALL:eNULL:@SECLEVEL=0") != 1)
		return CURLE_SSL_CIPHER;
	return CURLE_OK;
}

void tlsclient_prepare(CURL *easy)
{
	curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L);
	curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L);
	/* No trust store is read: there is nothing to trust. */
	curl_easy_setopt(easy, CURLOPT_CAINFO, NULL);
	curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
	curl_easy_setopt(easy, CURLOPT_SSLVERSION,
			 (long)CURL_SSLVERSION_TLSv1_0);
	curl_easy_setopt(easy, CURLOPT_SSL_ENABLE_ALPN, 0L);
	curl_easy_setopt(easy, CURLOPT_SSL_SESSIONID_CACHE, 0L);
	curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, set_context);
}

void tlsclient_set(CURL *easy, struct tlsclient *t, int fd)
{
	t->fd = fd;
	curl_easy_setopt(easy, CURLOPT_SSL_CTX_DATA, t);
}

void tlsclient_release(struct tlsclient *t)
{
	X509_free(t->certificate);
	*t = (struct tlsclient){0};
}

enum outcome tlsclient_outcome(const char *error)
{
	/* libcurl: "error:0A000102:SSL routines::unsupported protocol" */
	const char *at = strstr(error, "error:");
	unsigned long code = at != NULL ? strtoul(at + 6, NULL, 16) : 0;

	switch (ERR_GET_REASON(code)) {
	case SSL_R_UNSUPPORTED_PROTOCOL:
	case SSL_R_WRONG_SSL_VERSION:
	case SSL_R_TLSV1_ALERT_PROTOCOL_VERSION:
	case SSL_R_UNKNOWN_PROTOCOL:
	case SSL_R_VERSION_TOO_LOW:
		return OUTCOME_TLS_TOO_OLD;
	case SSL_R_EXCESSIVE_MESSAGE_SIZE:
		return OUTCOME_TLS_CERTIFICATE_TOO_BIG;
	default:
		return OUTCOME_TLS_FAILED;
	}
}
