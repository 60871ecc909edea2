#include <dirent.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "buf.h"
#include "str.h"
#include "xalloc.h"
#include "multimatch.h"
#include "multimatch_cache.h"

#define TABLES_MAX (256u << 20) /* bytes; those of all of Recog have 10 MB */
#define AGE_MAX (30 * 86400)    /* seconds */
#define START "patterns-"

static const char magic[16] = "martlet tables\n1";

/* What stands before the tables. */
struct head {
	char magic[sizeof(magic)];
	unsigned char key[MULTIMATCH_KEY], digest[MULTIMATCH_KEY];
};

static void digest_of(const void *bytes, size_t len,
		      unsigned char out[MULTIMATCH_KEY])
{
	EVP_Digest(bytes, len, out, NULL, EVP_sha256(), NULL);
}

/* Made with its parents, for its owner only. */
static bool make_directory(char *path)
{
	for (char *s = path + 1; *s != '\0'; s++) {
		if (*s != '/')
			continue;
		*s = '\0';
		mkdir(path, 0700);
		*s = '/';
	}
	mkdir(path, 0700);
	return access(path, W_OK | X_OK) == 0;
}

char *multimatch_cache(void)
{
	const char *base = getenv("XDG_CACHE_HOME");
	const char *home = getenv("HOME");
	char *path = NULL;

	if (base != NULL && *base == '/')
		path = xalloc_printf("%s/martlet", base);
	else if (home != NULL && *home == '/')
		path = xalloc_printf("%s/.cache/martlet", home);
	if (path != NULL && !make_directory(path)) {
		free(path);
		path = NULL;
	}
	return path;
}

static char *path_of(const char *directory, const unsigned char *key)
{
	char hex[2 * MULTIMATCH_KEY + 1];

	str_hex(key, MULTIMATCH_KEY, hex);
	return xalloc_printf("%s/" START "%s", directory, hex);
}

/* A file that others can write says what they like. */
static bool is_ours(int fd, size_t *size)
{
	struct stat st;

	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) ||
	    st.st_uid != geteuid() || (st.st_mode & 022) != 0 ||
	    st.st_size <= (off_t)sizeof(struct head) ||
	    st.st_size > (off_t)TABLES_MAX)
		return false;
	*size = (size_t)st.st_size;
	return true;
}

static bool read_all(int fd, char *out, size_t size)
{
	size_t n = 0;

	while (n < size) {
		ssize_t got = read(fd, out + n, size - n);

		if (got <= 0)
			return false;
		n += (size_t)got;
	}
	return true;
}

static bool is_right(const char *file, size_t size, const unsigned char *key)
{
	unsigned char digest[MULTIMATCH_KEY];
	struct head head;

	memcpy(&head, file, sizeof(head));
	digest_of(file + sizeof(head), size - sizeof(head), digest);
	return memcmp(head.magic, magic, sizeof(magic)) == 0 &&
	       memcmp(head.key, key, sizeof(head.key)) == 0 &&
	       memcmp(head.digest, digest, sizeof(digest)) == 0;
}

char *multimatch_cache_read(const char *directory,
			    const unsigned char key[MULTIMATCH_KEY],
			    size_t *len)
{
	char *path = path_of(directory, key), *file = NULL;
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	size_t size = 0;

	free(path);
	if (fd < 0)
		return NULL;
	if (is_ours(fd, &size)) {
		file = xalloc(size);
		if (!read_all(fd, file, size) || !is_right(file, size, key)) {
			free(file);
			file = NULL;
		}
	}
	close(fd);
	if (file == NULL)
		return NULL;
	*len = size - sizeof(struct head);
	memmove(file, file + sizeof(struct head), *len);
	return file;
}

static void remove_old(const char *directory)
{
	DIR *d = opendir(directory);
	time_t now = time(NULL);
	struct dirent *e;
	struct stat st;

	if (d == NULL)
		return;
	while ((e = readdir(d)) != NULL)
		if (str_starts(e->d_name, START) &&
		    fstatat(dirfd(d), e->d_name, &st, AT_SYMLINK_NOFOLLOW) ==
			0 &&
		    S_ISREG(st.st_mode) && now - st.st_mtime > AGE_MAX)
			unlinkat(dirfd(d), e->d_name, 0);
	closedir(d);
}

static bool write_all(int fd, const char *bytes, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, bytes, len);

		if (n <= 0)
			return false;
		bytes += n;
		len -= (size_t)n;
	}
	return true;
}

void multimatch_cache_write(const char *directory,
			    const unsigned char key[MULTIMATCH_KEY],
			    const char *bytes, size_t len)
{
	char *path = path_of(directory, key);
	char *beside = xalloc_printf("%s.XXXXXX", path);
	struct head head;
	int fd = mkstemp(beside); /* mode 0600 */
	bool written = false;

	memcpy(head.magic, magic, sizeof(magic));
	memcpy(head.key, key, sizeof(head.key));
	digest_of(bytes, len, head.digest);
	if (fd >= 0) {
		written = write_all(fd, (const char *)&head, sizeof(head)) &&
			  write_all(fd, bytes, len);
		written &= close(fd) == 0;
		if (!written || rename(beside, path) < 0)
			unlink(beside);
	}
	free(beside);
	free(path);
	remove_old(directory);
}
