#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "log.h"
#include "xalloc.h"
#include "outfile.h"

struct outfile {
	char *path, *temporary;
	FILE *stream;
};

static void free_outfile(struct outfile *f)
{
	free(f->path);
	free(f->temporary);
	free(f);
}

struct outfile *outfile_open(const char *path, mode_t mode)
{
	struct outfile *f = xalloc_zero(1, sizeof(*f));
	int fd;

	f->path = xalloc_string(path);
	f->temporary = xalloc_printf("%s.%ld.tmp", path, (long)getpid());
	/* What lies there is of a run that was killed, or a trap. */
	unlink(f->temporary);
	fd = open(f->temporary,
		  O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
	if (fd >= 0 && fchmod(fd, mode) == 0)
		f->stream = fdopen(fd, "w");
	if (f->stream == NULL) {
		log_error("cannot write '%s': %s", path, strerror(errno));
		log_hint("check that its directory exists, can be written and "
			 "has space left");
		if (fd >= 0) {
			close(fd);
			unlink(f->temporary);
		}
		free_outfile(f);
		return NULL;
	}
	return f;
}

FILE *outfile_stream(struct outfile *f)
{
	return f->stream;
}

void outfile_discard(struct outfile *f)
{
	if (f == NULL)
		return;
	fclose(f->stream);
	unlink(f->temporary);
	free_outfile(f);
}

int outfile_commit(struct outfile *f)
{
	int failed = ferror(f->stream);

	failed |= fflush(f->stream) != 0 || fsync(fileno(f->stream)) != 0;
	failed |= fclose(f->stream) != 0;
	if (!failed && rename(f->temporary, f->path) == 0) {
		free_outfile(f);
		return 0;
	}
	log_error("cannot write '%s': %s", f->path, strerror(errno));
	unlink(f->temporary);
	free_outfile(f);
	return -1;
}

int outfile_write(const char *path, mode_t mode, const char *text, size_t len)
{
	struct outfile *f = outfile_open(path, mode);

	if (f == NULL)
		return -1;
	fwrite(text, 1, len, f->stream);
	return outfile_commit(f);
}

int outfile_make_directory(const char *path, mode_t mode)
{
	char *copy = xalloc_string(path);
	int rc = 0;

	for (char *p = copy + 1; rc == 0; p++) {
		char c = *p;

		if (c != '/' && c != '\0')
			continue;
		*p = '\0';
		if (mkdir(copy, mode) < 0 && errno != EEXIST) {
			log_error("cannot make the directory '%s': %s", copy,
				  strerror(errno));
			rc = -1;
		}
		*p = c;
		if (c == '\0')
			break;
	}
	free(copy);
	return rc;
}

char *outfile_read(const char *path, size_t max, size_t *len)
{
	FILE *in = fopen(path, "re");
	char *text = NULL;
	size_t size = 0, cap = 0;

	if (in == NULL) {
		log_error("cannot open '%s': %s", path, strerror(errno));
		return NULL;
	}
	for (;;) {
		if (size + 4096 > cap) {
			cap = cap ? cap * 2 : 8192;
			text = xalloc_grow(text, cap, 1);
		}
		size_t n = fread(text + size, 1, cap - size - 1, in);

		size += n;
		if (n == 0 || size > max)
			break;
	}
	if (ferror(in) || size > max) {
		log_error("cannot read '%s': %s", path,
			  size > max ? "it is larger than expected"
				     : strerror(errno));
		free(text);
		text = NULL;
	} else {
		text[size] = '\0';
		if (len != NULL)
			*len = size;
	}
	fclose(in);
	return text;
}
