#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include "log.h"
#include "str.h"
#include "xalloc.h"
#include "inflow.h"

#define RAW_SIZE (256u << 10) /* bytes read at a time */

/* Reading, unpacking and hashing run ahead of the caller in a thread of their
 * own, by so many portions of so many bytes. */
#define PORTIONS 4
#define PORTION_SIZE (512u << 10)

struct portion {
	char *data;
	size_t len;
};

struct inflow;

/* Turns raw bytes into content; returns how many bytes it made. */
typedef size_t unpack(struct inflow *in, char *out, size_t size);

struct inflow {
	char *name; /* safe to show */
	int fd;
	int64_t size;             /* of the file, -1: not known */
	_Atomic int64_t raw_read; /* looked at from outside */
	char *raw;
	size_t raw_at, raw_len;
	bool raw_end, failed, end;
	unpack *unpack;
	z_stream gzip;
	bool gzip_ready, between; /* between two members or frames */
	ZSTD_DStream *zstd;
	EVP_MD_CTX *hash;

	/* All above is the reading thread's while it runs; what follows is
	 * handed over under the lock. */
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool running, stop, done; /* done: no portion will follow */
	struct portion portions[PORTIONS];
	size_t filled, taken; /* portions, since the start */

	/* The caller's side. */
	size_t at; /* in the portion that is being taken */
	bool at_end;
	int64_t bytes;
	char *damage;
};

/* Gets more raw bytes when none are left; false at the end of the file. */
static bool refill(struct inflow *in)
{
	ssize_t n;

	if (in->raw_at < in->raw_len)
		return true;
	if (in->raw_end)
		return false;
	do
		n = read(in->fd, in->raw, RAW_SIZE);
	while (n < 0 && errno == EINTR);
	if (n < 0) {
		log_error("cannot read '%s': %s", in->name, strerror(errno));
		in->failed = true;
	}
	in->raw_end = n <= 0;
	in->raw_at = 0;
	in->raw_len = n > 0 ? (size_t)n : 0;
	in->raw_read += n > 0 ? n : 0;
	return n > 0;
}

static void damaged(struct inflow *in, const char *what)
{
	int64_t at = in->raw_read - (int64_t)(in->raw_len - in->raw_at);

	in->end = true;
	if (in->damage == NULL && !in->failed)
		in->damage = xalloc_printf(
		    "%s at byte %" PRId64 " of the compressed file", what, at);
}

static size_t unpack_plain(struct inflow *in, char *out, size_t size)
{
	size_t n;

	if (!refill(in)) {
		in->end = true;
		return 0;
	}
	n = in->raw_len - in->raw_at;
	n = n < size ? n : size;
	memcpy(out, in->raw + in->raw_at, n);
	in->raw_at += n;
	return n;
}

/* The start of a further gzip member; zeros may pad the end of the file. */
static void next_member(struct inflow *in)
{
	while (refill(in) && in->raw[in->raw_at] == '\0')
		in->raw_at++;
	if (!refill(in))
		in->end = true;
	else if ((unsigned char)in->raw[in->raw_at] != 0x1f)
		damaged(in, "something that is not gzip follows");
	else
		inflateReset(&in->gzip);
	in->between = false;
}

static size_t unpack_gzip(struct inflow *in, char *out, size_t size)
{
	size_t made;
	int rc;

	if (in->between)
		next_member(in);
	if (in->end)
		return 0;
	if (!refill(in)) {
		damaged(in, "the gzip data is cut off");
		return 0;
	}
	in->gzip.next_in = (Bytef *)in->raw + in->raw_at;
	in->gzip.avail_in = (uInt)(in->raw_len - in->raw_at);
	in->gzip.next_out = (Bytef *)out;
	in->gzip.avail_out = (uInt)size;
	rc = inflate(&in->gzip, Z_NO_FLUSH);
	in->raw_at = in->raw_len - in->gzip.avail_in;
	made = size - in->gzip.avail_out;
	if (rc == Z_STREAM_END)
		in->between = true;
	else if (rc != Z_OK && rc != Z_BUF_ERROR)
		damaged(in, "the gzip data is damaged");
	return made;
}

