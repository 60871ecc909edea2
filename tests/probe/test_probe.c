#include <sys/epoll.h>
#include <sys/eventfd.h>

#include "mock.h"

static void greets(struct mock *m, int fd, int n)
{
	mock_say(fd, "220 ProFTPD 1.3.5 Server ready\r\n");
	mock_wait_end(m, fd, n);
}

static void a_banner_is_read_and_nothing_is_sent(void **state)
{
	struct mock m;

	(void)state;
	mock_start(&m, greets);
	ask(&m, PORT_SEND_NOTHING);
	assert_int_equal(asker.got.outcome, OUTCOME_ANSWERED);
	assert_int_equal(asker.got.protocol, PROTOCOL_FTP);
	assert_string_equal(asker.got.banner.data,
			    "220 ProFTPD 1.3.5 Server ready\r\n");
	assert_true(asker.got.stack.known);
	assert_true(asker.got.observed_ms > 0);
	assert_int_equal(m.accepted, 1);
	assert_int_equal(m.got[0].len, 0);
	mock_release(&m);
}

static void waits(struct mock *m, int fd, int n)
{
	mock_wait_end(m, fd, n);
}

static void a_port_without_send_gets_nothing(void **state)
{
	static const enum port_send silent[] = {PORT_SEND_NOTHING,
						PORT_SEND_TELNET_REFUSALS};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(silent); i++) {
		struct mock m;

		mock_start(&m, waits);
		ask(&m, silent[i]);
		assert_int_equal(asker.got.outcome, OUTCOME_SILENT);
		assert_int_equal(asker.got.protocol, PROTOCOL_SILENT);
		assert_int_equal(m.got[0].len, 0);
		mock_release(&m);
	}
}

static void speaks_late(struct mock *m, int fd, int n)
{
	mock_read(m, fd, n, 200, NULL);
	mock_say(fd, "\xff\xfd\x18");
	mock_say(fd, "login: ");
	mock_wait_end(m, fd, n);
}

static void a_slow_telnet_never_gets_a_request(void **state)
{
	static const enum port_send sends[] = {PORT_SEND_HTTP, PORT_SEND_TLS,
					       PORT_SEND_RTSP, PORT_SEND_PPTP};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(sends); i++) {
		struct mock m;

		mock_start(&m, speaks_late);
		ask(&m, sends[i]);
		assert_int_equal(asker.got.outcome, OUTCOME_ANSWERED);
		assert_int_equal(asker.got.protocol, PROTOCOL_TELNET);
		assert_int_equal(m.got[0].len, 0);
		assert_int_equal(m.accepted, 1);
		mock_release(&m);
	}
}

static void stays_ready(struct engine_watch *w, uint32_t events)
{
	(void)w;
	(void)events;
}

/* A loop that was held up finds many sockets ready and all timers due: the
 * peer that spoke in time is heard before anything is sent to it. */
static void a_busy_loop_is_no_silence(void **state)
{
	static struct engine_watch crowd[300];
	struct port port = {.send = PORT_SEND_HTTP};
	struct addr address;
	struct mock m;
	int ready = eventfd(1, EFD_CLOEXEC);

	(void)state;
	mock_start(&m, speaks_late);
	port.number = m.port;
	asker.done = false;
	assert_true(addr_parse("127.0.0.1", &address));
	probe_start(probe_new(&asker.prober, &address, &port));
	for (int64_t from = engine_now(asker.prober.engine);
	     engine_now(asker.prober.engine) - from < 50;) {
		assert_int_equal(dialer_flush(asker.prober.dialer), 0);
		assert_int_equal(engine_turn(asker.prober.engine, 10), 0);
	}
	for (size_t i = 0; i < ARRAY_LEN(crowd); i++) {
		crowd[i].fd = dup(ready);
		crowd[i].ready = stays_ready;
		assert_int_equal(
		    engine_watch_set(asker.prober.engine, &crowd[i], EPOLLIN),
		    0);
	}
	usleep(600000);
	while (!asker.done)
		assert_int_equal(engine_turn(asker.prober.engine, 10), 0);
	for (size_t i = 0; i < ARRAY_LEN(crowd); i++) {
		engine_watch_drop(asker.prober.engine, &crowd[i]);
		close(crowd[i].fd);
	}
	close(ready);
	mock_stop(&m);
	assert_int_equal(asker.got.protocol, PROTOCOL_TELNET);
	assert_int_equal(m.got[0].len, 0);
	mock_release(&m);
}

