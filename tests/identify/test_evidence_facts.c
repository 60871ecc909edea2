#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "compiler.h"
#include "identify.h"

/* Computed with Python's hashlib and base64, and with an implementation of
 * MurmurHash3 that gives the value -156908512 that its package publishes for
 * "foo". */
static void icons_have_three_hashes(void **state)
{
	static const struct {
		char first;
		size_t len;
		int32_t mmh3;
		const char *md5, *sha256;
	} cases[] = {
	    {'a', 1, -316242180, "0cc175b9c0f1b6a831c399e269772661",
	     "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48b"
	     "b"},
	    {'\0', 57, 1993561383, "ab9d8ef2ffa9145d6c325cefa41d5d4e",
	     "65a16cb7861335d5ace3c60718b5052e44660726da4cd13bb745381b235a178"
	     "5"},
	    {'\0', 58, -1275236913, "2c1cf4f76fa1cecc0c4737cfd8d95118",
	     "66b4a8b2a17f0463f7427c0239106eaf710ea7129f42d184a58c50cdff614ba"
	     "4"},
	    {'\xff', 1150, -1977987091, "e3dd64701f4bbff66ffe42183770b97f",
	     "6b7ccae749444599998d3ee1d2d89739bf9c4b1949fca6d11ac0f58f0666a41"
	     "d"},
	};
	char bytes[2048];
	struct favicon icon;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		memset(bytes, cases[i].first, cases[i].len);
		identify_favicon(bytes, cases[i].len, &icon);
		assert_true(icon.present);
		assert_int_equal(icon.mmh3, cases[i].mmh3);
		assert_string_equal(icon.md5, cases[i].md5);
		assert_string_equal(icon.sha256, cases[i].sha256);
	}
	for (size_t i = 0; i < 256; i++)
		bytes[i] = (char)i;
	identify_favicon(bytes, 256, &icon);
	assert_int_equal(icon.mmh3, -757223386);
	identify_favicon(bytes, 0, &icon);
	assert_false(icon.present);
	assert_string_equal(icon.md5, "");
}

static const char certificate[] =
    "-----BEGIN CERTIFICATE-----\n"
    "MIIC5jCCAoygAwIBAgIDHwD/MAoGCCqGSM49BAMCMIHIMQswCQYDVQQGEwJDTjES\n"
    "MBAGA1UECAwJR3Vhbmdkb25nMREwDwYDVQQHDAhTaGVuemhlbjEnMCUGA1UECgwe\n"
    "VFAtTElOSyBUZWNobm9sb2dpZXMgQ08uLCBMVEQuMQ4wDAYDVQQLDAVmaXJzdDEP\n"
    "MA0GA1UECwwGc2Vjb25kMQwwCgYDVQQDDANvbGQxEzARBgNVBAMMClRQLUxJTksg\n"
    "Q0ExJTAjBgkqhkiG9w0BCQEWFnNlcnZpY2VAdHAtbGluay5jb20uY24wHhcNMjYx\n"
    "MTIxMDE0ODAyWhcNMjcxMTIxMDE0ODAyWjCByDELMAkGA1UEBhMCQ04xEjAQBgNV\n"
    "BAgMCUd1YW5nZG9uZzERMA8GA1UEBwwIU2hlbnpoZW4xJzAlBgNVBAoMHlRQLUxJ\n"
    "TksgVGVjaG5vbG9naWVzIENPLiwgTFRELjEOMAwGA1UECwwFZmlyc3QxDzANBgNV\n"
    "BAsMBnNlY29uZDEMMAoGA1UEAwwDb2xkMRMwEQYDVQQDDApUUC1MSU5LIENBMSUw\n"
    "IwYJKoZIhvcNAQkBFhZzZXJ2aWNlQHRwLWxpbmsuY29tLmNuMFkwEwYHKoZIzj0C\n"
    "AQYIKoZIzj0DAQcDQgAEd5sHFTWD9qeutquWV1kK4B7JjYpBw7O4gOVyQ0/NS6Bj\n"
    "SJcZdrvEl8BHw2H0oeDuU25ReLvMqOnJxjFL7cr02aNjMGEwQAYDVR0RBDkwN4IO\n"
    "cm91dGVyLmV4YW1wbGWHBMAAAgGHECABDbgAAAAAAAAAAAAAAAGBDWFAZXhhbXBs\n"
    "ZS5jb20wHQYDVR0OBBYEFGtej79ZbedNzVIbEZZOJ2sRhT1QMAoGCCqGSM49BAMC\n"
    "A0gAMEUCIQCXeSLuTEpy83PLVJh77M5P8mm1mZdzofW+FDMRaY9BcQIgMQi2ih+Q\n"
    "MAIjKJAoKI58zm5xu6ZXVXoHsa+zBEqnts4=\n"
    "-----END CERTIFICATE-----\n";

