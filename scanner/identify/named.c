#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "log.h"
#include "outfile.h"
#include "recog.h"
#include "str.h"
#include "xalloc.h"
#include "named.h"

#define DIRECTORY "fingerprints"
#define TEXT_MAX 200 /* bytes of a name */

char *named_path(const struct workspace *ws)
{
	return workspace_path(ws, DIRECTORY "/named.xml");
}

static void release(struct named *one)
{
	free(one->page_class);
	free(one->vendor);
	free(one->product);
	free(one->version);
	free(one->device_type);
	free(one->source);
}

void named_release(struct named_list *names)
{
	for (size_t i = 0; i < names->count; i++)
		release(&names->list[i]);
	free(names->list);
	*names = (struct named_list){0};
}

int named_lock(const struct workspace *ws)
{
	char *path = workspace_path(ws, DIRECTORY);
	int fd = -1;

	if (outfile_make_directory(path, 0700) == 0) {
		fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (fd < 0 || flock(fd, LOCK_EX) != 0) {
			log_error("cannot lock '%s': %s", path,
				  strerror(errno));
			if (fd >= 0)
				close(fd);
			fd = -1;
		}
	}
	free(path);
	return fd;
}

bool named_is_text(const char *text)
{
	size_t len = strlen(text);
	char *clean;
	bool is;

	if (len == 0 || len > TEXT_MAX || strpbrk(text, "{}") != NULL)
		return false;
	clean = str_clean(text);
	is = strcmp(clean, text) == 0;
	free(clean);
	return is;
}

/* --- the list */

static size_t find(const struct named_list *names, const char *page_class)
{
	size_t i = 0;

	while (i < names->count &&
	       strcmp(names->list[i].page_class, page_class) != 0)
		i++;
	return i;
}

const struct named *named_find(const struct named_list *names,
			       const char *page_class)
{
	size_t i = find(names, page_class);

	return i < names->count ? &names->list[i] : NULL;
}

bool named_remove(struct named_list *names, const char *page_class)
{
	size_t i = find(names, page_class);

	if (i == names->count)
		return false;
	release(&names->list[i]);
	names->count--;
	memmove(&names->list[i], &names->list[i + 1],
		(names->count - i) * sizeof(names->list[0]));
	return true;
}

static int compare(const void *a, const void *b)
{
	const struct named *x = a, *y = b;

	return strcmp(x->page_class, y->page_class);
}

bool named_set(struct named_list *names, const struct named *one)
{
	bool had = named_remove(names, one->page_class);
	void *list = names->list;

	xalloc_room(&list, &names->cap, names->count, sizeof(*names->list));
	names->list = list;
	names->list[names->count++] = (struct named){
	    .page_class = xalloc_string(one->page_class),
	    .vendor = xalloc_string(one->vendor),
	    .product = xalloc_string(one->product),
	    .version = xalloc_string(one->version),
	    .device_type = xalloc_string(one->device_type),
	    .source = xalloc_string(one->source),
	};
	qsort(names->list, names->count, sizeof(*names->list), compare);
	return had;
}

/* --- reading */

/* The value of "hw.FIELD" or "service.FIELD". */
static const char *param(const struct recog_fingerprint *fp, const char *field)
{
	for (size_t i = 0; i < fp->param_count; i++) {
		const char *dot = strchr(fp->params[i].name, '.');

		if (dot != NULL && strcmp(dot + 1, field) == 0)
			return fp->params[i].value;
	}
	return NULL;
}

/* "^p2-0123$" is the class p2-0123. */
static char *class_of(const struct recog_fingerprint *fp)
{
	const char *source = fp->pattern.source;
	size_t len = strlen(source);

	if (len < 3 || source[0] != '^' || source[len - 1] != '$' ||
	    strspn(source + 1, "abcdefghijklmnopqrstuvwxyz0123456789-") !=
		len - 2)
		return NULL;
	return xalloc_string_n(source + 1, len - 2);
}

