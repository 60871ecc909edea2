#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>

#include "capture_bytes.h"
#include "datagram.h"
#include "linklayer.h"
#include "lists.h"
#include "packet.h"
#include "packetmark.h"
#include "synflows.h"

#define FROM "\xc6\x33\x64\x07" /* 198.51.100.7 */
#define TO "\xc0\x00\x02\x09"   /* 192.0.2.9 */
#define TO_NUMBER 0xc0000209u

static struct bytes packet, payload, frame;

/* A SYN from FROM:4000 to TO:23 in IPv4. */
static void make_syn(uint32_t sequence, unsigned id, unsigned flags)
{
	const struct four h = {FROM, TO, 6, id, 0x4000, 0};

	payload.len = packet.len = 0;
	put_tcp(&payload, 4000, 23, sequence, flags);
	put_ipv4(&packet, &h, &payload);
}

static void assert_syn(const uint8_t *data, size_t len)
{
	struct datagram d;
	char text[ADDR_TEXT_MAX];

	assert_int_equal(datagram_read(data, len, &d), DATAGRAM_GOOD);
	assert_string_equal(addr_format(&d.source, text), "198.51.100.7");
	assert_string_equal(addr_format(&d.destination, text), "192.0.2.9");
	assert_int_equal(d.protocol, 6);
	assert_int_equal(d.source_port, 4000);
	assert_int_equal(d.port, 23);
	assert_true(packetmark_is_syn(&d));
}

/* Puts in front of the packet what a link type has there. */
static void make_frame(uint32_t link, unsigned tags)
{
	frame.len = 0;
	switch (link) {
	case 1:
		put_zeros(&frame, 12);
		for (unsigned i = 0; i < tags; i++) {
			put16(&frame, i == 0 && tags > 1 ? 0x88a8 : 0x8100);
			put16(&frame, 100 + i);
		}
		put16(&frame, 0x0800);
		break;
	case 0:
		put(&frame, (uint8_t[]){2, 0, 0, 0}, 4);
		break;
	case 108:
		put32(&frame, 2);
		break;
	case 113:
		put_zeros(&frame, 14);
		put16(&frame, 0x0800);
		break;
	case 276:
		put16(&frame, 0x0800);
		put_zeros(&frame, 18);
		break;
	}
	put(&frame, packet.data, packet.len);
}

static void every_link_type_leads_to_the_packet(void **state)
{
	static const struct {
		uint32_t link;
		unsigned tags;
	} cases[] = {{1, 0},  {1, 1},   {1, 2},   {1, 4},   {0, 0},   {12, 0},
		     {14, 0}, {101, 0}, {108, 0}, {113, 0}, {228, 0}, {276, 0}};

	(void)state;
	make_syn(1, 1, DATAGRAM_SYN);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		make_frame(cases[i].link, cases[i].tags);
		/* However short it is cut, nothing behind it is read. */
		for (size_t len = 0; len <= frame.len; len++) {
			uint8_t *copy = malloc(len + 1);
			const uint8_t *data = copy;
			size_t left = len;
			enum linklayer_got got;

			memcpy(copy, frame.data, len);
			got = linklayer_open(cases[i].link, &data, &left);
			if (len + packet.len <= frame.len)
				assert_int_equal(got, LINKLAYER_SHORT);
			else
				assert_int_equal(got, LINKLAYER_IP);
			if (len == frame.len)
				assert_syn(data, left);
			free(copy);
		}
	}
}

static void what_is_not_ip_is_told(void **state)
{
	const uint8_t *data = frame.data;
	size_t len;

	(void)state;
	make_syn(1, 1, DATAGRAM_SYN);
	make_frame(1, 0);
	frame.data[12] = 0x08;
	frame.data[13] = 0x06; /* ARP */
	len = frame.len;
	assert_int_equal(linklayer_open(1, &data, &len), LINKLAYER_NOT_IP);
	make_frame(1, 5); /* more tags than anybody uses */
	len = frame.len;
	data = frame.data;
	assert_int_equal(linklayer_open(1, &data, &len), LINKLAYER_NOT_IP);
	assert_int_equal(linklayer_open(105, &data, &len), LINKLAYER_UNKNOWN);
	assert_false(linklayer_knows(105));
}

