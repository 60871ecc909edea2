/*
 * The laboratory's front door: options, listeners, the loop.
 */
#include <argp.h>
#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lab.h"

struct wishes {
	const char *description, *record, *ready;
	bool ipv6, list, expected, mute;
	int time_limit_s;
	long population;
};

static const struct argp_option options[] = {
    {"ipv6", '6', NULL, 0, "Play on fd00:20:... instead of 127.20...", 0},
    {"description", 'd', "FILE", 0, "The devices (lab.json)", 0},
    {"record", 'r', "FILE", 0, "Write every connection here", 0},
    {"ready-file", 'f', "FILE", 0, "Write this when all ports listen", 0},
    {"time-limit", 't', "SECONDS", 0, "End by itself (600)", 0},
    {"list", 'l', NULL, 0, "Print address, name, source, group, signature", 0},
    {"expected", 'e', NULL, 0, "Print what a scanner should find, as JSON", 0},
    {"population", 'p', "N", 0, "Instead play N addresses of 127.100/16", 0},
    {"mute", 'm', NULL, 0, "The population accepts and never speaks", 0},
    {0}};

static error_t read_option(int key, char *arg, struct argp_state *state)
{
	struct wishes *w = state->input;

	switch (key) {
	case '6':
		w->ipv6 = true;
		return 0;
	case 'd':
		w->description = arg;
		return 0;
	case 'r':
		w->record = arg;
		return 0;
	case 'f':
		w->ready = arg;
		return 0;
	case 't':
		w->time_limit_s = (int)strtol(arg, NULL, 10);
		if (w->time_limit_s < 1)
			argp_error(state, "seconds: %s", arg);
		return 0;
	case 'p':
		w->population = strtol(arg, NULL, 10);
		if (w->population < 1 || w->population > 60000)
			argp_error(state, "1 to 60000 addresses: %s", arg);
		return 0;
	case 'm':
		w->mute = true;
		return 0;
	case 'l':
		w->list = true;
		return 0;
	case 'e':
		w->expected = true;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static int listen_on(struct service *s)
{
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6,
				  .sin6_port = htons(s->port)};
	struct sockaddr_in v4 = {.sin_family = AF_INET,
				 .sin_port = htons(s->port)};
	bool six = strchr(s->address, ':') != NULL;
	int on = 1;

	s->fd = socket(six ? AF_INET6 : AF_INET,
		       SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (s->fd < 0)
		return -1;
	setsockopt(s->fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	/* A namespace that routes the whole prefix to itself will do. */
	setsockopt(s->fd, six ? IPPROTO_IPV6 : IPPROTO_IP,
		   six ? IPV6_FREEBIND : IP_FREEBIND, &on, sizeof(on));
	if (inet_pton(six ? AF_INET6 : AF_INET, s->address,
		      six ? (void *)&v6.sin6_addr : (void *)&v4.sin_addr) != 1)
		return -1;
	if (bind(s->fd, six ? (struct sockaddr *)&v6 : (struct sockaddr *)&v4,
		 six ? sizeof(v6) : sizeof(v4)) < 0)
		return -1;
	return listen(s->fd, s->crowd == NULL ? 512 : 4096);
}

static int listen_all(struct service *list, size_t count, int epoll)
{
	for (size_t i = 0; i < count; i++) {
		struct service *s = &list[i];
		struct epoll_event e = {.events = EPOLLIN, .data.ptr = s};

		if (listen_on(s) < 0 ||
		    epoll_ctl(epoll, EPOLL_CTL_ADD, s->fd, &e) < 0) {
			fprintf(stderr, "lab: %s port %u: %s\n", s->address,
				s->port, strerror(errno));
			return -1;
		}
	}
	return 0;
}

/* Ends with its parent, on a signal, and when its time is over. */
static int watch_signals(int epoll, int time_limit_s)
{
	static enum watched signal_mark = WATCHED_SIGNAL;
	struct epoll_event e = {.events = EPOLLIN, .data.ptr = &signal_mark};
	sigset_t set;
	int fd;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGALRM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	alarm((unsigned)time_limit_s);
	fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	if (fd < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &e) < 0)
		return -1;
	return fd;
}

static int tell_ready(const struct lab *lab, const char *file)
{
	FILE *out;

	if (file == NULL)
		return 0;
	out = fopen(file, "w");
	if (out == NULL) {
		fprintf(stderr, "lab: %s: %s\n", file, strerror(errno));
		return -1;
	}
	fprintf(out, "%zu addresses, %zu ports\n", lab->device_count,
		lab->service_count);
	return fclose(out);
}

static void play(int epoll)
{
	struct epoll_event events[64];

	for (;;) {
		int count = epoll_wait(epoll, events, 64, connections_tick());

		for (int i = 0; i < count; i++) {
			enum watched *what = events[i].data.ptr;

			if (*what == WATCHED_SIGNAL)
				return;
			if (*what == WATCHED_LISTENER)
				connections_accept(events[i].data.ptr);
			else
				connection_event(events[i].data.ptr,
						 events[i].events);
		}
	}
}

static void raise_limits(void)
{
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files) < 0)
		return;
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
}

static int open_and_play(struct lab *lab, const struct wishes *w)
{
	int epoll = epoll_create1(EPOLL_CLOEXEC), signals, status = 1;
	struct service *list = lab->services;
	size_t count = lab->service_count;

	if (lab->population != NULL)
		list = population_listeners(lab->population, &count);
	raise_limits();
	signals = watch_signals(epoll, w->time_limit_s);
	if (record_open(w->record) < 0 || signals < 0)
		goto out;
	connections_init(epoll);
	if (listen_all(list, count, epoll) < 0 || tell_ready(lab, w->ready) < 0)
		goto out;
	play(epoll);
	connections_end();
	status = 0;
out:
	record_close();
	for (size_t i = 0; i < count; i++)
		if (list[i].fd >= 0)
			close(list[i].fd);
	if (signals >= 0)
		close(signals);
	close(epoll);
	return status;
}

static void print_list(const struct lab *lab)
{
	for (size_t i = 0; i < lab->device_count; i++) {
		const struct device *d = &lab->devices[i];

		printf("%s\t%s\t%s\t%s\t%s\n", d->address, d->name,
		       d->source ? "source" : "bystander", d->group,
		       d->signature);
	}
}

int main(int argc, char **argv)
{
	static const struct argp argp = {
	    .options = options,
	    .parser = read_option,
	    .doc = "Plays devices on addresses of this machine."};
	struct wishes w = {.description = "tests/lab/lab.json",
			   .time_limit_s = 600};
	struct lab lab = {0};
	int status = 1;

	if (argp_parse(&argp, argc, argv, 0, NULL, &w) != 0)
		return 2;
	lab.ipv6 = w.ipv6;
	lab.plays = !w.list && !w.expected;
	if (w.population > 0)
		lab.population = population_new((size_t)w.population, w.mute);
	if (w.population > 0 || lab_describe(&lab, w.description) == 0) {
		status = 0;
		if (w.population > 0 && !lab.plays)
			population_print(lab.population, w.expected);
		else if (w.list)
			print_list(&lab);
		else if (w.expected)
			status = json_dumpf(lab.expected, stdout,
					    JSON_INDENT(1)) < 0;
		else
			status = open_and_play(&lab, &w);
	}
	lab_release(&lab);
	return status;
}
