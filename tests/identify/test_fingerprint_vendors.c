#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "compiler.h"
#include "csvfile.h"
#include "fingerprints.h"
#include "reference.h"
#include "str.h"

static bool is_listed(const struct csvfile *f, const char *vendor)
{
	for (size_t i = 0; i < csvfile_rows(f); i++)
		if (str_equal_nocase(csvfile_cell(f, i, 0), vendor))
			return true;
	return false;
}

static bool is_vendor(const char *name)
{
	return strcmp(name, "hw.vendor") == 0 ||
	       strcmp(name, "os.vendor") == 0 ||
	       strcmp(name, "service.vendor") == 0;
}

/* Public text says where a vendor is at home: vendors.csv knows every one
 * that our own fingerprints name, or knows that it has no seat. */
static void every_vendor_is_listed(void **state)
{
	static const char *const columns[] = {"vendor", "country", NULL};
	char *path = reference_path("data/reference/vendors.csv");
	struct csvfile *listed = csvfile_read(path, columns);
	struct fingerprints *f = fingerprints_new();
	size_t seen = 0;

	(void)state;
	assert_non_null(listed);
	assert_int_equal(fingerprints_add_own(f, false), 0);
	for (size_t i = 0; i < fingerprints_count(f); i++) {
		const struct recog_file *file = fingerprints_file(f, i);

		for (size_t j = 0; j < file->count; j++) {
			const struct recog_fingerprint *fp = &file->list[j];

			for (size_t k = 0; k < fp->param_count; k++) {
				const struct recog_param *p = &fp->params[k];

				if (!is_vendor(p->name) || p->value == NULL)
					continue;
				seen++;
				if (!is_listed(listed, p->value))
					fail_msg("%s:%d: '%s' is not in "
						 "vendors.csv",
						 file->path, fp->line,
						 p->value);
			}
		}
	}
	assert_true(seen > 400);
	fingerprints_free(f);
	csvfile_free(listed);
	free(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_vendor_is_listed),
	};

	return cmocka_run_group_tests_name("fingerprint_vendors", tests, NULL,
					   NULL);
}
