#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "civil.h"
#include "datagram.h"
#include "lists.h"
#include "log.h"
#include "packetrow.h"
#include "str.h"
#include "transport.h"
#include "xalloc.h"
#include "flowimport.h"

#define YEAR_10000 253402300800 /* Unix seconds; civil.h ends there */

static int check_sensor(const struct importer_options *o, const char *file)
{
	const char *wrong;

	if (o->sensor_map != NULL)
		return 0;
	if (o->sensor == NULL) {
		log_error("%s: this log needs --sensor-map FILE: which "
			  "addresses the sensors have",
			  file);
		log_hint("--sensor ID instead takes all of it as seen by one "
			 "sensor");
		return -1;
	}
	wrong = packetrow_wrong_sensor(o->sensor);
	if (wrong != NULL)
		log_error("--sensor: %s", wrong);
	return wrong == NULL ? 0 : -1;
}

int flowimport_begin(struct flowimport *f, struct intake *im, bool unit_is_flow)
{
	const struct importer_options *o = im->options;
	const char *file = im->result->file;

	*f = (struct flowimport){.im = im};
	logline_init(&f->log, im->in);
	f->count_packets = !unit_is_flow;
	if (o->count != NULL && strcmp(o->count, "packets") == 0)
		f->count_packets = true;
	if (check_sensor(o, file) < 0)
		return -1;
	if (o->sensor_map != NULL &&
	    (f->map = sensormap_read(o->sensor_map)) == NULL)
		return -1;
	return intake_count(im, f->count_packets ? "packets" : "flows");
}

void flowimport_end(struct flowimport *f)
{
	struct importer_result *r = f->im->result;

	r->read = r->rows;
	for (int i = 0; i < DROP_COUNT; i++)
		r->read += r->dropped[i];
	f->im->upto = xalloc_printf("line %" PRId64, f->log.line);
	logline_release(&f->log);
	sensormap_free(f->map);
}

void flowimport_drop(struct flowimport *f, const char *what, const char *about)
{
	f->im->result->dropped[DROP_BROKEN]++;
	rowfaults_add(&f->im->faults, what, about, f->log.line, false);
}

int flowimport_line(struct flowimport *f)
{
	for (;;) {
		enum logline_got got = logline_next(&f->log);

		intake_show(f->im, f->log.line);
		if (got == LOGLINE_FAILED)
			return -1;
		if (got == LOGLINE_END)
			return 0;
		/* The last line of a file that was cut may be cut itself. */
		if (got == LOGLINE_LINE && f->log.unended &&
		    inflow_damage(f->im->in) != NULL)
			flowimport_drop(f, "cut off by the damage", "");
		else if (got == LOGLINE_LINE)
			return 1;
		else
			flowimport_drop(f, f->log.problem, "");
	}
}

const char *flowimport_address(const char *text, struct addr *out)
{
	return addr_parse(text, out) ? NULL : "an address is none";
}

const char *flowimport_port(const char *text, uint16_t *out)
{
	int64_t value;

	if (!str_to_int64(text, 0, 65535, &value))
		return "a port is not a number from 0 to 65535";
	*out = (uint16_t)value;
	return NULL;
}

const char *flowimport_time(const char *text, int64_t *out)
{
	size_t n = strspn(text, "0123456789");
	char whole[16];

	if (n > 0 && n < sizeof(whole) && (text[n] == '\0' || text[n] == '.') &&
	    strspn(text + n, ".0123456789") == strlen(text + n)) {
		memcpy(whole, text, n);
		whole[n] = '\0';
		if (str_to_int64(whole, 0, YEAR_10000 - 1, out))
			return NULL;
	} else if (civil_parse_time(text, out) && *out >= 0 &&
		   *out < YEAR_10000) {
		return NULL;
	}
	return "the time is neither ISO 8601 nor Unix seconds";
}

/* --- what counts */

static int drop_as(struct flowimport *f, enum drop why)
{
	f->im->result->dropped[why]++;
	return 0;
}

/* @from: sent what counts to the sensor's port @to. */
static int count(struct flowimport *f, const struct flow *flow,
		 const struct flow_end *from, uint16_t to, const char *sensor,
		 bool answers)
{
	bool ports = transport_has_ports(flow->protocol);
	struct packet p = {
	    .time = flow->time,
	    .packets = f->count_packets ? from->packets : 1,
	    .source = from->address,
	    .sensor = wordlist_add(&f->im->sensors, sensor),
	    .origin = PACKET_NO_ORIGIN,
	    .port = ports ? to : 0,
	    .source_port = ports ? from->port : 0,
	    .protocol = (uint8_t)flow->protocol,
	    .signature = answers ? SIGNATURE_BACKSCATTER
			 : flow->protocol == TRANSPORT_GRE ? SIGNATURE_GRE
							   : SIGNATURE_NONE,
	};

	if (p.packets == FLOWIMPORT_UNKNOWN) {
		flowimport_drop(f, "the number of packets is not told", "");
		return 0;
	}
	if (p.packets <= 0) {
		flowimport_drop(f, "its source sent no packet", "");
		return 0;
	}
	return intake_add(f->im, &p);
}

bool flowimport_is_error(const struct flow *flow)
{
	return datagram_is_error(flow->protocol, flow->opener.port);
}

int flowimport_add(struct flowimport *f, const struct flow *flow)
{
	const struct flow_end *from = &flow->opener, *to = &flow->answerer;
	int sensor;

	if (f->map == NULL)
		return count(f, flow, from, to->port, f->im->options->sensor,
			     flow->opener_answers);
	if (!sensormap_owns(f->map, &from->address)) {
		sensor = sensormap_find(f->map, &to->address);
		if (sensor < 0)
			return drop_as(f, DROP_NOT_TO_A_SENSOR);
		return count(f, flow, from, to->port,
			     f->map->sensors.words[sensor],
			     flow->opener_answers);
	}
	/* A monitor that sees a SYN-ACK first takes the sensor for the one
	 * that opened the flow. */
	sensor = sensormap_find(f->map, &from->address);
	if (sensor < 0 || !flow->answerer_answers ||
	    sensormap_owns(f->map, &to->address))
		return drop_as(f, DROP_FROM_A_SENSOR);
	return count(f, flow, to, from->port, f->map->sensors.words[sensor],
		     true);
}
