/*
 * A server on a loopback port that the kernel chooses, played by a thread,
 * and the parts of a scanner that ask it. For the tests of this room; each
 * test program includes it once. A header with bodies, and so longer than
 * others: each of these programs stands alone.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "compiler.h"
#include "fetch.h"
#include "outfile.h"
#include "peer_limits.h"
#include "probe.h"
#include "xalloc.h"

#define MOCK_CONNECTIONS 8

struct mock {
	int listener;
	uint16_t port;
	pthread_t thread;
	/* Plays the n-th connection (from 0); the descriptor is closed after
	 * it. */
	void (*serve)(struct mock *m, int fd, int n);
	int accepted;
	struct buf got[MOCK_CONNECTIONS];
};

static inline void *mock_run(void *arg)
{
	struct mock *m = arg;
	int fd;

	while ((fd = accept(m->listener, NULL, NULL)) >= 0) {
		int n = m->accepted++;

		if (n < MOCK_CONNECTIONS)
			m->serve(m, fd, n);
		close(fd);
	}
	return NULL;
}

static inline void mock_start(struct mock *m,
			      void (*serve)(struct mock *m, int fd, int n))
{
	struct sockaddr_in sa = {.sin_family = AF_INET,
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(sa);

	memset(m, 0, sizeof(*m));
	m->serve = serve;
	for (int i = 0; i < MOCK_CONNECTIONS; i++)
		buf_init(&m->got[i], 1 << 20);
	m->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(m->listener, (struct sockaddr *)&sa, len), 0);
	assert_int_equal(listen(m->listener, 16), 0);
	assert_int_equal(getsockname(m->listener, (struct sockaddr *)&sa, &len),
			 0);
	m->port = ntohs(sa.sin_port);
	assert_int_equal(pthread_create(&m->thread, NULL, mock_run, m), 0);
}

/* After this, accepted and got are whole. */
static inline void mock_stop(struct mock *m)
{
	shutdown(m->listener, SHUT_RDWR);
	pthread_join(m->thread, NULL);
	close(m->listener);
}

static inline void mock_release(struct mock *m)
{
	for (int i = 0; i < MOCK_CONNECTIONS; i++)
		buf_release(&m->got[i]);
}

/* Reads until the peer stops for some time, ends, or "until" came. Returns
 * whether the peer is still there. */
static inline bool mock_read(struct mock *m, int fd, int n, int ms,
			     const char *until)
{
	char bytes[4096];

	for (;;) {
		struct pollfd p = {.fd = fd, .events = POLLIN};
		ssize_t len;

		if (until != NULL && m->got[n].len > 0 &&
		    strstr(m->got[n].data, until) != NULL)
			return true;
		if (poll(&p, 1, ms) <= 0)
			return true;
		len = recv(fd, bytes, sizeof(bytes), 0);
		if (len <= 0)
			return false;
		buf_add(&m->got[n], bytes, (size_t)len);
	}
}

static inline bool mock_write(int fd, const void *bytes, size_t len)
{
	return send(fd, bytes, len, MSG_NOSIGNAL) == (ssize_t)len;
}

static inline bool mock_say(int fd, const char *text)
{
	return mock_write(fd, text, strlen(text));
}

/* Reads on until the peer closes, five seconds at the most. */
static inline void mock_wait_end(struct mock *m, int fd, int n)
{
	mock_read(m, fd, n, 5000, NULL);
}

static inline void mock_reset(int fd)
{
	struct linger l = {1, 0};

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &l, sizeof(l));
}

/* --- the asking side */

static struct asker {
	char directory[64];
	struct workspace *ws;
	struct scope *scope;
	struct pace *pace;
	struct audit *audit;
	struct prober prober;
	bool done;
	struct observation got;
} asker;

static inline void asker_want(struct probe *p)
{
	struct dialer_request request = probe_request(p);
	int64_t wait = 0;

	switch (
	    dialer_ask(asker.prober.dialer, &request, &wait, &p->connection)) {
	case DIALER_STARTED:
		break;
	case DIALER_WITHDRAWN:
		probe_denied(p, OUTCOME_WITHDRAWN);
		break;
	case DIALER_LATER:
	case DIALER_SPENT:
		probe_denied(p, OUTCOME_LOCAL_ERROR);
		break;
	}
}

