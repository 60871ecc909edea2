/*
 * pcap and pcapng (DESIGN section 5): packets that are addressed to a sensor
 * of the private map count, all others are dropped and counted as such.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "capturefile.h"
#include "civil.h"
#include "datagram.h"
#include "linklayer.h"
#include "lists.h"
#include "log.h"
#include "packetmark.h"
#include "sensormap.h"
#include "synflows.h"
#include "xalloc.h"
#include "importformat.h"

#define DRAIN_BYTES (64u << 10)
#define YEAR_10000 253402300800 /* Unix seconds; civil.h ends there */

/* Packets that wait while what is remembered of their flows is fetched. */
#define WAITING 64

struct waiting {
	struct datagram datagram;
	uint64_t flow; /* of a SYN, or what it may answer; else 0 */
	int64_t time;
	uint32_t sensor;
};

struct reading {
	struct waiting waiting[WAITING];
	size_t waiting_count;
	struct intake *im;
	struct sensormap *map;
	struct capturefile file;
	struct synflows flows;
	/* By number in the map: number among those that sent packets, + 1. */
	uint32_t *numbers;
};

static ssize_t read_content(void *arg, char *out, size_t size)
{
	return inflow_read(arg, out, size);
}

bool captureimport_is(const char *begin, size_t len)
{
	return capturefile_is(begin, len);
}

/* RFC 793's flow as its opener sends it. */
static uint64_t flow_of(struct reading *r, const struct datagram *d)
{
	if (d->icmp_error)
		return synflows_flow(&r->flows, &d->source, d->quoted_port,
				     &d->destination, d->quoted_source_port);
	return synflows_flow(&r->flows, &d->source, d->source_port,
			     &d->destination, d->port);
}

/* Only sensors that saw something come into the database. */
static uint32_t number_of(struct reading *r, int sensor)
{
	uint32_t *n = &r->numbers[sensor];

	if (*n == 0)
		*n = wordlist_add(&r->im->sensors,
				  r->map->sensors.words[sensor]) +
		     1;
	return *n - 1;
}

static bool is_backscatter(struct reading *r, const struct waiting *w)
{
	if (!packetmark_answers(&w->datagram))
		return false;
	return w->flow == 0 || !synflows_has(&r->flows, w->flow);
}

static int count(struct reading *r, const struct waiting *w)
{
	const struct datagram *d = &w->datagram;
	struct packet p = {
	    .time = w->time,
	    .packets = 1,
	    .source = d->source,
	    .sensor = w->sensor,
	    .origin = PACKET_NO_ORIGIN,
	    .port = d->port,
	    .source_port = d->source_port,
	    .protocol = d->protocol,
	};

	if (packetmark_is_syn(d))
		synflows_add(&r->flows, w->flow, w->time);
	p.signature =
	    is_backscatter(r, w) ? SIGNATURE_BACKSCATTER : packetmark_find(d);
	return intake_add(r->im, &p);
}

static int settle(struct reading *r)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < r->waiting_count; i++)
		rc = count(r, &r->waiting[i]);
	r->waiting_count = 0;
	return rc;
}

static int wait_for(struct reading *r, const struct datagram *d, int sensor,
		    int64_t time)
{
	struct waiting *w = &r->waiting[r->waiting_count++];

	*w = (struct waiting){*d, 0, time, number_of(r, sensor)};
	if (packetmark_is_syn(d) ||
	    (packetmark_answers(d) && (!d->icmp_error || d->quotes_tcp))) {
		w->flow = flow_of(r, d);
		synflows_fetch(&r->flows, w->flow);
	}
	return r->waiting_count == WAITING ? settle(r) : 0;
}

/* Whose a packet is; a sensor's number, or -1 with the reason. */
static int find_sensor(struct reading *r, const struct datagram *d,
		       enum drop *why)
{
	/* An address of a sensor is never stored as a source either. */
	if (sensormap_owns(r->map, &d->source)) {
		*why = DROP_FROM_A_SENSOR;
		return -1;
	}
	*why = DROP_NOT_TO_A_SENSOR;
	return sensormap_find(r->map, &d->destination);
}

