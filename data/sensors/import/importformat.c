#include <string.h>

#include "compiler.h"
#include "importformat.h"

static const struct importformat formats[] = {
    {"pcap", captureimport_is, captureimport_read},
    {"csv", NULL, rowimport_read},
};

const struct importformat *importformat_named(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(formats); i++)
		if (strcmp(formats[i].name, name) == 0)
			return &formats[i];
	return NULL;
}

const struct importformat *importformat_guess(const char *begin, size_t len)
{
	for (size_t i = 0; i < ARRAY_LEN(formats); i++)
		if (formats[i].is == NULL || formats[i].is(begin, len))
			return &formats[i];
	return NULL;
}

const char *importformat_names(void)
{
	return "csv, pcap";
}
