#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "civil.h"
#include "log.h"
#include "str.h"
#include "xalloc.h"
#include "jsonout.h"

/* The shape and meaning of stored data; raised when an update of the
 * program makes old results mean something else. */
#define DATA_VERSION 1

json_t *jsonout_document(const char *name)
{
	json_t *doc = json_object();
	char *schema = xalloc_printf("martlet/%s/1", name);

	json_object_set_new(doc, "schema", json_string(schema));
	json_object_set_new(doc, "tool_version", json_string(MARTLET_VERSION));
	json_object_set_new(doc, "data_version", json_integer(DATA_VERSION));
	free(schema);
	return doc;
}

json_t *jsonout_text_n(const char *text, size_t len)
{
	struct buf b;
	json_t *value;

	if (text == NULL)
		return json_null();
	if (str_is_utf8(text, len))
		return json_stringn(text, len);
	buf_init(&b, BUF_NO_LIMIT);
	str_add_utf8(&b, text, len);
	value = json_stringn(b.data, b.len);
	buf_release(&b);
	return value;
}

json_t *jsonout_text(const char *text)
{
	return jsonout_text_n(text, text != NULL ? strlen(text) : 0);
}

json_t *jsonout_time(int64_t seconds)
{
	char text[CIVIL_TIME_TEXT];

	if (seconds == 0)
		return json_null();
	return json_string(civil_format_time(seconds, text));
}

json_t *jsonout_real(double value)
{
	return isfinite(value) ? json_real(value) : json_null();
}

int jsonout_print(json_t *document, FILE *out)
{
	int failed =
	    json_dumpf(document, out, JSON_INDENT(2) | JSON_REAL_PRECISION(12));

	json_decref(document);
	if (failed != 0 || fputc('\n', out) == EOF || fflush(out) != 0) {
		log_error("cannot write the JSON document: %s",
			  strerror(errno));
		return -1;
	}
	return 0;
}
