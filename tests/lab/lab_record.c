/*
 * The record: one line when a connection is accepted, one when it has ended.
 * Every line is written at once, so that a killed lab loses none.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include <openssl/evp.h>

#include "lab.h"

static FILE *record;

int record_open(const char *file)
{
	if (file == NULL)
		return 0;
	record = fopen(file, "w");
	if (record == NULL) {
		fprintf(stderr, "lab: %s: %s\n", file, strerror(errno));
		return -1;
	}
	setvbuf(record, NULL, _IOLBF, 1 << 16);
	return 0;
}

void record_close(void)
{
	if (record != NULL)
		fclose(record);
	record = NULL;
}

static void print_peer(const struct sockaddr_storage *peer, char *text,
		       size_t size, int *port)
{
	const void *address = &((const struct sockaddr_in *)peer)->sin_addr;

	*port = ntohs(((const struct sockaddr_in *)peer)->sin_port);
	if (peer->ss_family == AF_INET6)
		address = &((const struct sockaddr_in6 *)peer)->sin6_addr;
	if (inet_ntop(peer->ss_family, address, text, (socklen_t)size) == NULL)
		text[0] = '\0';
}

static void record_line(const struct connection *c, const char *event)
{
	char peer[INET6_ADDRSTRLEN];
	int port;

	print_peer(&c->peer, peer, sizeof(peer), &port);
	fprintf(record,
		"{\"event\":\"%s\",\"id\":%llu,\"device\":\"%s\","
		"\"address\":\"%s\",\"port\":%u,\"peer\":\"%s\","
		"\"peer_port\":%d,\"ms\":%lld,\"wall_ms\":%lld",
		event, (unsigned long long)c->number, c->service->device,
		c->service->address, c->service->port, peer, port,
		(long long)c->opened_ms, (long long)c->opened_wall_ms);
}

void record_opened(const struct connection *c)
{
	if (record == NULL)
		return;
	record_line(c, "open");
	fputs("}\n", record);
}

void record_closed(const struct connection *c)
{
	unsigned char base64[LAB_KEPT / 3 * 4 + 8];

	if (record == NULL)
		return;
	EVP_EncodeBlock(base64, (const unsigned char *)c->received,
			(int)c->kept);
	record_line(c, "close");
	fprintf(record,
		",\"duration_ms\":%lld,\"received\":%llu,\"sent\":%llu,"
		"\"tls\":%s,\"ended\":\"%s\",\"received_b64\":\"%s\"}\n",
		(long long)(c->closed_ms - c->opened_ms),
		(unsigned long long)c->received_count,
		(unsigned long long)c->sent_count,
		c->tls_done ? "true" : "false", c->ended, base64);
}