/* DO terminal type, WILL echo, a subnegotiation, DO window size in two
 * pieces, WONT and DONT, then a prompt. */
static void negotiates(struct mock *m, int fd, int n)
{
	mock_write(fd, "\xff\xfd\x18\xff\xfb\x01\xff\xfa\x18\x01\xff\xf0\xff",
		   13);
	mock_read(m, fd, n, 100, NULL);
	mock_write(fd, "\xfd\x1f\xff\xfc\x05\xff\xfe\x06", 8);
	mock_read(m, fd, n, 100, NULL);
	mock_say(fd, "Router login: ");
	mock_wait_end(m, fd, n);
}

static void telnet_options_are_refused_and_nothing_else_is_said(void **state)
{
	static const unsigned char wanted[] = {0xff, 0xfc, 0x18, 0xff, 0xfe,
					       0x01, 0xff, 0xfc, 0x1f};
	struct mock m;

	(void)state;
	mock_start(&m, negotiates);
	ask(&m, PORT_SEND_TELNET_REFUSALS);
	assert_int_equal(asker.got.protocol, PROTOCOL_TELNET);
	assert_non_null(memmem(asker.got.banner.data, asker.got.banner.len,
			       "Router login: ", 14));
	assert_int_equal(m.got[0].len, sizeof(wanted));
	assert_memory_equal(m.got[0].data, wanted, sizeof(wanted));
	mock_release(&m);
}

static void add_number(struct buf *b, size_t value)
{
	unsigned char four[4] = {
	    (unsigned char)(value >> 24), (unsigned char)(value >> 16),
	    (unsigned char)(value >> 8), (unsigned char)value};

	buf_add(b, four, 4);
}

/* A KEXINIT with these lists and 4 bytes of padding. */
static void add_kexinit(struct buf *b)
{
	static const char *const lists[] = {
	    "curve25519-sha256,diffie-hellman-group14-sha1",
	    "ssh-rsa",
	    "aes128-ctr,c2s-only",
	    "aes128-ctr,aes256-ctr",
	    "hmac-sha1,c2s-only",
	    "hmac-sha2-256,hmac-sha1",
	    "none,c2s-only",
	    "none,zlib@openssh.com",
	    "",
	    "",
	};
	struct buf payload;

	buf_init(&payload, BUF_NO_LIMIT);
	buf_add_char(&payload, 20);
	buf_add(&payload, "0123456789abcdef", 16);
	for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
		add_number(&payload, strlen(lists[i]));
		buf_add_string(&payload, lists[i]);
	}
	buf_add(&payload, "\0\0\0\0\0", 5);
	add_number(b, payload.len + 1 + 4);
	buf_add_char(b, 4);
	buf_add(b, payload.data, payload.len);
	buf_add(b, "\0\0\0\0", 4);
	buf_release(&payload);
}

static void exchanges_keys(struct mock *m, int fd, int n)
{
	struct buf b;

	buf_init(&b, BUF_NO_LIMIT);
	mock_say(fd, "SSH-2.0-OpenSSH_8.4p1 Debian-5\r\n");
	if (mock_read(m, fd, n, 5000, "\n")) {
		add_kexinit(&b);
		/* In two pieces: a length that is ahead of its bytes. */
		mock_write(fd, b.data, 10);
		usleep(20000);
		mock_write(fd, b.data + 10, b.len - 10);
	}
	mock_wait_end(m, fd, n);
	buf_release(&b);
}

static void ssh_is_read_up_to_kexinit(void **state)
{
	struct mock m;

	(void)state;
	mock_start(&m, exchanges_keys);
	ask(&m, PORT_SEND_SSH);
	assert_int_equal(asker.got.protocol, PROTOCOL_SSH);
	assert_int_equal(asker.got.outcome, OUTCOME_ANSWERED);
	assert_string_equal(asker.got.banner.data,
			    "SSH-2.0-OpenSSH_8.4p1 Debian-5\r\n");
	/* By md5sum, of "curve25519-sha256,diffie-hellman-group14-sha1;
	 * aes128-ctr,aes256-ctr;hmac-sha2-256,hmac-sha1;
	 * none,zlib@openssh.com" in one line. */
	assert_string_equal(asker.got.ssh_hassh,
			    "204338317416cc633fdc19e43cfaee8f");
	assert_string_equal(buf_text(&m.got[0]),
			    "SSH-2.0-martlet_" MARTLET_VERSION
			    " https://csirt.example/probing\r\n");
	mock_release(&m);
}

