#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "peer_limits.h"
#include "str.h"
#include "xalloc.h"
#include "reference.h"
#include "evidence.h"
#include "fingerprints.h"
#include "named.h"

#define OWN "data/fingerprints"

struct fingerprints {
	struct recog_file **files;
	size_t count, cap;
};

struct fingerprints *fingerprints_new(void)
{
	return xalloc_zero(1, sizeof(struct fingerprints));
}

void fingerprints_free(struct fingerprints *f)
{
	if (f == NULL)
		return;
	for (size_t i = 0; i < f->count; i++)
		recog_free(f->files[i]);
	free(f->files);
	free(f);
}

static int is_xml(const struct dirent *entry)
{
	size_t n = strlen(entry->d_name);

	return n > 4 && strcmp(entry->d_name + n - 4, ".xml") == 0;
}

static int add_file(struct fingerprints *f, const char *path, bool examples)
{
	struct recog_file *file = recog_load(path, examples);

	if (file == NULL)
		return -1;
	if (evidence_cap(file->key) > LIMIT_SUBJECT) {
		char *cache = multimatch_cache();

		recog_prepare(file, MULTIMATCH_BEST, cache);
		free(cache);
	}
	xalloc_room((void **)&f->files, &f->cap, f->count, sizeof(file));
	f->files[f->count++] = file;
	return 0;
}

int fingerprints_add(struct fingerprints *f, const char *directory,
		     bool examples)
{
	struct dirent **entries = NULL;
	int n = scandir(directory, &entries, is_xml, alphasort), rc = 0;

	if (n < 0) {
		log_error("cannot read the fingerprints in '%s': %s", directory,
			  strerror(errno));
		log_hint("fingerprints.paths or the command line names it");
		return -1;
	}
	if (n == 0) {
		log_error("there are no fingerprints (*.xml) in '%s'",
			  directory);
		log_hint("of a checkout of Recog, name its directory 'xml'");
		rc = -1;
	}
	for (int i = 0; i < n; i++) {
		char *path =
		    xalloc_printf("%s/%s", directory, entries[i]->d_name);

		if (rc == 0)
			rc = add_file(f, path, examples);
		free(path);
		free(entries[i]);
	}
	free(entries);
	return rc;
}

int fingerprints_add_own(struct fingerprints *f, bool examples)
{
	char *path = reference_path(OWN);
	int rc = path != NULL ? fingerprints_add(f, path, examples) : -1;

	free(path);
	return rc;
}

/* What the analyst named comes before all others of its key. */
static int add_named(struct fingerprints *f, const struct workspace *ws)
{
	char *path = named_path(ws);
	int rc = access(path, F_OK) == 0 ? add_file(f, path, false) : 0;

	free(path);
	return rc;
}

static int add_configured(struct fingerprints *f, const struct workspace *ws)
{
	char item[PATH_MAX];
	int rc = 0;

	for (int i = 0; rc == 0 && config_list(ws->config, "fingerprints.paths",
					       i, item, sizeof(item));
	     i++) {
		char *path = workspace_path(ws, item);

		rc = fingerprints_add(f, path, false);
		free(path);
	}
	return rc;
}

struct fingerprints *fingerprints_load(const struct workspace *ws)
{
	struct fingerprints *f = fingerprints_new();
	int rc = ws != NULL ? add_named(f, ws) : 0;

	if (rc == 0)
		rc = fingerprints_add_own(f, false);
	if (rc == 0 && ws != NULL)
		rc = add_configured(f, ws);
	if (rc == 0)
		return f;
	fingerprints_free(f);
	return NULL;
}

size_t fingerprints_count(const struct fingerprints *f)
{
	return f->count;
}

const struct recog_file *fingerprints_file(const struct fingerprints *f,
					   size_t i)
{
	return f->files[i];
}

bool fingerprints_has_key(const struct fingerprints *f, const char *key)
{
	for (size_t i = 0; i < f->count; i++)
		if (strcmp(f->files[i]->key, key) == 0)
			return true;
	return false;
}

bool fingerprints_match(const struct fingerprints *f, const char *key,
			const char *text, size_t len, size_t cap,
			struct recog_result *out)
{
	struct pattern_subject subject;
	bool limit_hit = false, found = false;

	*out = (struct recog_result){0};
	if (!fingerprints_has_key(f, key))
		return false;
	pattern_subject(&subject, text, len < cap ? len : cap);
	for (size_t i = 0; i < f->count && !found; i++) {
		if (strcmp(f->files[i]->key, key) != 0)
			continue;
		found = recog_match(f->files[i], &subject, out);
		limit_hit |= out->limit_hit;
	}
	out->limit_hit = limit_hit;
	return found;
}

size_t fingerprints_match_page(const struct fingerprints *f, const char *key,
			       const char *text, size_t len, size_t cap,
			       struct recog_result *out, size_t max)
{
	struct pattern_subject subject;
	size_t count = 0;

	if (!fingerprints_has_key(f, key))
		return 0;
	pattern_subject(&subject, text, len < cap ? len : cap);
	for (size_t i = 0; i < f->count && count < max; i++) {
		const struct recog_fingerprint *last = NULL;

		if (strcmp(f->files[i]->key, key) != 0)
			continue;
		while (count < max && recog_match_after(f->files[i], last,
							&subject, &out[count]))
			last = out[count++].fingerprint;
	}
	return count;
}
