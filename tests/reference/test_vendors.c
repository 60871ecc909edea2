#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "compiler.h"
#include "csvfile.h"
#include "reference.h"
#include "str.h"
#include "vendors.h"

static struct vendors *vendors;

static int load(void **state)
{
	(void)state;
	vendors = vendors_load();
	return vendors != NULL ? 0 : -1;
}

static int unload(void **state)
{
	(void)state;
	vendors_free(vendors);
	return 0;
}

static void vendors_have_the_country_of_their_seat(void **state)
{
	static const struct {
		const char *vendor, *country;
	} cases[] = {
	    {"Yamaha", "JP"},
	    {"NEC", "JP"},
	    {"Furukawa Electric", "JP"},
	    {"Fujitsu", "JP"},
	    {"Buffalo", "JP"},
	    {"Allied Telesis", "JP"},
	    {"I-O DATA", "JP"},
	    {"Hikvision", "CN"},
	    {"Dahua", "CN"},
	    {"TVT", "CN"},
	    {"TP-Link", "CN"},
	    {"TP-LINK", "CN"},
	    {"mikrotik", "LV"},
	    {"Axis", "SE"},
	    {"Ubiquiti", "US"},
	    {"YAMAHA", "JP"},
	    {"Nobody", ""},
	    {"", ""},
	    {NULL, ""},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_string_equal(vendors_country(vendors, cases[i].vendor),
				    cases[i].country);
}

static void device_types_have_generic_words(void **state)
{
	const struct device_words *w = vendors_device(vendors, "recorder");

	(void)state;
	assert_string_equal(w->en_one, "a recorder (NVR) product");
	assert_string_equal(w->en_many, "recorder (NVR) products");
	assert_string_equal(w->ja, "NVR製品");
	/* Yamaha calls its VoIP routers "NVR": never a recorder. */
	w = vendors_device(vendors, "voip-router");
	assert_null(strstr(w->en_one, "NVR"));
	assert_null(strstr(w->ja, "NVR"));
	assert_int_equal(vendors_device(vendors, NULL)->type,
			 DEVICE_TYPE_UNKNOWN);
	assert_int_equal(vendors_device(vendors, "submarine")->type,
			 DEVICE_TYPE_UNKNOWN);
}

static void every_device_type_has_words_with_an_article(void **state)
{
	(void)state;
	for (int i = 0; i < (int)DEVICE_TYPE_COUNT; i++) {
		const struct device_words *w = vendors_device(
		    vendors, device_type_text((enum device_type)i));

		assert_int_equal(w->type, i);
		assert_true(str_starts(w->en_one, "a ") ||
			    str_starts(w->en_one, "an "));
		assert_true(*w->en_many != '\0' && *w->ja != '\0');
		assert_true(str_is_utf8(w->ja, strlen(w->ja)));
	}
}

static void every_vendor_country_has_words(void **state)
{
	static const char *const columns[] = {"vendor", "country", NULL};
	char *path = reference_path("data/reference/vendors.csv");
	struct csvfile *f = csvfile_read(path, columns);

	(void)state;
	assert_non_null(f);
	for (size_t i = 0; i < csvfile_rows(f); i++) {
		const char *country = csvfile_cell(f, i, 1);
		const struct country_words *w =
		    vendors_country_words(vendors, country);

		/* A project without a seat has none. */
		if (*country == '\0') {
			assert_null(w);
		} else {
			assert_non_null(w);
			assert_string_equal(w->code, country);
		}
		/* A name stands once, whatever its case. */
		for (size_t j = 0; j < i; j++)
			assert_false(str_equal_nocase(csvfile_cell(f, i, 0),
						      csvfile_cell(f, j, 0)));
	}
	assert_string_equal(vendors_country_words(vendors, "JP")->en_company,
			    "a Japanese company");
	assert_null(vendors_country_words(vendors, "ZZ"));
	assert_null(vendors_country_words(vendors, ""));
	csvfile_free(f);
	free(path);
}

static void routers_made_for_companies_are_called_so(void **state)
{
	static const struct {
		const char *type, *vendor, *product, *words;
	} cases[] = {
	    {"router", "Yamaha", "RTX1210", "an enterprise router"},
	    {"router", "YAMAHA", NULL, "an enterprise router"},
	    {"router", "NEC", "IX2106", "an enterprise router"},
	    {"router", "NEC", "Aterm", "a home router"},
	    {"router", "NEC", NULL, "a router"},
	    {"router", "Furukawa Electric", "FITELnet-F80",
	     "an enterprise router"},
	    {"router", "Fujitsu", "Si-R220B", "an enterprise router"},
	    {"router", "Allied Telesis", "AT-AR410", "an enterprise router"},
	    {"router", "Buffalo", "AirStation", "a home router"},
	    {"router", "Teltonika", "RUT955", "an industrial mobile router"},
	    {"router", "MikroTik", NULL, "a router"},
	    {"router", NULL, NULL, "a router"},
	    {"switch", "Yamaha", "SWX2300", "a network switch"},
	    {"printer", "Fujitsu", "Si-R", "a printer"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_string_equal(vendors_product(vendors, cases[i].type,
						    cases[i].vendor,
						    cases[i].product)
					->en_one,
				    cases[i].words);
}

/* In both languages, or the Japanese article would have a gap. */
static void no_words_are_missing(void **state)
{
	static const char *const products[] = {"vendor",  "product", "en_one",
					       "en_many", "ja",      NULL};
	static const char *const countries[] = {"code", "en", "en_company",
						"ja", NULL};
	static const struct {
		const char *file;
		const char *const *columns;
		size_t first, count; /* of the columns that hold words */
	} files[] = {
	    {"data/reference/product_words.csv", products, 2, 3},
	    {"data/reference/country_words.csv", countries, 0, 4},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		char *path = reference_path(files[i].file);
		struct csvfile *f = csvfile_read(path, files[i].columns);

		assert_non_null(f);
		for (size_t row = 0; row < csvfile_rows(f); row++)
			for (size_t c = 0; c < files[i].count; c++)
				assert_string_not_equal(
				    csvfile_cell(f, row, files[i].first + c),
				    "");
		csvfile_free(f);
		free(path);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(vendors_have_the_country_of_their_seat),
	    cmocka_unit_test(device_types_have_generic_words),
	    cmocka_unit_test(routers_made_for_companies_are_called_so),
	    cmocka_unit_test(every_device_type_has_words_with_an_article),
	    cmocka_unit_test(every_vendor_country_has_words),
	    cmocka_unit_test(no_words_are_missing),
	};

	return cmocka_run_group_tests_name("vendors", tests, load, unload);
}