/* A name-list of 4 GiB in a packet of 36 bytes. */
static void lies_about_length(struct mock *m, int fd, int n)
{
	mock_say(fd, "SSH-2.0-x\r\n");
	mock_read(m, fd, n, 5000, "\n");
	mock_write(fd,
		   "\0\0\0\x24\x04\x14"
		   "0123456789abcdef\xff\xff\xff\xff"
		   "ghijklmnopqrst",
		   40);
	mock_wait_end(m, fd, n);
}

static void a_kexinit_that_lies_gives_no_hassh(void **state)
{
	struct mock m;

	(void)state;
	mock_start(&m, lies_about_length);
	ask(&m, PORT_SEND_SSH);
	assert_int_equal(asker.got.protocol, PROTOCOL_SSH);
	assert_null(asker.got.ssh_hassh);
	mock_release(&m);
}

static void an_ssh_banner_elsewhere_is_not_answered(void **state)
{
	struct mock m;

	(void)state;
	mock_start(&m, exchanges_keys);
	ask(&m, PORT_SEND_HTTP);
	assert_int_equal(asker.got.protocol, PROTOCOL_SSH);
	assert_int_equal(m.got[0].len, 0);
	mock_release(&m);
}

static void answers_rtsp(struct mock *m, int fd, int n)
{
	mock_read(m, fd, n, 5000, "\r\n\r\n");
	mock_say(fd, "RTSP/1.0 200 OK\r\nCSeq: 1\r\n"
		     "Server: Hipcam RealServer/V1.0\r\n\r\n");
	mock_wait_end(m, fd, n);
}

static void rtsp_gets_options_only(void **state)
{
	struct mock m;

	(void)state;
	mock_start(&m, answers_rtsp);
	ask(&m, PORT_SEND_RTSP);
	assert_int_equal(asker.got.protocol, PROTOCOL_RTSP);
	assert_non_null(strstr(asker.got.banner.data, "Hipcam"));
	assert_int_equal(
	    strncmp(buf_text(&m.got[0]), "OPTIONS rtsp://127.0.0.1:", 25), 0);
	assert_null(strstr(buf_text(&m.got[0]), "DESCRIBE"));
	mock_release(&m);
}

static void answers_pptp(struct mock *m, int fd, int n)
{
	unsigned char reply[156] = {0, 156, 0, 1, 0x1a, 0x2b, 0x3c, 0x4d,
				    0, 2,   0, 0, 1,    0,    1};

	mock_read(m, fd, n, 500, NULL);
	memcpy(reply + 28, "RT57i", 5);
	memcpy(reply + 92, "YAMAHA Corporation", 18);
	mock_write(fd, reply, sizeof(reply));
	mock_wait_end(m, fd, n);
}

static void pptp_gets_the_start_request_only(void **state)
{
	struct mock m;

	(void)state;
	mock_start(&m, answers_pptp);
	ask(&m, PORT_SEND_PPTP);
	assert_int_equal(asker.got.protocol, PROTOCOL_PPTP);
	assert_int_equal(asker.got.banner.len, 156);
	assert_int_equal(m.got[0].len, 156);
	assert_memory_equal(m.got[0].data,
			    "\0\x9c\0\x01\x1a\x2b\x3c\x4d\0\x01\0\0\x01\0", 14);
	mock_release(&m);
}

static void closes(struct mock *m, int fd, int n)
{
	(void)m;
	(void)fd;
	(void)n;
}

static void resets(struct mock *m, int fd, int n)
{
	(void)m;
	(void)n;
	mock_reset(fd);
	usleep(50000); /* until the handshake is seen */
}