static void options_and_fragments_are_understood(void **state)
{
	struct four h = {FROM, TO, 6, 1, 0x4000, 10};
	struct datagram d;

	(void)state;
	make_syn(1, 1, DATAGRAM_SYN);
	packet.len = 0;
	put_ipv4(&packet, &h, &payload);
	assert_syn(packet.data, packet.len);
	/* The first of several fragments has the ports, the others do not. */
	h = (struct four){FROM, TO, 6, 1, 0x2000, 0};
	packet.len = 0;
	put_ipv4(&packet, &h, &payload);
	assert_syn(packet.data, packet.len);
	h.fragment = 0x2000 | 3;
	packet.len = 0;
	put_ipv4(&packet, &h, &payload);
	assert_int_equal(datagram_read(packet.data, packet.len, &d),
			 DATAGRAM_FRAGMENT);
	assert_int_equal(d.destination.family, 4);
	/* A header length or version that cannot be. */
	packet.data[0] = 0x44;
	assert_int_equal(datagram_read(packet.data, packet.len, &d),
			 DATAGRAM_WRONG);
	packet.data[0] = 0x55;
	assert_int_equal(datagram_read(packet.data, packet.len, &d),
			 DATAGRAM_WRONG);
	/* A length of the packet that is less than its header's. */
	packet.data[0] = 0x45;
	packet.data[3] = 19;
	assert_int_equal(datagram_read(packet.data, packet.len, &d),
			 DATAGRAM_WRONG);
}

static void a_short_capture_is_enough_once_the_ports_are_there(void **state)
{
	struct datagram d;

	(void)state;
	make_syn(1, 54321, DATAGRAM_SYN);
	for (size_t len = 0; len <= packet.len; len++) {
		uint8_t *copy = malloc(len + 1);

		memcpy(copy, packet.data, len);
		assert_int_equal(datagram_read(copy, len, &d),
				 len < 24 ? DATAGRAM_SHORT : DATAGRAM_GOOD);
		assert_int_equal(d.source.family, len < 20 ? 0 : 4);
		if (len >= 24) {
			assert_int_equal(d.port, 23);
			assert_int_equal(d.has_tcp, len >= 34);
		}
		free(copy);
	}
}

/* @next, @bodies: extension headers, then the SYN. */
static void make_six(const uint8_t *from, const uint8_t *next,
		     const struct bytes *extensions)
{
	static const uint8_t to[16] = {0x20, 0x01, 0x0d, 0xb8, [15] = 9};

	packet.len = 0;
	put32(&packet, 0x60000000);
	put16(&packet, (unsigned)(extensions->len + payload.len));
	put(&packet, (uint8_t[]){next[0], 64}, 2);
	put(&packet, from, 16);
	put(&packet, to, 16);
	put(&packet, extensions->data, extensions->len);
	put(&packet, payload.data, payload.len);
}

