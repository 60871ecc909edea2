#include <stdio.h>

#include "compiler.h"
#include "str.h"
#include "transport.h"

static const struct {
	int protocol;
	const char *name;
	const char *other; /* another spelling that is read */
} names[] = {
    {TRANSPORT_ICMP, "ICMP", "icmp4"},
    {TRANSPORT_TCP, "TCP", "6"},
    {TRANSPORT_UDP, "UDP", "17"},
    {TRANSPORT_GRE, "GRE", "47"},
    {TRANSPORT_ICMPV6, "ICMPv6", "ipv6-icmp"},
    {2, "IGMP", "2"},
    {50, "ESP", "50"},
    {132, "SCTP", "132"},
};

int transport_parse(const char *text)
{
	int64_t number;

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (str_equal_nocase(text, names[i].name) ||
		    str_equal_nocase(text, names[i].other))
			return names[i].protocol;
	return str_to_int64(text, 0, 255, &number) ? (int)number : -1;
}

bool transport_has_ports(int protocol)
{
	return protocol == TRANSPORT_TCP || protocol == TRANSPORT_UDP ||
	       protocol == 33 || protocol == 132 || protocol == 136;
}

const char *transport_name(int protocol, char *out)
{
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		if (names[i].protocol == protocol) {
			snprintf(out, TRANSPORT_TEXT, "%s", names[i].name);
			return out;
		}
	}
	snprintf(out, TRANSPORT_TEXT, "IP%d", protocol);
	return out;
}

const char *transport_service(int protocol, uint16_t port, char *out)
{
	char name[TRANSPORT_TEXT];

	transport_name(protocol, name);
	if (!transport_has_ports(protocol))
		snprintf(out, TRANSPORT_TEXT, "%s", name);
	else
		snprintf(out, TRANSPORT_TEXT, "%u/%.16s", port, name);
	return out;
}
