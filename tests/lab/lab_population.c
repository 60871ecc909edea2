/*
 * A crowd of addresses of which each says something of its own, from one
 * listener for each port. What address and port say follows from their
 * numbers alone, so that the expectation needs no description.
 */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "lab.h"

#define PER_NETWORK 250 /* addresses of each /24 */

/* The banners of the first ones come unasked; web servers follow. Nobody
 * listens on the last ones. */
static const uint16_t ports[] = {21,  25,   2121, 5900, 80,   81,  82,
				 88,  8080, 8081, 8888, 9000, 23,  110,
				 143, 443,  554,  1723, 3306, 8443};
enum { PORTS = sizeof(ports) / sizeof(ports[0]), BANNERS = 4, PLAYED = 12 };

enum manner { MANNER_SAYS, MANNER_RESETS, MANNER_CLOSES, MANNER_MUTE };

struct population {
	struct service listeners[PLAYED];
	size_t count; /* of addresses */
	bool mute;
	struct service **met; /* by address, then port; NULL: not yet */
};

static void print_address(size_t i, char *out, size_t size)
{
	snprintf(out, size, "127.100.%zu.%zu", i / PER_NETWORK,
		 1 + i % PER_NETWORK);
}

static enum manner manner_of(const struct population *p, size_t i, size_t port)
{
	size_t number = (i * 7 + port * 3) % 20;

	if (p->mute)
		return MANNER_MUTE;
	if (number == 0)
		return port < BANNERS ? MANNER_SAYS : MANNER_MUTE;
	if (number == 1)
		return MANNER_RESETS;
	return number == 2 ? MANNER_CLOSES : MANNER_SAYS;
}

static void set_text(struct service *s, bool banner)
{
	char text[128], head[512];

	snprintf(text, sizeof(text), "Unit %s port %u", s->address, s->port);
	if (banner) {
		bytes_text(&s->greeting.head,
			   s->port == 5900 ? "RFB 003.008 " : "220 ");
		bytes_text(&s->greeting.head, text);
		bytes_text(&s->greeting.head, "\r\n");
		return;
	}
	snprintf(head, sizeof(head),
		 "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
		 "Content-Length: %zu\r\n\r\n"
		 "<html><head><title>%s</title></head></html>",
		 strlen(text) + 41, text);
	bytes_text(&s->pages->answer.head, head);
}

static struct service *service_new(const struct population *p, size_t i,
				   size_t port)
{
	struct service *s = lab_alloc(sizeof(*s));
	enum manner manner = manner_of(p, i, port);
	bool banner = port < BANNERS;
	struct answer *only;
	char address[32];

	print_address(i, address, sizeof(address));
	s->device = "unit";
	s->address = strdup(address);
	s->port = ports[port];
	s->fd = -1;
	s->kind = banner || manner == MANNER_MUTE ? KIND_MUTE : KIND_HTTP;
	if (manner == MANNER_MUTE)
		return s;
	s->greets = banner;
	s->page_count = banner ? 0 : 1;
	s->pages = lab_alloc(sizeof(*s->pages));
	if (!banner && manner == MANNER_SAYS)
		s->pages->path = strdup("/");
	only = banner ? &s->greeting : &s->pages->answer;
	if (manner == MANNER_SAYS)
		set_text(s, banner);
	else
		only->end = manner == MANNER_RESETS ? END_RESET : END_CLOSE;
	return s;
}

const struct service *population_meet(const struct service *listener, int fd)
{
	struct population *p = listener->crowd;
	size_t port = (size_t)(listener - p->listeners), i;
	struct sockaddr_in own = {0};
	socklen_t len = sizeof(own);
	uint32_t host;

	if (getsockname(fd, (struct sockaddr *)&own, &len) < 0)
		return NULL;
	host = ntohl(own.sin_addr.s_addr);
	i = (host >> 8 & 255) * PER_NETWORK + (host & 255) - 1;
	if (host >> 16 != (127 << 8 | 100) || (host & 255) == 0 ||
	    (host & 255) > PER_NETWORK || i >= p->count)
		return NULL;
	i = i * PLAYED + port;
	if (p->met[i] == NULL)
		p->met[i] = service_new(p, i / PLAYED, port);
	return p->met[i];
}

struct population *population_new(size_t count, bool mute)
{
	struct population *p = lab_alloc(sizeof(*p));

	p->count = count;
	p->mute = mute;
	p->met = lab_alloc(count * PLAYED * sizeof(struct service *));
	for (size_t i = 0; i < PLAYED; i++)
		p->listeners[i] = (struct service){.watched = WATCHED_LISTENER,
						   .address = "0.0.0.0",
						   .port = ports[i],
						   .crowd = p,
						   .fd = -1};
	return p;
}

void population_free(struct population *p)
{
	if (p == NULL)
		return;
	for (size_t i = 0; i < p->count * PLAYED; i++) {
		if (p->met[i] == NULL)
			continue;
		free((char *)p->met[i]->address);
		service_release(p->met[i]);
		free(p->met[i]);
	}
	free(p->met);
	free(p);
}

struct service *population_listeners(struct population *p, size_t *count)
{
	*count = PLAYED;
	return p->listeners;
}

static void print_expected(const struct population *p, size_t i, size_t port)
{
	static const char *const outcomes[] = {
	    [MANNER_SAYS] = "answered",
	    [MANNER_RESETS] = "reset",
	    [MANNER_CLOSES] = "closed",
	    [MANNER_MUTE] = "silent",
	};
	char address[32];

	print_address(i, address, sizeof(address));
	printf("%s|%u|", address, ports[port]);
	if (port >= PLAYED)
		printf("refused|\n");
	else if (manner_of(p, i, port) != MANNER_SAYS)
		printf("%s|\n", outcomes[manner_of(p, i, port)]);
	else
		printf("answered|%sUnit %s port %u\n",
		       port >= BANNERS       ? ""
		       : ports[port] == 5900 ? "RFB 003.008 "
					     : "220 ",
		       address, ports[port]);
}

void population_print(const struct population *p, bool expected)
{
	char address[32];

	for (size_t i = 0; i < p->count; i++) {
		print_address(i, address, sizeof(address));
		if (!expected)
			puts(address);
		for (size_t port = 0; expected && port < PORTS; port++)
			print_expected(p, i, port);
	}
}