static void ipv6_headers_are_followed(void **state)
{
	static const uint8_t from[16] = {0x20, 0x01, 0x0d, 0xb8, [15] = 7};
	static const uint8_t mapped[16] = {[10] = 255, [11] = 255, [12] = 198,
					   [13] = 51,  [14] = 100, [15] = 7};
	static struct bytes extensions;
	struct datagram d;
	char text[ADDR_TEXT_MAX];

	(void)state;
	make_syn(TO_NUMBER, 54321, DATAGRAM_SYN);
	extensions.len = 0;
	make_six(from, (uint8_t[]){6}, &extensions);
	assert_int_equal(datagram_read(packet.data, packet.len, &d),
			 DATAGRAM_GOOD);
	assert_string_equal(addr_format(&d.source, text), "2001:db8::7");
	assert_int_equal(d.port, 23);
	/* No mark of IPv4 in IPv6. */
	assert_int_equal(packetmark_find(&d), SIGNATURE_NONE);
	/* Hop-by-hop of 16 bytes, routing, first fragment, authentication of
	 * 12, destination options. */
	put(&extensions, (uint8_t[16]){43, 1}, 16);
	put(&extensions, (uint8_t[8]){44, 0}, 8);
	put(&extensions, (uint8_t[8]){51, 0, 0, 1}, 8);
	put(&extensions, (uint8_t[12]){60, 1}, 12);
	put(&extensions, (uint8_t[8]){6, 0}, 8);
	make_six(from, (uint8_t[]){0}, &extensions);
	for (size_t len = 0; len <= packet.len; len++) {
		uint8_t *copy = malloc(len + 1);

		memcpy(copy, packet.data, len);
		assert_int_equal(datagram_read(copy, len, &d),
				 len < 40 + 52 + 4 ? DATAGRAM_SHORT
						   : DATAGRAM_GOOD);
		free(copy);
	}
	assert_int_equal(d.protocol, 6);
	assert_int_equal(d.port, 23);
	/* A later fragment. */
	packet.data[40 + 24 + 3] = 0x19;
	assert_int_equal(datagram_read(packet.data, packet.len, &d),
			 DATAGRAM_FRAGMENT);
	/* A chain without end. */
	extensions.len = 0;
	for (int i = 0; i < 100; i++)
		put(&extensions, (uint8_t[8]){60, 0}, 8);
	make_six(from, (uint8_t[]){60}, &extensions);
	assert_int_equal(datagram_read(packet.data, packet.len, &d),
			 DATAGRAM_WRONG);
	/* IPv4-mapped is IPv4. */
	extensions.len = 0;
	make_six(mapped, (uint8_t[]){6}, &extensions);
	assert_int_equal(datagram_read(packet.data, packet.len, &d),
			 DATAGRAM_GOOD);
	assert_string_equal(addr_format(&d.source, text), "198.51.100.7");
}

static void tools_are_known_by_their_marks(void **state)
{
	static const struct {
		uint32_t sequence;
		unsigned id, flags;
		int wanted;
	} cases[] = {
	    {5, 6, DATAGRAM_SYN, SIGNATURE_NONE},
	    {TO_NUMBER, 6, DATAGRAM_SYN, SIGNATURE_MIRAI},
	    /* Mirai comes before the others. */
	    {TO_NUMBER, 54321, DATAGRAM_SYN, SIGNATURE_MIRAI},
	    {5, 54321, DATAGRAM_SYN, PACKET_MAYBE_ZMAP},
	    {5, (TO_NUMBER ^ 23 ^ 5) & 0xffff, DATAGRAM_SYN,
	     PACKET_MAYBE_MASSCAN},
	    {0x12345678, (TO_NUMBER ^ 23 ^ 0x12345678) & 0xffff, DATAGRAM_SYN,
	     PACKET_MAYBE_MASSCAN},
	    /* Answers and what goes on are of the kernel. */
	    {TO_NUMBER, 54321, DATAGRAM_ACK, PACKET_FOLLOWS},
	    {5, 54321, DATAGRAM_RST, PACKET_FOLLOWS},
	    /* Other scans open too: FIN, and no flag at all. */
	    {5, 54321, DATAGRAM_FIN, PACKET_MAYBE_ZMAP},
	    {5, 54321, 0, PACKET_MAYBE_ZMAP},
	};
	struct four h = {FROM, TO, 47, 54321, 0, 0};
	struct datagram d;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		make_syn(cases[i].sequence, cases[i].id, cases[i].flags);
		assert_int_equal(datagram_read(packet.data, packet.len, &d),
				 DATAGRAM_GOOD);
		assert_int_equal(packetmark_find(&d), cases[i].wanted);
	}
	packet.len = 0;
	put_ipv4(&packet, &h, &payload);
	assert_int_equal(datagram_read(packet.data, packet.len, &d),
			 DATAGRAM_GOOD);
	assert_int_equal(packetmark_find(&d), SIGNATURE_GRE);
	assert_int_equal(d.port, 0);
	h.protocol = 17;
	packet.len = payload.len = 0;
	put_udp(&payload, 53, 123);
	put_ipv4(&packet, &h, &payload);
	assert_int_equal(datagram_read(packet.data, packet.len, &d),
			 DATAGRAM_GOOD);
	assert_int_equal(packetmark_find(&d), PACKET_MAYBE_ZMAP);
	assert_int_equal(d.port, 123);
}

