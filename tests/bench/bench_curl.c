/*
 * bench_curl http|https COUNT IN-FLIGHT PORT PATH...: a bare libcurl multi
 * loop on epoll, the reference of web and tls. From each of COUNT addresses
 * from 127.20.0.0 on it gets the PATHs one after the other, on one
 * connection, into memory, with the header lines that a scan sends: without
 * them a request would be a third as long. Prints how many answers came.
 */
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>

#define EVENTS 128

/* What bench.bash makes a scan say. */
#define USER_AGENT                                                             \
	"martlet/" MARTLET_VERSION " (+https://csirt.example/probing; Bench)"
#define FROM "From: probing@csirt.example"

struct job {
	CURL *easy;
	unsigned long address;
	int path; /* in argv */
	char *bytes;
	size_t len;
};

static CURLM *multi;
static int epoll;
static long long timer_due_ms = -1;
static unsigned long next_address, count;
static size_t answers, live;
static char **paths;
static struct curl_slist *lines;
static const char *scheme, *port;

static long long now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000ll + ts.tv_nsec / 1000000;
}

static size_t keep(char *bytes, size_t size, size_t n, void *arg)
{
	struct job *j = arg;
	char *larger = realloc(j->bytes, j->len + size * n);

	if (larger == NULL)
		return 0;
	j->bytes = larger;
	memcpy(j->bytes + j->len, bytes, size * n);
	j->len += size * n;
	return size * n;
}

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *arg,
		     void *known)
{
	struct epoll_event event = {.data.fd = fd};

	(void)easy;
	(void)arg;
	if (what == CURL_POLL_REMOVE) {
		epoll_ctl(epoll, EPOLL_CTL_DEL, fd, NULL);
		return 0;
	}
	if (what & CURL_POLL_IN)
		event.events |= EPOLLIN;
	if (what & CURL_POLL_OUT)
		event.events |= EPOLLOUT;
	epoll_ctl(epoll, known != NULL ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd,
		  &event);
	curl_multi_assign(multi, fd, &epoll);
	return 0;
}

static int on_timer(CURLM *m, long after_ms, void *arg)
{
	(void)m;
	(void)arg;
	timer_due_ms = after_ms < 0 ? -1 : now_ms() + after_ms;
	return 0;
}

static void get(struct job *j)
{
	char url[256];
	unsigned long a = 0x7f140000ul + j->address;

	snprintf(url, sizeof(url), "%s://127.%lu.%lu.%lu:%s%s", scheme,
		 a >> 16 & 255, a >> 8 & 255, a & 255, port, paths[j->path]);
	curl_easy_setopt(j->easy, CURLOPT_URL, url);
	curl_multi_add_handle(multi, j->easy);
}

static void start(struct job *j)
{
	if (j->easy == NULL)
		j->easy = curl_easy_init();
	curl_easy_reset(j->easy);
	j->address = next_address++;
	j->path = 0;
	curl_easy_setopt(j->easy, CURLOPT_PRIVATE, j);
	curl_easy_setopt(j->easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(j->easy, CURLOPT_PROXY, "");
	curl_easy_setopt(j->easy, CURLOPT_DNS_CACHE_TIMEOUT, 0L);
	curl_easy_setopt(j->easy, CURLOPT_USERAGENT, USER_AGENT);
	curl_easy_setopt(j->easy, CURLOPT_ACCEPT_ENCODING, "gzip, deflate");
	curl_easy_setopt(j->easy, CURLOPT_HTTPHEADER, lines);
	curl_easy_setopt(j->easy, CURLOPT_SSL_VERIFYPEER, 0L);
	curl_easy_setopt(j->easy, CURLOPT_SSL_VERIFYHOST, 0L);
	curl_easy_setopt(j->easy, CURLOPT_WRITEFUNCTION, keep);
	curl_easy_setopt(j->easy, CURLOPT_WRITEDATA, j);
	live++;
	get(j);
}

static void report(void)
{
	CURLMsg *m;
	int left;

	while ((m = curl_multi_info_read(multi, &left)) != NULL) {
		CURLcode code = m->data.result;
		struct job *j = NULL;

		curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &j);
		curl_multi_remove_handle(multi, j->easy);
		answers += code == CURLE_OK && j->len > 0;
		j->len = 0;
		if (code == CURLE_OK && paths[++j->path] != NULL) {
			/* The last one closes, as there is no more to ask. */
			curl_easy_setopt(j->easy, CURLOPT_FORBID_REUSE,
					 (long)(paths[j->path + 1] == NULL));
			get(j);
			continue;
		}
		live--;
		if (next_address < count)
			start(j);
	}
}

static void turn(void)
{
	struct epoll_event events[EVENTS];
	long long wait = timer_due_ms < 0 ? 1000 : timer_due_ms - now_ms();
	int n, running;

	n = epoll_wait(epoll, events, EVENTS, wait < 0 ? 0 : (int)wait);
	for (int i = 0; i < n; i++) {
		uint32_t e = events[i].events;

		curl_multi_socket_action(
		    multi, events[i].data.fd,
		    (e & (EPOLLIN | EPOLLHUP) ? CURL_CSELECT_IN : 0) |
			(e & EPOLLOUT ? CURL_CSELECT_OUT : 0) |
			(e & EPOLLERR ? CURL_CSELECT_ERR : 0),
		    &running);
	}
	if (timer_due_ms >= 0 && timer_due_ms <= now_ms()) {
		timer_due_ms = -1;
		curl_multi_socket_action(multi, CURL_SOCKET_TIMEOUT, 0,
					 &running);
	}
	report();
}

int main(int argc, char **argv)
{
	struct job *jobs;
	unsigned long in_flight;

	if (argc < 6) {
		fprintf(stderr, "usage: bench_curl http|https COUNT IN-FLIGHT "
				"PORT PATH...\n");
		return 2;
	}
	scheme = argv[1];
	count = strtoul(argv[2], NULL, 10);
	in_flight = strtoul(argv[3], NULL, 10);
	port = argv[4];
	paths = argv + 5;
	epoll = epoll_create1(EPOLL_CLOEXEC);
	curl_global_init(CURL_GLOBAL_DEFAULT);
	lines = curl_slist_append(NULL, FROM);
	multi = curl_multi_init();
	curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, on_socket);
	curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, on_timer);
	curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, 100000L);
	jobs = calloc(in_flight, sizeof(*jobs));
	if (jobs == NULL)
		return 1;
	for (unsigned long i = 0; i < in_flight && i < count; i++)
		start(&jobs[i]);
	while (live > 0)
		turn();
	for (unsigned long i = 0; i < in_flight; i++) {
		curl_easy_cleanup(jobs[i].easy);
		free(jobs[i].bytes);
	}
	curl_multi_cleanup(multi);
	curl_slist_free_all(lines);
	free(jobs);
	printf("%zu\n", answers);
	return 0;
}
