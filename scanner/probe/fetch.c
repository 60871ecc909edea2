#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "peer_limits.h"
#include "xalloc.h"
#include "fetch.h"

#define ENCODINGS "gzip, deflate"

struct fetch_lines {
	/* bare: these also take the Host line away (struct fetch_request). */
	struct curl_slist *usual, *bare;
	size_t users;
};

/* As lines, which libcurl copies once: its own settings for these would be
 * printed twice, letter by letter. */
static void add_line(struct fetch_lines *l, const char *name, const char *value)
{
	char *line = xalloc_printf("%s: %s", name, value);

	l->usual = curl_slist_append(l->usual, line);
	l->bare = curl_slist_append(l->bare, line);
	free(line);
}

struct fetch_lines *fetch_lines_new(const char *user_agent, const char *from)
{
	struct fetch_lines *l = xalloc_zero(1, sizeof(*l));

	l->users = 1;
	if (from != NULL)
		add_line(l, "From", from);
	add_line(l, "User-Agent", user_agent);
	add_line(l, "Accept-Encoding", ENCODINGS);
	l->bare = curl_slist_append(l->bare, "Host:");
	return l;
}

void fetch_lines_drop(struct fetch_lines *l)
{
	if (l == NULL || --l->users > 0)
		return;
	curl_slist_free_all(l->usual);
	curl_slist_free_all(l->bare);
	free(l);
}

static curl_socket_t open_socket(void *arg, curlsocktype purpose,
				 struct curl_sockaddr *address)
{
	struct fetch *f = arg;

	(void)purpose;
	(void)address;
	/* libcurl wants a connection of its own: only the dialer has any. */
	if (!f->fresh)
		return CURL_SOCKET_BAD;
	f->fresh = false;
	dialer_lend(f->connection);
	return f->connection->fd;
}

static int is_connected(void *arg, curl_socket_t fd, curlsocktype purpose)
{
	(void)arg;
	(void)fd;
	(void)purpose;
	return CURL_SOCKOPT_ALREADY_CONNECTED;
}

static int close_socket(void *arg, curl_socket_t fd)
{
	(void)fd;
	dialer_returned(arg);
	return 0;
}

/* Appends; 0 tells libcurl to stop when a limit is reached. */
static size_t keep(struct fetch *f, struct buf *b, const char *bytes,
		   size_t len)
{
	buf_add(b, bytes, len);
	if (!b->too_big)
		return len;
	f->too_big = true;
	return 0;
}

static size_t on_header(char *bytes, size_t size, size_t count, void *arg)
{
	struct fetch *f = arg;

	/* A new block: what came before was an interim answer (1xx). */
	if (size * count > 5 && memcmp(bytes, "HTTP/", 5) == 0 &&
	    f->body.len == 0) {
		buf_reset(&f->headers);
		/* Not the clock that tests stop: the peer's runs on. */
		f->received = time(NULL);
	}
	return keep(f, &f->headers, bytes, size * count);
}

static size_t on_body(char *bytes, size_t size, size_t count, void *arg)
{
	struct fetch *f = arg;
	size_t kept = keep(f, &f->body, bytes, size * count);

	if (f->bare && f->headers.len == 0 &&
	    memchr(buf_text(&f->body), '\n', f->body.len) != NULL)
		return 0;
	return kept;
}

/* The path came from a peer: what may not stand in a request line is
 * escaped. Caller frees with free. */
static char *make_url(const struct connection *c, bool tls, const char *path)
{
	char address[ADDR_TEXT_MAX];
	bool six = c->address.family == 6;
	struct buf url;

	buf_init(&url, BUF_NO_LIMIT);
	addr_format(&c->address, address);
	buf_printf(&url, "%s://%s%s%s:%u", tls ? "https" : "http",
		   six ? "[" : "", address, six ? "]" : "", c->port);
	for (; *path != '\0'; path++) {
		unsigned char byte = (unsigned char)*path;

		if (byte <= ' ' || byte >= 0x7f || byte == '#')
			buf_printf(&url, "%%%02X", byte);
		else
			buf_add_char(&url, *path);
	}
	return buf_detach(&url);
}