static enum drop open_frame(const struct capturefile_frame *f,
			    struct datagram *out)
{
	const uint8_t *data = f->data;
	size_t len = f->len;

	switch (linklayer_open(f->link, &data, &len)) {
	case LINKLAYER_IP:
		break;
	case LINKLAYER_NOT_IP:
		return DROP_NOT_IP;
	case LINKLAYER_SHORT:
		return DROP_CUT_SHORT;
	case LINKLAYER_UNKNOWN:
		return DROP_LINK_TYPE;
	}
	switch (datagram_read(data, len, out)) {
	case DATAGRAM_GOOD:
		return DROP_COUNTED;
	case DATAGRAM_WRONG:
		return DROP_MALFORMED;
	case DATAGRAM_SHORT:
		return DROP_CUT_SHORT;
	case DATAGRAM_FRAGMENT:
		return DROP_LATER_FRAGMENT;
	}
	return DROP_MALFORMED;
}

static int take_frame(struct reading *r, const struct capturefile_frame *f)
{
	struct datagram d = {0};
	enum drop drop = open_frame(f, &d), why;
	int sensor = -1;

	/* What is not for a sensor is that first, whatever else it is. */
	if (d.source.family != 0 && (sensor = find_sensor(r, &d, &why)) < 0)
		drop = why;
	else if (drop == DROP_COUNTED && (f->time < 0 || f->time >= YEAR_10000))
		drop = DROP_NO_TIME;
	if (drop == DROP_COUNTED)
		return wait_for(r, &d, sensor, f->time);
	r->im->result->dropped[drop]++;
	return 0;
}

/* What follows a damage is read all the same: the file is known again by all
 * of its content. */
static int drain(struct reading *r)
{
	char *rest = xalloc(DRAIN_BYTES);
	ssize_t n;

	while ((n = inflow_read(r->im->in, rest, DRAIN_BYTES)) > 0)
		intake_show(r->im, 0);
	free(rest);
	return (int)n;
}

static void note_damage(struct reading *r)
{
	struct capturefile *f = &r->file;

	r->im->upto = xalloc_printf("packet %" PRId64, f->frames);
	if (f->damage != NULL && inflow_damage(r->im->in) == NULL)
		r->im->result->damage = xalloc_printf(
		    "%s at byte %" PRId64 ", behind packet %" PRId64, f->damage,
		    f->at, f->frames);
}

static int read_frames(struct reading *r)
{
	struct capturefile_frame frame;
	enum capturefile_got got = capturefile_begin(&r->file);

	while (got == CAPTUREFILE_FRAME) {
		got = capturefile_next(&r->file, &frame);
		if (got == CAPTUREFILE_FRAME && take_frame(r, &frame) < 0)
			return -1;
		intake_show(r->im, r->file.frames);
	}
	r->im->result->read = r->file.frames;
	if (got == CAPTUREFILE_FAILED || settle(r) < 0)
		return -1;
	note_damage(r);
	return got == CAPTUREFILE_DAMAGED ? drain(r) : 0;
}

static int set_up(struct reading *r)
{
	const struct importer_options *o = r->im->options;

	if (o->count != NULL && strcmp(o->count, "packets") != 0) {
		log_error("%s: a capture has packets and no flows",
			  r->im->result->file);
		return -1;
	}
	if (intake_count(r->im, "packets") < 0)
		return -1;
	if (o->sensor_map == NULL) {
		log_error("%s: a capture needs --sensor-map FILE: which "
			  "addresses the sensors have",
			  r->im->result->file);
		log_hint("it is CSV with the header sensor,prefix, readable "
			 "for you only, and nothing of it is stored");
		return -1;
	}
	r->map = sensormap_read(o->sensor_map);
	if (r->map == NULL)
		return -1;
	r->numbers = xalloc_zero(r->map->sensors.count, sizeof(*r->numbers));
	return 0;
}

int captureimport_read(struct intake *im)
{
	struct reading r = {.im = im};
	int rc;

	capturefile_init(&r.file, read_content, im->in);
	rc = set_up(&r);
	if (rc == 0)
		rc = read_frames(&r);
	capturefile_release(&r.file);
	synflows_release(&r.flows);
	sensormap_free(r.map);
	free(r.numbers);
	return rc;
}
