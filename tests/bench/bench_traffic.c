/*
 * Traffic of a sensor network, made up: a few loud sources, many quiet ones,
 * ports as unequal as in life. Same arguments, same bytes.
 *
 *     bench_traffic pcap N     packets to 12 sensors, as a capture of Ethernet
 *     bench_traffic csv N K    rows of CSV with about K keys
 *     bench_traffic loop FILE  reads a capture with libpcap and nothing else;
 *                              prints packets, seconds
 */
#include <inttypes.h>
#include <pcap/pcap.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define BEGIN 1751328000u /* 2025-07-01 */
#define SENSORS 12

static uint64_t state = 88172645463325252u;

static uint64_t next_number(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	return state ^= state << 17;
}

/* Small numbers far more often than large ones. */
static uint32_t unequal(uint32_t count)
{
	double u = (double)(next_number() >> 11) / 9007199254740992.0;

	return (uint32_t)((double)count * u * u * u * u);
}

static const uint16_t ports[] = {
    23,   22,   445,  80,    443,   2323, 8080, 3389, 5555, 6379, 8728, 81,
    8443, 1433, 5060, 37215, 52869, 7547, 5900, 8081, 2222, 9527, 8000, 123};

/* A source asks for up to three ports; one in 256 tries all. */
static uint16_t pick_port(uint32_t source)
{
	uint32_t n = sizeof(ports) / sizeof(ports[0]);

	if (source % 256 == 0)
		return (uint16_t)next_number();
	return ports[(source / 256 + unequal(3) * 7) % n];
}

static uint32_t source_address(uint32_t n)
{
	uint32_t a = (n + 1) * 2654435761u;

	/* Not in the ranges that nobody has. */
	return (a & 0x00ffffffu) | (1 + (a >> 24) % 200) << 24;
}

static void put16(uint8_t *p, unsigned v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static void put32(uint8_t *p, uint32_t v)
{
	put16(p, v >> 16);
	put16(p + 2, v & 0xffff);
}

/* One SYN, of Mirai, ZMap, masscan or nobody known. */
static void make_syn(uint8_t *f, uint32_t source, uint32_t to)
{
	uint16_t port = pick_port(source);
	uint32_t sequence = (uint32_t)next_number();
	unsigned id = (unsigned)next_number() & 0xffff;

	if (source % 4 == 0)
		sequence = to;
	else if (source % 4 == 1)
		id = 54321;
	else if (source % 16 == 2)
		id = (to ^ port ^ sequence) & 0xffff;
	memset(f, 0, 60);
	memset(f, 2, 12);
	put16(f + 12, 0x0800);
	f[14] = 0x45;
	put16(f + 16, 40);
	put16(f + 18, id);
	f[22] = 64;
	f[23] = 6;
	put32(f + 26, source);
	put32(f + 30, to);
	put16(f + 34, 1024 + (unsigned)next_number() % 60000);
	put16(f + 36, port);
	put32(f + 38, sequence);
	f[46] = 0x50;
	f[47] = 2;
	put16(f + 48, 1024);
}

static void write_pcap(uint32_t count)
{
	const uint32_t head[6] = {0xa1b2c3d4, 0x00040002, 0, 0, 65535, 1};

	fwrite(head, sizeof(head), 1, stdout);
	for (uint32_t i = 0; i < count; i++) {
		uint32_t sensor = (uint32_t)next_number() % SENSORS;
		uint32_t record[4] = {
		    BEGIN + (uint32_t)((uint64_t)i * 86400 / count),
		    i % 1000000, 60, 60};
		uint8_t frame[60];

		make_syn(frame, source_address(unequal(10000)),
			 0xc0000200u + sensor * 16 +
			     (uint32_t)next_number() % 16);
		fwrite(record, sizeof(record), 1, stdout);
		fwrite(frame, sizeof(frame), 1, stdout);
	}
}

/* Each key comes about rows / keys times, on one of 90 days. */
static void write_csv(uint32_t rows, uint32_t keys)
{
	puts("time,sensor,source,protocol,port,source_port");
	for (uint32_t i = 0; i < rows; i++) {
		uint64_t key = i < keys ? i : next_number() % keys;
		uint64_t k = (key + 1) * 0x9e3779b97f4a7c15u;
		uint32_t source = source_address((uint32_t)(k >> 40) % 400000);
		uint32_t at = BEGIN + (uint32_t)(k >> 8) % 90 * 86400 +
			      (uint32_t)next_number() % 86400;

		printf("%u,sensor-%u,%u.%u.%u.%u,%s,%u,%u\n", at,
		       (unsigned)(k >> 16) % SENSORS, source >> 24,
		       source >> 16 & 255, source >> 8 & 255, source & 255,
		       (k >> 60) == 0 ? "UDP" : "TCP", ports[(k >> 20) % 24],
		       1024 + i % 60000);
	}
}

static int read_loop(const char *path)
{
	char why[PCAP_ERRBUF_SIZE];
	struct timespec from, to;
	struct pcap_pkthdr *head;
	const u_char *data;
	uint64_t count = 0, bytes = 0;
	pcap_t *p;

	clock_gettime(CLOCK_MONOTONIC, &from);
	p = pcap_open_offline(path, why);
	if (p == NULL) {
		fprintf(stderr, "%s\n", why);
		return 1;
	}
	while (pcap_next_ex(p, &head, &data) == 1) {
		count++;
		bytes += head->caplen + data[0];
	}
	pcap_close(p);
	clock_gettime(CLOCK_MONOTONIC, &to);
	printf("%" PRIu64 " %.4f\n", count,
	       (double)(to.tv_sec - from.tv_sec) +
		   (double)(to.tv_nsec - from.tv_nsec) / 1e9);
	return bytes == 0;
}

int main(int argc, char **argv)
{
	uint32_t n = argc > 2 ? (uint32_t)strtoul(argv[2], NULL, 10) : 0;

	if (argc == 3 && strcmp(argv[1], "loop") == 0)
		return read_loop(argv[2]);
	if (argc == 3 && strcmp(argv[1], "pcap") == 0)
		write_pcap(n);
	else if (argc == 4 && strcmp(argv[1], "csv") == 0)
		write_csv(n, (uint32_t)strtoul(argv[3], NULL, 10));
	else
		return 2;
	return fflush(stdout) != 0;
}