static inline void asker_done(struct probe *p)
{
	asker.got = p->o;
	observation_init(&p->o);
	probe_free(p);
	asker.done = true;
}

/* @extra: one more assignment, or NULL. */
static inline int asker_open_with(const char *extra)
{
	const char *overrides[] = {
	    "scope.laboratory=127.0.0.0/8",
	    "pace.overall=10000000",
	    "pace.per_address=10000000",
	    "pace.per_network=10000000",
	    "pace.pause_ms=0",
	    "pace.open_per_address=1000",
	    "pace.per_address_day=0",
	    extra,
	};
	struct invocation with = {asker.directory, overrides,
				  ARRAY_LEN(overrides) - (extra == NULL)};
	struct dialer_parts parts;
	char *conf;

	signal(SIGPIPE, SIG_IGN);
	snprintf(asker.directory, sizeof(asker.directory),
		 "/tmp/martlet-probe-XXXXXX");
	if (mkdtemp(asker.directory) == NULL)
		return -1;
	conf = xalloc_printf("%s/martlet.conf", asker.directory);
	assert_int_equal(outfile_write(conf, 0600, "", 0), 0);
	free(conf);
	asker.ws = workspace_open(&with);
	assert_non_null(asker.ws);
	asker.scope = scope_open(asker.ws);
	asker.pace = pace_new(asker.ws->config, NULL);
	asker.audit = audit_open(asker.ws, "test");
	asker.prober.engine = engine_new();
	asker.prober.curl =
	    curlloop_new(asker.prober.engine, 100, fetch_prepare);
	assert_non_null(asker.scope);
	assert_non_null(asker.audit);
	parts = (struct dialer_parts){asker.prober.engine, asker.scope,
				      asker.pace, asker.audit, 1000};
	asker.prober.dialer = dialer_new(&parts);
	asker.prober.banner_wait_ms = 300;
	asker.prober.timeout_ms = 1500;
	prober_set_who(&asker.prober, "https://csirt.example/probing",
		       "Example CSIRT", "probing@csirt.example");
	asker.prober.want = asker_want;
	asker.prober.done = asker_done;
	return 0;
}

static inline int asker_open(void **state)
{
	(void)state;
	return asker_open_with(NULL);
}

static inline int asker_close(void **state)
{
	static const char *const files[] = {"audit.log", "martlet.conf",
					    "opt-out.txt"};

	(void)state;
	observation_release(&asker.got);
	curlloop_free(asker.prober.curl);
	dialer_free(asker.prober.dialer);
	audit_close(asker.audit);
	pace_free(asker.pace);
	scope_free(asker.scope);
	engine_free(asker.prober.engine);
	prober_release(&asker.prober);
	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		char *path = workspace_path(asker.ws, files[i]);

		unlink(path);
		free(path);
	}
	rmdir(asker.directory);
	workspace_free(asker.ws);
	memset(&asker, 0, sizeof(asker));
	return 0;
}

/* Probes a port of 127.0.0.1; the result is asker.got. */
static inline void ask_port(uint16_t number, enum port_send send)
{
	struct port port = {.number = number, .send = send};
	struct addr address;

	observation_release(&asker.got);
	asker.done = false;
	assert_true(addr_parse("127.0.0.1", &address));
	probe_start(probe_new(&asker.prober, &address, &port));
	while (!asker.done) {
		assert_int_equal(dialer_flush(asker.prober.dialer), 0);
		assert_int_equal(engine_turn(asker.prober.engine, 1000), 0);
	}
	assert_int_equal(asker.prober.room.kept, 0);
	assert_int_equal(asker.prober.room.reserved, 0);
}

static inline void ask(struct mock *m, enum port_send send)
{
	ask_port(m->port, send);
	mock_stop(m);
}

#define PROBE_TEST(f)                                                          \
	cmocka_unit_test_setup_teardown(f, asker_open, asker_close)
