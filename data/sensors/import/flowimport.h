/*
 * What the logs of flows have in common: who opened a flow to whom, which
 * sensor that was, and what is counted.
 */
#ifndef MARTLET_FLOWIMPORT_H
#define MARTLET_FLOWIMPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "addr.h"
#include "compiler.h"
#include "intake.h"
#include "logline.h"
#include "sensormap.h"

#define FLOWIMPORT_UNKNOWN INT64_MIN /* a number of packets */

/* One end of a flow. */
struct flow_end {
	struct addr address;
	uint16_t port;
	int64_t packets; /* that it sent, or FLOWIMPORT_UNKNOWN */
};

struct flow {
	int64_t time; /* Unix seconds, of its first packet */
	struct flow_end opener, answerer;
	int protocol; /* IANA number */
	/* All that the one end sent were SYN-ACKs, RSTs or ICMP errors, and
	 * nothing opened the flow. */
	bool opener_answers, answerer_answers;
};

struct flowimport {
	struct intake *im;
	struct logline log;
	struct sensormap *map; /* or NULL: all is of options' sensor */
	bool count_packets;
};

/** flowimport_begin: @unit_is_flow: one flow counts one, unless --count says
 * otherwise; else the log has packets. Logs. */
int flowimport_begin(struct flowimport *f, struct intake *im,
		     bool unit_is_flow) WARN_UNUSED;
void flowimport_end(struct flowimport *f);

/** The next line; broken ones are told and passed over. 1: there is one, 0:
 * the end, -1: logged. */
int flowimport_line(struct flowimport *f) WARN_UNUSED;
/** The line cannot be used. @what: static. */
void flowimport_drop(struct flowimport *f, const char *what, const char *about);
/** Whether an ICMP flow, its type for the opener's port, is of errors. */
bool flowimport_is_error(const struct flow *flow);
/** What a line says. Logs. */
int flowimport_add(struct flowimport *f, const struct flow *flow) WARN_UNUSED;

/* Cells that all logs have. Each returns NULL, or what is wrong (static). An
 * address that is wrong is not shown: it may be a sensor's. */
const char *flowimport_address(const char *text, struct addr *out);
const char *flowimport_port(const char *text, uint16_t *out);
/** "1370000000.25" or ISO 8601. */
const char *flowimport_time(const char *text, int64_t *out);

#endif