static void certificates_are_read_as_recog_writes_them(void **state)
{
	struct certificate c;

	(void)state;
	assert_int_equal(identify_certificate(certificate, &c), 0);
	assert_string_equal(
	    c.subject,
	    "CN=TP-LINK CA,OU=first+OU=second,O=TP-LINK Technologies CO.\\, "
	    "LTD.,L=Shenzhen,ST=Guangdong,C=CN,1.2.840.113549.1.9.1="
	    "#0c16736572766963654074702d6c696e6b2e636f6d2e636e");
	assert_string_equal(c.issuer, c.subject);
	assert_string_equal(c.names, "router.example\n192.0.2.1\n2001:db8::1\n"
				     "a@example.com");
	assert_string_equal(c.serial, "1f00ff");
	assert_string_equal(c.sha256, "e18089020e499202b1408006322ab1dc"
				      "fa835f0ee222a8f02b39a829d32aa0d0");
	assert_string_equal(c.spki_sha256, "d2d0c63fde39e3c0a98131efc84903c7"
					   "e770cdadf45e2170c91271b71708441c");
	assert_int_equal(c.not_before, 1795225682);
	assert_int_equal(c.not_after, 1826761682);
	free(c.subject);
	free(c.issuer);
	free(c.names);
	free(c.serial);
}

static void what_is_no_certificate_is_none(void **state)
{
	static const char *const wrong[] = {
	    "",
	    "nothing",
	    "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
	    "-----BEGIN CERTIFICATE-----\n%%%%\n",
	};
	struct certificate c;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		assert_int_equal(identify_certificate(wrong[i], &c), -1);
		assert_null(c.subject);
	}
}

static void banners_tell_their_protocol(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
		enum protocol protocol;
	} cases[] = {
#define BANNER(s, p) {s, sizeof(s) - 1, PROTOCOL_##p}
	    BANNER("", SILENT),
	    BANNER("SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n", SSH),
	    BANNER("220 (vsFTPd 3.0.3)\r\n", FTP),
	    BANNER("220-FileZilla Server 1.2\r\n220 hello\r\n", FTP),
	    BANNER("220 mail FTP server ready\r\n", FTP),
	    BANNER("421 Too many users\r\n", FTP),
	    BANNER("220 mail.example ESMTP Postfix\r\n", SMTP),
	    BANNER("554 no\r\n", SMTP),
	    BANNER("+OK ready\r\n", POP3),
	    BANNER("* OK [CAPABILITY IMAP4rev1] ready\r\n", IMAP),
	    BANNER("200 news.example NNTP posting ok\r\n", NNTP),
	    BANNER("RFB 003.008\n", VNC),
	    BANNER("@RSYNCD: 31.0\n", RSYNC),
	    BANNER("RTSP/1.0 200 OK\r\n", RTSP),
	    BANNER("HTTP/1.0 400 Bad Request\r\n", HTTP),
	    BANNER("-ERR wrong number of arguments for 'get' command\r\n",
		   REDIS),
	    BANNER("-NOAUTH Authentication required.\r\n", REDIS),
	    BANNER("-DENIED Redis is running in protected mode", REDIS),
	    BANNER("\xff\xfd\x18\xff\xfb\x01login: ", TELNET),
	    BANNER("\r\nUser Access Verification\r\n\r\nPassword: ", TELNET),
	    BANNER("router login:", TELNET),
	    BANNER("Welcome\r\n\xff\xfb\x01", TELNET),
	    BANNER("\x4a\0\0\0\x0a"
		   "8.0.36\0xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
		   "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
		   MYSQL),
	    BANNER("\x04\0\0\x08\0\0\0\x01", OPENFLOW),
	    BANNER("\0\x9c\0\x01\x1a\x2b\x3c\x4d\0\x02\0\0", PPTP),
	    BANNER("\x15\x03\x01\0\x02\x02\x28", TLS),
	    BANNER("hello", UNKNOWN),
	    BANNER("22", UNKNOWN),
	    BANNER("2200 x", UNKNOWN),
	    BANNER("\0\0\0\0\0\0\0\0", UNKNOWN),
	    BANNER("\xff", UNKNOWN),
#undef BANNER
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct blob banner = {0};

		if (cases[i].len > 0)
			blob_set(&banner, cases[i].bytes, cases[i].len);
		assert_string_equal(
		    protocol_text(identify_protocol(&banner, 0)),
		    protocol_text(cases[i].protocol));
		blob_release(&banner);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(icons_have_three_hashes),
	    cmocka_unit_test(certificates_are_read_as_recog_writes_them),
	    cmocka_unit_test(what_is_no_certificate_is_none),
	    cmocka_unit_test(banners_tell_their_protocol),
	};

	return cmocka_run_group_tests_name("evidence_facts", tests, NULL, NULL);
}
