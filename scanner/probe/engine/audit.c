#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "auditlog.h"
#include "buf.h"
#include "civil.h"
#include "log.h"
#include "xalloc.h"
#include "audit.h"

#define FLUSH_BYTES (64u << 10)

struct audit {
	const struct workspace *ws;
	int fd;
	int64_t size, rotate_size; /* bytes; 0: never rotated */
	int64_t highest;           /* number of the youngest rotated file */
	char *path, *prober;
	struct buf notes;
	uint64_t next;
	char run_text[20]; /* "18f0c-" */
	int64_t second;
	char second_text[CIVIL_TIME_TEXT];
};

static int64_t real_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* Two lines for each connection: printf would be a tenth of a scan of
 * closed ports. */
static void add_number(struct buf *b, uint64_t n)
{
	char digits[20], *at = digits + sizeof(digits);

	do
		*--at = (char)('0' + n % 10);
	while ((n /= 10) > 0);
	buf_add(b, at, (size_t)(digits + sizeof(digits) - at));
}

static void add_pair(struct buf *b, const char *name, uint64_t n)
{
	buf_add_string(b, name);
	add_number(b, n);
}

static void add_text(struct buf *b, const char *name, const char *text)
{
	buf_add_string(b, name);
	buf_add_string(b, text);
}

/* Adds the head of a line: the time and what happened. */
static void add_head(struct audit *a, const char *what, uint64_t id)
{
	int64_t now = real_ms();
	unsigned ms = (unsigned)(now % 1000);
	char fraction[] = {'.', (char)('0' + ms / 100),
			   (char)('0' + ms / 10 % 10), (char)('0' + ms % 10),
			   'Z'};

	if (now / 1000 != a->second) {
		a->second = now / 1000;
		civil_format_time(a->second, a->second_text);
	}
	buf_add(&a->notes, a->second_text, CIVIL_TIME_TEXT - 2);
	buf_add(&a->notes, fraction, sizeof(fraction));
	buf_add_string(&a->notes, what);
	buf_add_string(&a->notes, a->run_text);
	add_number(&a->notes, id);
}

/* A crash can leave half a line; the next one must not join it. */
static int end_broken_line(int fd, int64_t size)
{
	char last = '\n';

	if (size < 0 || (size > 0 && pread(fd, &last, 1, size - 1) != 1))
		return -1;
	return last == '\n' || write(fd, "\n", 1) == 1 ? 0 : -1;
}

static int open_file(struct audit *a)
{
	a->fd = open(a->path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
	a->size = a->fd >= 0 ? lseek(a->fd, 0, SEEK_END) : -1;
	if (a->fd >= 0 && end_broken_line(a->fd, a->size) == 0)
		return 0;
	log_error("cannot write the audit log '%s': %s", a->path,
		  strerror(errno));
	log_hint("nothing is probed without it");
	return -1;
}

/* Between lines only. Numbers grow and no file is renamed twice, so that
 * being killed in here loses nothing: at the worst the next run begins a
 * new audit.log. */
static int rotate(struct audit *a)
{
	char *old;
	int rc = 0;

	if (a->rotate_size == 0 || a->size < a->rotate_size)
		return 0;
	old = xalloc_printf("%s.%" PRId64, a->path, a->highest + 1);
	if (rename(a->path, old) < 0) {
		log_warning("cannot rename '%s' to '%s': %s; it grows on",
			    a->path, old, strerror(errno));
		a->rotate_size = 0;
	} else {
		a->highest++;
		close(a->fd);
		rc = open_file(a);
	}
	free(old);
	return rc;
}

void audit_configure(struct audit *a, const struct config *config)
{
	a->rotate_size =
	    (int64_t)(config_real(config, "audit.rotate_mb") * 1e6);
}

struct audit *audit_open(const struct workspace *ws, const char *prober)
{
	struct audit *a = xalloc_zero(1, sizeof(*a));

	a->path = workspace_path(ws, "audit.log");
	a->prober = xalloc_string(prober);
	buf_init(&a->notes, BUF_NO_LIMIT);
	snprintf(a->run_text, sizeof(a->run_text), "%" PRIx64 "-",
		 (uint64_t)real_ms());
	a->ws = ws;
	a->fd = -1;
	audit_configure(a, ws->config);
	a->highest = auditlog_highest(ws);
	if (a->highest < 0 || open_file(a) < 0) {
		audit_close(a);
		return NULL;
	}
	return a;
}

void audit_close(struct audit *a)
{
	if (a == NULL)
		return;
	if (a->fd >= 0) {
		/* The reason was logged. */
		if (audit_flush(a) < 0)
			a->notes.len = 0;
		close(a->fd);
	}
	buf_release(&a->notes);
	free(a->prober);
	free(a->path);
	free(a);
}

int audit_flush(struct audit *a)
{
	size_t done = 0;

	while (done < a->notes.len) {
		ssize_t n =
		    write(a->fd, a->notes.data + done, a->notes.len - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			log_error("cannot write the audit log '%s': %s",
				  a->path, strerror(errno));
			/* What is there already must not come twice. */
			memmove(a->notes.data, a->notes.data + done,
				a->notes.len - done + 1);
			a->notes.len -= done;
			return -1;
		}
		done += (size_t)n;
		a->size += n;
	}
	buf_reset(&a->notes);
	return done > 0 ? rotate(a) : 0;
}

uint64_t audit_start(struct audit *a, const struct addr *from,
		     const struct addr *to, uint16_t port, const char *why)
{
	char source[ADDR_TEXT_MAX] = "-", target[ADDR_TEXT_MAX];

	if (from->family != 0)
		addr_format(from, source);
	add_head(a, " open ", ++a->next);
	add_text(&a->notes, " prober=", a->prober);
	add_text(&a->notes, " from=", source);
	add_text(&a->notes, " to=", addr_format(to, target));
	add_pair(&a->notes, " port=", port);
	add_text(&a->notes, " why=", why);
	buf_add_char(&a->notes, '\n');
	return a->next;
}

void audit_end(struct audit *a, uint64_t id, uint64_t sent, uint64_t received,
	       const char *outcome, int64_t duration_ms)
{
	add_head(a, " end ", id);
	add_pair(&a->notes, " sent=", sent);
	add_pair(&a->notes, " received=", received);
	add_text(&a->notes, " outcome=", outcome);
	add_pair(&a->notes,
		 " ms=", duration_ms > 0 ? (uint64_t)duration_ms : 0);
	buf_add_char(&a->notes, '\n');
	/* The next audit_start needs a flush anyway and reports its fault. */
	if (a->notes.len > FLUSH_BYTES && audit_flush(a) < 0)
		return;
}

struct each {
	void (*visit)(const struct addr *to, int64_t age_ms, void *arg);
	void *arg;
	int64_t now_ms;
};

static void visit_open(const struct auditlog_line *line, void *arg)
{
	const struct each *e = arg;

	if (line->is_open)
		e->visit(&line->to,
			 e->now_ms > line->time_ms ? e->now_ms - line->time_ms
						   : 0,
			 e->arg);
}

int audit_each_since(struct audit *a, int64_t seconds,
		     void (*visit)(const struct addr *to, int64_t age_ms,
				   void *arg),
		     void *arg)
{
	struct each e = {visit, arg, real_ms()};

	return auditlog_read(a->ws, e.now_ms - seconds * 1000, visit_open, &e,
			     NULL);
}
