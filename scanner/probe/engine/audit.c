#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "buf.h"
#include "civil.h"
#include "log.h"
#include "str.h"
#include "xalloc.h"
#include "audit.h"

#define FLUSH_BYTES (64u << 10)
#define TIME_TEXT 25 /* "2026-11-21T01:20:00.123Z" and NUL */

struct audit {
	int fd;
	char *path, *prober;
	struct buf notes;
	uint64_t run, next;
};

static int64_t real_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* Adds the head of a line: the time and what happened. */
static void add_head(struct audit *a, const char *what, uint64_t id)
{
	int64_t now = real_ms();
	char text[CIVIL_TIME_TEXT];

	civil_format_time(now / 1000, text);
	text[CIVIL_TIME_TEXT - 2] = '\0';
	buf_printf(&a->notes, "%s.%03uZ %s %" PRIx64 "-%" PRIu64, text,
		   (unsigned)(now % 1000), what, a->run, id);
}

/* A crash can leave half a line; the next one must not join it. */
static int end_broken_line(int fd)
{
	off_t size = lseek(fd, 0, SEEK_END);
	char last = '\n';

	if (size > 0 && pread(fd, &last, 1, size - 1) != 1)
		return -1;
	return last == '\n' || write(fd, "\n", 1) == 1 ? 0 : -1;
}

struct audit *audit_open(const struct workspace *ws, const char *prober)
{
	struct audit *a = xalloc_zero(1, sizeof(*a));

	a->path = workspace_path(ws, "audit.log");
	a->prober = xalloc_string(prober);
	buf_init(&a->notes, BUF_NO_LIMIT);
	a->run = (uint64_t)real_ms();
	a->fd = open(a->path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
	if (a->fd < 0 || end_broken_line(a->fd) < 0) {
		log_error("cannot write the audit log '%s': %s", a->path,
			  strerror(errno));
		log_hint("nothing is probed without it");
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
	}
	buf_reset(&a->notes);
	return 0;
}

uint64_t audit_start(struct audit *a, const struct addr *from,
		     const struct addr *to, uint16_t port, const char *why)
{
	char source[ADDR_TEXT_MAX] = "-", target[ADDR_TEXT_MAX];

	if (from->family != 0)
		addr_format(from, source);
	add_head(a, "open", ++a->next);
	buf_printf(&a->notes, " prober=%s from=%s to=%s port=%u why=%s\n",
		   a->prober, source, addr_format(to, target), port, why);
	return a->next;
}

void audit_end(struct audit *a, uint64_t id, uint64_t sent, uint64_t received,
	       const char *outcome, int64_t duration_ms)
{
	add_head(a, "end", id);
	buf_printf(&a->notes,
		   " sent=%" PRIu64 " received=%" PRIu64
		   " outcome=%s ms=%" PRId64 "\n",
		   sent, received, outcome, duration_ms);
	/* The next audit_start needs a flush anyway and reports its fault. */
	if (a->notes.len > FLUSH_BYTES && audit_flush(a) < 0)
		return;
}

/* The time of a line in ms, or -1 when it has none. */
static int64_t line_time(const char *line)
{
	char text[TIME_TEXT];
	int64_t seconds;

	if (strlen(line) < TIME_TEXT)
		return -1;
	memcpy(text, line, TIME_TEXT - 1);
	text[TIME_TEXT - 1] = '\0';
	return civil_parse_time(text, &seconds)
		   ? seconds * 1000 + strtol(text + 20, NULL, 10)
		   : -1;
}

/* Years of log must not be read for its last day: halves the file until the
 * first line that is young enough is near. */
static void seek_near(FILE *in, int64_t since_ms)
{
	char line[512];
	long low = 0, high;

	fseek(in, 0, SEEK_END);
	high = ftell(in);
	while (high - low > 65536) {
		long middle = low + (high - low) / 2;
		int64_t when = -1;

		fseek(in, middle, SEEK_SET);
		if (fgets(line, sizeof(line), in) != NULL)
			while (when < 0 && fgets(line, sizeof(line), in))
				when = line_time(line);
		if (when >= 0 && when < since_ms)
			low = middle;
		else
			high = middle;
	}
	fseek(in, low, SEEK_SET);
	if (low > 0 && fgets(line, sizeof(line), in) == NULL)
		return;
}

static bool read_open(const char *line, struct addr *to)
{
	const char *at = strstr(line, " to=");
	char text[ADDR_TEXT_MAX];
	size_t len;

	if (strncmp(line + TIME_TEXT, "open ", 5) != 0 || at == NULL)
		return false;
	at += 4;
	len = strcspn(at, " \n");
	if (len >= sizeof(text))
		return false;
	memcpy(text, at, len);
	text[len] = '\0';
	return addr_parse(text, to);
}

int audit_each_since(struct audit *a, int64_t seconds,
		     void (*visit)(const struct addr *to, int64_t age_ms,
				   void *arg),
		     void *arg)
{
	FILE *in = fopen(a->path, "re");
	int64_t now = real_ms(), when;
	char line[512];
	struct addr to;

	if (in == NULL) {
		log_error("cannot read the audit log '%s': %s", a->path,
			  strerror(errno));
		return -1;
	}
	seek_near(in, now - seconds * 1000);
	while (fgets(line, sizeof(line), in) != NULL) {
		when = line_time(line);
		if (when >= now - seconds * 1000 && read_open(line, &to))
			visit(&to, now > when ? now - when : 0, arg);
	}
	fclose(in);
	return 0;
}