static void floods(struct mock *m, int fd, int n)
{
	(void)m;
	(void)n;
	while (mock_say(fd, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"))
		;
}

static void drips(struct mock *m, int fd, int n)
{
	(void)m;
	(void)n;
	while (mock_say(fd, "z"))
		usleep(50000);
}

static void each_end_before_a_request_has_its_outcome(void **state)
{
	static const struct {
		void (*serve)(struct mock *m, int fd, int n);
		enum outcome outcome;
		size_t len; /* of the banner, at the most */
	} cases[] = {
	    {closes, OUTCOME_CLOSED, 0},
	    {resets, OUTCOME_RESET, 0},
	    {floods, OUTCOME_TOO_BIG, LIMIT_BANNER},
	    {drips, OUTCOME_STALLED, LIMIT_BANNER},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct mock m;

		mock_start(&m, cases[i].serve);
		ask(&m, PORT_SEND_HTTP);
		assert_int_equal(asker.got.outcome, cases[i].outcome);
		assert_true(asker.got.banner.len <= cases[i].len);
		assert_int_equal(asker.got.truncated,
				 cases[i].outcome == OUTCOME_TOO_BIG);
		assert_int_equal(m.accepted, 1);
		mock_release(&m);
	}
}

static void a_closed_port_is_refused(void **state)
{
	struct mock m;

	(void)state;
	mock_start(&m, closes);
	mock_stop(&m);
	ask_port(m.port, PORT_SEND_HTTP);
	assert_int_equal(asker.got.outcome, OUTCOME_REFUSED);
	assert_false(observation_is_service(&asker.got));
	mock_release(&m);
}

static void the_gate_closes_for_who_opts_out(void **state)
{
	char *path = workspace_path(asker.ws, "opt-out.txt");
	struct mock m;

	(void)state;
	mock_start(&m, greets);
	assert_int_equal(outfile_write(path, 0600, "127.0.0.0/30\n", 13), 0);
	usleep(300000); /* the gate looks every 200 ms */
	ask(&m, PORT_SEND_NOTHING);
	assert_int_equal(asker.got.outcome, OUTCOME_WITHDRAWN);
	assert_int_equal(m.accepted, 0);
	mock_release(&m);
	free(path);
}

/* Keeps what the log has while the connection is young. */
static void looks_at_the_log(struct mock *m, int fd, int n)
{
	char *path = workspace_path(asker.ws, "audit.log");
	char *text = outfile_read(path, 1 << 20, NULL);

	(void)fd;
	if (text != NULL)
		buf_add_string(&m->got[n], text);
	free(text);
	free(path);
}

static void the_audit_line_is_there_before_the_connection(void **state)
{
	char *wanted, *path, *text;
	struct mock m;

	(void)state;
	mock_start(&m, looks_at_the_log);
	ask(&m, PORT_SEND_NOTHING);
	wanted = xalloc_printf(" prober=test from=127.0.0.1 to=127.0.0.1 "
			       "port=%u why=probe\n",
			       m.port);
	assert_non_null(strstr(buf_text(&m.got[0]), wanted));
	assert_int_equal(audit_flush(asker.audit), 0);
	path = workspace_path(asker.ws, "audit.log");
	text = outfile_read(path, 1 << 20, NULL);
	assert_non_null(strstr(text, "sent=0 received=0 outcome=closed ms="));
	free(text);
	free(path);
	free(wanted);
	mock_release(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    PROBE_TEST(a_banner_is_read_and_nothing_is_sent),
	    PROBE_TEST(a_port_without_send_gets_nothing),
	    PROBE_TEST(a_slow_telnet_never_gets_a_request),
	    PROBE_TEST(a_busy_loop_is_no_silence),
	    PROBE_TEST(telnet_options_are_refused_and_nothing_else_is_said),
	    PROBE_TEST(ssh_is_read_up_to_kexinit),
	    PROBE_TEST(a_kexinit_that_lies_gives_no_hassh),
	    PROBE_TEST(an_ssh_banner_elsewhere_is_not_answered),
	    PROBE_TEST(rtsp_gets_options_only),
	    PROBE_TEST(pptp_gets_the_start_request_only),
	    PROBE_TEST(each_end_before_a_request_has_its_outcome),
	    PROBE_TEST(a_closed_port_is_refused),
	    PROBE_TEST(the_gate_closes_for_who_opts_out),
	    PROBE_TEST(the_audit_line_is_there_before_the_connection),
	};

	return cmocka_run_group_tests_name("probe", tests, NULL, NULL);
}
