#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "claims.h"
#include "compiler.h"
#include "fingerprints.h"
#include "identify.h"
#include "xalloc.h"

static void companies_have_many_spellings(void **state)
{
	static const struct {
		const char *a, *b;
		bool same;
	} cases[] = {
	    {"TP-LINK", "TP-Link", true},
	    {"Ubiquiti", "Ubiquiti Networks", true},
	    {"Axis Communications AB", "AXIS", true},
	    {"HP", "Hewlett-Packard", true},
	    {"Hewlett Packard Enterprise", "Aruba Networks", true},
	    {"Allied Telesyn", "Allied Telesis", true},
	    {"i-PRO", "Panasonic", true},
	    {"Linksys", "Cisco Meraki", true},
	    {"\xe6\x97\xa5\xe7\xab\x8b", "\xe6\x97\xa5\xe7\xab\x8b", true},
	    {"\xe6\x97\xa5\xe7\xab\x8b", "\xe5\xaf\x8c\xe5\xa3\xab", false},
	    {"\xe6\x97\xa5\xe7\xab\x8b", "NEC", false},
	    {"Hikvision", "Dahua", false},
	    {"Yamaha", "NEC", false},
	    {"", "NEC", false},
	    {NULL, "NEC", false},
	    {NULL, NULL, false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		assert_int_equal(claims_same_vendor(cases[i].a, cases[i].b),
				 cases[i].same);
		assert_int_equal(claims_same_vendor(cases[i].b, cases[i].a),
				 cases[i].same);
	}
}

static struct identity is(const char *vendor, const char *type,
			  double certainty)
{
	struct identity id = {
	    .vendor = xalloc_string(vendor),
	    .device_type = xalloc_string(type),
	    .certainty = certainty,
	    .fingerprint = xalloc_printf("file: %s", vendor),
	};

	return id;
}

static void add(struct identity *id, const char *vendor, const char *type,
		double certainty)
{
	struct identity other = is(vendor, type, certainty);

	claims_add(id, &other, "html_title");
	identity_release(&other);
}

static void software_and_agreement_are_no_claims(void **state)
{
	struct identity id = is("Synology", "nas", 0.8);

	(void)state;
	add(&id, "nginx", NULL, 0.9);
	add(&id, "VMware", "server", 0.9);
	add(&id, "Synology Inc.", "server", 0.9);
	add(&id, "SYNOLOGY", "camera", 0.9);
	add(&id, NULL, "camera", 0.9);
	add(&id, "QNAP", "nas", 0.39); /* too vague to count */
	assert_int_equal(id.claim_count, 0);
	claims_settle(&id, "k");
	assert_true(id.certainty > 0.79 && id.certainty < 0.81);
	identity_release(&id);
}

static void one_other_vendor_lowers_the_certainty(void **state)
{
	struct identity id = is("Hikvision", "recorder", 0.8);

	(void)state;
	add(&id, "Annke", "recorder", 0.5);
	add(&id, "annke", "camera", 0.6);
	add(&id, "Annke", "recorder", 0.4);
	assert_int_equal(id.claim_count, 1);
	claims_settle(&id, "k");
	assert_int_equal(id.claim_count, 1);
	assert_string_equal(id.vendor, "Hikvision");
	assert_true(id.certainty > 0.559 && id.certainty < 0.561);
	assert_string_equal(id.claims[0].device_type, "camera");
	assert_string_equal(id.claims[0].key, "html_title");
	assert_string_equal(id.claims[0].fingerprint, "file: annke");
	identity_release(&id);
}

static void of_three_vendors_none_is_believed(void **state)
{
	struct identity id = is("Hikvision", "recorder", 0.8);

	(void)state;
	add(&id, "Axis", "camera", 0.5);
	add(&id, "Yamaha", "router", 0.8);
	claims_settle(&id, "http_path");
	assert_null(id.fingerprint);
	assert_null(id.vendor);
	assert_null(id.device_type);
	assert_int_equal(id.claim_count, 3);
	assert_string_equal(id.claims[0].vendor, "Hikvision");
	assert_string_equal(id.claims[0].key, "http_path");
	assert_string_equal(id.claims[1].vendor, "Axis");
	assert_string_equal(id.claims[2].vendor, "Yamaha");
	identity_release(&id);
}

static void a_stranger_does_not_choose_how_many(void **state)
{
	struct identity id = is("Hikvision", "recorder", 0.8);

	(void)state;
	for (int i = 0; i < 100; i++) {
		char *name = xalloc_printf("%d vendor", i + 100);

		add(&id, name, "camera", 0.8);
		free(name);
	}
	claims_settle(&id, "k");
	assert_true(id.claim_count > 10 && id.claim_count < 20);
	assert_null(id.vendor);
	identity_release(&id);
}

static void a_page_with_many_marks_is_told(void **state)
{
	static const char headers[] =
	    "Server: DNVRS-Webs\r\n"
	    "WWW-Authenticate: Basic realm=\"TP-LINK Wireless N Access Point "
	    "WA801N\"";
	static const char body[] = "<title>WV-NS202A Network Camera</title>"
				   "<div class='log-dvr-logo'></div>";
	struct fingerprints *own = fingerprints_load(NULL);
	struct observation o;

	(void)state;
	assert_non_null(own);
	observation_init(&o);
	o.protocol = PROTOCOL_HTTP;
	o.http_status = 200;
	o.http_path = xalloc_string("/");
	blob_set(&o.body, body, strlen(body));
	identify_observation(own, &o, NULL);
	assert_string_equal(o.identity.vendor, "Panasonic");
	assert_int_equal(o.identity.claim_count, 1);
	assert_string_equal(o.identity.claims[0].vendor, "TBK");
	assert_string_equal(o.identity.claims[0].key, "body");
	blob_set(&o.http_headers, headers, strlen(headers));
	identify_observation(own, &o, NULL);
	assert_null(o.identity.fingerprint);
	assert_int_equal(o.identity.claim_count, 4);
	/* and nothing of it stays when it is looked at again */
	blob_set(&o.body, "", 0);
	blob_set(&o.http_headers, "Server: nginx", 13);
	identify_observation(own, &o, NULL);
	assert_string_equal(o.identity.product, "nginx");
	assert_int_equal(o.identity.claim_count, 0);
	observation_release(&o);
	fingerprints_free(own);
}

/* All marks of a page count, not only the first. */
static void a_page_is_matched_by_all(void **state)
{
	static const char page[] = "<div class='log-dvr-logo'> <div id=\"x\">";
	struct fingerprints *own = fingerprints_load(NULL);
	struct recog_result results[4];
	size_t count;

	(void)state;
	count = fingerprints_match_page(own, "body", page, strlen(page), 4096,
					results, ARRAY_LEN(results));
	assert_int_equal(count, 1);
	recog_result_release(&results[0]);
	assert_int_equal(fingerprints_match_page(
			     own, "body", page, strlen(page), 4096, results, 0),
			 0);
	assert_int_equal(fingerprints_match_page(own, "nothing", page,
						 strlen(page), 4096, results,
						 ARRAY_LEN(results)),
			 0);
	fingerprints_free(own);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(companies_have_many_spellings),
	    cmocka_unit_test(software_and_agreement_are_no_claims),
	    cmocka_unit_test(one_other_vendor_lowers_the_certainty),
	    cmocka_unit_test(of_three_vendors_none_is_believed),
	    cmocka_unit_test(a_stranger_does_not_choose_how_many),
	    cmocka_unit_test(a_page_with_many_marks_is_told),
	    cmocka_unit_test(a_page_is_matched_by_all),
	};

	return cmocka_run_group_tests_name("claims", tests, NULL, NULL);
}
