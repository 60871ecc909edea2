#include <ctype.h>
#include <openssl/asn1.h>
#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "buf.h"
#include "compiler.h"
#include "peer_limits.h"
#include "str.h"
#include "xalloc.h"
#include "digest.h"
#include "identify.h"

/* Names of one certificate that are kept. */
#define NAMES_MAX 64

/* The order in which Recog writes a name; that of Go's crypto/x509. What is
 * not here comes last, by its number. */
static const struct part {
	int nid;
	const char *name;
} parts[] = {
    {NID_serialNumber, "SERIALNUMBER"},
    {NID_commonName, "CN"},
    {NID_organizationalUnitName, "OU"},
    {NID_organizationName, "O"},
    {NID_postalCode, "POSTALCODE"},
    {NID_streetAddress, "STREET"},
    {NID_localityName, "L"},
    {NID_stateOrProvinceName, "ST"},
    {NID_countryName, "C"},
};

/* RFC 2253 section 2.4. */
static void add_escaped(struct buf *out, const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		bool end = i == 0 || i == len - 1;

		if (strchr(",+\"\\<>;", s[i]) != NULL && s[i] != '\0')
			buf_add_char(out, '\\');
		else if ((s[i] == ' ' && end) || (s[i] == '#' && i == 0))
			buf_add_char(out, '\\');
		if (s[i] != '\0')
			buf_add_char(out, s[i]);
	}
}

/* A value of another kind: "#" and its DER in hexadecimal, as a
 * PrintableString where it can be one, else as a UTF8String. */
static void add_der(struct buf *out, const unsigned char *s, size_t len)
{
	bool printable = true;

	for (size_t i = 0; i < len; i++)
		printable &= s[i] != '\0' && s[i] < 0x80 &&
			     (isalnum(s[i]) || strchr(" '()+,-./:=?", s[i]));
	buf_printf(out, "#%02x",
		   printable ? V_ASN1_PRINTABLESTRING : V_ASN1_UTF8STRING);
	if (len > 0xff)
		buf_printf(out, "82%04x", (unsigned)(len & 0xffff));
	else
		buf_printf(out, len > 0x7f ? "81%02x" : "%02x", (unsigned)len);
	for (size_t i = 0; i < len; i++)
		buf_printf(out, "%02x", s[i]);
}

static void add_value(struct buf *out, const char *type,
		      const X509_NAME_ENTRY *entry)
{
	unsigned char *text = NULL;
	int len = ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(entry));

	if (len < 0)
		return;
	buf_printf(out, "%s=", type);
	if (*type >= '0' && *type <= '9')
		add_der(out, text, (size_t)len);
	else
		add_escaped(out, (const char *)text, (size_t)len);
	OPENSSL_free(text);
}

static int part_of(const X509_NAME_ENTRY *entry)
{
	int nid = OBJ_obj2nid(X509_NAME_ENTRY_get_object(entry));

	for (size_t i = 0; i < ARRAY_LEN(parts); i++)
		if (parts[i].nid == nid)
			return (int)i;
	return -1;
}

/* All values of one kind: joined by "+", as Go does. */
static void add_part(struct buf *out, const X509_NAME *name, int part)
{
	int count = X509_NAME_entry_count(name), from = 0;
	bool first = true;

	/* Of these two the last one counts. */
	if (part >= 0 && (parts[part].nid == NID_serialNumber ||
			  parts[part].nid == NID_commonName)) {
		from = X509_NAME_get_index_by_NID((X509_NAME *)name,
						  parts[part].nid, -1);
		for (int next = from; next >= 0; from = next >= 0 ? next : from)
			next = X509_NAME_get_index_by_NID(
			    (X509_NAME *)name, parts[part].nid, next);
	}
	for (int i = from < 0 ? count : from; i < count; i++) {
		const X509_NAME_ENTRY *e = X509_NAME_get_entry(name, i);
		char oid[80] = "";

		if (part_of(e) != part)
			continue;
		if (out->len > 0)
			buf_add_char(out, first || part < 0 ? ',' : '+');
		if (part < 0)
			OBJ_obj2txt(oid, sizeof(oid),
				    X509_NAME_ENTRY_get_object(e), 1);
		add_value(out, part < 0 ? oid : parts[part].name, e);
		first = false;
	}
}

/* Text of a stranger: valid UTF-8, cut between characters. */
static char *finish(struct buf *b)
{
	struct buf out;

	while (b->too_big && b->len > 0 && !str_is_utf8(b->data, b->len))
		b->len--;
	buf_init(&out, 3 * LIMIT_CERTIFICATE_TEXT);
	str_add_utf8(&out, buf_text(b), b->len);
	buf_release(b);
	return buf_detach(&out);
}

