#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "buf.h"
#include "log.h"
#include "outfile.h"
#include "str.h"
#include "xalloc.h"
#include "output.h"

#define HASH_TEXT 65
#define FILE_MAX (64u << 20) /* bytes of a file that we made ourselves */
#define MEMORY ".generated"

struct made {
	char *name;
	char hash[HASH_TEXT];
};

struct output {
	char *directory;
	struct made *list;
	size_t count, cap;
};

static void hash_text(const char *text, size_t len, char out[HASH_TEXT])
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned size = 0;

	if (EVP_Digest(text, len, digest, &size, EVP_sha256(), NULL) != 1 ||
	    size != 32)
		abort();
	str_hex(digest, size, out);
}

static struct made *find(const struct output *o, const char *name)
{
	for (size_t i = 0; i < o->count; i++)
		if (strcmp(o->list[i].name, name) == 0)
			return &o->list[i];
	return NULL;
}

static void remember(struct output *o, const char *name, const char *hash)
{
	struct made *m = find(o, name);

	if (m == NULL) {
		xalloc_room((void **)&o->list, &o->cap, o->count,
			    sizeof(*o->list));
		m = &o->list[o->count++];
		*m = (struct made){.name = xalloc_string(name)};
	}
	snprintf(m->hash, sizeof(m->hash), "%s", hash);
}

/* Lines as sha256sum writes them: "HASH  NAME". */
static int read_memory(struct output *o, const char *path)
{
	char *text = outfile_read(path, FILE_MAX, NULL), *rest = text, *line;

	if (text == NULL)
		return -1;
	while ((line = strsep(&rest, "\n")) != NULL) {
		if (strlen(line) < HASH_TEXT + 2)
			continue;
		line[HASH_TEXT - 1] = '\0';
		remember(o, line + HASH_TEXT + 1, line);
	}
	free(text);
	return 0;
}

struct output *output_open(const struct workspace *ws, const char *period)
{
	struct output *o = xalloc_zero(1, sizeof(*o));
	char *name = xalloc_printf("out/%s", period), *path;

	o->directory = workspace_path(ws, name);
	free(name);
	path = output_path(o, MEMORY);
	if (access(path, F_OK) == 0 && read_memory(o, path) < 0) {
		output_free(o);
		o = NULL;
	}
	free(path);
	return o;
}

void output_free(struct output *o)
{
	if (o == NULL)
		return;
	for (size_t i = 0; i < o->count; i++)
		free(o->list[i].name);
	free(o->list);
	free(o->directory);
	free(o);
}

char *output_path(const struct output *o, const char *name)
{
	return xalloc_printf("%s/%s", o->directory, name);
}

/* False when there is no such file. */
static bool hash_file(const struct output *o, const char *name,
		      char out[HASH_TEXT])
{
	char *path = output_path(o, name), *text = NULL;
	size_t len;

	if (access(path, F_OK) == 0)
		text = outfile_read(path, FILE_MAX, &len);
	if (text != NULL)
		hash_text(text, len, out);
	free(path);
	free(text);
	return text != NULL;
}

bool output_is_edited(const struct output *o, const char *name)
{
	const struct made *m = find(o, name);
	char now[HASH_TEXT];

	return hash_file(o, name, now) &&
	       (m == NULL || strcmp(m->hash, now) != 0);
}

static int make_parent(const char *path)
{
	char *copy = xalloc_string(path);
	int rc;

	*strrchr(copy, '/') = '\0';
	rc = outfile_make_directory(copy, 0755);
	free(copy);
	return rc;
}

static int write_file(const struct output *o, const char *name,
		      const char *text)
{
	char *path = output_path(o, name);
	int rc = make_parent(path);

	if (rc == 0)
		rc = outfile_write(path, 0644, text, strlen(text));
	free(path);
	return rc;
}

enum output_result output_put(struct output *o, const char *name,
			      const char *text, bool editable)
{
	const struct made *before = find(o, name);
	char fresh[HASH_TEXT], now[HASH_TEXT];
	bool there = hash_file(o, name, now);
	enum output_result result = OUTPUT_WRITTEN;
	char *beside;

	hash_text(text, strlen(text), fresh);
	if (there && strcmp(now, fresh) == 0) {
		remember(o, name, fresh);
		return OUTPUT_WRITTEN;
	}
	if (!editable || !output_is_edited(o, name)) {
		if (write_file(o, name, text) < 0)
			return OUTPUT_FAILED;
		remember(o, name, fresh);
		return OUTPUT_WRITTEN;
	}
	if (before != NULL && strcmp(before->hash, fresh) == 0)
		return OUTPUT_KEPT;
	beside = xalloc_printf("%s.new", name);
	result =
	    write_file(o, beside, text) < 0 ? OUTPUT_FAILED : OUTPUT_BESIDE;
	if (result == OUTPUT_BESIDE)
		remember(o, name, fresh);
	free(beside);
	return result;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct made *)a)->name,
		      ((const struct made *)b)->name);
}

int output_remember(struct output *o)
{
	struct buf b;
	int rc;

	if (o->count > 1)
		qsort(o->list, o->count, sizeof(*o->list), by_name);
	buf_init(&b, BUF_NO_LIMIT);
	for (size_t i = 0; i < o->count; i++)
		buf_printf(&b, "%s  %s\n", o->list[i].hash, o->list[i].name);
	rc = write_file(o, MEMORY, buf_text(&b));
	buf_release(&b);
	return rc;
}
