#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "compiler.h"
#include "fingerprints.h"
#include "identify.h"
#include "naming.h"
#include "xalloc.h"

static struct fingerprints *own;

static int load_own(void **state)
{
	(void)state;
	own = fingerprints_load(NULL);
	return own != NULL ? 0 : -1;
}

static int free_own(void **state)
{
	(void)state;
	fingerprints_free(own);
	return 0;
}

/* "" wants nothing there; NULL asks nothing. */
static void want(const char *got, const char *wanted)
{
	if (wanted == NULL)
		return;
	if (*wanted == '\0') {
		assert_null(got);
		return;
	}
	assert_non_null(got);
	assert_string_equal(got, wanted);
}

struct answer {
	const char *vendor, *product, *version, *type;
};

static void check(const struct observation *o, const struct answer *a)
{
	want(o->identity.vendor, a->vendor);
	want(o->identity.product, a->product);
	want(o->identity.version, a->version);
	want(o->identity.device_type, a->type);
	/* Every type is a word of the closed list. */
	if (o->identity.device_type != NULL)
		assert_true(device_type_from(o->identity.device_type) >= 0);
}

static void pages_are_named(void **state)
{
	static const struct {
		const char *headers, *body, *path;
		struct answer is;
	} cases[] = {
	    {"Server: DNVRS-Webs",
	     "",
	     "/doc/page/login.asp",
	     {"Hikvision", "", "", "recorder"}},
	    {"Server: YAMAHA-RT",
	     "<title>RTX830 [osk]</title>",
	     "/",
	     {"Yamaha", NULL, NULL, "router"}},
	    {"Server: nginx/1.22.1",
	     "<title>ONOS Login</title>",
	     "/",
	     {"Open Networking Foundation", "ONOS", "", "sdn-controller"}},
	    {"",
	     "<title>OpenDaylight Dlux</title>",
	     "/",
	     {"OpenDaylight", "OpenDaylight", "", "sdn-controller"}},
	    {"Server: nginx/1.22.1",
	     "<title>Welcome to nginx!</title>",
	     "/",
	     {"nginx", "nginx", "1.22.1", ""}},
	    {"Server: lighttpd/1.4.69",
	     "<title>403 Forbidden</title>",
	     "/",
	     {"lighttpd", "lighttpd", "1.4.69", ""}},
	    {"Server: lighttpd/1.4.69",
	     "<title>Index of /</title>",
	     "/",
	     {"lighttpd", "lighttpd", "1.4.69", ""}},
	    {"Server: uc-httpd 1.0.0",
	     "<title>NETSurveillance WEB</title>",
	     "/",
	     {"XiongMai", "NETSurveillance", NULL, "recorder"}},
	    {"Server: nginx",
	     "<title>NETSurveillance WEB</title>",
	     "/",
	     {"XiongMai", "NETSurveillance", "", "recorder"}},
	    {"Server: IX Series IX2106 (magellan-sec) Software, Version "
	     "10.2.20, RELEASE SOFTWARE\r\nWWW-Authenticate: Basic "
	     "realm=\"IX2106\"",
	     "",
	     "/",
	     {"NEC", "IX2106", "10.2.20", "router"}},
	    {"WWW-Authenticate: Basic realm=\"TP-LINK Wireless N Access Point "
	     "WA801N\"",
	     "",
	     "/",
	     {"TP-LINK", "WA801N", "", "access-point"}},
	    {"Server: GR-HTTPD Server/1.0",
	     "<title> FITELnet-F80</title>",
	     "/",
	     {"Furukawa Electric", "FITELnet-F80", "", "router"}},
	    {"Server: GR-HTTPD Server/2.20",
	     "<title>HMI</title>",
	     "/",
	     {"Furukawa Electric", "", "", ""}},
	    {"",
	     "<title>DiskStation&nbsp;-&nbsp;Synology&nbsp;DiskStation"
	     "</title>",
	     "/",
	     {"Synology", "DiskStation", "", "nas"}},
	    {"",
	     "<title>WV-NS202A Network Camera</title>",
	     "/",
	     {"Panasonic", "WV-NS202A", "", "camera"}},
	    {"",
	     "<meta name=viewport content='width=1300,initial-scale=1,"
	     "minimal-ui'>",
	     "/",
	     {"TP-LINK", "Omada Controller", "", "network-controller"}},
	    {"",
	     "<div class='log-dvr-logo'></div>",
	     "/",
	     {"TBK", "", "", "recorder"}},
	    {"", "<title>NVR500</title>", "/", {"", "", "", ""}},
	    {"Server: Something/1", "<title>x</title>", "/", {"", "", "", ""}},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct observation o;

		observation_init(&o);
		o.protocol = PROTOCOL_HTTP;
		o.http_status = 200;
		o.http_path = xalloc_string(cases[i].path);
		blob_set(&o.http_headers, cases[i].headers,
			 strlen(cases[i].headers));
		blob_set(&o.body, cases[i].body, strlen(cases[i].body));
		identify_observation(own, &o, NULL);
		check(&o, &cases[i].is);
		observation_release(&o);
	}
}

