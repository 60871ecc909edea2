/*
 * The laboratory: plays many devices on addresses of this machine, and
 * writes down every connection that it got. It judges the scanner, so it
 * shares no code with it.
 */
#ifndef LAB_H
#define LAB_H

#include <netinet/in.h>
#include <openssl/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <jansson.h>

#define LAB_KEPT 8192          /* bytes of one peer that are recorded */
#define LAB_CONNECTIONS 4096   /* open at a time: more are closed at once */
#define LAB_LIFE_MS 120000     /* of one connection */
#define LAB_SENT_MAX (1 << 28) /* bytes, of an endless answer: 256 MiB */

struct bytes {
	char *data;
	size_t len;
};

void bytes_add(struct bytes *b, const void *data, size_t len);
void bytes_text(struct bytes *b, const char *text);
void bytes_release(struct bytes *b);
void *lab_alloc(size_t len);

enum end { END_HOLD, END_CLOSE, END_RESET };

/* What is said at one point of a conversation. */
struct answer {
	struct bytes head;   /* said once */
	struct bytes repeat; /* then said for ever; empty: not */
	int delay_ms;        /* before the first byte */
	int drip_ms;         /* between two pieces; 0: as the peer reads */
	int drip_bytes;
	enum end end; /* after head */
};

struct page {
	char *path; /* NULL: every path that has no page of its own */
	struct answer answer;
};

enum kind { KIND_MUTE, KIND_REPLY, KIND_HTTP, KIND_RTSP };

/* What a server does instead of hearing a request. */
enum after_tls { THEN_SERVE, THEN_RESET, THEN_RENEGOTIATE, THEN_NEW_KEYS };

enum watched { WATCHED_LISTENER, WATCHED_CONNECTION, WATCHED_SIGNAL };

struct service {
	enum watched watched; /* first member: what epoll hands back */
	const char *device;   /* borrowed from the description */
	const char *address;
	uint16_t port;
	enum kind kind;
	bool greets;
	struct answer greeting;
	struct answer reply; /* KIND_REPLY: to the first bytes */
	struct bytes rtsp_headers;
	bool dated;      /* pages have a Date field */
	int64_t clock_s; /* of a clock so far ahead */
	struct page *pages;
	size_t page_count;
	SSL_CTX *tls;             /* NULL: none */
	enum after_tls then;      /* the handshake */
	struct answer plain;      /* to a peer that speaks no TLS */
	struct population *crowd; /* a listener of all its addresses */
	int fd;
};

struct device {
	char *name, *address;
	bool source; /* whether the sample quarter has packets of it */
	char *group, *signature;
};

struct lab {
	json_t *description;
	bool ipv6, plays; /* plays: else only described */
	struct device *devices;
	size_t device_count;
	struct service *services;
	size_t service_count;
	json_t *expected;
	struct keys *keys;
	struct population *population; /* instead of devices, or NULL */
};

/* lab_describe.c: returns -1 after a message to stderr. */
int lab_describe(struct lab *lab, const char *file);
void lab_release(struct lab *lab);

void service_release(struct service *s);

/* lab_population.c: many addresses, told apart by their numbers. */
struct population *population_new(size_t count, bool mute);
void population_free(struct population *p);
/* Borrowed until population_free. */
struct service *population_listeners(struct population *p, size_t *count);
/* Who was asked by a connection to a listener; NULL: nobody of them. */
const struct service *population_meet(const struct service *listener, int fd);
/* Addresses; or "ADDRESS|PORT|OUTCOME|TEXT" of what a scanner should find,
 * also on ports where nobody listens. */
void population_print(const struct population *p, bool expected);

/* lab_text.c: ${...} replaced in every string of a copy; NULL after a
 * message. The first object of @scopes that has the name wins. */
json_t *lab_substitute(const json_t *value, const json_t *const *scopes,
		       size_t scope_count);
/* The string's bytes in another charset (iconv's name; NULL: UTF-8). */
int lab_encode(struct bytes *out, const json_t *string, const char *charset);

/* lab_answer.c */
int answer_read(struct answer *a, const json_t *from);
int page_read(struct page *p, const char *path, const json_t *service,
	      const json_t *from);
int answer_ssh(struct answer *a, const json_t *lists);
void answer_pptp(struct answer *a, const char *vendor, const char *host);
void answer_release(struct answer *a);

/* lab_tls.c: keys are made at start, one for each device and name. */
struct keys *keys_new(void);
void keys_free(struct keys *k);
SSL_CTX *tls_context(struct keys *k, const char *device, const json_t *from);
int tls_then(const json_t *from, enum after_tls *then);

/* lab_record.c: JSON lines; a NULL file writes nothing. */
struct connection;
int record_open(const char *file);
void record_opened(const struct connection *c);
void record_closed(const struct connection *c);
void record_close(void);

/* lab_connection.c */
struct connection {
	enum watched watched;
	struct connection *next, *previous; /* oldest first */
	uint64_t number;
	int fd;
	SSL *ssl;
	bool hello, tls_done, refused_tls, want_write;
	unsigned rounds; /* of new handshakes or keys */
	const struct service *service;
	struct sockaddr_storage peer;
	int64_t opened_ms, opened_wall_ms, closed_ms;
	char received[LAB_KEPT];
	size_t kept;
	uint64_t received_count, sent_count;
	char request[LAB_KEPT]; /* not answered yet */
	size_t request_len;
	const struct answer *saying; /* NULL: listening */
	struct answer own;           /* an answer made for this peer */
	size_t said;
	int64_t due_ms; /* when to say more; 0: now */
	bool greeted, last_answer;
	const char *ended; /* NULL: open */
};

/* connections_init: @epoll_fd is borrowed. */
void connections_init(int epoll_fd);
void connections_accept(const struct service *s);
void connection_event(struct connection *c, uint32_t events);
/* Says what is due and ends what is too old; returns the milliseconds until
 * it wants to be called again, -1: not. */
int connections_tick(void);
void connections_end(void);

/* lab_http.c: what is said to the bytes of c->request; NULL: wait for more.
 * Consumes the request. */
const struct answer *http_answer(struct connection *c);
const struct answer *rtsp_answer(struct connection *c);

int64_t lab_now_ms(void);

#endif
