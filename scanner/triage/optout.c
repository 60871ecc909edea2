#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "buf.h"
#include "log.h"
#include "outfile.h"
#include "str.h"
#include "xalloc.h"
#include "optout.h"

#define OPT_OUT_MAX (64u << 20) /* bytes: a million lines of IPv6 fit */
#define EDIT_TRIES 10           /* against an editor that saves meanwhile */

char *optout_path(const struct workspace *ws)
{
	return workspace_path(ws, config_text(ws->config, "scope.opt_out"));
}

int optout_read_line(const char *path, int number, char *line,
		     struct prefix *out)
{
	char *word, *shown;

	line[strcspn(line, "#")] = '\0';
	word = str_trim(line);
	if (*word == '\0')
		return 0;
	if (prefix_parse(word, out))
		return 1;
	shown = str_vis(word, strlen(word), 80);
	log_error("%s:%d: '%s' is not an address or prefix", path, number,
		  shown);
	log_hint("one a line, such as 192.0.2.7 or 2001:db8::/32, without "
		 "bits after the length");
	free(shown);
	return -1;
}

char *optout_read_text(const char *path, size_t *len)
{
	struct stat st;
	char *text;

	if (stat(path, &st) == 0 && !S_ISREG(st.st_mode) &&
	    !S_ISCHR(st.st_mode)) {
		log_error("the opt-out list '%s' is not a file", path);
		return NULL;
	}
	text = outfile_read(path, OPT_OUT_MAX, len);
	if (text != NULL && strlen(text) != *len) {
		log_error("%s: has a NUL byte and so is not a text", path);
		free(text);
		return NULL;
	}
	return text;
}

static char *read_text(const char *path, size_t *len)
{
	if (access(path, F_OK) == 0 || errno != ENOENT)
		return optout_read_text(path, len);
	*len = 0;
	return xalloc_string("");
}

int optout_read(const char *path, struct optout *out)
{
	size_t len;
	char *text = read_text(path, &len), *rest = text, *line;

	if (text == NULL)
		return -1;
	for (int n = 1; (line = strsep(&rest, "\n")) != NULL; n++) {
		const char *hash = strchr(line, '#');
		char *comment = xalloc_string(hash != NULL ? hash + 1 : "");
		struct prefix p;
		int found = optout_read_line(path, n, line, &p);
		void *entries = out->entries;

		out->broken += found < 0;
		if (found <= 0) {
			free(comment);
			continue;
		}
		xalloc_room(&entries, &out->cap, out->count,
			    sizeof(*out->entries));
		out->entries = entries;
		out->entries[out->count++] =
		    (struct optout_entry){p, n, comment};
	}
	free(text);
	return 0;
}

void optout_release(struct optout *o)
{
	for (size_t i = 0; i < o->count; i++)
		free(o->entries[i].comment);
	free(o->entries);
	*o = (struct optout){0};
}

int optout_lock(const char *path)
{
	char *copy = xalloc_string(path);
	const char *directory = dirname(copy);
	int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 || flock(fd, LOCK_EX) < 0) {
		log_error("cannot lock the directory '%s': %s", directory,
			  strerror(errno));
		if (fd >= 0)
			close(fd);
		fd = -1;
	}
	free(copy);
	return fd;
}

/* --- edits */

static bool is_prefix(const char *line, size_t len, const struct prefix *p)
{
	char *copy = xalloc_string_n(line, len), *word;
	struct prefix found;
	bool same;

	copy[strcspn(copy, "#")] = '\0';
	word = str_trim(copy);
	same = prefix_parse(word, &found) && found.length == p->length &&
	       addr_compare(&found.base, &p->base) == 0;
	free(copy);
	return same;
}

/* The text with each line of the prefix made a comment, or all as it is
 * when note is NULL. Returns how many lines there are of it. */
static int copy_lines(const char *text, const struct prefix *p,
		      const char *note, struct buf *out)
{
	int count = 0;

	while (*text != '\0') {
		size_t len = strcspn(text, "\n");

		if (is_prefix(text, len, p)) {
			count++;
			if (note != NULL)
				buf_printf(out, "# %s: ", note);
		}
		buf_add(out, text, len);
		text += len;
		if (*text == '\n')
			buf_add_char(out, *text++);
	}
	return count;
}

/* Keeps mode and owner: the scanner may run as another user than the
 * analyst, and a list that it cannot read stops it. */
static int write_text(const char *path, const struct buf *text,
		      const struct stat *old)
{
	struct outfile *f =
	    outfile_open(path, old->st_ino != 0 ? old->st_mode & 0777 : 0600);
	int fd;

	if (f == NULL)
		return -1;
	fd = fileno(outfile_stream(f));
	if (old->st_ino != 0 && old->st_uid != geteuid() &&
	    fchown(fd, old->st_uid, old->st_gid) < 0)
		log_warning("'%s' is now yours; who runs the scanner must "
			    "be able to read it",
			    path);
	fwrite(buf_text(text), 1, text->len, outfile_stream(f));
	return outfile_commit(f);
}

static bool is_same_file(const struct stat *a, const struct stat *b)
{
	return a->st_ino == b->st_ino && a->st_size == b->st_size &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
	       a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

static void stat_file(const char *path, struct stat *st)
{
	if (stat(path, st) < 0)
		*st = (struct stat){0};
}

/* A file that changed between reading and writing is edited anew, so that
 * nobody's edit by hand is lost. Returns the count of lines, -1, logged, or
 * -2 to try again. */
static int edit_once(const char *path, const struct prefix *p, const char *note,
		     const char *line)
{
	struct stat before, after;
	struct buf fresh;
	char *text;
	size_t len;
	int count;

	stat_file(path, &before);
	text = read_text(path, &len);
	if (text == NULL)
		return -1;
	buf_init(&fresh, BUF_NO_LIMIT);
	count = copy_lines(text, p, note, &fresh);
	free(text);
	if (line != NULL && count == 0) {
		if (fresh.len > 0 && fresh.data[fresh.len - 1] != '\n')
			buf_add_char(&fresh, '\n');
		buf_printf(&fresh, "%s\n", line);
	}
	stat_file(path, &after);
	if (!is_same_file(&before, &after))
		count = -2;
	else if (((line != NULL) == (count == 0)) &&
		 write_text(path, &fresh, &before) < 0)
		count = -1;
	buf_release(&fresh);
	return count;
}

static int edit(const char *path, const struct prefix *p, const char *note,
		const char *line)
{
	/* A link stays a link. */
	char *real = realpath(path, NULL);
	int count = -2;

	for (int i = 0; count == -2 && i < EDIT_TRIES; i++)
		count = edit_once(real != NULL ? real : path, p, note, line);
	if (count == -2)
		log_error("'%s' changes again and again: somebody else writes "
			  "it",
			  path);
	free(real);
	return count < 0 ? -1 : count;
}

int optout_add(const char *path, const struct prefix *p, const char *comment)
{
	char text[ADDR_TEXT_MAX + 4];
	char *line = xalloc_printf("%s # %s", prefix_format(p, text), comment);
	int count = edit(path, p, NULL, line);

	free(line);
	return count < 0 ? -1 : count == 0;
}

int optout_remove(const char *path, const struct prefix *p, const char *note)
{
	return edit(path, p, note, NULL);
}