static void banners_are_named(void **state)
{
	static const struct {
		const char *banner;
		struct answer is;
	} cases[] = {
	    {"SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u10\r\n\0\0\1",
	     {"OpenBSD", "OpenSSH", "9.2p1", ""}},
	    {"SSH-2.0-ROSSSH\r\n", {"MikroTik", "RouterOS", "", "router"}},
	    {"SSH-2.0-dropbear_2015.67\r\n", {NULL, "Dropbear", "2015.67", ""}},
	    {"220 (vsFTPd 3.0.3)\r\n",
	     {"vsFTPd Project", "vsFTPd", "3.0.3", ""}},
	    {"220 router FTP server (MikroTik 6.43.16) ready\r\n",
	     {"MikroTik", "RouterOS", "6.43.16", "router"}},
	    {"220-Hello\r\n220 AXIS 216FD Network Fixed Dome Camera 4.47 (Mar "
	     "13 2008) ready.\r\n",
	     {"Axis", "216FD", "4.47", "camera"}},
	    {"\xff\xfb\x01\xff\xfb\x03\r\nTELNET session now in ESTABLISHED "
	     "state\r\n\r\n",
	     {"Allied Telesis", "", "", ""}},
	    {"\xff\xfd\x18\xff\xfa\x18\x01\xff\xf0\xff\xfb\x01\r\nDraytek "
	     "login: ",
	     {"DrayTek", "Vigor", "", "router"}},
	    {"RTSP/1.0 200 OK\r\nCSeq: 1\r\nServer: Dahua Rtsp Server\r\n\r\n",
	     {"Dahua", "", "", ""}},
	    {"220 mail.example ESMTP Postfix\r\n",
	     {"Postfix", "Postfix", "", ""}},
	    {"-ERR wrong number of arguments for 'get' command\r\n-ERR "
	     "unknown command 'User-Agent:'\r\n",
	     {"Redis", "Redis", "", ""}},
	    {"-NOAUTH Authentication required.\r\n",
	     {"Redis", "Redis", "", ""}},
	    {"hello\r\n", {"", "", "", ""}},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct observation o;

		observation_init(&o);
		blob_set(&o.banner, cases[i].banner, strlen(cases[i].banner));
		identify_observation(own, &o, NULL);
		check(&o, &cases[i].is);
		observation_release(&o);
	}
}

/* The reply to PPTP's start request, with the names where they belong. */
static void say_pptp(struct observation *o, const char *vendor,
		     const char *host)
{
	char reply[156] = {0, (char)156, 0, 1, 0x1a, 0x2b, 0x3c, 0x4d, 0, 2};

	memcpy(reply + 28, host, strlen(host));
	memcpy(reply + 92, vendor, strlen(vendor));
	observation_init(o);
	blob_set(&o->banner, reply, sizeof(reply));
	identify_observation(own, o, NULL);
}