static size_t unpack_zstd(struct inflow *in, char *out, size_t size)
{
	ZSTD_outBuffer to = {out, size, 0};
	ZSTD_inBuffer from;
	size_t rc;

	if (!refill(in)) {
		/* What the decoder still holds comes out without input. */
		from = (ZSTD_inBuffer){in->raw, 0, 0};
		if (in->between) {
			in->end = true;
			return 0;
		}
		rc = ZSTD_decompressStream(in->zstd, &to, &from);
		if (to.pos == 0)
			damaged(in, "the zstd data is cut off");
		return to.pos;
	}
	from = (ZSTD_inBuffer){in->raw, in->raw_len, in->raw_at};
	rc = ZSTD_decompressStream(in->zstd, &to, &from);
	in->raw_at = from.pos;
	in->between = rc == 0;
	if (ZSTD_isError(rc))
		damaged(in, "the zstd data is damaged");
	return to.pos;
}

static bool begins(const struct inflow *in, const char *magic, size_t len)
{
	return in->raw_len >= len && memcmp(in->raw, magic, len) == 0;
}

/* A zstd file may begin with a frame that is to be skipped. */
static bool is_zstd(const struct inflow *in)
{
	return begins(in, "\x28\xb5\x2f\xfd", 4) ||
	       (in->raw_len >= 4 && (in->raw[0] & 0xf0) == 0x50 &&
		memcmp(in->raw + 1, "\x2a\x4d\x18", 3) == 0);
}

/* Looks at the first bytes, of which a pipe may bring few at a time. */
static int choose(struct inflow *in)
{
	const char *other = NULL;

	while (in->raw_len < 6) {
		ssize_t n =
		    read(in->fd, in->raw + in->raw_len, RAW_SIZE - in->raw_len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			log_error("cannot read '%s': %s", in->name,
				  strerror(errno));
			return -1;
		}
		if (n == 0)
			break;
		in->raw_len += (size_t)n;
		in->raw_read += n;
	}
	if (begins(in,
		   "\xfd"
		   "7zXZ",
		   5))
		other = "xz";
	else if (begins(in, "BZh", 3))
		other = "bzip2";
	else if (begins(in, "PK\x03\x04", 4))
		other = "zip";
	if (other != NULL) {
		log_error("'%s' is compressed with %s, which is not read",
			  in->name, other);
		log_hint("unpack it first, or compress it with gzip or zstd");
		return -1;
	}
	in->unpack = unpack_plain;
	if (begins(in, "\x1f\x8b", 2)) {
		in->unpack = unpack_gzip;
		in->gzip_ready = inflateInit2(&in->gzip, 15 + 16) == Z_OK;
	} else if (is_zstd(in)) {
		in->unpack = unpack_zstd;
		in->zstd = ZSTD_createDStream();
	}
	return 0;
}

static int open_file(struct inflow *in, const char *path)
{
	struct stat st;

	if (strcmp(path, "-") == 0)
		in->fd = STDIN_FILENO;
	else
		in->fd = open(path, O_RDONLY | O_CLOEXEC);
	if (in->fd < 0 || fstat(in->fd, &st) < 0) {
		log_error("cannot open '%s': %s", in->name, strerror(errno));
		if (errno == ENOENT)
			log_hint("look at its name and directory");
		else if (errno == EACCES)
			log_hint("ask its owner for the right to read it");
		return -1;
	}
	if (S_ISDIR(st.st_mode)) {
		log_error("cannot import '%s': it is a directory", in->name);
		log_hint("name the files in it, such as '%s/*.csv'", in->name);
		return -1;
	}
	in->size = S_ISREG(st.st_mode) ? st.st_size : -1;
	return 0;
}

struct inflow *inflow_open(const char *path)
{
	struct inflow *in = xalloc_zero(1, sizeof(*in));

	in->name = str_vis(path, strlen(path), 4096);
	in->raw = xalloc(RAW_SIZE);
	pthread_mutex_init(&in->lock, NULL);
	pthread_cond_init(&in->changed, NULL);
	in->hash = EVP_MD_CTX_new();
	EVP_DigestInit_ex(in->hash, EVP_sha256(), NULL);
	if (open_file(in, path) == 0 && choose(in) == 0)
		return in;
	inflow_free(in);
	return NULL;
}

static void stop(struct inflow *in)
{
	if (!in->running)
		return;
	pthread_mutex_lock(&in->lock);
	in->stop = true;
	pthread_cond_broadcast(&in->changed);
	pthread_mutex_unlock(&in->lock);
	pthread_join(in->thread, NULL);
	in->running = false;
}

