/*
 * Suricata's EVE log (docs.suricata.io, "EVE JSON Format"): its flow events.
 * Other events are dropped and counted.
 */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "lists.h"
#include "transport.h"
#include "flowimport.h"
#include "importformat.h"

#define SYN 0x02
#define RST 0x04
#define ACK 0x10

bool eveimport_is(const char *begin, size_t len)
{
	static const char type[] = "\"event_type\"";

	return len > 0 && begin[0] == '{' &&
	       memmem(begin, len, type, sizeof(type) - 1) != NULL;
}

static const char *text_of(const json_t *o, const char *key)
{
	const char *text = json_string_value(json_object_get(o, key));

	return text != NULL ? text : "";
}

/* A number of packets or a port; @missing when there is none. */
static int64_t number_of(const json_t *o, const char *key, int64_t missing)
{
	json_t *v = json_object_get(o, key);

	return json_is_integer(v) ? json_integer_value(v) : missing;
}

static const char *read_end(const json_t *o, const char *address,
			    const char *port, struct flow_end *out)
{
	int64_t number = number_of(o, port, 0);

	if (number < 0 || number > 65535)
		return "a port is not a number from 0 to 65535";
	out->port = (uint16_t)number;
	return flowimport_address(text_of(o, address), &out->address);
}

static int protocol_of(const char *text)
{
	if (strcmp(text, "IPv6-ICMP") == 0)
		return TRANSPORT_ICMPV6;
	return transport_parse(text);
}

/* The flags of all packets of one side, in hexadecimal. */
static unsigned flags_of(const json_t *tcp, const char *key)
{
	return (unsigned)strtoul(text_of(tcp, key), NULL, 16);
}

static bool only_answers(unsigned flags, int64_t other_packets)
{
	if ((flags & SYN) == 0)
		return (flags & RST) != 0;
	/* A SYN and an ACK are two packets of an opener only when the other
	 * side said something between them. */
	return (flags & ACK) != 0 && other_packets == 0;
}

static void read_answers(const json_t *o, struct flow *out)
{
	const json_t *tcp = json_object_get(o, "tcp");

	if (out->protocol == TRANSPORT_TCP && tcp != NULL) {
		out->opener_answers = only_answers(
		    flags_of(tcp, "tcp_flags_ts"), out->answerer.packets);
		out->answerer_answers =
		    out->opener.packets == 0 &&
		    only_answers(flags_of(tcp, "tcp_flags_tc"), 0);
	} else if (out->protocol == TRANSPORT_ICMP ||
		   out->protocol == TRANSPORT_ICMPV6) {
		out->opener.port =
		    (uint16_t)(number_of(o, "icmp_type", 0) & 255);
		out->opener_answers = flowimport_is_error(out);
	}
}

/* Returns what is wrong, or NULL. */
static const char *read_flow(const json_t *o, struct flow *out)
{
	const json_t *flow = json_object_get(o, "flow");
	const char *start = text_of(flow, "start");
	const char *wrong;

	if (!json_is_object(flow))
		return "a flow event without its flow";
	wrong = flowimport_time(
	    *start != '\0' ? start : text_of(o, "timestamp"), &out->time);
	if (wrong == NULL)
		wrong = read_end(o, "src_ip", "src_port", &out->opener);
	if (wrong == NULL)
		wrong = read_end(o, "dest_ip", "dest_port", &out->answerer);
	if (wrong != NULL)
		return wrong;
	out->opener.packets =
	    number_of(flow, "pkts_toserver", FLOWIMPORT_UNKNOWN);
	out->answerer.packets =
	    number_of(flow, "pkts_toclient", FLOWIMPORT_UNKNOWN);
	out->protocol = protocol_of(text_of(o, "proto"));
	if (out->protocol < 0)
		return "the protocol is not a name or number known here";
	read_answers(o, out);
	return NULL;
}

static int take_event(struct flowimport *f)
{
	json_t *o = json_loadb(f->log.text, f->log.len, 0, NULL);
	struct flow flow = {0};
	const char *wrong = NULL;
	int rc = 0;

	if (!json_is_object(o))
		wrong = "no JSON object";
	else if (strcmp(text_of(o, "event_type"), "flow") != 0)
		f->im->result->dropped[DROP_OTHER_EVENT]++;
	else if ((wrong = read_flow(o, &flow)) == NULL)
		rc = flowimport_add(f, &flow);
	if (wrong != NULL)
		flowimport_drop(f, wrong, "");
	json_decref(o);
	return rc;
}

int eveimport_read(struct intake *im)
{
	struct flowimport f;
	int rc = flowimport_begin(&f, im, true);

	while (rc == 0 && (rc = flowimport_line(&f)) > 0)
		rc = take_event(&f);
	flowimport_end(&f);
	return rc;
}
