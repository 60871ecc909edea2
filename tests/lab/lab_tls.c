/*
 * Self-signed certificates, made when the lab starts: a key of its own for
 * each device, or one that several share by name.
 */
#include <stdlib.h>
#include <string.h>

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "lab.h"

#define HUGE_NAMES 12000 /* about 300 KB: no client accepts that unasked */

struct key {
	char *name;
	EVP_PKEY *key;
};

struct keys {
	struct key *list;
	size_t count;
};

struct keys *keys_new(void)
{
	return lab_alloc(sizeof(struct keys));
}

void keys_free(struct keys *k)
{
	if (k == NULL)
		return;
	for (size_t i = 0; i < k->count; i++) {
		free(k->list[i].name);
		EVP_PKEY_free(k->list[i].key);
	}
	free(k->list);
	free(k);
}

static const char *text_of(const json_t *from, const char *name,
			   const char *otherwise)
{
	const char *text = json_string_value(json_object_get(from, name));

	return text == NULL ? otherwise : text;
}

/* Borrowed until keys_free. */
static EVP_PKEY *find_key(struct keys *k, const char *name, const char *type)
{
	struct key *grown;
	EVP_PKEY *made;

	for (size_t i = 0; i < k->count; i++)
		if (strcmp(k->list[i].name, name) == 0)
			return k->list[i].key;
	if (strcmp(type, "rsa") == 0)
		made = EVP_RSA_gen(2048);
	else if (strcmp(type, "rsa1024") == 0)
		made = EVP_RSA_gen(1024);
	else
		made = EVP_EC_gen("P-256");
	grown = realloc(k->list, (k->count + 1) * sizeof(*grown));
	if (grown == NULL || made == NULL)
		abort();
	k->list = grown;
	k->list[k->count].name = strdup(name);
	k->list[k->count++].key = made;
	return made;
}

/* "CN=a,O=b": one attribute after the other, no escapes. */
static void set_subject(X509 *x, const char *subject)
{
	X509_NAME *name = X509_get_subject_name(x);
	char *copy = strdup(subject), *state = NULL;

	for (char *part = strtok_r(copy, ",", &state); part != NULL;
	     part = strtok_r(NULL, ",", &state)) {
		char *value = strchr(part, '=');

		if (value == NULL)
			continue;
		*value++ = '\0';
		X509_NAME_add_entry_by_txt(name, part, MBSTRING_UTF8,
					   (unsigned char *)value, -1, -1, 0);
	}
	X509_set_issuer_name(x, name);
	free(copy);
}

static void add_many_names(X509 *x)
{
	GENERAL_NAMES *names = GENERAL_NAMES_new();

	for (int i = 0; i < HUGE_NAMES; i++) {
		GENERAL_NAME *one = GENERAL_NAME_new();
		ASN1_IA5STRING *text = ASN1_IA5STRING_new();
		char name[64];

		snprintf(name, sizeof(name), "host-%05d.example", i);
		ASN1_STRING_set(text, name, -1);
		GENERAL_NAME_set0_value(one, GEN_DNS, text);
		sk_GENERAL_NAME_push(names, one);
	}
	X509_add1_ext_i2d(x, NID_subject_alt_name, names, 0, 0);
	GENERAL_NAMES_free(names);
}

static X509 *make_certificate(EVP_PKEY *key, const json_t *from)
{
	X509 *x = X509_new();
	const char *digest = text_of(from, "digest", "SHA256");
	int64_t serial = 1;

	for (const char *s = text_of(from, "subject", "CN=device"); *s; s++)
		serial = (serial * 31 + (unsigned char)*s) % 1000000007;
	X509_set_version(x, 2);
	ASN1_INTEGER_set_int64(X509_get_serialNumber(x), serial);
	ASN1_TIME_set_string_X509(X509_getm_notBefore(x), "20180101000000Z");
	ASN1_TIME_set_string_X509(X509_getm_notAfter(x), "20371231000000Z");
	set_subject(x, text_of(from, "subject", "CN=device"));
	X509_set_pubkey(x, key);
	if (json_is_true(json_object_get(from, "huge")))
		add_many_names(x);
	if (X509_sign(x, key, EVP_get_digestbyname(digest)) == 0) {
		X509_free(x);
		return NULL;
	}
	return x;
}

static int version_of(const char *text)
{
	if (strcmp(text, "1.0") == 0)
		return TLS1_VERSION;
	if (strcmp(text, "1.1") == 0)
		return TLS1_1_VERSION;
	if (strcmp(text, "1.2") == 0)
		return TLS1_2_VERSION;
	return TLS1_3_VERSION;
}

SSL_CTX *tls_context(struct keys *k, const char *device, const json_t *from)
{
	const char *name = text_of(from, "shared_key", device);
	SSL_CTX *tls = SSL_CTX_new(TLS_server_method());
	EVP_PKEY *key = find_key(k, name, text_of(from, "key", "ec"));
	X509 *x = make_certificate(key, from);
	const char *ciphers = text_of(from, "ciphers", "ALL:@SECLEVEL=0");

	if (tls == NULL || x == NULL ||
	    SSL_CTX_set_cipher_list(tls, ciphers) != 1 ||
	    SSL_CTX_use_certificate(tls, x) != 1 ||
	    SSL_CTX_use_PrivateKey(tls, key) != 1 ||
	    SSL_CTX_set_min_proto_version(
		tls, version_of(text_of(from, "min", "1.0"))) != 1 ||
	    SSL_CTX_set_max_proto_version(
		tls, version_of(text_of(from, "max", "1.3"))) != 1) {
		fprintf(stderr, "lab: %s: TLS:\n", device);
		ERR_print_errors_fp(stderr);
		SSL_CTX_free(tls);
		tls = NULL;
	} else {
		SSL_CTX_set_mode(tls, SSL_MODE_ENABLE_PARTIAL_WRITE |
					  SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
		/* As old ones do: the time, not random bytes. */
		if (json_is_true(json_object_get(from, "tells_time")))
			SSL_CTX_set_mode(tls, SSL_MODE_SEND_SERVERHELLO_TIME);
		SSL_CTX_set_num_tickets(tls, 0);
	}
	X509_free(x);
	return tls;
}

int tls_then(const json_t *from, enum after_tls *then)
{
	static const char *const words[] = {[THEN_SERVE] = "serve",
					    [THEN_RESET] = "reset",
					    [THEN_RENEGOTIATE] = "renegotiate",
					    [THEN_NEW_KEYS] = "new-keys"};
	const char *word = text_of(from, "then", "serve");

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(words[i], word) != 0)
			continue;
		*then = (enum after_tls)i;
		return 0;
	}
	fprintf(stderr, "lab: after TLS nothing is called '%s'\n", word);
	return -1;
}
