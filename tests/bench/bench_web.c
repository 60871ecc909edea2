/*
 * bench_web PORT [CERTIFICATE KEY]: a tiny epoll web server on PORT of every
 * address of a network namespace, with TLS when it has a certificate (PEM
 * files). A recorder's first page that leads to its login page, and an icon.
 * It ends by itself after ten minutes.
 */
#include <arpa/inet.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define EVENTS 128
#define DESCRIPTORS 20000
#define LIFE_S 600

static const char first[] =
    "<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\"><title></title>\n"
    "<script>window.location.href = '/doc/page/login.asp';</script>\n"
    "</head><body></body></html>\n";
static const char login[] =
    "<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\"><title></title>\n"
    "<script src=\"/doc/script/login.js\"></script></head>\n"
    "<body><form id=\"login\" action=\"#\" method=\"post\">\n"
    "<input type=\"text\" name=\"username\">"
    "<input type=\"password\" name=\"password\">\n"
    "<button>Login</button></form></body></html>\n";
static char image[1150]; /* the size of a usual icon */

static SSL_CTX *tls;
static SSL *sessions[DESCRIPTORS];
static int epoll;

static void hang_up(int fd)
{
	SSL_free(sessions[fd]);
	sessions[fd] = NULL;
	close(fd);
}

static void accept_all(int listener)
{
	struct epoll_event event = {.events = EPOLLIN};
	int fd;

	while ((fd = accept4(listener, NULL, NULL,
			     SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
		if (fd >= DESCRIPTORS) {
			close(fd);
			continue;
		}
		if (tls != NULL) {
			sessions[fd] = SSL_new(tls);
			SSL_set_fd(sessions[fd], fd);
			SSL_set_accept_state(sessions[fd]);
		}
		event.data.fd = fd;
		epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
	}
}

static int say(int fd, const char *bytes, size_t len)
{
	if (tls != NULL)
		return SSL_write(sessions[fd], bytes, (int)len);
	return (int)send(fd, bytes, len, MSG_NOSIGNAL);
}

static int answer(int fd, const char *type, const char *body, size_t len)
{
	char out[4096];
	int head = snprintf(out, sizeof(out),
			    "HTTP/1.1 200 OK\r\nServer: DNVRS-Webs\r\n"
			    "Content-Type: %s\r\nContent-Length: %zu\r\n\r\n",
			    type, len);

	memcpy(out + head, body, len);
	return say(fd, out, (size_t)head + len);
}

/* A request of a benchmark fits into one segment. */
static void serve(int fd)
{
	char in[4096];
	int n = tls != NULL ? SSL_read(sessions[fd], in, sizeof(in) - 1)
			    : (int)recv(fd, in, sizeof(in) - 1, 0);

	if (n <= 0 && tls != NULL &&
	    SSL_get_error(sessions[fd], n) == SSL_ERROR_WANT_READ)
		return;
	if (n <= 0) {
		hang_up(fd);
		return;
	}
	in[n] = '\0';
	if (strncmp(in, "GET / ", 6) == 0)
		n = answer(fd, "text/html", first, sizeof(first) - 1);
	else if (strncmp(in, "GET /doc/page", 13) == 0)
		n = answer(fd, "text/html", login, sizeof(login) - 1);
	else
		n = answer(fd, "image/x-icon", image, sizeof(image));
	if (n <= 0)
		hang_up(fd);
}

static int listen_on(int port)
{
	struct sockaddr_in any = {.sin_family = AF_INET,
				  .sin_port = htons((uint16_t)port)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int on = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, (struct sockaddr *)&any, sizeof(any)) < 0 ||
	    listen(fd, 4096) < 0) {
		perror("bench_web");
		exit(1);
	}
	return fd;
}

static void start_tls(const char *certificate, const char *key)
{
	tls = SSL_CTX_new(TLS_server_method());
	if (tls == NULL ||
	    SSL_CTX_use_certificate_file(tls, certificate, SSL_FILETYPE_PEM) !=
		1 ||
	    SSL_CTX_use_PrivateKey_file(tls, key, SSL_FILETYPE_PEM) != 1) {
		fprintf(stderr, "bench_web: cannot use %s and %s\n",
			certificate, key);
		exit(1);
	}
}

int main(int argc, char **argv)
{
	struct rlimit limit = {DESCRIPTORS, DESCRIPTORS};
	struct epoll_event event = {.events = EPOLLIN}, events[EVENTS];
	int listener;

	if (argc != 2 && argc != 4) {
		fprintf(stderr, "usage: bench_web PORT [CERTIFICATE KEY]\n");
		return 2;
	}
	alarm(LIFE_S);
	signal(SIGPIPE, SIG_IGN);
	setrlimit(RLIMIT_NOFILE, &limit);
	for (size_t i = 0; i < sizeof(image); i++)
		image[i] = (char)(i * 7);
	if (argc == 4)
		start_tls(argv[2], argv[3]);
	listener = listen_on((int)strtol(argv[1], NULL, 10));
	epoll = epoll_create1(EPOLL_CLOEXEC);
	event.data.fd = listener;
	epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
	puts("ready");
	fflush(stdout);
	for (;;) {
		int n = epoll_wait(epoll, events, EVENTS, -1);

		for (int i = 0; i < n; i++) {
			if (events[i].data.fd == listener)
				accept_all(listener);
			else
				serve(events[i].data.fd);
		}
	}
}