static char *name_text(const X509_NAME *name)
{
	struct buf out;

	buf_init(&out, LIMIT_CERTIFICATE_TEXT);
	for (size_t i = 0; i < ARRAY_LEN(parts); i++)
		add_part(&out, name, (int)i);
	add_part(&out, name, -1);
	return finish(&out);
}

static void add_address(struct buf *out, const ASN1_OCTET_STRING *ip)
{
	int len = ASN1_STRING_length(ip);
	char text[ADDR_TEXT_MAX];
	struct addr a = {.family = len == 4 ? 4 : 6};

	if (len != 4 && len != 16)
		return;
	memcpy(a.bytes, ASN1_STRING_get0_data(ip), (size_t)len);
	buf_add_string(out, addr_format(&a, text));
}

static void add_plain(struct buf *out, const ASN1_STRING *s)
{
	const unsigned char *text = ASN1_STRING_get0_data(s);

	for (int i = 0; i < ASN1_STRING_length(s); i++)
		if (text[i] > ' ' && text[i] != 0x7f)
			buf_add_char(out, (char)text[i]);
}

static char *alternative_names(X509 *cert)
{
	GENERAL_NAMES *names =
	    X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);
	struct buf out;

	buf_init(&out, LIMIT_CERTIFICATE_TEXT);
	for (int i = 0; i < sk_GENERAL_NAME_num(names) && i < NAMES_MAX; i++) {
		int type = 0;
		void *value = GENERAL_NAME_get0_value(
		    sk_GENERAL_NAME_value(names, i), &type);
		size_t before = out.len;

		if (out.len > 0)
			buf_add_char(&out, '\n');
		if (type == GEN_IPADD)
			add_address(&out, value);
		else if (type == GEN_DNS || type == GEN_URI ||
			 type == GEN_EMAIL)
			add_plain(&out, value);
		if (out.len <= before + 1)
			out.len = before;
	}
	GENERAL_NAMES_free(names);
	return finish(&out);
}

static char *serial_text(const X509 *cert)
{
	BIGNUM *n = ASN1_INTEGER_to_BN(X509_get0_serialNumber(cert), NULL);
	char *hex = n != NULL ? BN_bn2hex(n) : NULL;
	char *text = xalloc_string(hex != NULL ? hex : "");

	for (char *s = text; *s != '\0'; s++)
		*s = (char)(*s >= 'A' && *s <= 'F' ? *s + 'a' - 'A' : *s);
	if (strlen(text) > LIMIT_CERTIFICATE_TEXT)
		text[LIMIT_CERTIFICATE_TEXT] = '\0';
	OPENSSL_free(hex);
	BN_free(n);
	return text;
}

/* 0 for a time that is none. */
static int64_t seconds(const ASN1_TIME *t)
{
	struct tm tm;

	if (ASN1_TIME_to_tm(t, &tm) != 1)
		return 0;
	return (int64_t)timegm(&tm);
}

static void hash_der(unsigned char *der, int len, char *out)
{
	*out = '\0';
	if (len > 0)
		digest_hex(DIGEST_SHA256, der, (size_t)len, 32, out);
	OPENSSL_free(der);
}

void identify_handshake(X509 *cert, struct certificate *out)
{
	unsigned char *der = NULL;
	int len;

	*out = (struct certificate){0};
	out->subject = name_text(X509_get_subject_name(cert));
	out->issuer = name_text(X509_get_issuer_name(cert));
	out->names = alternative_names(cert);
	out->serial = serial_text(cert);
	out->not_before = seconds(X509_get0_notBefore(cert));
	out->not_after = seconds(X509_get0_notAfter(cert));
	len = i2d_X509(cert, &der);
	hash_der(der, len, out->sha256);
	der = NULL;
	len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(cert), &der);
	hash_der(der, len, out->spki_sha256);
}

int identify_certificate(const char *pem, struct certificate *out)
{
	BIO *in = BIO_new_mem_buf(pem, -1);
	X509 *cert = NULL;

	*out = (struct certificate){0};
	if (in != NULL)
		cert = PEM_read_bio_X509(in, NULL, NULL, NULL);
	if (cert != NULL)
		identify_handshake(cert, out);
	X509_free(cert);
	BIO_free(in);
	ERR_clear_error();
	return out->subject != NULL ? 0 : -1;
}
