#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "buf.h"
#include "log.h"
#include "outfile.h"
#include "reference.h"
#include "str.h"
#include "xalloc.h"
#include "library.h"

struct text {
	char *path, *content;
	struct text *next;
};

struct library {
	char *lang, *templates, *own, *notes;
	char **note_files; /* paths */
	size_t note_count, note_cap;
	char *topics;       /* a template that includes every topic */
	struct text *texts; /* what was read */
	bool failed;
};

static bool is_note(const struct library *l, const char *name)
{
	size_t len = strlen(name), tail = strlen(l->lang) + 4;

	return len > tail && name[0] != '.' && name[len - tail] == '.' &&
	       strncmp(name + len - tail + 1, l->lang, tail - 4) == 0 &&
	       strcmp(name + len - 3, ".md") == 0;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int find_notes(struct library *l)
{
	DIR *dir = opendir(l->notes);
	struct dirent *entry;

	if (dir == NULL && errno == ENOENT)
		return 0;
	if (dir == NULL) {
		log_error("cannot read the notes in '%s': %s", l->notes,
			  strerror(errno));
		return -1;
	}
	while ((entry = readdir(dir)) != NULL) {
		if (!is_note(l, entry->d_name))
			continue;
		xalloc_room((void **)&l->note_files, &l->note_cap,
			    l->note_count, sizeof(*l->note_files));
		l->note_files[l->note_count++] =
		    xalloc_printf("%s/%s", l->notes, entry->d_name);
	}
	closedir(dir);
	if (l->note_count > 1)
		qsort(l->note_files, l->note_count, sizeof(*l->note_files),
		      by_name);
	return 0;
}

static char *topics_template(const struct library *l)
{
	struct buf b;

	buf_init(&b, BUF_NO_LIMIT);
	for (size_t i = 0; i < l->note_count; i++) {
		const char *name = strrchr(l->note_files[i], '/') + 1;
		int len = (int)(strlen(name) - strlen(l->lang) - 4);

		if (str_starts(name, "topic-"))
			buf_printf(&b, "{{>notes/%.*s}}\n\n", len, name);
	}
	return buf_detach(&b);
}

/* @file: below templates/. Caller frees. */
static char *template_path(const struct library *l, const char *file)
{
	char *path;

	if (l->own != NULL) {
		path = xalloc_printf("%s/%s", l->own, file);
		if (access(path, F_OK) == 0)
			return path;
		free(path);
	}
	return xalloc_printf("%s/%s", l->templates, file);
}

static bool has_language(const struct library *l)
{
	char *file = xalloc_printf("%s/report.md", l->lang);
	char *path = template_path(l, file);
	bool found = access(path, R_OK) == 0;

	if (!found) {
		log_error("there are no templates for the language '%s': %s "
			  "cannot be read",
			  l->lang, path);
		log_hint("en and ja come with martlet; the workspace may have "
			 "others in templates/%s",
			 l->lang);
	}
	free(file);
	free(path);
	return found;
}

struct library *library_open(const char *lang, const char *own,
			     const char *notes)
{
	struct library *l = xalloc_zero(1, sizeof(*l));

	l->lang = xalloc_string(lang);
	l->templates = reference_path("templates");
	l->own = xalloc_string(own);
	l->notes = xalloc_string(notes);
	if (l->templates == NULL || !has_language(l) ||
	    (notes != NULL && find_notes(l) < 0)) {
		library_free(l);
		return NULL;
	}
	l->topics = topics_template(l);
	return l;
}

void library_free(struct library *l)
{
	if (l == NULL)
		return;
	while (l->texts != NULL) {
		struct text *next = l->texts->next;

		free(l->texts->path);
		free(l->texts->content);
		free(l->texts);
		l->texts = next;
	}
	for (size_t i = 0; i < l->note_count; i++)
		free(l->note_files[i]);
	free(l->note_files);
	free(l->topics);
	free(l->lang);
	free(l->templates);
	free(l->own);
	free(l->notes);
	free(l);
}

/* The line of the first byte that is not UTF-8; 0: all of it is. */
static int line_of_fault(const char *text)
{
	int line = 1;

	for (size_t len = strlen(text); len > 0;) {
		size_t n = str_utf8_length(text, len);

		if (n == 0)
			return line;
		line += *text == '\n';
		text += n;
		len -= n;
	}
	return 0;
}

char *library_read(const char *path)
{
	static const char bom[] = "\xef\xbb\xbf";
	size_t len;
	char *text = outfile_read(path, LIBRARY_TEXT_MAX, &len);
	int line;

	if (text == NULL)
		return NULL;
	if (strlen(text) < len) {
		log_error("%s: there is a zero byte in it", path);
		log_hint("save it as UTF-8; nothing behind that byte would be "
			 "published");
	} else if ((line = line_of_fault(text)) > 0) {
		log_error("%s:%d: this line is not UTF-8", path, line);
		log_hint("save the file as UTF-8");
	} else {
		/* Some editors begin with a mark that hides a heading. */
		if (str_starts(text, bom))
			memmove(text, text + strlen(bom),
				len - strlen(bom) + 1);
		return text;
	}
	free(text);
	return NULL;
}

/* Takes path over. */
static bool text_of(struct library *l, char *path, struct mustache_source *out)
{
	struct text *t;

	for (t = l->texts; t != NULL; t = t->next)
		if (strcmp(t->path, path) == 0)
			break;
	if (t == NULL) {
		char *content = library_read(path);

		if (content == NULL) {
			l->failed = true;
			free(path);
			return false;
		}
		t = xalloc_zero(1, sizeof(*t));
		*t = (struct text){xalloc_string(path), content, l->texts};
		l->texts = t;
	}
	free(path);
	*out = (struct mustache_source){t->path, t->content};
	return true;
}

bool library_text(struct library *l, const char *name,
		  struct mustache_source *out)
{
	char *file = name[0] == '/' ? xalloc_string(name + 1)
				    : xalloc_printf("%s/%s", l->lang, name);
	bool found = text_of(l, template_path(l, file), out);

	free(file);
	return found;
}

static bool template_partial(struct library *l, const char *name,
			     struct mustache_source *out)
{
	char *file = xalloc_printf("%s.md", name);
	bool found = library_text(l, file, out);

	free(file);
	return found;
}

bool library_partial(void *arg, const char *name, struct mustache_source *out)
{
	struct library *l = arg;
	char *path;

	if (strcmp(name, "notes/topics") == 0) {
		*out = (struct mustache_source){"topics", l->topics};
		return true;
	}
	if (strstr(name, "..") != NULL) {
		log_error("'%s' is not the name of a partial", name);
		l->failed = true;
		return false;
	}
	if (!str_starts(name, "notes/"))
		return name[0] != '/' && template_partial(l, name, out);
	if (l->notes == NULL)
		return false;
	path = xalloc_printf("%s/%s.%s.md", l->notes, name + 6, l->lang);
	if (access(path, F_OK) != 0) {
		free(path);
		return false;
	}
	return text_of(l, path, out);
}

bool library_failed(const struct library *l)
{
	return l->failed;
}

const char *library_note(const struct library *l, size_t i)
{
	return i < l->note_count ? l->note_files[i] : NULL;
}

static const struct stub {
	const char *name, *text;
} stubs[] = {
    {"intro",
     "{{! Your introduction: it comes after the opening sentence.\n"
     "This file is yours: martlet made it once and never changes it.\n"
     "Write Markdown below this comment. What stands in a comment like\n"
     "this one is not published. }}\n"},
    {"topic-1",
     "{{! A topic of this period, with its own heading (## ...).\n"
     "More topics: topic-2, topic-3 ...; they appear in the order of their\n"
     "names. Without text below this comment there is no topic. Never write\n"
     "an address, a host name or the title of somebody's page: 'martlet\n"
     "report' refuses to publish it. }}\n"},
    {"closing",
     "{{! Your closing words: news, thanks, what comes next. They come\n"
     "before the last sentence of the article. }}\n"},
};

int library_add_stubs(const char *lang, const char *notes)
{
	int rc = outfile_make_directory(notes, 0755);

	for (size_t i = 0; rc == 0 && i < ARRAY_LEN(stubs); i++) {
		char *path =
		    xalloc_printf("%s/%s.%s.md", notes, stubs[i].name, lang);

		if (access(path, F_OK) != 0)
			rc = outfile_write(path, 0644, stubs[i].text,
					   strlen(stubs[i].text));
		free(path);
	}
	return rc;
}