void fetch_prepare(CURL *easy)
{
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	/* Of thousands of transfers, each has one. */
	curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, 4096L);
	curl_easy_setopt(easy, CURLOPT_UPLOAD_BUFFERSIZE, 16384L);
	/* An address needs no lookup, and looking through a cache of them
	 * all takes time. */
	curl_easy_setopt(easy, CURLOPT_DNS_CACHE_TIMEOUT, 0L);
	curl_easy_setopt(easy, CURLOPT_PROXY, "");
	curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
	curl_easy_setopt(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(easy, CURLOPT_HTTP09_ALLOWED, 1L);
	curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
	curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, ENCODINGS);
	curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
	curl_easy_setopt(easy, CURLOPT_SOCKOPTFUNCTION, is_connected);
	curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, close_socket);
	curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
	tlsclient_prepare(easy);
}

/* What is different for each transfer. */
static void set_job(CURL *easy, struct fetch *f,
		    const struct fetch_request *request)
{
	struct prober *pr = f->prober;

	curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, f);
	curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, f->connection);
	curl_easy_setopt(easy, CURLOPT_HEADERDATA, f);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, f);
	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, f->error);
	curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)pr->timeout_ms);
	curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, (long)f->fresh);
	curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, (long)request->last);
	curl_easy_setopt(easy, CURLOPT_HTTP_VERSION,
			 request->bare ? (long)CURL_HTTP_VERSION_1_0
				       : (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(easy, CURLOPT_HTTPHEADER,
			 request->bare ? f->lines->bare : f->lines->usual);
	if (request->tls)
		tlsclient_set(easy, &f->tls, request->connection->fd);
}

/* The most that an answer takes: its buffers, and a page that is read while
 * it grows. */
static size_t most(const struct fetch *f)
{
	return f->body.max + LIMIT_HTTP_HEADERS;
}

static bool may_read(struct curlloop_job *job)
{
	struct fetch *f = (struct fetch *)(void *)job;

	return room_take(&f->prober->room, &f->place, most(f));
}

static void granted(struct room_place *p)
{
	struct fetch *f =
	    (struct fetch *)(void *)((char *)p - offsetof(struct fetch, place));

	curlloop_read(&f->job);
}

int fetch_start(struct fetch *f, struct prober *pr,
		const struct fetch_request *request,
		void (*done)(struct curlloop_job *job, CURLcode code))
{
	CURL *easy = curlloop_take(pr->curl);
	char *url = make_url(request->connection, request->tls, request->path);

	*f = (struct fetch){
	    .prober = pr,
	    .connection = request->connection,
	    .fresh = !request->connection->borrowed,
	    .reused = request->connection->borrowed,
	    .bare = request->bare,
	    .lines = pr->lines,
	    .place = {.granted = granted, .holds = request->holds},
	    .job = {.easy = easy, .done = done, .may_read = may_read}};
	buf_init(&f->headers, LIMIT_HTTP_HEADERS);
	buf_init(&f->body, request->body_max);
	f->lines->users++;
	set_job(easy, f, request);
	curl_easy_setopt(easy, CURLOPT_URL, url);
	free(url);
	if (curlloop_start(pr->curl, &f->job, request->connection->fd) == 0)
		return 0;
	f->job.done = NULL;
	return -1;
}

void fetch_release(struct fetch *f)
{
	if (f->job.easy == NULL)
		return;
	if (f->job.done != NULL)
		curlloop_stop(&f->job);
	curl_easy_setopt(f->job.easy, CURLOPT_ERRORBUFFER, NULL);
	curl_easy_setopt(f->job.easy, CURLOPT_HTTPHEADER, NULL);
	fetch_lines_drop(f->lines);
	curlloop_give(f->prober->curl, f->job.easy);
	buf_release(&f->headers);
	buf_release(&f->body);
	tlsclient_release(&f->tls);
	f->job.easy = NULL;
	room_leave(&f->prober->room, &f->place);
}
