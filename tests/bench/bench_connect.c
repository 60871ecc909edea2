/*
 * bench_connect COUNT IN-FLIGHT PORT...: a bare non-blocking connect loop,
 * the reference of closed-ports. Connects to PORTs of COUNT addresses from
 * 127.20.0.0 on and does nothing else. Prints how many were refused.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define FIRST 0x7f140000u
#define EVENTS 128

static int epoll;
static size_t refused, live;

static void ended(int fd, int error)
{
	refused += error == ECONNREFUSED;
	close(fd);
}

static void start(unsigned long address, int port)
{
	struct epoll_event event = {.events = EPOLLOUT};
	struct sockaddr_in to = {
	    .sin_family = AF_INET,
	    .sin_port = htons((uint16_t)port),
	    .sin_addr = {htonl((uint32_t)(FIRST + address))}};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0) {
		perror("bench_connect: socket");
		exit(1);
	}
	if (connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0 ||
	    errno != EINPROGRESS) {
		ended(fd, errno);
		return;
	}
	event.data.fd = fd;
	if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) < 0) {
		perror("bench_connect: epoll_ctl");
		exit(1);
	}
	live++;
}

static void serve(int wait_ms)
{
	struct epoll_event events[EVENTS];
	int n = epoll_wait(epoll, events, EVENTS, wait_ms);

	for (int i = 0; i < n; i++) {
		socklen_t len = sizeof(int);
		int error = 0, fd = events[i].data.fd;

		getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len);
		ended(fd, error);
		live--;
	}
}

int main(int argc, char **argv)
{
	unsigned long count, in_flight;

	if (argc < 4) {
		fprintf(stderr,
			"usage: bench_connect COUNT IN-FLIGHT PORT...\n");
		return 2;
	}
	count = strtoul(argv[1], NULL, 10);
	in_flight = strtoul(argv[2], NULL, 10);
	epoll = epoll_create1(EPOLL_CLOEXEC);
	for (int p = 3; p < argc; p++) {
		for (unsigned long a = 0; a < count; a++) {
			while (live >= in_flight)
				serve(-1);
			start(a, (int)strtol(argv[p], NULL, 10));
		}
	}
	while (live > 0)
		serve(-1);
	printf("%zu\n", refused);
	return 0;
}
