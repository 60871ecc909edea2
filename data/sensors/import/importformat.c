#include <string.h>

#include "compiler.h"
#include "importformat.h"

static const struct importformat formats[] = {
    {"pcap", captureimport_is, captureimport_read},
    {"zeek", zeekimport_is, zeekimport_read},
    {"suricata", eveimport_is, eveimport_read},
    {"dshield", NULL, dshieldimport_read},
    {"csv", NULL, rowimport_read}, /* what no other claims */
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
		if (formats[i].is != NULL && formats[i].is(begin, len))
			return &formats[i];
	return &formats[ARRAY_LEN(formats) - 1];
}

const char *importformat_names(void)
{
	return "csv, pcap, zeek, suricata, dshield";
}
