#include <math.h>

#include "civil.h"
#include "jsonout.h"
#include "portdays.h"
#include "transport.h"
#include "answer_words.h"

struct table *answer_words_table(const char *const *columns, size_t left)
{
	struct table *t = table_new();

	for (size_t i = 0; columns[i] != NULL; i++)
		table_column(t, columns[i],
			     i < left ? TABLE_LEFT : TABLE_RIGHT);
	return t;
}

void answer_words_real(struct table *t, double value, int digits, bool exact)
{
	if (isnan(value))
		table_text(t, exact ? "" : "-");
	else if (exact)
		table_printf(t, "%.12g", value);
	else
		table_printf(t, "%.*f", digits, value);
}

void answer_words_share(struct table *t, double value, bool exact)
{
	if (exact || isnan(value))
		answer_words_real(t, value, 0, exact);
	else
		table_printf(t, "%.1f%%", value * 100);
}

void answer_words_day(struct table *t, int32_t day)
{
	char text[CIVIL_DAY_TEXT];

	table_text(t, civil_format_day(day, text));
}

void answer_words_print(struct table *t, FILE *out)
{
	table_print(t, out);
	table_free(t);
}

void answer_words_set_service(json_t *o, uint32_t service)
{
	int protocol = portdays_protocol(service);
	uint16_t port = portdays_port(service);
	char text[TRANSPORT_TEXT];

	json_object_set_new(o, "port", json_integer(port));
	json_object_set_new(o, "transport",
			    json_string(transport_name(protocol, text)));
	json_object_set_new(
	    o, "service", json_string(transport_service(protocol, port, text)));
}

void answer_words_set_day(json_t *o, const char *key, int32_t day)
{
	char text[CIVIL_DAY_TEXT];

	json_object_set_new(o, key, json_string(civil_format_day(day, text)));
}

json_t *answer_words_text(const char *text)
{
	return *text != '\0' ? jsonout_text(text) : json_null();
}