void inflow_free(struct inflow *in)
{
	if (in == NULL)
		return;
	stop(in);
	if (in->fd > STDIN_FILENO)
		close(in->fd);
	if (in->gzip_ready)
		inflateEnd(&in->gzip);
	ZSTD_freeDStream(in->zstd);
	EVP_MD_CTX_free(in->hash);
	for (size_t i = 0; i < PORTIONS; i++)
		free(in->portions[i].data);
	pthread_mutex_destroy(&in->lock);
	pthread_cond_destroy(&in->changed);
	free(in->raw);
	free(in->damage);
	free(in->name);
	free(in);
}

/* As much content as a portion holds; less is left only at the end. */
static void fill_portion(struct inflow *in, struct portion *p)
{
	p->len = 0;
	/* A step may eat input and make nothing yet. */
	while (p->len < PORTION_SIZE && !in->end && !in->failed)
		p->len +=
		    in->unpack(in, p->data + p->len, PORTION_SIZE - p->len);
	EVP_DigestUpdate(in->hash, p->data, p->len);
}

static void *read_ahead(void *arg)
{
	struct inflow *in = arg;
	bool more = true;

	while (more) {
		struct portion *p = &in->portions[in->filled % PORTIONS];

		fill_portion(in, p);
		pthread_mutex_lock(&in->lock);
		in->filled += p->len > 0;
		in->done = in->end || in->failed;
		pthread_cond_broadcast(&in->changed);
		while (!in->stop && in->filled - in->taken == PORTIONS)
			pthread_cond_wait(&in->changed, &in->lock);
		more = !in->done && !in->stop;
		pthread_mutex_unlock(&in->lock);
	}
	return NULL;
}

static int start(struct inflow *in)
{
	int rc;

	for (size_t i = 0; i < PORTIONS; i++)
		in->portions[i].data = xalloc(PORTION_SIZE);
	rc = pthread_create(&in->thread, NULL, read_ahead, in);
	if (rc != 0) {
		log_error("cannot start a thread to read '%s': %s", in->name,
			  strerror(rc));
		in->failed = in->done = true;
		return -1;
	}
	in->running = true;
	return 0;
}

/* What can be taken now, after waiting for it; NULL at the end. */
static const struct portion *wait_for(struct inflow *in)
{
	bool there;

	if (!in->running && !in->done && start(in) < 0)
		return NULL;
	pthread_mutex_lock(&in->lock);
	while (in->filled == in->taken && !in->done)
		pthread_cond_wait(&in->changed, &in->lock);
	there = in->filled > in->taken;
	pthread_mutex_unlock(&in->lock);
	return there ? &in->portions[in->taken % PORTIONS] : NULL;
}

static void give_back(struct inflow *in)
{
	pthread_mutex_lock(&in->lock);
	in->taken++;
	in->at = 0;
	pthread_cond_broadcast(&in->changed);
	pthread_mutex_unlock(&in->lock);
}

ssize_t inflow_peek(struct inflow *in, char *out, size_t size)
{
	const struct portion *p = wait_for(in);

	if (p == NULL)
		return in->failed ? -1 : 0;
	size = size < p->len ? size : p->len;
	memcpy(out, p->data, size);
	return (ssize_t)size;
}

ssize_t inflow_read(struct inflow *in, char *out, size_t size)
{
	const struct portion *p = wait_for(in);
	size_t n;

	if (p == NULL) {
		in->at_end = true;
		return in->failed ? -1 : 0;
	}
	n = p->len - in->at;
	n = n < size ? n : size;
	memcpy(out, p->data + in->at, n);
	in->at += n;
	in->bytes += (int64_t)n;
	if (in->at == p->len)
		give_back(in);
	return (ssize_t)n;
}

const char *inflow_damage(const struct inflow *in)
{
	/* Before its end the caller has not come to it. */
	return in->at_end ? in->damage : NULL;
}

int64_t inflow_bytes(const struct inflow *in)
{
	return in->bytes;
}

double inflow_share(const struct inflow *in)
{
	if (in->size <= 0)
		return -1;
	return (double)in->raw_read / (double)in->size;
}

void inflow_sha256(struct inflow *in, char *out)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned len = 0;

	EVP_DigestFinal_ex(in->hash, digest, &len);
	str_hex(digest, len, out);
}
