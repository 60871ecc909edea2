#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "xalloc.h"
#include "spill.h"

#define WRITE_ROWS 4096
#define FETCH_AHEAD 8 /* rows whose turn comes soon */

void spill_init(struct spill *s, const char *directory)
{
	*s = (struct spill){.fd = -1, .directory = xalloc_string(directory)};
}

void spill_release(struct spill *s)
{
	if (s->fd >= 0)
		close(s->fd);
	free(s->runs);
	free(s->directory);
	*s = (struct spill){.fd = -1};
}

static int complain(const struct spill *s, const char *what)
{
	log_error("cannot %s a temporary file in '%s': %s", what, s->directory,
		  strerror(errno));
	if (errno == ENOSPC || errno == EDQUOT)
		log_hint("the disk is full: make room, or let the import use "
			 "more memory with import.memory_mb; nothing was "
			 "changed");
	else
		log_hint("nothing was changed");
	return -1;
}

static int open_file(struct spill *s)
{
	char *path;

	if (s->fd >= 0)
		return 0;
	s->fd = open(s->directory, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (s->fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR)) {
		/* A file system that knows no files without names. */
		path = xalloc_printf("%s/import-XXXXXX", s->directory);
		s->fd = mkostemp(path, O_CLOEXEC);
		if (s->fd >= 0)
			unlink(path);
		free(path);
	}
	return s->fd >= 0 ? 0 : complain(s, "make");
}

static int write_all(struct spill *s, const void *bytes, size_t len)
{
	const char *at = bytes;

	while (len > 0) {
		ssize_t n = pwrite(s->fd, at, len, s->size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return complain(s, "write");
		at += n;
		len -= (size_t)n;
		s->size += n;
	}
	return 0;
}

int spill_add(struct spill *s, const struct rollup *r)
{
	struct spill_row *portion;
	void *runs = s->runs;
	off_t start = s->size;
	size_t n = 0;
	int rc = open_file(s);

	portion = xalloc(WRITE_ROWS * sizeof(*portion));
	for (size_t i = 0; rc == 0 && i < r->count; i++) {
		const struct rollup_place *p = &r->order[i];

		if (i + FETCH_AHEAD < r->count)
			__builtin_prefetch(&r->rows[p[FETCH_AHEAD].index]);
		portion[n++] = (struct spill_row){p->source, r->rows[p->index]};
		if (n == WRITE_ROWS || i + 1 == r->count) {
			rc = write_all(s, portion, n * sizeof(*portion));
			n = 0;
		}
	}
	free(portion);
	if (rc < 0)
		return -1;
	xalloc_room(&runs, &s->cap, s->count, sizeof(*s->runs));
	s->runs = runs;
	s->runs[s->count++] = (struct spill_run){start, s->size};
	return 0;
}

ssize_t spill_read(struct spill *s, size_t run, struct spill_row *out,
		   size_t max)
{
	struct spill_run *r = &s->runs[run];
	size_t left = (size_t)(r->end - r->at), len = max * sizeof(*out);
	size_t got = 0;

	len = len < left ? len : left;
	while (got < len) {
		ssize_t n = pread(s->fd, (char *)out + got, len - got,
				  r->at + (off_t)got);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			errno = n == 0 ? EIO : errno;
			return complain(s, "read");
		}
		got += (size_t)n;
	}
	r->at += (off_t)len;
	return (ssize_t)(len / sizeof(*out));
}