static void answers_are_told_from_scans(void **state)
{
	static const struct {
		unsigned flags;
		bool answers;
	} cases[] = {
	    {DATAGRAM_SYN, false}, {DATAGRAM_SYN | DATAGRAM_ACK, true},
	    {DATAGRAM_RST, true},  {DATAGRAM_RST | DATAGRAM_ACK, true},
	    {DATAGRAM_ACK, false}, {DATAGRAM_FIN | DATAGRAM_ACK, false},
	    {0xc2, false}}; /* a SYN that asks for ECN */
	/* What the sensor 192.0.2.9 is said to have sent. */
	const struct four quoted = {TO, FROM, 6, 0, 0, 0};
	const struct four icmp = {FROM, TO, 1, 0, 0, 0};
	static struct bytes inner;
	struct datagram d;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		make_syn(1, 1, cases[i].flags);
		assert_int_equal(datagram_read(packet.data, packet.len, &d),
				 DATAGRAM_GOOD);
		assert_int_equal(packetmark_answers(&d), cases[i].answers);
	}
	for (unsigned type = 0; type < 20; type++) {
		inner.len = payload.len = packet.len = 0;
		put_tcp(&inner, 23, 4000, 1, DATAGRAM_SYN | DATAGRAM_ACK);
		put(&payload, (uint8_t[8]){(uint8_t)type, 3}, 8);
		put_ipv4(&payload, &quoted, &inner);
		put_ipv4(&packet, &icmp, &payload);
		for (size_t len = 21; len <= packet.len; len++)
			assert_int_equal(datagram_read(packet.data, len, &d),
					 DATAGRAM_GOOD);
		assert_int_equal(packetmark_answers(&d),
				 type == 3 || type == 4 || type == 5 ||
				     type == 11 || type == 12);
		if (!packetmark_answers(&d))
			continue;
		assert_true(d.quotes_tcp);
		assert_int_equal(d.quoted_source_port, 23);
		assert_int_equal(d.quoted_port, 4000);
		assert_int_equal(d.port, 0);
	}
}

static void flows_are_remembered_for_a_while(void **state)
{
	struct synflows s = {0};
	struct addr a = {4, {198, 51, 100, 7}}, b = {4, {192, 0, 2, 9}};
	uint64_t one = synflows_flow(&s, &a, 4000, &b, 23), other;

	(void)state;
	assert_true(one == synflows_flow(&s, &a, 4000, &b, 23));
	assert_true(one != synflows_flow(&s, &b, 4000, &a, 23));
	assert_true(one != synflows_flow(&s, &a, 23, &b, 4000));
	assert_false(synflows_has(&s, one));
	synflows_add(&s, one, 1000);
	assert_true(synflows_has(&s, one));
	for (unsigned i = 0; i < 100000; i++)
		synflows_add(
		    &s,
		    synflows_flow(&s, &a, (uint16_t)i, &b, (uint16_t)(i >> 8)),
		    1000 + SYNFLOWS_SECONDS);
	assert_true(synflows_has(&s, one));
	/* Two turns later it is forgotten. */
	other = synflows_flow(&s, &b, 1, &b, 1);
	synflows_add(&s, other, 1001 + SYNFLOWS_SECONDS);
	assert_true(synflows_has(&s, one));
	synflows_add(&s, other + 1, 1002 + 2 * SYNFLOWS_SECONDS);
	assert_false(synflows_has(&s, one));
	assert_true(synflows_has(&s, other));
	synflows_release(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_link_type_leads_to_the_packet),
	    cmocka_unit_test(what_is_not_ip_is_told),
	    cmocka_unit_test(options_and_fragments_are_understood),
	    cmocka_unit_test(
		a_short_capture_is_enough_once_the_ports_are_there),
	    cmocka_unit_test(ipv6_headers_are_followed),
	    cmocka_unit_test(tools_are_known_by_their_marks),
	    cmocka_unit_test(answers_are_told_from_scans),
	    cmocka_unit_test(flows_are_remembered_for_a_while),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