static void yamahas_nvr_is_a_voip_router(void **state)
{
	static const struct {
		const char *host;
		struct answer is;
	} cases[] = {
	    {"RT57i", {"Yamaha", "RT57i", "", "router"}},
	    {"NVR500", {"Yamaha", "NVR500", "", "voip-router"}},
	    {"NVR700W", {"Yamaha", "NVR700W", "", "voip-router"}},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct observation o;

		say_pptp(&o, "YAMAHA Corporation", cases[i].host);
		check(&o, &cases[i].is);
		observation_release(&o);
	}
}

static void certificates_and_icons_name_devices(void **state)
{
	static const struct answer nas = {"QNAP", "QTS", "", "nas"};
	static const struct answer recorder = {"Dahua", "", "", "recorder"};
	struct observation o;

	(void)state;
	observation_init(&o);
	o.certificate.subject = xalloc_string(
	    "CN=QNAP NAS,OU=QTS,O=QNAP Systems Inc.,L=Taipei,ST=Taipei,C=TW");
	identify_observation(own, &o, NULL);
	check(&o, &nas);
	observation_release(&o);
	o.favicon.present = true;
	o.favicon.mmh3 = -1466785234;
	identify_observation(own, &o, NULL);
	check(&o, &recorder);
	observation_release(&o);
}

static void an_identity_has_a_cpe_and_says_why(void **state)
{
	static const char headers[] = "Server: nginx/1.22.1";
	struct observation o;

	(void)state;
	observation_init(&o);
	blob_set(&o.http_headers, headers, strlen(headers));
	identify_observation(own, &o, NULL);
	assert_string_equal(o.identity.cpe,
			    "cpe:2.3:a:f5:nginx:1.22.1:*:*:*:*:*:*:*");
	assert_string_equal(o.identity.fingerprint,
			    "martlet_http_servers: nginx");
	assert_true(o.identity.certainty > 0.8 && o.identity.certainty < 0.9);
	blob_release(&o.http_headers);
	identify_observation(own, &o, NULL);
	assert_null(o.identity.fingerprint);
	observation_release(&o);
}

static void words_of_recog_become_ours(void **state)
{
	static const struct {
		const char *word, *type;
	} cases[] = {
	    {"DVR", "recorder"},
	    {"NVR", "recorder"},
	    {"IP Camera", "camera"},
	    {"Web Cam", "camera"},
	    {"Router", "router"},
	    {"Broadband Router", "router"},
	    {"SD-WAN Appliance", "router"},
	    {"VoIP Router", "voip-router"},
	    {"VoIP Gateway", "voip"},
	    {"SIP Gateway", "voip"},
	    {"SDN Controller", "sdn-controller"},
	    {"Wireless Controller", "network-controller"},
	    {"Switch", "switch"},
	    {"WAP", "access-point"},
	    {"Firewall", "firewall"},
	    {"Security Appliance", "firewall"},
	    {"VPN", "vpn-gateway"},
	    {"NAS", "nas"},
	    {"Storage Appliance", "nas"},
	    {"Multifunction Device", "printer"},
	    {"Print Server", "printer"},
	    {"Device Server", "iot"},
	    {"Media Server", "media"},
	    {"Cable Modem", "modem"},
	    {"ADSL Router", "router"},
	    {"Lights Out Management", "management"},
	    {"PLC", "industrial"},
	    {"Hypervisor", "server"},
	    {"Light Bulb", "iot"},
	    {"Network Appliance", NULL},
	    {"Device", NULL},
	    {"General", NULL},
	    {"", NULL},
	    {NULL, NULL},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const char *type = naming_device_type(cases[i].word);

		if (cases[i].type == NULL)
			assert_null(type);
		else
			assert_string_equal(type, cases[i].type);
		assert_true(type == NULL || device_type_from(type) >= 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(pages_are_named),
	    cmocka_unit_test(banners_are_named),
	    cmocka_unit_test(yamahas_nvr_is_a_voip_router),
	    cmocka_unit_test(certificates_and_icons_name_devices),
	    cmocka_unit_test(an_identity_has_a_cpe_and_says_why),
	    cmocka_unit_test(words_of_recog_become_ours),
	};

	return cmocka_run_group_tests_name("naming", tests, load_own, free_own);
}