static int read_one(const char *path, const struct recog_fingerprint *fp,
		    struct named_list *out)
{
	struct named one = {.page_class = class_of(fp)};

	if (one.page_class == NULL) {
		log_error("'%s', line %d: this is no fingerprint that 'name' "
			  "wrote",
			  path, fp->line);
		log_hint("move fingerprints of your own to another directory, "
			 "and name that in fingerprints.paths");
		return -1;
	}
	one.vendor = (char *)param(fp, "vendor");
	one.product = (char *)param(fp, "product");
	one.version = (char *)param(fp, "version");
	one.device_type = (char *)param(fp, "device");
	if (fp->example_count > 0)
		one.source = (char *)fp->examples[0].source;
	named_set(out, &one);
	free(one.page_class);
	return 0;
}

int named_load(const struct workspace *ws, struct named_list *out)
{
	char *path = named_path(ws);
	struct recog_file *file = NULL;
	int rc = 0;

	*out = (struct named_list){0};
	if (access(path, F_OK) == 0) {
		file = recog_load(path, true);
		rc = file != NULL ? 0 : -1;
	}
	for (size_t i = 0; file != NULL && rc == 0 && i < file->count; i++)
		rc = read_one(path, &file->list[i], out);
	if (rc < 0)
		named_release(out);
	recog_free(file);
	free(path);
	return rc;
}

/* --- writing */

/* What a peer sent may hold what XML does not allow in any form. */
static void add_text(struct buf *out, const char *text)
{
	char *clean = str_clean(text);

	for (char *at = clean; (at = strstr(at, "\xef\xbf")) != NULL; at += 2)
		if ((unsigned char)at[2] >= 0xbe)
			memcpy(at, "???", 3);
	str_add_html(out, clean, strlen(clean));
	free(clean);
}

static void add_param(struct buf *out, const char *layer, const char *field,
		      const char *value)
{
	if (value == NULL)
		return;
	buf_printf(out, "    <param pos=\"0\" name=\"%s.%s\" value=\"", layer,
		   field);
	add_text(out, value);
	buf_add_string(out, "\"/>\n");
}

/* Software is a service; what else has a type is a device. */
static void add_one(struct buf *out, const struct named *n)
{
	bool device =
	    n->device_type != NULL && strcmp(n->device_type, "server") != 0;
	const char *layer = device ? "hw" : "service";

	buf_printf(out, "\n  <fingerprint pattern=\"^%s$\">\n    <description>",
		   n->page_class);
	add_text(out, n->vendor != NULL ? n->vendor : "");
	buf_add_string(out, n->vendor != NULL && n->product ? " " : "");
	add_text(out, n->product != NULL ? n->product : "");
	buf_add_string(out, "</description>\n    <example _kind=\"observed\" "
			    "_source=\"");
	add_text(out, n->source != NULL ? n->source : "the case database");
	buf_printf(out, "\">%s</example>\n", n->page_class);
	add_param(out, layer, "vendor", n->vendor);
	add_param(out, layer, "product", n->product);
	add_param(out, layer, "version", n->version);
	add_param(out, layer, "device", n->device_type);
	add_param(out, layer, "certainty", "1.0");
	buf_add_string(out, "  </fingerprint>\n");
}

int named_store(const struct workspace *ws, const struct named_list *names)
{
	char *path = named_path(ws);
	struct buf out;
	int rc;

	buf_init(&out, BUF_NO_LIMIT);
	buf_add_string(&out, "<?xml version='1.0' encoding='UTF-8'?>\n"
			     "<fingerprints matches=\"page_class\" "
			     "protocol=\"http\">\n"
			     "  <!-- Page classes as the analyst calls them. "
			     "'martlet name' writes this file. -->\n");
	for (size_t i = 0; i < names->count; i++)
		add_one(&out, &names->list[i]);
	buf_add_string(&out, "</fingerprints>\n");
	rc = outfile_write(path, 0600, out.data, out.len);
	buf_release(&out);
	free(path);
	return rc;
}
